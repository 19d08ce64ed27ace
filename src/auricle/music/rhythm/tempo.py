"""Tempo from beat times: of the whole, around each bar, and what else it might be."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.music.results import TempoCandidate, TempoPoint

__all__ = ["fitted_tempo", "is_gap", "readiness", "tempo_candidates", "tempo_curve"]

Floats = npt.NDArray[np.float64]

_SPAN = 16  # beats between the two ends of a slope
_ON_THE_LINE = 0.1  # of a beat: as far as a beat may lie from the line to count as on it
_GAP = 4.0  # usual intervals: longer than any beat is beside another, whatever level of the metre is counted
# People tap most readily at about 120 beats a minute (Moelants, "Preferred tempo reconsidered", 2002), and the less readily the further
# a tempo is from that on a logarithmic scale (Parncutt, "A Perceptual Model of Pulse Salience and Metrical Accent", 1994).
_READIEST = 120.0
_WIDTH = 0.7  # octaves
_SLOWEST, _FASTEST = 30.0, 250.0  # nothing else is a candidate


def tempo_candidates(tempo: float, activity: Floats, beats: Floats, confidence: float) -> tuple[TempoCandidate, ...]:
    """The tempo and what else people might tap, the likeliest first: half, double, two thirds and one and a half times as fast.

    How likely another is depends on how much goes on where its beats would be, and on how readily people tap such a tempo.

    Args:
        tempo: beats per minute.
        activity: how much like a beat each frame is, 0 to 1, shape (frames,).
        beats: in frames, shape (beats,).
        confidence: that the beats are beats; the probabilities add up to it.
    """
    on = np.maximum(_activity_at(activity, beats, 0), 1e-6)
    even, odd = on[::2].mean(), on[1::2].mean()
    alternation = 1 - min(even, odd) / max(even, odd)
    double = _activity_at(activity, beats, 1 / 2).mean() / on.mean()
    triple = min(_activity_at(activity, beats, 1 / 3).mean(), _activity_at(activity, beats, 2 / 3).mean()) / on.mean()
    evidence = {1 / 2: 0.3 + 0.7 * alternation, 2.0: double, 3 / 2: triple, 2 / 3: triple}
    weights = {tempo: 1.0} | {
        tempo * factor: min(1.0, float(found * readiness(tempo * factor) / readiness(tempo)))
        for factor, found in evidence.items()
        if _SLOWEST <= tempo * factor <= _FASTEST
    }
    total = sum(weights.values())
    # Sorting keeps the order of equals, so that the tempo itself is first.
    ranked = sorted(weights.items(), key=lambda item: -item[1])
    return tuple(TempoCandidate(bpm, float(confidence * weight / total)) for bpm, weight in ranked)


def _activity_at(activity: Floats, beats: Floats, place: float) -> Floats:
    """The activity at this part of each beat, the highest of three frames."""
    frames = np.rint(beats[:-1] + place * np.diff(beats)).astype(np.intp)
    return np.asarray(activity[np.clip(frames[:, None] + np.arange(-1, 2), 0, len(activity) - 1)].max(axis=1))


def readiness(bpm: Floats | float) -> Floats:
    """How readily people tap these tempi, 0 to 1. Beats per minute."""
    return np.asarray(np.exp(-0.5 * (np.log2(np.asarray(bpm) / _READIEST) / _WIDTH) ** 2))


def fitted_tempo(beats: Floats) -> float:
    """The tempo of a line through the beats, or the median local tempo where there is no such line. Beats per minute.

    The median of slopes between beats 16 apart (after Theil 1950 and Sen 1968), each counted as long as it lasts, is the tempo in the
    middle of those of the recording's time. Where a line of that slope meets most beats, which is a constant tempo, least squares
    through these beats make it exact.

    Args:
        beats: times, at least two. Seconds.
    """
    span = min(_SPAN, len(beats) - 1)
    pauses = np.append(0, np.cumsum(is_gap(beats)))
    lasting = (beats[span:] - beats[:-span])[pauses[span:] == pauses[:-span]] / span
    lasting = np.sort(lasting if len(lasting) else np.diff(beats)[~is_gap(beats)])
    time = np.cumsum(lasting)
    period = float(lasting[np.searchsorted(time, time[-1] / 2)])
    # Counting goes on from beat to beat, so that a beat too many or too few does not shift all that follow.
    counts = np.concatenate(([0.0], np.cumsum(np.round(np.diff(beats) / period))))
    for _ in range(3):
        offsets = beats - counts * period
        near = np.abs(offsets - np.median(offsets)) < _ON_THE_LINE * period
        if near.sum() < max(3, len(beats) / 2):
            break
        period = float(np.polyfit(counts[near], beats[near], 1)[0])
    return 60 / period


def is_gap(beats: Floats) -> npt.NDArray[np.bool_]:
    """Between which beats the music pauses, shape (beats - 1,). Any unit of time."""
    lengths = np.diff(beats)
    return np.asarray(lengths > _GAP * np.median(lengths))


def tempo_curve(beats: Floats, per_point: int) -> tuple[TempoPoint, ...]:
    """The local tempo, a point every so many beats, each from the beats of that stretch and half of it on either side; none at a pause.

    Args:
        beats: times. Seconds.
        per_point: beats from point to point; a bar.
    """
    first = np.arange(0, len(beats) - 1, per_point)
    low = np.maximum(first - per_point // 2, 0)
    high = np.minimum(first + per_point + per_point // 2, len(beats) - 1)
    pauses = np.append(0, np.cumsum(is_gap(beats)))
    first, low, high = (places[pauses[high] == pauses[low]] for places in (first, low, high))
    middle = (beats[first] + beats[np.minimum(first + per_point, len(beats) - 1)]) / 2
    return tuple(
        TempoPoint(float(time), float(bpm)) for time, bpm in zip(middle, 60 * (high - low) / (beats[high] - beats[low]), strict=True)
    )
