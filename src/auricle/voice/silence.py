"""Silence at the ends of what an engine says, and stretches joined."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.voice.engine import Spoken

__all__ = ["joined", "trimmed"]

_KEPT_S = 0.05  # of silence at either end
_QUIET = 10 ** (-50 / 20)  # below the loudest: what is softer is silence


def trimmed(samples: Mono, rate: int, times: Sequence[tuple[float, float]], pace: float | None) -> Spoken:
    """What was said, with at most 50 ms of silence at either end, where silence is what is 50 dB softer than the loudest.

    Words lose the silence in their times, too: engines count a pause to the word before it.

    Args:
        samples: shape (frames,).
        rate: Hertz.
        times: of the words. Seconds.
        pace: how many times as long the sound would be at speed 1; None if it was spoken at that.
    """
    size = np.abs(samples)
    loud = np.flatnonzero(size > _QUIET * size.max(initial=0.0))
    begin, end = (int(loud[0]), int(loud[-1]) + 1) if len(loud) else (0, len(samples))
    kept = round(_KEPT_S * rate)
    first, last = max(0, begin - kept), min(len(samples), end + kept)
    heard = (_heard(loud, start * rate, stop * rate) for start, stop in times)
    moved = tuple(((start - first) / rate, (stop - first) / rate) for start, stop in heard)
    natural = None if pace is None else (last - first + (pace - 1) * (end - begin)) / rate
    return Spoken(samples[first:last], moved, natural)


def _heard(loud: npt.NDArray[np.integer[Any]], start: float, stop: float) -> tuple[float, float]:
    """The part of a stretch of samples between its first and its last loud one; where there is none, the nearest."""
    first, after = np.searchsorted(loud, (start, stop))
    if first < after:
        return float(loud[first]), float(loud[after - 1] + 1)
    nearest = float(loud[min(first, len(loud) - 1)]) if len(loud) else start
    return nearest, nearest


def joined(parts: Sequence[Spoken], rate: int) -> Spoken:
    """Stretches one after the other."""
    if len(parts) == 1:
        return parts[0]
    starts = [0.0, *accumulate(len(part.samples) / rate for part in parts)]
    times = tuple((start + left, start + right) for start, part in zip(starts, parts, strict=False) for left, right in part.times)
    natural = None if any(part.natural is None for part in parts) else sum(part.natural or 0.0 for part in parts)
    return Spoken(np.concatenate([part.samples for part in parts]), times, natural)
