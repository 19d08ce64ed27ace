"""Which recordings of an index a query is from, where in them, and how sure that is.

A. Wang, "An industrial-strength audio search algorithm", ISMIR 2003, sections 2.3 and 3: what a query shares with a recording lies at one
offset if it is the same sound, and anywhere if it is chance. A vote is a peak of the query, not a pair of peaks, for a few peaks that agree
by chance make many pairs. What chance and related music give is measured in the query itself: by the other recordings that come nearest.

Where a recording repeats itself, the place is the one with the most pairs on its line, and of about equal ones the first: which round of a
loop a query is, nobody can say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auricle.identification.index import FRAME_S, Index
from auricle.identification.landmarks import Question, question
from auricle.identification.lines import CLOSE, line
from auricle.identification.peaks import Peaks

__all__ = ["ACCEPTED", "VARIANTS", "Candidate", "Variant", "find"]

ACCEPTED = 0.5  # a score of at least this: it is the recording
SURE = 0.6  # no other variant need be tried
CELL = 3.0  # of the histogram of offsets; two neighbours are counted together, so no offset is split. Frames
MOST = 8  # recordings that are looked at closely
EXACT = 0.004  # of a speed: nothing is gained by asking again
# Evidence of 1, a score of a half: so many votes, such a share of the query's peaks, and so many times what chance gives (and one more).
VOTES, SHARE, MARGIN = 8.0, 0.05, 1.8
HALF = 0.5  # of the query: what is shorter is a sample, not the recording
WHOLE, CLUMPED = 0.36, 0.19  # see `_own_sound`
LOUDEST = 0.8  # quantile of the heights of the query's peaks
SAME = 0.7  # of the agreeing peaks of two recordings: they hold the same sound
NEARLY = 0.85  # of the most votes of a recording: a place where the query may lie as well
PLACES = 4  # of a recording that are looked at closely
EQUAL = 0.97  # of the pairs of the best place: as good a place


class Variant(NamedTuple):
    """How a query may differ from the recording: how many times as fast it runs and how many times as high it sounds."""

    speed: float
    pitch: float


VARIANTS = tuple(Variant(1 + step / 50, 1 + step / 50) for step in (0, -1, 1, -2, 2, -3, 3))  # each is found within 1 % of it

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch of a query that may be a stretch of a recording.

    Attributes:
        recording: its number in the index.
        start: where in the query the stretch begins. Seconds.
        end: where in the query it ends. Seconds.
        offset: where in the recording ``start`` lies. Seconds.
        score: 0 to 1; at `ACCEPTED` and above it is the recording.
        votes: peaks of the query that agree.
        speed: how much faster than the recording the query runs.
        pitch: how much higher it sounds.
    """

    recording: int
    start: float
    end: float
    offset: float
    score: float
    votes: int
    speed: float = 1.0
    pitch: float = 1.0


def find(query: Peaks, index: Index, variants: Sequence[Variant] = VARIANTS) -> list[Candidate]:
    """The recordings that a query of up to some ten seconds may be from, the surest first, one candidate for each.

    The variants are tried one after the other until a recording is accepted.
    """
    found: list[_Alignment] = []
    best: list[Candidate] = []
    for variant in variants:
        found += _alignments(query, index, variant)
        best = _scored(found, query)
        if best and best[0].score >= SURE:
            break
    return _refined(best, found, query, index)


def _refined(best: list[Candidate], found: list[_Alignment], query: Peaks, index: Index) -> list[Candidate]:
    """The same once more at the speed that was found, where that is not what was tried."""
    if not best or best[0].score < ACCEPTED:
        return best
    speed, pitch, recording = best[0].speed, best[0].pitch, best[0].recording
    if any(abs(speed / known.tried - 1) < EXACT and known.recording == recording for known in found):
        return best
    return _scored(found + _alignments(query, index, Variant(speed, pitch)), query)


