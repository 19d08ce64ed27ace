"""Promises of auricle.codec.processes: whoever this process is, decoders start, know nothing of it, and start again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from auricle.audio import Audio
from auricle.codec import open_audio, processes
from auricle.codec.isolated import open_isolated, warm_up
from auricle.errors import UnreadableInput, UnsupportedFormat
from tests.codec.conftest import LONG, SPEECH, alive, forks, made, noise, same, stored, until


def test_many_at_a_time() -> None:
    """Any thread may open one, and each gets the sound of its own."""
    contents = [made(noise(1, 3000 + number)) for number in range(12)]
    found: list[int] = []

    def read(content: bytes) -> None:
        with open_isolated(stored(content), SPEECH) as apart:
            found.append(Audio.join(apart).frames)

    threads = [threading.Thread(target=read, args=[content]) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [2 * (3000 + number) for number in range(12)]


def test_where_there_is_no_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new interpreter instead: the same sound, the same errors, and it can be killed."""
    monkeypatch.setattr(processes, "_Forked", processes._Spawned)
    content = made(noise(2, 30_000), form="FLAC")
    with open_isolated(stored(content), SPEECH) as apart, open_audio(content, SPEECH) as decoder:
        assert apart.info == decoder.info
        assert same(apart, decoder)
    with pytest.raises(UnsupportedFormat):
        open_isolated(stored(b"Dear Sir or Madam"))
    with open_isolated(stored(LONG), block=0.1) as apart:
        blocks = iter(apart)
        next(blocks)
        apart.cancel()
        with pytest.raises(UnreadableInput):
            list(blocks)


def test_secrets_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a decoder that is taken over could tell is the recording and the code that everybody has."""
    monkeypatch.setenv("AURICLE_API_KEYS", "secret")
    server = processes._ForkServer()
    try:
        server.start()
        assert server._interpreter is not None
        environment = Path(f"/proc/{server._interpreter.pid}/environ").read_bytes()
        assert b"PATH=" in environment
        assert b"secret" not in environment
        files = [entry.readlink().name for entry in Path(f"/proc/{server._interpreter.pid}/fd").iterdir()]
        assert sum(name.startswith("socket:") for name in files) == 1
    finally:
        server.stop()


def test_the_fork_server_can_be_lost() -> None:
    """Its decoders die with it, which is not the recordings' fault; the next recording has a new one."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        server, [process] = processes.fork_server._interpreter, forks()
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: not alive(process))
        with pytest.raises(UnreadableInput, match="lost"):
            list(apart)
    with open_isolated(stored(LONG)) as apart:
        assert Audio.join(apart).frames == 240_000


def test_no_interpreter_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that cannot begin says so, once asked ahead and once as the error of a recording; and it can be tried again."""
    monkeypatch.setattr(processes, "fork_server", server := processes._ForkServer())
    with monkeypatch.context() as patch:
        patch.setattr(processes, "_BOOT", "{}")
        with pytest.raises(ConnectionError):
            warm_up()
        with pytest.raises(UnreadableInput):
            open_isolated(stored(LONG))
    with open_isolated(stored(LONG)) as apart:
        assert apart.info.channels == 1
    server.stop()


# Whoever the parent is

USES = """
print("once")
import sys
from auricle.codec import open_isolated
from auricle.audio import Audio
with open(sys.argv[1], "rb") as file, open_isolated(file) as decoder:
    print(Audio.join(decoder).frames)
"""


@pytest.mark.parametrize("kind", ["script", "package", "input", "thread", "forked"])
def test_any_main_module(kind: str, tmp_path: Path) -> None:
    """A script without a guard, `python -m` a package, an interactive session, a thread, a fork: it runs once, and not in the decoder."""
    package = tmp_path / "program"
    package.mkdir()
    sound = tmp_path / "sound.wav"
    sound.write_bytes(made(noise(1, 700)))
    code = USES
    if kind == "thread":
        code = f"import threading\nthread = threading.Thread(target=exec, args=[{USES!r}, {{}}])\nthread.start(); thread.join()"
    elif kind == "forked":
        code = f"import os, auricle.codec\nauricle.codec.warm_up()\nif os.fork(): sys_exit = os._exit(os.wait()[1])\n{USES}"
    (package / "__main__.py").write_text(code)
    (package / "__init__.py").touch()
    command = {"package": ["-m", "program"], "input": ["-"]}.get(kind, [str(package / "__main__.py")])
    done = subprocess.run(
        [sys.executable, "-W", "error", *command, str(sound)],
        input=code,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=tmp_path,
    )
    assert (done.stdout.split(), done.stderr, done.returncode) == (["once", "700"], "", 0)
