"""Everything that is recognised in a long query, such as a mix or a day of radio."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from auricle.identification.index import Index
from auricle.identification.matching import ACCEPTED, VARIANTS, Candidate, Variant, find
from auricle.identification.peaks import Peaks

__all__ = ["timeline"]

WINDOW_S, STEP_S = 10.0, 5.0
TOLERANCE_S = 0.25  # between two windows' lines through the same recording
LOOSE = 0.8  # of the surest score: enough for the recording that was playing


def timeline(query: Peaks, index: Index, variants: Sequence[Variant] = VARIANTS) -> list[Candidate]:
    """Spans of recordings in the order of the query, without overlaps: windows of ten seconds, merged where they lie on one line.

    A window is first tried as the one before it was recognised, so a mix that is played faster costs no more than one that is not.
    """
    spans: list[Candidate] = []
    for start in _starts(query.duration):
        usual = _usual(spans, start, variants)
        known = [_moved(found, start) for found in find(query.between(start, start + WINDOW_S), index, usual) if found.score >= ACCEPTED]
        if known:
            _add(spans, known)
    return _apart(spans)


def _starts(duration: float) -> Iterator[float]:
    """Of the windows; the last one reaches the end."""
    yield from np.arange(0, max(duration - STEP_S, STEP_S), STEP_S).tolist()


def _usual(spans: list[Candidate], start: float, variants: Sequence[Variant]) -> Sequence[Variant]:
    """The variants, that of what was just playing first."""
    if not spans or spans[-1].end < start - STEP_S or abs(spans[-1].speed - 1) < TOLERANCE_S / WINDOW_S / 4:
        return variants
    return (Variant(spans[-1].speed, spans[-1].pitch), *variants)


def _moved(found: Candidate, start: float) -> Candidate:
    return replace(found, start=found.start + start, end=found.end + start)


def _add(spans: list[Candidate], known: list[Candidate]) -> None:
    """Make the last span longer if what was playing goes on, else begin another."""
    for found in known:
        if spans and found.score >= LOOSE * known[0].score and _goes_on(spans[-1], found):
            spans[-1] = _joined(spans[-1], found)
            return
    spans.append(known[0])


def _goes_on(span: Candidate, found: Candidate) -> bool:
    """Both are of one recording and lie on one line, with less than a window between them."""
    expected = span.offset + (found.start - span.start) * span.speed
    allowed = TOLERANCE_S + 0.005 * (found.start - span.start)
    return span.recording == found.recording and found.start - span.end < WINDOW_S and abs(found.offset - expected) < allowed


def _joined(span: Candidate, found: Candidate) -> Candidate:
    """One span; its speed is that of the line from its start to the newer start, where that is long enough to be finer."""
    apart = found.start - span.start
    speed = (found.offset - span.offset) / apart if apart > WINDOW_S else span.speed
    pitch = speed if span.pitch == span.speed else span.pitch
    fresh = round(found.votes * min(1.0, max(0.0, found.end - span.end) / max(found.end - found.start, 1e-9)))
    end, score = max(span.end, found.end), max(span.score, found.score)
    return replace(span, end=end, score=score, votes=span.votes + fresh, speed=speed, pitch=pitch)


def _apart(spans: list[Candidate]) -> list[Candidate]:
    """The spans without overlaps: an overlap is parted in its middle; what is nothing then is left out."""
    parted: list[Candidate] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if parted and span.start < parted[-1].end:
            middle = max(parted[-1].start, (span.start + min(span.end, parted[-1].end)) / 2)
            parted[-1] = replace(parted[-1], end=middle)
            span = replace(span, start=middle, offset=span.offset + (middle - span.start) * span.speed)
        if span.end > span.start:
            parted.append(span)
    return [span for span in parted if span.end > span.start]
