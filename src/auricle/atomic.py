"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from auricle.errors import OutputError

__all__ = ["as_output_error", "replacing"]


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``path`` when the block ends well; after any error nothing of it is left.

    Raises:
        OutputError: it could not be written.
    """
    with as_output_error(str(path)):
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a directory")
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w+b") as file:
                yield file
            temporary.chmod(0o666 & ~_umask())  # mkstemp's 0600 is for secrets
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def as_output_error(name: str) -> Iterator[None]:
    """The operating system's errors in the block become `OutputError`, which names ``name``."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(name, error) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
