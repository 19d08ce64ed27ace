"""What an analysis found, for people: all about one recording, or a line for each of several."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from auricle.cli import output
from auricle.cli.lead_sheet import lead_sheet
from auricle.cli.width import columns, cut_before, flowed, padded

if TYPE_CHECKING:  # which brings numpy
    from auricle.loudness import Loudness
    from auricle.music import Harmony, Key, KeySpan, MusicAnalysis, Rhythm, Section, Spectrum, Tag, Tags

__all__ = ["HEAD", "line", "report_text"]

_INDENT, _LABEL = 2, 11  # columns
_SAME_TEMPO = 0.01  # a candidate that is nearer is the tempo itself
_TAGS, _GENRES = 8, 3  # are shown
_MOST_LINES = 4  # of anything that a long recording may have much of
_CHANNELS = {1: "mono", 2: "stereo"}
_NONE = "-"

Rows = Iterator[tuple[str, Iterable[str]]]  # a label, and what stands behind it; between two pieces a line may be broken


def report_text(name: str, found: MusicAnalysis, width: int) -> str:
    """All about one recording, in lines of at most ``width`` columns."""
    room = width - _INDENT - _LABEL
    lines = [output.printable(name)]
    for label, pieces in _rows(found, room):
        for text in flowed(map(output.printable, pieces), room):
            lines.append(" " * _INDENT + padded(label, _LABEL) + text)
            label = ""
    for note in found.notes:
        first, *rest = flowed(output.printable(note).split(), width - _INDENT, " ")
        lines += [f"- {first}", *(" " * _INDENT + text for text in rest)]
    return "".join(f"{text}\n" for text in lines)


def _rows(found: MusicAnalysis, room: int) -> Rows:
    yield "duration", [_length(found.duration), f"{found.rate} Hz", _CHANNELS.get(found.channels, f"{found.channels} channels")]
    if found.rhythm:
        yield from _rhythm(found.rhythm)
    if found.harmony:
        yield from _harmony(found.harmony)
        yield from _chords(found, room)
    if found.sections is not None:
        yield "sections", _few([_section(one) for one in found.sections], room) or ["none found"]
    if found.tags:
        yield from _tags(found.tags)
    if found.dynamics:
        yield "loudness", _loudness(found.dynamics.loudness, found.dynamics.range)
    if found.spectrum:
        yield "spectrum", _spectrum(found.spectrum)


def _rhythm(rhythm: Rhythm) -> Rows:
    if rhythm.tempo is None:
        yield "tempo", ["none found"]
        return
    tempo = rhythm.tempo
    yield "tempo", [f"{tempo:.2f} BPM", f"confidence {rhythm.confidence:.2f}"]
    others = [one for one in rhythm.candidates if abs(one.bpm / tempo - 1) > _SAME_TEMPO]
    if others:
        yield "", [f"{'' if number else 'or '}{one.bpm:.2f} ({one.probability:.2f})" for number, one in enumerate(others)]
    if len(rhythm.curve) > 1:
        local = [point.bpm for point in rhythm.curve]
        yield "", [f"locally {min(local):.1f} to {max(local):.1f} BPM"]
    yield "meter", [rhythm.meter or "none found", *_counted(rhythm)]


def _counted(rhythm: Rhythm) -> Iterator[str]:
    beats, downbeats = rhythm.beats, rhythm.downbeats
    if downbeats:
        yield f"{len(downbeats)} bar{'s'[: len(downbeats) != 1]}"
    yield f"{len(beats)} beat{'s'[: len(beats) != 1]}"
    if downbeats:
        yield f"the first downbeat at {downbeats[0]:.2f} s"
    elif beats:
        yield f"the first at {beats[0].time:.2f} s"


def _harmony(harmony: Harmony) -> Rows:
    key = harmony.key
    yield "key", [f"{key.name} ({key.camelot})", f"confidence {key.confidence:.2f}"] if key else ["none found"]
    others = [one for one in harmony.candidates if one.confidence and (key is None or one.name != key.name)]
    if others:
        yield "", [f"{'' if number else 'or ' if key else 'nearest '}{_scored_key(one)}" for number, one in enumerate(others)]
    if len(harmony.keys) > 1:
        yield "", [f"{'' if number else 'from '}{_span(span)}" for number, span in enumerate(harmony.keys)]
    if any(harmony.chroma):
        yield "tuning", [f"A = {440 * 2 ** (harmony.tuning / 1200):.1f} Hz ({harmony.tuning:+.0f} cents)"]


def _scored_key(key: Key) -> str:
    return f"{key.name} ({key.camelot}) {key.confidence:.2f}"


def _span(span: KeySpan) -> str:
    return f"{output.clock(span.start)} {span.key.name if span.key else 'no key'}"


def _chords(found: MusicAnalysis, room: int) -> Rows:
    """Bar by bar where there are bars, else with their times."""
    harmony, rhythm = found.harmony, found.rhythm
    chords = harmony.chords if harmony else ()
    if not any(chord.root for chord in chords):
        yield "chords", ["none found"]
        return
    bars = list(lead_sheet(chords, rhythm, room)) if rhythm and rhythm.downbeats else []
    if not bars:
        yield "chords", _few([f"{output.clock(chord.start)} {chord.symbol}" for chord in chords], room)
        return
    for number, text in enumerate(bars[:_MOST_LINES]):
        yield "" if number else "chords", [text]
    if len(bars) > _MOST_LINES:
        yield "", [f"… until {output.clock(chords[-1].end)}; --json has all chords"]


def _few(pieces: list[str], room: int) -> list[str]:
    """As many as fit into a few lines."""
    for count in range(len(pieces), 0, -1):
        shown = pieces[:count] + ([f"… and {len(pieces) - count} more"] if count < len(pieces) else [])
        if len(list(flowed(shown, room))) <= _MOST_LINES:
            return shown
    return pieces


def _section(section: Section) -> str:
    return f"{output.clock(section.start)} {section.label}"


def _tags(tags: Tags) -> Rows:
    genres = [_scored(genre) for genre in tags.genres[:_GENRES]]
    yield "genre", genres if tags.genre != "uncertain" else [f"uncertain: {genres[0]}", *genres[1:]] if genres else [tags.genre]
    if tags.tags:
        yield "tags", [_scored(tag) for tag in tags.tags[:_TAGS]]


def _scored(tag: Tag) -> str:
    return f"{tag.name} {tag.score:.2f}"


def _loudness(loudness: Loudness, peak_to_loudness: float) -> Iterator[str]:
    if math.isinf(loudness.true_peak):
        yield "silence"
        return
    if math.isinf(loudness.integrated):
        yield "too short or too quiet for a figure"
    else:
        yield f"{_level(loudness.integrated)} LUFS"
        yield f"range {_level(loudness.range)} LU"
    yield f"true peak {_level(loudness.true_peak)} dBTP"
    if math.isfinite(loudness.integrated):
        yield f"PLR {_level(peak_to_loudness)} LU"


def _level(value: float) -> str:
    return f"{round(value, 1) + 0.0:.1f}"  # zero has no sign


def _spectrum(spectrum: Spectrum) -> Iterator[str]:
    yield f"centroid {spectrum.centroid.mean:.0f} Hz"
    yield f"roll-off {spectrum.rolloff.mean:.0f} Hz"
    yield f"bandwidth {spectrum.bandwidth.mean:.0f} Hz"
    yield f"flatness {spectrum.flatness.mean:.3g}"
    yield f"zero crossings {spectrum.zero_crossing_rate.mean:.3f}"
    yield f"{spectrum.onset_rate:.1f} onsets per second"


def _length(seconds: float) -> str:
    """``2:05.3``, or ``12.34 s``."""
    return f"{output.clock(seconds)}.{int(10 * seconds) % 10}" if seconds >= 60 else f"{seconds:.2f} s"


# Of the line's cells; the last one, the recording's name, has the rest of the line.
_WIDTHS = {"TIME": 7, "BPM": 5, "METER": 5, "KEY": 8, "": 3, "GENRE": 9, "LUFS": 5}
_RIGHT = frozenset({"TIME", "BPM", "METER", "LUFS"})
_GAP = "  "


def line(name: str, found: MusicAnalysis, width: int | None) -> str:
    """One recording as a line below `HEAD`; None for ``width`` leaves the name as long as it is."""
    return _cells(_values(found), output.printable(name), width)


def _cells(values: Iterable[str], name: str, width: int | None) -> str:
    cells = (
        value.rjust(room) if head in _RIGHT else value.ljust(room) for (head, room), value in zip(_WIDTHS.items(), values, strict=True)
    )
    before = _GAP.join(cells) + _GAP
    return before + (name if width is None else cut_before(name, max(8, width - columns(before)))) + "\n"


def _values(found: MusicAnalysis) -> Iterator[str]:
    rhythm, harmony, tags, dynamics = found.rhythm, found.harmony, found.tags, found.dynamics
    key = harmony.key if harmony else None
    yield output.clock(found.duration)
    yield f"{rhythm.tempo:.1f}" if rhythm and rhythm.tempo is not None else _NONE
    yield (rhythm and rhythm.meter) or _NONE
    yield key.name if key else _NONE
    yield key.camelot if key else _NONE
    yield tags.genre if tags else _NONE
    yield _level(dynamics.loudness.integrated) if dynamics else _NONE


HEAD = _cells(_WIDTHS, "FILE", None)
