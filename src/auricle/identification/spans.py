"""Everything that is recognised in a long query, such as a mix or a day of radio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from auricle.identification.index import Index
from auricle.identification.matching import ACCEPTED, HALF, VARIANTS, Candidate, Variant, find
from auricle.identification.peaks import Peaks

__all__ = ["prevailing", "timeline"]

WINDOW_S, STEP_S = 10.0, 5.0
EVERY = 4  # windows; in one of them all variants are tried
TOLERANCE_S = 0.25  # between two windows' lines through the same recording
LOOSE = 0.8  # of the surest score: enough for the recording that was playing


def timeline(query: Peaks, index: Index, variants: Sequence[Variant] = VARIANTS) -> list[Candidate]:
    """Spans of recordings in the order of the query, without overlaps: windows of ten seconds, merged where they lie on one line.

    A window is first tried as the one before it was recognised and at its own speed. All variants are tried where a recording has just
    ended and in one of `EVERY` windows, so that hours of unknown music cost little; what is found there at another speed is followed back
    to where it began. So a recording at another speed is noticed if it plays for half a minute.
    """
    starts = _starts(query.duration)
    heard: list[list[Candidate]] = []
    for number, start in enumerate(starts):
        before = heard[-1] if heard else []
        some = variants if before or number % EVERY == 0 else variants[:1]
        heard.append(_recognised(query, start, index, _usual(before, some)))
    for number in range(len(starts) - 2, -1, -1):
        if heard[number + 1] and not heard[number]:
            heard[number] = _recognised(query, starts[number], index, _usual(heard[number + 1], ()))
    spans: list[Candidate] = []
    for known in filter(None, heard):
        _add(spans, known)
    return _apart(spans)


def prevailing(spans: Sequence[Candidate], duration: float) -> Candidate | None:
    """Of the recording that at least half of a query is, in one span or several: the span with the most votes. None: there is no such one.

    Args:
        spans: of the query, as of `timeline`.
        duration: of the query. Seconds.
    """
    covered: dict[int, float] = {}
    for span in spans:
        covered[span.recording] = covered.get(span.recording, 0.0) + span.end - span.start
    ours = (span for span in spans if covered[span.recording] >= HALF * duration)
    return max(ours, key=lambda span: (covered[span.recording], span.votes), default=None)


def _starts(duration: float) -> list[float]:
    """Of the windows; the last one reaches the end."""
    starts: list[float] = np.arange(0, max(duration - STEP_S, STEP_S), STEP_S).tolist()
    return starts


def _recognised(query: Peaks, start: float, index: Index, variants: Sequence[Variant]) -> list[Candidate]:
    """What the window that begins there is, the surest first."""
    found = find(query.between(start, start + WINDOW_S), index, variants) if variants else []
    return [_moved(one, start) for one in found if one.score >= ACCEPTED]


def _usual(near: Sequence[Candidate], variants: Sequence[Variant]) -> Sequence[Variant]:
    """The variants, that of what is playing in the window beside it first, if that is not at its own speed."""
    if not near or abs(near[0].speed - 1) < TOLERANCE_S / WINDOW_S / 4:
        return variants
    return (Variant(near[0].speed, near[0].pitch), *variants)


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
