"""Promises of auricle.codec.confined: a decoder that is taken over can neither reach anything nor take more than it may."""

from __future__ import annotations

import os
import resource
import socket
import sys
import time
from pathlib import Path

import pytest

from auricle.codec import Limits
from auricle.codec.isolated import open_isolated
from auricle.errors import CorruptAudio, DecodeTimeout, LimitExceeded
from tests.codec.conftest import By, forks, made, noise, stored


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')", "open('/tmp/auricle-was-here', 'w')", "socket.socket()", "os.dup(0)", "os.pipe()",
        "(os.close(0), os.open('/etc/passwd', os.O_RDONLY))", "os.pwrite(0, b'more', 0)", "os.pwrite(0, b'more', 10**6)",
        "os.execv(sys.executable, [sys.executable])", "os.nice(-6)",
    ],
)  # fmt: skip
def test_what_a_decoder_cannot_do(by: By, attempt: str) -> None:
    """Open a file or a connection, write, run a program: not even after it has closed what it holds."""
    if "execv" in attempt:  # a program finds nothing that it could load
        attempt = f"os.execv({sys.executable!r}, [{sys.executable!r}, '-c', ''])"
        with pytest.raises(CorruptAudio, match="fail"):
            open_isolated(by(attempt))
        return
    if "nice" in attempt and os.geteuid() == 0:
        attempt = "os.open('.', os.O_RDONLY)"  # root may have its priority back
    with pytest.raises(CorruptAudio) as caught:
        open_isolated(by(f"failing(lambda: {attempt})"))
    assert str(caught.value) in (
        "Too many open files.",
        "Invalid argument.",
        "File too large.",
        "Operation not permitted.",
        "Permission denied.",
    )


def test_limits_are_in_force(by: By) -> None:
    """Seen from outside: memory, time, files, cores, priority, privileges, and what it holds."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        by("info(); time.sleep(60)") as file,
        open_isolated(file, limits=Limits(decode_time=7.5), memory=100 * 2**20),
    ):
        listener.set_inheritable(True)
        [process] = forks()
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[0])
        space, _ = resource.prlimit(process, resource.RLIMIT_AS)
        assert 99 * 2**20 < space - pages * resource.getpagesize() <= 100 * 2**20
        assert resource.prlimit(process, resource.RLIMIT_CPU) == (9, 10)
        for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
            assert resource.prlimit(process, kind) == (0, 0)
        assert os.getpriority(os.PRIO_PROCESS, process) == os.getpriority(os.PRIO_PROCESS, 0) + 5
        assert "NoNewPrivs:\t1" in Path(f"/proc/{process}/status").read_text()
        held = {int(entry.name): entry.stat() for entry in Path(f"/proc/{process}/fd").iterdir()}
        assert sorted(held) == [0, 1, 2]
        assert os.path.samestat(held[0], os.fstat(file.fileno()))
        assert os.path.samestat(held[2], Path(os.devnull).stat())
        assert Path(f"/proc/{process}/fd/1").readlink().name.startswith("socket:")
        assert len(list(Path(f"/proc/{process}/task").iterdir())) == 1


def test_little_memory() -> None:
    """A recording for which it does not suffice is refused as one that asks for too much."""
    with (
        pytest.raises(LimitExceeded, match="16 MiB"),
        open_isolated(stored(made(noise(8, 500_000))), memory=16 * 2**20, block=60.0) as apart,
    ):
        list(apart)


def test_a_decoder_that_spins(by: By) -> None:
    """It has the processor no longer than it may, though its messages come in time."""
    limits = Limits(decode_time=0.0)
    began = time.monotonic()
    with (
        pytest.raises(DecodeTimeout, match="longer than 0 s"),
        open_isolated(by("info()\nwhile True: sum(range(10**6)); sound(1)"), limits=limits) as apart,
    ):
        apart._given = -(10**9)  # as if the samples were believed
        list(apart)
    assert time.monotonic() - began < 6
