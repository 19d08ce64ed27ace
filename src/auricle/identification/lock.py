"""One writer at a time, across processes and threads: a lock that the operating system gives up when its holder dies."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from auricle.atomic import as_output_error
from auricle.errors import CatalogueLocked

__all__ = ["WAIT_S", "writing"]

WAIT_S = 20.0  # for another writer, who holds the lock while a file of postings is written or merged. Seconds
_AGAIN_S = 0.02

if sys.platform == "win32":
    import msvcrt

    def _taken(file: BinaryIO) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _taken(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def writing(path: Path, wait: float = WAIT_S) -> Iterator[None]:
    """Nobody else is in such a block with the same ``path``, which is a file that stays.

    Raises:
        CatalogueLocked: somebody was for longer than ``wait`` seconds.
        OutputError: the file could not be opened for writing.
    """
    until = time.monotonic() + wait
    with as_output_error(str(path)):
        file = path.open("ab")
    with file:  # closing it gives the lock up
        while not _taken(file):
            if time.monotonic() >= until:
                raise CatalogueLocked(f"another process has been writing to {path.parent} for {wait:g} s; try again when it is done.")
            time.sleep(_AGAIN_S)
        yield
