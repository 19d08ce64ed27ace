"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from auricle.errors import AuricleError, OutputError

__all__ = ["SUFFIX", "as_output_error", "replacing"]

SUFFIX = ".part"  # of an unfinished file; its name begins with a dot


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``path`` when the block ends well; after any error nothing of it is left.

    Raises:
        OutputError: it could not be written.
    """
    with as_output_error(str(path)):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a directory")
        temporary = path.with_name(f".{uuid.uuid4().hex}{SUFFIX}")
        try:
            with temporary.open("x+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def as_output_error(name: str) -> Iterator[None]:
    """The operating system's errors in the block become `OutputError`, which names ``name``; our own stay what they are."""
    try:
        yield
    except AuricleError:
        raise
    except OSError as error:
        raise OutputError(name, error) from error
