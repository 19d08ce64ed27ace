"""Captions on a terminal: what is final scrolls up as any program's text does; what may still change is drawn again and again below it.

The cursor rests where that begins, not where it ends. A terminal that is resized wraps its rows anew and takes the cursor along, so
clearing from there on hits everything that may change, however many rows it takes now, and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from itertools import pairwise
from types import TracebackType
from typing import Self

from auricle.cli import output
from auricle.cli.output import clock, printable
from auricle.speech.columns import graphemes, line_starts
from auricle.speech.events import Final, LiveEvent, Partial, Utterance

__all__ = ["CaptionsScreen", "meter", "wrapped"]

_INTERVAL = 0.1  # between two drawings. Seconds
_QUIETEST = -60.0  # what the meter shows as nothing. dBFS
_BAR = 24  # columns
_FALLBACK = (80, 24)

_HIDE_CURSOR, _SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"
_ERASE_LINE, _ERASE_BELOW = "\x1b[K", "\x1b[J"  # from the cursor on
_CUT, _WRAP = "\x1b[?7l", "\x1b[?7h"  # what happens to a row that is too long
_DIM, _NORMAL = "\x1b[2m", "\x1b[0m"


class CaptionsScreen:
    """Standard output as a screen: `show` events; the block's end leaves only what is final.

    A thread keeps the bottom line alive while the next event is awaited.

    Args:
        status: says the bottom line in at most so many columns.
    """

    def __init__(self, status: Callable[[int], str]) -> None:
        self._status = status
        self._final = self._tail = ""  # of the row that is begun, and what may still change behind it
        self._drawn = ""
        self._size = _size()
        self._styled = not os.environ.get("NO_COLOR")
        self._terminal = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_drawing, daemon=True)

    def __enter__(self) -> Self:
        output.say(_HIDE_CURSOR)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()
        self._measure()
        rest = [row for row, _ in wrapped(self._final, self._width())]
        with contextlib.suppress(OSError):  # what went wrong before is of more interest
            output.say(f"\r{_ERASE_BELOW}{_lines(rest)}{_SHOW_CURSOR}")

    def show(self, event: LiveEvent) -> None:
        """Draw what the event changes; errors as for `output.say`."""
        with self._terminal:
            resized = self._measure()
            self._draw(_lines(self._taken(event)), resized=resized)

    def _taken(self, event: LiveEvent) -> list[str]:
        """Take note of an event; gives the rows that will never change."""
        match event:
            case Partial(text=text):
                self._tail = printable(text)
            case Final(text=text):
                self._final, self._tail = self._final + printable(text), ""
                rows = wrapped(self._final, self._width())
                if rows:
                    self._final = self._final[rows[-1][1] :]
                return [row for row, _ in rows[:-1]]
            case Utterance():
                rows, self._final = wrapped(self._final, self._width()), ""
                return [row for row, _ in rows]
        return []

    def _keep_drawing(self) -> None:
        while not self._ended.wait(_INTERVAL):
            with self._terminal, contextlib.suppress(OSError):  # a terminal that is gone fails the next event
                self._draw("", resized=self._measure())

    def _measure(self) -> bool:
        """Look how large the terminal is now; whether that has changed."""
        before, self._size = self._size, _size()
        return self._size != before

    def _draw(self, done: str, *, resized: bool) -> None:
        """Write rows that are done, then what may change, and go back to where that begins.

        What may change is not wrapped by the terminal: it may be narrower by now than it said, and we must know how many rows to go back.
        """
        rows = [*self._changing()[1 - self._size[1] :], self._status(self._width())]
        drawn = _CUT + f"{_ERASE_LINE}\n".join(rows) + f"{_ERASE_BELOW}{_WRAP}\r" + (f"\x1b[{len(rows) - 1}A" if len(rows) > 1 else "")
        if done or resized or drawn != self._drawn:
            self._drawn = drawn
            output.say((f"\r{_ERASE_BELOW}" if resized else "\r") + done + drawn)

    def _changing(self) -> list[str]:
        """The rows of the begun row and the tail, which is dim, or else in brackets."""
        final = self._final
        tail = self._tail if final else self._tail.lstrip()
        if not self._styled and tail.strip():
            tail = tail.replace(tail.strip(), f"[{tail.strip()}]")
        dim_from = len(final)
        return [self._dimmed(row, dim_from - start) for row, start in wrapped(final + tail, self._width())]

    def _dimmed(self, row: str, start: int) -> str:
        """``row`` with everything from ``start`` on dim."""
        start = max(0, start)
        return f"{row[:start]}{_DIM}{row[start:]}{_NORMAL}" if self._styled and row[start:] else row

    def _width(self) -> int:
        """Columns that are written: never the last, after which terminals differ."""
        return max(2, self._size[0] - 1)


def wrapped(text: str, width: int) -> list[tuple[str, int]]:
    """``text`` as rows of at most ``width`` columns, each with the place in ``text`` where it begins.

    What is added to ``text`` never changes a row but the last.
    """
    rows: list[tuple[str, int]] = []
    for start, piece in _pieces(text, width):
        if rows and _columns(rows[-1][0] + piece.rstrip()) <= width:
            rows[-1] = (rows[-1][0] + piece, rows[-1][1])
        else:
            rows.append((piece, start))
    return [(row.rstrip(), start) for row, start in rows]


def _pieces(text: str, width: int) -> Iterator[tuple[int, str]]:
    """What no row divides, with the white space behind it and its place: words, ideographs, parts of words that no row could hold."""
    parts = graphemes(text)
    place = len(text) - len(text.lstrip())
    for first, stop in pairwise([*line_starts(parts, sys.maxsize), len(parts)]):
        piece = ""
        for grapheme in parts[first:stop]:
            if piece and not grapheme.isspace() and _columns(piece + grapheme) > width:
                yield place, piece
                place, piece = place + len(piece), ""
            piece += grapheme
        yield place, piece
        place += len(piece)


def _columns(text: str) -> int:
    """Columns that ``text`` may take at most: terminals disagree about vowel signs and joined emoji, and a row must never be too long."""
    return sum(0 if unicodedata.category(char) in ("Mn", "Me", "Cf") else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)


def meter(position: float, level: float, width: int) -> str:
    """``0:12  |==========              |  -35 dBFS`` in at most ``width`` columns; ``position`` in seconds, ``level`` in dBFS."""
    share = min(1.0, max(0.0, 1 - level / _QUIETEST))
    bar = f"|{'=' * round(share * _BAR)}".ljust(_BAR + 1) + "|"
    loudness = f"{level:4.0f} dBFS" if level > _QUIETEST else "   silent"
    return f"{clock(position)}  {bar}  {loudness}"[:width]


def _lines(rows: list[str]) -> str:
    return "".join(f"{row}{_ERASE_LINE}\n" for row in rows)


def _size() -> tuple[int, int]:
    """Columns and rows of the terminal."""
    try:
        size = os.get_terminal_size(sys.stdout.fileno())
    except (OSError, ValueError):
        return _FALLBACK
    return size.columns or _FALLBACK[0], size.lines or _FALLBACK[1]
