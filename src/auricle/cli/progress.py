"""How far the work has come: one line on standard error, on a terminal only."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from auricle.cli.output import clock, printable
from auricle.cli.width import columns, cut

__all__ = ["Progress", "line"]

_INTERVAL = 0.2  # between two drawings. Seconds
_WIDEST_BAR, _NARROWEST_BAR = 24, 4  # columns
_EIGHTHS = "▏▎▍▌▋▊▉█"
_FALLBACK_WIDTH = 80


class Progress:
    """A line about one recording, drawn again and again until the block ends, which leaves no trace of it.

    A thread draws it, for the work itself is silent while it waits for a model.

    Args:
        name: the recording's name.
        duration: its length, None when that is not known. Seconds.
        position: says how much of it is done. Seconds.
        unit: of both, where they are no seconds of sound, such as "files".
    """

    def __init__(self, name: str, duration: float | None, position: Callable[[], float], unit: str | None = None) -> None:
        self._name, self._duration, self._position, self._unit = printable(name), duration, position, unit
        self._began = time.monotonic()
        self._terminal = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_drawing, daemon=True) if _on_terminal() else None

    def __enter__(self) -> Self:
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            _clear()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """The line is gone while the block writes to what may be the same terminal, then back."""
        if self._thread is None:
            yield
            return
        with self._terminal:
            _clear()
            yield
            self._draw()

    def _keep_drawing(self) -> None:
        while not self._ended.wait(_INTERVAL):
            with self._terminal:
                self._draw()

    def _draw(self) -> None:
        elapsed = time.monotonic() - self._began
        text = line(self._name, self._position(), self._duration, elapsed, _width() - 1, _blocks(), self._unit)
        # The cursor goes back to the beginning, so that the ^C that a terminal echoes does not begin a new line below this one.
        _write(f"\r{text}{' ' * (_width() - 1 - columns(text))}\r")


def line(
    name: str, position: float, duration: float | None, elapsed: float, width: int, blocks: str = _EIGHTHS, unit: str | None = None
) -> str:
    """``name  ███████▌      42 %  12.3× realtime  0:32 left`` in at most ``width`` columns; with a unit, so many a second.

    Without a duration the position stands in place of the bar; in a narrow terminal the bar goes first, then the end.
    """
    speed = position / elapsed if elapsed > 0 else 0.0
    tail = f"{speed:.1f} {unit}/s" if unit else f"{speed:.1f}{'×' if blocks == _EIGHTHS else 'x'} realtime"
    if duration is None:
        return cut(f"{cut(name, width // 3)}  {clock(position)}  {tail}", width)
    share = min(1.0, position / duration) if duration > 0 else 0.0
    tail = f"{100 * share:3.0f} %  {tail}" + (f"  {clock((1 - share) * duration / speed)} left" if speed else "")
    name = cut(name, max(8, width // 3))
    room = min(_WIDEST_BAR, width - columns(name) - len(tail) - 4)
    return cut(f"{name}  {_bar(share, room, blocks)}  {tail}" if room >= _NARROWEST_BAR else f"{name}  {tail}", width)


def _bar(share: float, width: int, blocks: str) -> str:
    steps = round(share * width * len(blocks))
    full, part = divmod(steps, len(blocks))
    return (blocks[-1] * full + (blocks[part - 1] if part else "")).ljust(width)


def _blocks() -> str:
    """The bar's steps, or a plain mark where the terminal's encoding has no blocks."""
    try:
        (_EIGHTHS + "×").encode(sys.stderr.encoding)
    except (UnicodeEncodeError, LookupError):
        return "#"
    return _EIGHTHS


def _on_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def _width() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _FALLBACK_WIDTH
    except (OSError, ValueError):
        return _FALLBACK_WIDTH


def _clear() -> None:
    _write(f"\r{' ' * (_width() - 1)}\r")


def _write(text: str) -> None:
    with contextlib.suppress(OSError):  # a terminal that is gone needs no progress
        sys.stderr.write(text)
        sys.stderr.flush()
