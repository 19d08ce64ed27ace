"""How much room text takes on a terminal, and how it is made to fit."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator

__all__ = ["columns", "cut", "cut_before", "flowed", "padded", "page"]

_FALLBACK, _NARROWEST, _WIDEST = 80, 50, 100


def columns(text: str) -> int:
    """How many it takes."""
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def padded(text: str, width: int) -> str:
    """``text`` and blanks up to ``width`` columns."""
    return text + " " * (width - columns(text))


def cut(text: str, width: int) -> str:
    """The beginning of ``text``, in at most ``width`` columns."""
    kept = text
    while columns(kept) > width:
        kept = kept[: -2 if kept.endswith("…") else -1] + "…" if len(kept) > 1 else ""
    return kept


def cut_before(text: str, width: int) -> str:
    """The end of ``text``, which says most of a path, in at most ``width`` columns."""
    kept = text
    while columns(kept) > width:
        kept = "…" + kept[2 if kept.startswith("…") else 1 :] if len(kept) > 1 else ""
    return kept


def flowed(pieces: Iterable[str], width: int, separator: str = ", ") -> Iterator[str]:
    """Lines of at most ``width`` columns; none is broken inside of a piece that fits one."""
    line, end = "", len(separator.rstrip())
    for piece in pieces:
        longer = f"{line}{separator}{piece}" if line else piece
        if line and columns(longer) + end > width:
            yield f"{line}{separator}".rstrip()
            longer = piece
        line = longer
    if line:
        yield line


def page() -> int:
    """How wide text for people is: as the terminal, within reason; elsewhere 80 columns."""
    if sys.stdout is None or not sys.stdout.isatty():
        return _FALLBACK
    return min(_WIDEST, max(_NARROWEST, shutil.get_terminal_size().columns - 1))  # in the last column some terminals wrap
