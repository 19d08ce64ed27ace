"""A recording that is being received, on its way to an unnamed temporary file.

The file has no name at any time, so it cannot be left behind, and no client's name gets near the disk. Bytes are gathered and written
in steps of about a mebibyte, in a thread, so that a slow disk holds up nobody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Self

from auricle.atomic import as_output_error
from auricle.errors import EmptyAudio, TooManyBytes

__all__ = ["Spool", "Upload"]

_STEP = 2**20  # bytes that are gathered before they are written


@dataclass(frozen=True, slots=True)
class Upload:
    """A recording that has been received; close it, or use it as a context manager.

    Attributes:
        file: the recording in an unnamed temporary file, from its beginning.
        size: of the recording. Bytes.
    """

    file: IO[bytes]
    size: int

    def close(self) -> None:
        """Give the file back to the system."""
        self.file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Spool:
    """An unnamed file in the making: gathers what is added, and writes it in steps; its ``with`` closes what became no upload."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._gathered = bytearray()  # never made shorter: memory that is given back and taken again costs as much as the writing
        self._filled = 0  # bytes of it that are not yet written
        self._cleanup = contextlib.ExitStack()
        with as_output_error("the upload"):
            self._file = self._cleanup.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):  # a full disk, of which the caller has been told already
            self._cleanup.close()

    def add(self, piece: bytes | memoryview) -> None:
        """Take the recording's next bytes."""
        self._size += len(piece)
        if self._size > self._limit:
            raise TooManyBytes(f"the recording has more than the {self._limit} bytes that are allowed; send a shorter or compressed one.")
        begin, self._filled = self._filled, self._filled + len(piece)
        if self._filled > len(self._gathered):
            self._gathered[begin:] = piece
        else:
            memoryview(self._gathered)[begin : self._filled] = piece

    async def settle(self) -> None:
        """Write what has been added if it has become much."""
        if self._filled >= _STEP:
            await self._write()

    async def upload(self) -> Upload:
        """The finished recording, no longer ours to close."""
        if self._size == 0:
            raise EmptyAudio("the recording is empty (0 bytes); send one.")
        await self._write()
        self._file.seek(0)
        self._cleanup.pop_all()
        return Upload(self._file, self._size)

    async def _write(self) -> None:
        with as_output_error("the upload"):
            if self._size < _STEP:  # a thread would cost more than it saves
                self._put()
            else:
                await _in_thread(self._put)

    def _put(self) -> None:
        self._file.write(memoryview(self._gathered)[: self._filled])
        self._file.flush()  # here, where it may take its time
        self._filled = 0


async def _in_thread(write: Callable[[], object]) -> None:
    """Like `asyncio.to_thread`, but when cancelled it ends after the thread: nothing is closed under the thread's hands."""
    running = asyncio.ensure_future(asyncio.to_thread(write))
    try:
        await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise
