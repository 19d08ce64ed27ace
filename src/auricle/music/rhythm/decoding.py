"""From activity to beats: decoded freely, and again at one tempo where nearly all of the recording has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auricle.music.rhythm.activity import FPS, Activity
from auricle.music.rhythm.bar_pointer import BarPointer, Bars

__all__ = ["AUDIBLE", "Decoded", "decode_beats"]

Floats = npt.NDArray[np.float64]

AUDIBLE = 0.05  # activity below which nothing is a beat
_FREE = BarPointer()
_ALONE = 2 * FPS  # frames: where nothing was a beat for so long, before and after, there is no music with a beat
# Most recorded music keeps one tempo. It is taken to where so much of the time has it, or half or double of it, which are other counts
# of the same; unless that makes the beats unlikelier by more than so many nats a second, as it does by far where the tempo does change.
_ALIKE, _MOSTLY, _NOT_MUCH_WORSE = 0.06, 0.85, 2.0
_SPREAD = 0.04  # how far a steady tempo's intervals may be from their middle
_FEWEST = 16  # beats of which steadiness can be told


class Decoded(NamedTuple):
    """Beats, in frames and parts of them.

    Attributes:
        free: at any tempo, which tells by its evenness whether there is a beat at all, shape (beats,).
        kept: the same, or those of a steady tempo, shape (beats,).
    """

    free: Floats
    kept: Floats


def decode_beats(activity: Activity) -> Decoded:
    """The likeliest beats of what was heard."""
    logs = activity.logs()
    bars = _FREE.decode(*logs)
    free = _audible(activity, bars, _FREE)
    most = bars.scores.max() - _NOT_MUCH_WORSE * len(activity.beat) / FPS
    steady = [(model.decode(*logs), model) for model in _steady_models(bars.intervals)]
    likely = [(found, model) for found, model in steady if found.scores.max() >= most]
    if not likely:
        return Decoded(free, free)
    return Decoded(free, _audible(activity, *max(likely, key=lambda each: each[0].scores.max())))


def _steady_models(intervals: npt.NDArray[np.intp]) -> Iterator[BarPointer]:
    """Models of one tempo only, its half and its double, if that is what the intervals nearly all are."""
    if len(intervals) < _FEWEST:
        return
    ordered = np.sort(intervals)
    time = np.cumsum(ordered)
    usual = float(ordered[np.searchsorted(time, time[-1] / 2)])
    counts = usual * np.array((0.5, 1.0, 2.0))
    alike = (np.abs(intervals[:, None] / counts - 1) < _ALIKE).any(axis=1)
    if intervals[alike].sum() < _MOSTLY * time[-1]:
        return
    for middle in counts[(counts >= _FREE.shortest) & (counts <= _FREE.longest)]:
        least, most = int(middle * (1 - _SPREAD)), int(np.ceil(middle * (1 + _SPREAD)))
        yield BarPointer(shortest=max(least, _FREE.shortest), longest=min(most, _FREE.longest))


def _audible(activity: Activity, bars: Bars, model: BarPointer) -> Floats:
    """The beats themselves, where anything sounds like one within two seconds."""
    from scipy.ndimage import maximum_filter1d

    beats = _peaks(activity.network * activity.onset, bars.beats, model.begins[bars.intervals - model.shortest])
    around = maximum_filter1d(activity.beat, 2 * _ALONE + 1, mode="constant")
    return np.asarray(beats[around[bars.beats] >= AUDIBLE])


def _peaks(activity: Floats, starts: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]) -> Floats:
    """The highest point of each beginning of a beat: of a parabola through the highest frame and its neighbours."""
    offsets = np.arange(sizes.max(initial=1))
    frames = np.minimum(starts[:, None] + offsets, len(activity) - 1)
    within = np.where(offsets < sizes[:, None], activity[frames], -1.0)
    peak = starts + within.argmax(axis=1)
    padded = np.pad(activity, 1)
    before, at, after = padded[peak], padded[peak + 1], padded[peak + 2]
    bend = before - 2 * at + after
    is_peak = (at >= before) & (at >= after) & (bend < 0)
    return np.asarray(peak + np.where(is_peak, 0.5 * (before - after) / np.where(is_peak, bend, 1.0), 0.0))
