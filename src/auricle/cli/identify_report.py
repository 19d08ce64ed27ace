"""What was recognised, what a catalogue has and what is there more than once, as text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from auricle.cli.known import title
from auricle.cli.output import clock, human_size, printable
from auricle.cli.width import columns, cut, cut_before, padded

if TYPE_CHECKING:  # which brings numpy
    from auricle.identification.results import DuplicateGroup, Entry, Identification, Match
    from auricle.identification.verification import Verification

__all__ = ["UNKNOWN", "groups_text", "head", "line", "listing", "report_text", "timeline_text", "verification_text"]

UNKNOWN = "unknown"
_NAME = 40  # columns of a recording's name where there is room for as many as one likes
_BOTH = 16  # columns that a title and an id take at least
_FIGURES = "{:>5}  {:>7}  {:>5}  "
_SPANS = "{:>9}  {:>9}  {:>9}  {:>5}  {:>5}  "


def report_text(name: str, found: Identification) -> str:
    """All about one query."""
    rows = _rows(found.match, found.duration) if found.match else [(UNKNOWN, "no recording of the catalogue, or too little of one")]
    return f"{printable(name)}\n" + "".join(f"  {label:<11}{printable(text)}\n" for label, text in rows)


def head(width: int | None) -> str:
    """The names of the figures of a `line`."""
    return f"{_FIGURES.format('SCORE', 'OFFSET', 'SPEED')}{padded('RECORDING', _name_width(width))}  FILE\n"


def line(name: str, found: Identification, width: int | None) -> str:
    """One of many queries; without a width nothing is cut."""
    match = found.match
    figures = _FIGURES.format(f"{match.score:.2f}", clock(match.offset), f"{match.speed:.3f}") if match else _FIGURES.format(*"---")
    room = _name_width(width)
    known = _named(match.entry, None if width is None else room) if match else UNKNOWN
    if width is None:
        return f"{figures}{padded(known, room)}  {printable(name)}\n"
    shown = figures + padded(known, room) + "  "
    return f"{shown}{cut_before(printable(name), width - columns(shown))}\n"


def timeline_text(name: str, found: Identification, width: int | None) -> str:
    """Everything that was recognised in a query, and when."""
    rows = [f"{printable(name)} ({clock(found.duration)})\n"]
    if not found.timeline:
        return f"{rows[0]}  {UNKNOWN}\n"
    names = _SPANS.format("FROM", "TO", "OFFSET", "SCORE", "SPEED")
    rows.append(f"{names}{_within('RECORDING', width, len(names))}\n")
    for match in found.timeline:
        figures = _SPANS.format(_moment(match.start), _moment(match.end), _moment(match.offset), f"{match.score:.2f}", f"{match.speed:.3f}")
        rows.append(f"{figures}{_named(match.entry, None if width is None else width - len(figures))}\n")
    return "".join(rows)


def listing(known: Iterable[Entry], width: int | None) -> str:
    """A line for each recording of a catalogue."""
    rows = ["    TIME  ADDED       ID\n"]
    for entry in known:
        day = datetime.fromtimestamp(entry.added, UTC).astimezone().date().isoformat()
        figures = f"{clock(entry.duration):>8}  {day}  "
        name = "" if title(entry) == entry.id else f"  ({title(entry)})"
        rows.append(f"{figures}{_within(entry.id + name, width, len(figures))}\n")
    return "".join(rows)


def groups_text(groups: Iterable[DuplicateGroup], entry: Callable[[str], Entry]) -> str:
    """The groups of a catalogue, whose ``entry`` knows of each id what it is."""

    def lines(group: DuplicateGroup) -> Iterator[str]:
        yield f"{len(group.ids)} times, {group.similarity:.2f} alike\n"
        yield from (f"{clock(entry(name).duration):>9}  {printable(name)}\n" for name in group.ids)

    return "\n".join("".join(lines(group)) for group in groups)


def verification_text(found: Verification) -> str:
    """Whether a catalogue is as it was written, and how large it is; what is wrong with it stands elsewhere."""
    rows = (
        ("recordings", f"{found.recordings} ({clock(found.duration)})"),
        ("landmarks", f"{found.postings}, and {found.removed} of removed recordings"),
        ("size", human_size(found.size)),
    )
    return f"{'sound' if found.sound else 'damaged'}\n" + "".join(f"  {label:<12}{text}\n" for label, text in rows)


def _rows(match: Match, duration: float) -> Iterator[tuple[str, str]]:
    yield "recording", title(match.entry)
    if title(match.entry) != match.entry.id:
        yield "id", match.entry.id
    yield "offset", f"{_moment(match.offset)} of {clock(match.entry.duration)}"
    yield "matched", f"{_moment(match.start)} to {_moment(match.end)} of {_moment(duration)}"
    yield "score", f"{match.score:.2f} ({match.votes} votes)"
    yield "speed", f"{match.speed:.3f}, pitch {match.pitch:.3f}"


def _named(known: Entry, width: int | None) -> str:
    """``title (id)``, for several recordings may have the same title; of an id that is too long the end, which says most of a path."""
    name, own = printable(title(known)), printable(known.id)
    if width is not None and (name == own or width < _BOTH):
        return cut_before(own, max(1, width))
    if name == own:
        return own
    if width is not None and columns(name) + columns(own) + len(" ()") > width:
        own = cut_before(own, max(1, width - len(" ()") - min(columns(name), width // 3)))
        name = cut(name, max(1, width - len(" ()") - columns(own)))
    return f"{name} ({own})"


def _moment(seconds: float) -> str:
    """``m:ss.t``, to the tenth."""
    tenths = round(max(0.0, seconds) * 10)
    return f"{clock(tenths // 10)}.{tenths % 10}"


def _within(text: str, width: int | None, taken: int) -> str:
    return printable(text) if width is None else cut(printable(text), max(1, width - taken))


def _name_width(width: int | None) -> int:
    """Of a recording's name, beside the name of a file."""
    return _NAME if width is None else min(_NAME, (width - len(_FIGURES.format(*"---")) - 2) // 2)
