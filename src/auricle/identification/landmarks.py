"""Pairs of peaks, which an index can look up.

A. Wang, "An industrial-strength audio search algorithm", ISMIR 2003, section 2.2: a landmark is a peak, another one soon after it, and how
they lie to each other. The hash holds, from its highest bits down, where the first peak is (36 steps an octave), how much higher the second
one is (96 steps an octave, for no speed changes it) and how much later (steps that widen with the time, as what a speed does to it).

What is stored and what is asked differ, for noise adds peaks and takes peaks away: a recording is stored as the pairs of peaks that stand
out most; a query asks for every pair, and where a value lies close to the border of its step for the pair beyond the border, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auricle.identification.index import FRAME_S, Landmarks
from auricle.identification.peaks import Peaks

__all__ = ["Question", "landmarks", "question"]

STORED_PEAKS, STORED_PAIRS = 25, 6  # a second; of each: no more than 150 a second, 4.9 MB an hour at 9 bytes each
NEAREST, FARTHEST = 4.0, 96.0  # from a peak to its partner. Frames
HIGHEST_STEP = 1.0  # between partners. Octaves
FIRST_STEPS, RATIO_STEPS, TIME_STEPS = 36, 96, 24  # an octave of frequency, of ratio, of time
TIME_BEND = 4.0  # times `NEAREST` is added to a time before its logarithm is taken: short times have even steps
ASKED_PAIRS = 24  # of each peak of a query
BORDER = 0.25  # of a step: closer to it than this, a query asks on both sides

Floats = npt.NDArray[np.float32]
_ANCHORS = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """What a query asks an index: arrays have one element for each pair of peaks and side of a border, shape (asked,).

    Attributes:
        hashes: uint32.
        frames: of the first peak, in the query's own time, float64.
        anchors: numbers of the first peaks among the query's, intp.
        partners: numbers of the second ones, intp.
    """

    hashes: npt.NDArray[np.uint32]
    frames: npt.NDArray[np.float64]
    anchors: npt.NDArray[np.intp]
    partners: npt.NDArray[np.intp]


def landmarks(peaks: Peaks) -> Landmarks:
    """What an index stores of a recording: at most `STORED_PEAKS` · `STORED_PAIRS` landmarks for each second."""
    strong = _strongest(peaks, STORED_PEAKS)
    found = [_partners(strong, first, STORED_PAIRS) for first in range(0, len(strong.frames), _ANCHORS)]
    pairs = [np.concatenate(parts) for parts in zip(*found, strict=True)] if found else [np.zeros(0, np.intp)] * 2
    anchors, partners = pairs
    values = _values(strong, anchors, partners)
    frames = np.maximum(np.round(strong.frames[anchors]), 0).astype(np.uint32)
    return Landmarks(_packed(*(np.floor(value).astype(np.int64) for value in values)), frames, peaks.duration)


def question(peaks: Peaks, speed: float = 1.0, pitch: float = 1.0) -> Question:
    """What a query asks when it is heard ``speed`` times as fast and ``pitch`` times as high as the recording.

    Its peaks are put where they would be in the recording, so no other transform is needed.
    """
    moved = Peaks(peaks.frames * speed, peaks.octaves - np.float32(np.log2(pitch)), peaks.heights, peaks.duration * speed)
    anchors, partners = _partners(moved, 0, ASKED_PAIRS, len(moved.frames))
    hashes, which = _both_sides(*_values(moved, anchors, partners))
    return Question(hashes, peaks.frames[anchors[which]], anchors[which], partners[which])


def _strongest(peaks: Peaks, rate: int) -> Peaks:
    """The highest peaks: of each second ``rate``."""
    seconds = (peaks.frames * FRAME_S).astype(np.int64)
    order = np.lexsort((-peaks.heights, seconds))
    begins = np.searchsorted(seconds[order], seconds[order])
    kept = np.sort(order[np.arange(len(order)) - begins < rate])
    return Peaks(peaks.frames[kept], peaks.octaves[kept], peaks.heights[kept], peaks.duration)


def _partners(peaks: Peaks, first: int, most: int, anchors: int = _ANCHORS) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Pairs of peaks whose first is one of ``anchors`` from ``first`` on: the ``most`` highest partners of each."""
    frames, count = peaks.frames, len(peaks.frames)
    if count < 2:
        return np.zeros(0, np.intp), np.zeros(0, np.intp)
    anchor = np.arange(first, min(count, first + anchors))
    until = np.searchsorted(frames, frames[anchor] + FARTHEST)
    partner = anchor[:, None] + np.arange(1, max(2, int((until - anchor).max())))
    there = partner < until[:, None]
    partner = np.minimum(partner, count - 1)
    there &= frames[partner] - frames[anchor, None] >= NEAREST
    there &= np.abs(peaks.octaves[partner] - peaks.octaves[anchor, None]) < HIGHEST_STEP
    rank = np.where(there, -peaks.heights[partner], np.inf)
    if rank.shape[1] > most:
        best = np.sort(np.argpartition(rank, most - 1, axis=1)[:, :most], axis=1)
        rows = np.arange(len(anchor))[:, None]
        partner, there = partner[rows, best], there[rows, best]
    rows, columns = np.nonzero(there)
    return anchor[rows], partner[rows, columns]


def _values(peaks: Peaks, anchors: npt.NDArray[np.intp], partners: npt.NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
    """Of pairs: where the first is, how much higher the second is, how much later: in steps, with fractions."""
    first = np.maximum(peaks.octaves[anchors] * FIRST_STEPS + FIRST_STEPS, 0)  # a speed can move it below `LOWEST`
    ratio = (peaks.octaves[partners] - peaks.octaves[anchors] + HIGHEST_STEP) * RATIO_STEPS
    later = np.log2((peaks.frames[partners] - peaks.frames[anchors]) / NEAREST + TIME_BEND) * TIME_STEPS
    return first, ratio, later


def _packed(first: npt.NDArray[np.int64], ratio: npt.NDArray[np.int64], later: npt.NDArray[np.int64]) -> npt.NDArray[np.uint32]:
    packed: npt.NDArray[np.uint32] = ((first << 16) | (ratio << 8) | later).astype(np.uint32)
    return packed


def _both_sides(*values: Floats) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.intp]]:
    """Hashes of pairs, once more for each border that is close; and which pair each is of."""
    which = np.arange(len(values[0]))
    steps = [np.floor(value).astype(np.int64) for value in values]
    for axis, value in enumerate(values):
        fraction = (value - np.floor(value))[which]
        side = np.where(fraction < BORDER, -1, np.where(fraction > 1 - BORDER, 1, 0))
        more = np.flatnonzero(side)
        steps = [np.concatenate([step, step[more] + (side[more] if place == axis else 0)]) for place, step in enumerate(steps)]
        which = np.concatenate([which, which[more]])
    return _packed(*(np.maximum(step, 0) for step in steps)), which
