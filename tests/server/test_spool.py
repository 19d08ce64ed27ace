"""A recording on its way to its file: a slow disk holds up nobody, a full one is said so, and nothing stays open."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import tempfile
import threading
from typing import Any

import pytest

from auricle.errors import EmptyAudio, OutputError, TooManyBytes
from auricle.server.spool import Spool, Upload

MIB = 2**20


async def spooled(size: int, piece: int = 65_536) -> Upload:
    """A recording of so many bytes, added in pieces."""
    data = bytes(range(256)) * (size // 256) + bytes(size % 256)
    with Spool(10 * MIB) as spool:
        for start in range(0, size, piece):
            spool.add(memoryview(data)[start : start + piece])
            await spool.settle()
        return await spool.upload()


@pytest.mark.parametrize("size", [1, MIB - 1, MIB, 3 * MIB + 7])
@pytest.mark.parametrize("piece", [4096, 100_003, 10 * MIB])
def test_what_is_added_is_in_the_file(size: int, piece: int) -> None:
    """All of it, in order, and the file stands at its beginning."""
    with asyncio.run(spooled(size, piece)) as upload:
        assert upload.file.read() == bytes(range(256)) * (size // 256) + bytes(size % 256)
        assert os.fstat(upload.file.fileno()).st_size == upload.size == size
    assert upload.file.closed


def test_the_limit() -> None:
    """As much as allowed is allowed, and not a byte more."""
    with Spool(10) as spool:
        spool.add(bytes(10))
        with pytest.raises(TooManyBytes, match="more than the 10 bytes"):
            spool.add(b"x")


def test_nothing_is_no_recording() -> None:
    """An empty file is not handed out."""
    with Spool(10) as spool, pytest.raises(EmptyAudio, match="empty"):
        asyncio.run(spool.upload())


class Disk(io.FileIO):
    """A temporary file on a disk that is full, or takes as long as the test wants."""

    def __init__(self, *, full: bool = False) -> None:
        super().__init__(os.devnull, "r+")
        self.full = full
        self.writing = threading.Event()
        self.go_on = threading.Event()
        self.threads: set[int] = set()

    def write(self, data: Any, /) -> int:
        """Not before the test lets it."""
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.threads.add(threading.get_ident())
        self.writing.set()
        self.go_on.wait(10)
        self.writing.clear()
        return super().write(data)

    def close(self) -> None:
        """Never while somebody writes."""
        assert not self.writing.is_set()
        super().close()


def test_a_slow_disk_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every byte of a large recording is written in a thread, to its last."""
    disk = Disk()
    disk.go_on.set()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: disk)
    asyncio.run(spooled(2 * MIB + 5)).close()
    assert disk.threads
    assert threading.get_ident() not in disk.threads


def test_small_bodies_need_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread costs more than it saves for less than a mebibyte."""
    disk = Disk()
    disk.go_on.set()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: disk)
    asyncio.run(spooled(MIB - 1)).close()
    assert disk.threads == {threading.get_ident()}


def test_a_cancelled_request_waits_for_its_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is not closed while a thread writes to it: its number could be another file's by then."""
    disk = Disk()
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: disk)

    async def cancelled() -> None:
        task = asyncio.ensure_future(spooled(2 * MIB))
        while not disk.writing.is_set():
            await asyncio.sleep(0.001)
        task.cancel()
        asyncio.get_running_loop().call_later(0.05, disk.go_on.set)
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert disk.closed


@pytest.mark.parametrize("size", [100, 3 * MIB])
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """It is our fault, and said so."""
    disk = Disk(full=True)
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda: disk)
    with pytest.raises(OutputError, match=r"cannot write the upload: no space left on device\."):
        asyncio.run(spooled(size))
    assert disk.closed
