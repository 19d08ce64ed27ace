"""Chords as musicians write them: bar by bar."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING

from auricle.cli import output

if TYPE_CHECKING:  # which brings numpy
    from auricle.music import Beat, Harmony, Rhythm

__all__ = ["lead_sheet"]

_BARS = (8, 4, 2)  # in a line: as music is built
_SAME = "%"  # the bar before, once more


def lead_sheet(harmony: Harmony, rhythm: Rhythm, room: int) -> Iterator[str]:
    """Lines such as ``0:12 | Am     | F   G  | C      | %      |``: the time of the first bar, and what is played in each.

    A beat has the chord that sounds in its middle. A bar that has only the chord of the bar before is written "%".

    Args:
        harmony: its chords are in order, without gaps.
        rhythm: its beats have positions.
        room: at most so many columns.
    """
    bars = list(_bars(rhythm.beats, harmony))
    if not bars:
        return
    cells = ["  ".join(symbols) for _, symbols in bars]
    texts = [_SAME if number and cell == cells[number - 1] else cell for number, cell in enumerate(cells)]
    wide = max(map(len, texts))
    stamp = len(output.clock(bars[-1][0]))
    count = next((count for count in _BARS if stamp + 2 + count * (wide + 3) <= room), 1)
    for first in range(0, len(bars), count):
        shown = texts[first : first + count]
        if shown[0] == _SAME:  # what it means would be in another line
            shown[0] = cells[first]
        yield f"{output.clock(bars[first][0]):>{stamp}} |" + "".join(f" {text:<{wide}} |" for text in shown)


def _bars(beats: Sequence[Beat], harmony: Harmony) -> Iterator[tuple[float, list[str]]]:
    """When each bar begins, and the chords in it, each once; the last beat has no end, and so no chord of its own."""
    starts, written = [chord.start for chord in harmony.chords], harmony.symbols
    start, symbols = 0.0, list[str]()
    for number, (beat, following) in enumerate(pairwise(beats)):
        if beat.position == 1 or not number:
            if symbols:
                yield start, [symbol for symbol, _ in groupby(symbols)]
            start, symbols = beat.time, []
        symbols.append(written[max(0, bisect_right(starts, (beat.time + following.time) / 2) - 1)])
    if symbols:
        yield start, [symbol for symbol, _ in groupby(symbols)]
