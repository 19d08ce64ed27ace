"""What an analysis found, for people: all about one recording."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from auricle.cli import output
from auricle.cli.lead_sheet import lead_sheet
from auricle.cli.width import flowed, padded

if TYPE_CHECKING:  # which brings numpy
    from auricle.loudness import Loudness
    from auricle.music import Harmony, Key, KeySpan, MusicAnalysis, Rhythm, Section, Spectrum, Tag, Tags

__all__ = ["genre", "level", "report_text"]

_INDENT, _LABEL = 2, 11  # columns
_OTHER_TEMPI = {0.5: "half", 2.0: "double"}  # which are taken for the tempo most often
_AS_MUCH = 0.03  # a candidate that is nearer to such a multiple is this one
_TAGS, _GENRES, _TEMPI = 8, 3, 2  # are shown
_LEAST = 0.005  # what is less would be shown as 0.00
_LEAST_TAG = 0.05  # a word with a lower score is none
_CHANCE = 0.05  # a genre whose probability is no further above that of all others on average is no guess
_MOST_LINES = 4  # of anything that a long recording may have much of
_CHANNELS = {1: "mono", 2: "stereo"}
_NONE_FOUND = "none found"

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
        yield from _chords(found, found.harmony, room)
    if found.sections is not None:
        yield "sections", _few([_section(one) for one in found.sections], room) or [_NONE_FOUND]
    if found.tags:
        yield from _tags(found.tags)
    if found.dynamics:
        yield "loudness", _loudness(found.dynamics.loudness, found.dynamics.range)
    if found.spectrum:
        yield "spectrum", _spectrum(found.spectrum)


def _rhythm(rhythm: Rhythm) -> Rows:
    tempo = rhythm.tempo
    if tempo is None:
        yield "tempo", [_NONE_FOUND]
        if rhythm.candidates:
            yield "", ["nearest " + ", ".join(f"{one.bpm:.2f}" for one in rhythm.candidates[:_TEMPI])]
        return
    yield "tempo", [f"{tempo:.2f} BPM", f"confidence {rhythm.confidence:.2f}"]
    if others := list(_other_tempi(rhythm, tempo)):
        yield "", [f"or {others[0]}", *others[1:]]
    if len(rhythm.curve) > 1:
        local = [point.bpm for point in rhythm.curve]
        yield "", [f"locally {min(local):.1f} to {max(local):.1f} BPM"]
    yield "meter", [rhythm.meter or _NONE_FOUND, *_counted(rhythm)]


def _other_tempi(rhythm: Rhythm, tempo: float) -> Iterator[str]:
    """Without their probabilities, which would look as if they were to be compared with the confidence."""
    for one in rhythm.candidates:
        for times, name in _OTHER_TEMPI.items():
            if abs(one.bpm / tempo / times - 1) < _AS_MUCH:
                yield f"{one.bpm:.2f} ({name})"


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
    yield "key", [f"{key.spelled} ({key.camelot})", f"confidence {key.confidence:.2f}"] if key else [_NONE_FOUND]
    others = [one for one in harmony.candidates if one.confidence >= _LEAST and (key is None or one.name != key.name)]
    if others:
        yield "", [f"{'' if number else 'or ' if key else 'nearest '}{_scored_key(one)}" for number, one in enumerate(others)]
    if len(harmony.keys) > 1:
        yield "", [f"{'' if number else 'from '}{_span(span)}" for number, span in enumerate(harmony.keys)]
    if harmony.tuning is not None:
        yield "tuning", [f"A = {440 * 2 ** (harmony.tuning / 1200):.1f} Hz ({harmony.tuning:+.0f} cents)"]


def _scored_key(key: Key) -> str:
    return f"{key.spelled} ({key.camelot}) {key.confidence:.2f}"


def _span(span: KeySpan) -> str:
    return f"{output.clock(span.start)} {span.key.spelled if span.key else 'no key'}"


def _chords(found: MusicAnalysis, harmony: Harmony, room: int) -> Rows:
    """Bar by bar where there are bars, else with their times."""
    chords, rhythm = harmony.chords, found.rhythm
    if not any(chord.root for chord in chords):
        yield "chords", [_NONE_FOUND]
        return
    bars = list(lead_sheet(harmony, rhythm, room)) if rhythm and rhythm.downbeats else []
    if not bars:
        yield (
            "chords",
            _few([f"{output.clock(chord.start)} {symbol}" for chord, symbol in zip(chords, harmony.symbols, strict=True)], room),
        )
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
    named = genre(tags)
    genres = [_scored(one) for one in tags.genres[:_GENRES] if one.score >= _LEAST]
    if named is None:
        genres = [_NONE_FOUND]
    elif named == "uncertain":
        genres = [f"uncertain: {genres[0]}", *genres[1:]]
    yield "genre", genres
    yield "tags", [_scored(tag) for tag in tags.tags[:_TAGS] if tag.score >= _LEAST_TAG] or [_NONE_FOUND]


def genre(tags: Tags) -> str | None:
    """The genre, or "uncertain"; None where all are as likely, as in silence."""
    if tags.genre != "uncertain":
        return tags.genre
    guessed = bool(tags.genres) and tags.genres[0].score > 1 / len(tags.genres) + _CHANCE
    return tags.genre if guessed else None


def _scored(tag: Tag) -> str:
    return f"{tag.name} {tag.score:.2f}"


def _loudness(loudness: Loudness, peak_to_loudness: float | None) -> Iterator[str]:
    if math.isinf(loudness.true_peak):
        yield "silence"
        return
    if math.isinf(loudness.integrated):
        yield "too short or too quiet for a figure"
    else:
        yield f"{level(loudness.integrated)} LUFS"
        yield f"range {level(loudness.range)} LU"
    yield f"true peak {level(loudness.true_peak)} dBTP"
    if peak_to_loudness is not None and math.isfinite(loudness.integrated):
        yield f"PLR {level(peak_to_loudness)} LU"


def level(value: float) -> str:
    """A loudness, to a tenth of a decibel."""
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