@dataclass(frozen=True, slots=True, eq=False)
class _Alignment:
    """A line through what a query and a recording share. Times are in frames.

    Attributes:
        recording: its number.
        first: the first peak of the query that agrees.
        last: the last one.
        start: where in the recording the query begins.
        speed: slope of the line.
        pitch: how much higher the query sounds.
        tried: the speed that was asked for.
        votes: peaks of the query that have a hit near the line.
        elsewhere: votes for the best other place in the same recording, as a share of these.
        pairs: pairs of peaks on the line.
        peaks: peaks of the query that are in one of them, each once.
        loudest: share of the query's loudest peaks that are.
    """

    recording: int
    first: float
    last: float
    start: float
    speed: float
    pitch: float
    tried: float
    votes: int
    elsewhere: float
    pairs: int
    peaks: Whole
    loudest: float


def _scored(found: list[_Alignment], query: Peaks) -> list[Candidate]:
    """The best alignment of each recording; chance is what the middle one of the others gets, copies of the first left out."""
    best = {alignment.recording: alignment for alignment in sorted(found, key=lambda alignment: alignment.votes)}
    ranked = sorted(best.values(), key=lambda alignment: (-alignment.votes, alignment.recording))[: 1 + MOST]
    others = [alignment.votes for alignment in ranked[1:] if not _same_sound(alignment, ranked[0])]
    chance = float(np.median(others)) if others else 0.0
    candidates = [_candidate(alignment, query, chance) for alignment in ranked]
    return sorted(candidates, key=lambda candidate: (-candidate.score, -candidate.votes, candidate.recording))


def _same_sound(one: _Alignment, other: _Alignment) -> bool:
    """Whether the same peaks of the query agree with both: what agrees by chance are others in every recording."""
    fewer = min(len(one.peaks), len(other.peaks))
    return len(np.intersect1d(one.peaks, other.peaks, assume_unique=True)) >= SAME * fewer > 0


@dataclass(frozen=True, slots=True, eq=False)
class _Hits:
    """Pairs of peaks that are both in the query and in the index; shape (hits,) each.

    Attributes:
        recordings: in which.
        heard: when in the query. Frames.
        known: when in the recording. Frames.
        anchors: which peak of the query it was.
        partners: and which second one.
    """

    recordings: Whole
    heard: Real
    known: Real
    anchors: Whole
    partners: Whole

    def of(self, kept: npt.NDArray[np.bool_]) -> _Hits:
        """Some of them."""
        return _Hits(self.recordings[kept], self.heard[kept], self.known[kept], self.anchors[kept], self.partners[kept])


def _alignments(query: Peaks, index: Index, variant: Variant) -> list[_Alignment]:
    """How the query may lie in the likeliest recordings if it differs so: the best place in each."""
    speed = variant.speed
    hits = _hits(question(query, speed, variant.pitch), index)
    if not len(hits.anchors):
        return []
    recordings, cells, votes = _histogram(hits, speed, len(query.frames))
    begins = np.flatnonzero(np.append(True, np.diff(recordings) > 0))
    likeliest = np.argsort(-np.maximum.reduceat(votes, begins), kind="stable")[: 1 + MOST]
    hits = hits.of(np.isin(hits.recordings, recordings[begins[likeliest]]))
    found = []
    for rank, (begin, end) in enumerate(zip(begins[likeliest], np.append(begins[1:], len(votes))[likeliest], strict=True)):
        own = hits.of(hits.recordings == recordings[begin])
        places = _places(cells[begin:end], votes[begin:end], 1 if rank else PLACES)
        found.append(_first_of_the_best([_at(place, own, query, variant) for place in places]))
    return found


class _Place(NamedTuple):
    """A cell of a recording's histogram, its votes, and the votes for the best other place as a share of these."""

    cell: int
    votes: int
    elsewhere: float


def _places(cells: Whole, votes: Whole, most: int) -> list[_Place]:
    """Where in a recording the query may lie: the place with the most votes and others with nearly as many."""
    found: list[_Place] = []
    for place in np.argsort(-votes, kind="stable"):
        cell, own = int(cells[place]), int(votes[place])
        if len(found) == most or own < NEARLY * votes.max():
            break
        if all(abs(cell - other.cell) > 2 for other in found):
            elsewhere = votes[np.abs(cells - cell) > 2].max(initial=0) / own
            found.append(_Place(cell, own, min(1.0, float(elsewhere))))
    return found


