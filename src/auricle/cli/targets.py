"""Where audio goes that is made: a file, or standard output."""

from __future__ import annotations

import errno
import sys
from typing import BinaryIO

from auricle.errors import OptionError, OutputError

__all__ = ["standard_output"]


def standard_output() -> BinaryIO:
    """Standard output, for audio.

    Raises:
        OutputError: it is closed.
        OptionError: it is a terminal.
    """
    if sys.stdout is None:  # the shell's `>&-`
        raise OutputError("standard output", OSError(errno.EBADF, "it is closed"))
    if sys.stdout.isatty():
        raise OptionError("output", "audio is not for the eyes: name a file, or send standard output to one with > or |")
    return sys.stdout.buffer
