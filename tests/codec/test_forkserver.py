"""Promises of auricle.codec.forkserver: a fork is quick, holds what is its own, and is gone when it has to be."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from auricle.audio import Audio
from auricle.codec import forkserver, processes
from auricle.codec.isolated import IsolatedDecoder, open_isolated, warm_up
from auricle.errors import CorruptAudio, UnreadableInput, UnsupportedFormat
from tests.codec.conftest import LONG, OBEDIENT, alive, forks, made, noise, stored, until


def test_a_start_is_cheap() -> None:
    """Best of ten, to the first block: tens of milliseconds, where a new interpreter takes hundreds."""
    file = stored(made(noise(1, 800)))

    def once() -> float:
        began = time.monotonic()
        with open_isolated(file) as apart:
            list(apart)
        return time.monotonic() - began

    assert min(once() for _ in range(10)) < 0.05


def test_nothing_leaks() -> None:
    """Dozens of recordings, read, left in the middle, refused or never looked at, leave no file and no process."""
    short, damaged = stored(made(noise(1, 800))), stored(b"no audio")
    warm_up()
    time.sleep(0.05)  # the fork server closes a line after its last word; here that of an earlier test
    server = processes.fork_server._interpreter
    assert server is not None

    def held() -> list[int]:
        return [len(list(Path(f"/proc/{process}/fd").iterdir())) for process in (os.getpid(), server.pid)]

    before = held()
    for _ in range(10):
        with open_isolated(short) as apart:
            list(apart)
        with open_isolated(short):
            pass
        with pytest.raises(UnsupportedFormat):
            open_isolated(damaged)
        IsolatedDecoder(short).close()
    assert not forks()
    until(lambda: held() == before)


def test_a_parent_with_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it gives the fork server has a high number there, and is closed in decoders nevertheless."""
    with contextlib.ExitStack() as many:
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * forkserver._MOST_FILES, allowed[1]))
        many.callback(resource.setrlimit, resource.RLIMIT_NOFILE, allowed)
        for _ in range(forkserver._MOST_FILES + 100):
            many.enter_context(Path(os.devnull).open("rb"))
        monkeypatch.setattr(processes, "fork_server", server := processes._ForkServer())
        with open_isolated(stored(LONG), block=0.1):
            [process] = forks()
            assert sorted(entry.name for entry in Path(f"/proc/{process}/fd").iterdir()) == ["0", "1", "2"]
        server.stop()


def test_no_process_to_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system has no room for one more, the recording is not called damaged."""
    monkeypatch.setattr(processes, "fork_server", server := processes._ForkServer())
    monkeypatch.setattr(processes, "_BOOT", "import os\ndef fork(): raise BlockingIOError\nos.fork = fork\n" + processes._BOOT)
    for _ in range(2):
        with pytest.raises(UnreadableInput, match="could not be started"):
            open_isolated(stored(LONG))
    server.stop()


def test_killed_from_outside() -> None:
    """As the kernel does when memory runs out."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        [process] = forks()
        os.kill(process, signal.SIGKILL)
        with pytest.raises(CorruptAudio, match="decoder fail"):
            list(apart)


def test_signals_of_the_terminal_and_of_systemd() -> None:
    """Ctrl-C and the order to stop are for the server, which lets its decoders finish."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        server = processes.fork_server._interpreter
        assert server is not None
        for process in (server.pid, *forks()):
            os.kill(process, signal.SIGINT)
            os.kill(process, signal.SIGTERM)
            assert os.getsid(process) != os.getsid(0)
        assert Audio.join(apart).frames == 240_000


LEAVES = """
import sys, time
from auricle.codec import IsolatedDecoder, processes
processes._BOOT = sys.argv[1] or processes._BOOT
decoders = [IsolatedDecoder(open(sys.argv[2], "rb"), block=0.1) for _ in range(2)]
print(processes.fork_server._interpreter.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("last_word", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("spins", [True, False])
def test_no_orphans(spins: bool, last_word: int, tmp_path: Path) -> None:
    """However its user dies, a decoder does not outlive it, whether it waits or works."""
    recording = tmp_path / "recording"
    recording.write_bytes(b"while True: pass" if spins else LONG)
    command = [sys.executable, "-c", LEAVES, OBEDIENT if spins else "", str(recording)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        until(lambda: len(forks(server)) == 2)
        left = {server, *forks(server)}
        assert all(map(alive, left))
        parent.send_signal(last_word)
    until(lambda: not any(map(alive, left)))


def test_an_exit_with_open_decoders_is_quiet(tmp_path: Path) -> None:
    """Nothing waits, nothing complains, nothing stays."""
    recording = tmp_path / "recording"
    recording.write_bytes(LONG)
    code = LEAVES.replace("time.sleep(60)", "")
    done = subprocess.run([sys.executable, "-c", code, "", str(recording)], capture_output=True, text=True, timeout=20, check=True)
    assert not done.stderr
    assert not alive(int(done.stdout))
