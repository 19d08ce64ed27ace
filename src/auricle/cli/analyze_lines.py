"""What analyses of several recordings found, for people: a line for each, with the columns of what was looked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auricle.cli import output
from auricle.cli.analyze_parser import PARTS
from auricle.cli.analyze_report import genre, level
from auricle.cli.width import columns, cut_before

if TYPE_CHECKING:  # which brings numpy
    from auricle.music import Key, MusicAnalysis

__all__ = ["head", "line"]

_NONE = "-"
_GAP = "  "


@dataclass(frozen=True, slots=True)
class _Column:
    """One figure.

    Attributes:
        head: its name.
        width: columns on the terminal.
        part: of the analysis that finds it; None: it is always there.
        cell: the figure, None where it was not found.
        left: where it stands in its column.
        detail: it is there only where some parts are asked for, as with all of them the line has no room for it.
    """

    head: str
    width: int
    part: str | None
    cell: Callable[[MusicAnalysis], str | None]
    left: bool = False
    detail: bool = False


def _key(found: MusicAnalysis) -> Key | None:
    return found.harmony.key if found.harmony else None


_COLUMNS = (
    _Column("TIME", 7, None, lambda found: output.clock(found.duration)),
    _Column("BPM", 5, "rhythm", lambda found: f"{found.rhythm.tempo:.1f}" if found.rhythm and found.rhythm.tempo is not None else None),
    _Column("METER", 5, "rhythm", lambda found: found.rhythm.meter if found.rhythm else None),
    _Column("KEY", 8, "harmony", lambda found: key.spelled if (key := _key(found)) else None, left=True),
    _Column("", 3, "harmony", lambda found: key.camelot if (key := _key(found)) else None, left=True),
    _Column("GENRE", 9, "tags", lambda found: genre(found.tags) if found.tags else None, left=True),
    _Column("LUFS", 5, "dynamics", lambda found: level(found.dynamics.loudness.integrated) if found.dynamics else None),
    _Column("SECTIONS", 8, "structure", lambda found: str(len(found.sections)) if found.sections else None, detail=True),
    _Column("CENTROID", 8, "spectrum", lambda found: f"{found.spectrum.centroid.mean:.0f} Hz" if found.spectrum else None, detail=True),
)  # the last one, the recording's name, has the rest of the line


def head(parts: Collection[str]) -> str:
    """The names of the columns, where these parts are looked for."""
    shown = _shown(parts)
    return _cells(shown, (column.head for column in shown), "FILE", None)


def line(name: str, found: MusicAnalysis, parts: Collection[str], width: int | None) -> str:
    """One recording as a line below `head`; None for ``width`` leaves the name as long as it is."""
    shown = _shown(parts)
    return _cells(shown, (column.cell(found) or _NONE for column in shown), output.printable(name), width)


def _shown(parts: Collection[str]) -> list[_Column]:
    some = set(parts) != set(PARTS)
    return [column for column in _COLUMNS if column.part is None or (column.part in parts and (some or not column.detail))]


def _cells(shown: Iterable[_Column], values: Iterable[str], name: str, width: int | None) -> str:
    cells = (value.ljust(one.width) if one.left else value.rjust(one.width) for one, value in zip(shown, values, strict=True))
    before = _GAP.join(cells) + _GAP
    return before + (name if width is None else cut_before(name, max(8, width - columns(before)))) + "\n"
