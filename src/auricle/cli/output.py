"""What the commands say: results on standard output, everything else on standard error; and how they write numbers."""

from __future__ import annotations

import errno
import json
import sys
import unicodedata
from collections.abc import Mapping

from auricle.errors import OutputError

__all__ = ["clock", "flush", "human_size", "json_text", "note", "printable", "say"]


def say(text: str) -> None:
    """Write a result to standard output, at once.

    Raises:
        BrokenPipeError: nobody reads it any more.
        OutputError: it cannot be written.
    """
    if sys.stdout is None:  # the shell's `>&-`
        raise OutputError("standard output", OSError(errno.EBADF, "it is closed"))
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError("standard output", error) from error


def flush() -> None:
    """Write what is still in the buffer of standard output; errors as for `say`."""
    if sys.stdout is not None:
        say("")


def note(line: str) -> None:
    """Write one line to standard error."""
    if sys.stderr is not None:
        sys.stderr.write(f"{printable(line)}\n")
        sys.stderr.flush()


def json_text(shape: Mapping[str, object], *, file: str | None = None) -> str:
    """An object as JSON: on several lines, or with ``file`` as its first key on one line, as one of many."""
    if file is None:
        return json.dumps(shape, ensure_ascii=False, indent=2) + "\n"
    return json.dumps({"file": file, **shape}, ensure_ascii=False) + "\n"


def printable(text: str) -> str:
    """``text`` on one line and without what a terminal would obey: names and tags are written by strangers."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(char) in ("Cc", "Cs") else char for char in text)


def clock(seconds: float) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def human_size(size: int) -> str:
    """Bytes with a decimal prefix, as disks are sold."""
    value, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.3g} {unit}"