def _first_of_the_best(alignments: list[_Alignment]) -> _Alignment:
    """Of the places in a recording: the earliest of those that have about as many pairs on their line as any."""
    enough = EQUAL * max(alignment.pairs for alignment in alignments)
    return min((alignment for alignment in alignments if alignment.pairs >= enough), key=lambda alignment: alignment.start)


def _hits(asked: Question, index: Index) -> _Hits:
    found = index.postings(asked.hashes)
    which = found.asked
    times = asked.frames[which], found.frames.astype(np.float64)
    return _Hits(found.recordings.astype(np.int64), *times, asked.anchors[which], asked.partners[which])


def _histogram(hits: _Hits, speed: float, peaks: int) -> tuple[Whole, Whole, Whole]:
    """Recordings, cells of offsets in them, and how many peaks of the query have a hit in that cell or the next."""
    cells = np.floor((hits.known - hits.heard * speed) / CELL).astype(np.int64)
    lowest = cells.min()
    width = cells.max() - lowest + 2
    places = hits.recordings * width + (cells - lowest)
    votes = np.sort(places * peaks + hits.anchors)
    places = votes[np.append(True, np.diff(votes) > 0)] // peaks
    begins = np.flatnonzero(np.append(True, np.diff(places) > 0))
    places, votes = places[begins], np.diff(np.append(begins, len(places)))
    whole = votes.copy()
    after = np.flatnonzero(np.diff(places) == 1)
    whole[after] += votes[after + 1]
    return places // width, places % width + lowest, whole


def _at(place: _Place, hits: _Hits, query: Peaks, variant: Variant) -> _Alignment:
    """The hits of one recording around a place, as a line."""
    hits = hits.of(np.abs((hits.known - hits.heard * variant.speed) / CELL - (place.cell + 1)) < 2)
    slope, start = line(hits.heard, hits.known, variant.speed)
    agree = np.abs(hits.known - start - slope * hits.heard) <= CLOSE
    anchors, partners = hits.anchors[agree], hits.partners[agree]
    peaks = np.union1d(anchors, partners)
    loud = query.heights >= np.quantile(query.heights, LOUDEST)
    first, last = query.frames[peaks[[0, -1]]] if len(peaks) else (0.0, 0.0)
    return _Alignment(
        recording=int(hits.recordings[0]),
        first=float(first),
        last=float(last),
        start=start,
        speed=slope,
        pitch=slope if variant.pitch == variant.speed else variant.pitch,
        tried=variant.speed,
        votes=place.votes,
        elsewhere=place.elsewhere,
        pairs=len(np.unique(anchors * len(query.frames) + partners)),
        peaks=peaks,
        loudest=float(loud[peaks].sum() / loud.sum()),
    )


def _candidate(alignment: _Alignment, query: Peaks, chance: float) -> Candidate:
    """What speaks for an alignment, as a score."""
    first, last, votes = alignment.first, alignment.last, alignment.votes
    evidence = votes / max(VOTES, SHARE * len(query.frames), MARGIN * chance + 1)
    evidence *= min(1.0, (last - first) * FRAME_S / max(HALF * query.duration, FRAME_S))
    evidence = min(evidence, _own_sound(alignment, query, evidence))
    score = evidence**2 / (1 + evidence**2)
    offset = alignment.start + alignment.speed * first
    times = (first * FRAME_S, last * FRAME_S, offset * FRAME_S)
    return Candidate(alignment.recording, *times, score, votes, alignment.speed, alignment.pitch)


def _own_sound(alignment: _Alignment, query: Peaks, evidence: float) -> float:
    """The most evidence there can be that it is the recording and not only a loop or another sample that both have.

    Where much of the query agrees, it is the recording. Else something hides it. Noise, speech and rooms hide each peak by itself, the soft
    ones first: the loudest agree, and of n peaks that agree the pairs are few, for they go as the square of n. A loop beneath other music
    agrees whole or not at all: its peaks are no louder than others, form as many pairs as ever, and agree wherever the loop is repeated.
    """
    agreeing = len(alignment.peaks)
    share = agreeing / max(1, len(query.frames))
    if share >= WHOLE or not alignment.pairs:
        return np.inf
    clumped = alignment.pairs / agreeing
    heard = np.sqrt(alignment.loudest * np.sqrt(share * evidence))
    return float(heard * (1 - alignment.elsewhere**4 / 2) / clumped / CLUMPED)
