"""The level that a speech model works best at: brought to it before, brought back after.

DeepFilterNet3 does its best work where speech has about -20 dBFS, and takes quiet speech for noise. So the level is followed as a peak
programme meter does it (IEC 60268-10: quick up, slow down), the gain that brings it to the working level is applied, and undone after.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

__all__ = ["FRAME", "Frames", "WorkingLevel"]

FRAME = 480  # samples at 48 kHz: 10 ms
Frames = npt.NDArray[np.float32]  # shape (frames, FRAME)

AHEAD = 50  # frames that the meter hears before they are treated, so that a loud beginning does not surprise the model
_TARGET_DB = -14.0  # of the meter, which reads about 6 dB more than the active level of speech (ITU-T P.56)
_EXPECTED_DB = 20.0  # by how much speech is louder than what comes first, which is noise more often than not
_RISE_DB = 2.0  # in a frame at most: one click does not move it far
_FALL_DB = 0.01  # in a frame: 1 dB a second, so a pause is not made as loud as speech
_FAR_DB, _FAR_SHARE = 40.0, 0.02  # beyond so much too high it comes down by this share of the rest in every frame
_NOTHING = 1e-12  # power of what is no sound at all: -120 dBFS
_HIGHEST = 4.0  # no sample is brought higher: far above what was trained with, and far below what breaks


class WorkingLevel:
    """One stream's meter. The first sound sets it: a recording that is louder as a whole gets exactly as much less gain."""

    def __init__(self) -> None:
        self._level_db = math.nan
        self._gain = math.nan
        self._coming: deque[tuple[float, float]] = deque()  # highest gain that the peak allows, and the gain by the meter

    def hear(self, frames: Frames) -> None:
        """The next frames, `AHEAD` frames before `gains` is asked for them."""
        powers = np.mean(np.square(frames, dtype=np.float64), axis=1).tolist()
        peaks = np.abs(frames).max(axis=1, initial=0.0).tolist()
        for power, peak in zip(powers, peaks, strict=True):
            self._follow(power)
            self._coming.append((_HIGHEST / max(peak, 1e-9), self._wanted()))

    def gains(self, count: int) -> Frames:
        """The gain of every sample of the next frames, in straight lines from frame to frame."""
        ends = [self._end() for _ in range(count)]
        starts = [ends[0] if math.isnan(self._gain) else self._gain, *ends[:-1]] if ends else []
        self._gain = ends[-1] if ends else self._gain
        ramp = (np.arange(FRAME) + 1) / FRAME
        return (np.array(starts)[:, None] * (1 - ramp) + np.array(ends)[:, None] * ramp).astype(np.float32)

    def _follow(self, power: float) -> None:
        if power < _NOTHING:
            return
        heard_db = 10 * math.log10(power)
        above = self._level_db - heard_db
        if math.isnan(above):
            self._level_db = heard_db + _EXPECTED_DB
        elif above <= 0:
            self._level_db += min(-above, _RISE_DB)
        else:
            self._level_db -= min(above, _FALL_DB + _FAR_SHARE * max(0.0, above - _FAR_DB))

    def _wanted(self) -> float:
        return 1.0 if math.isnan(self._level_db) else 10 ** ((_TARGET_DB - self._level_db) / 20)

    def _end(self) -> float:
        """The gain where the next frame ends: by what is heard ahead, and safe for the peaks on both sides."""
        safe = min(allowed for allowed, _ in list(self._coming)[:2])
        _, wanted = self._coming[min(AHEAD, len(self._coming) - 1)]
        self._coming.popleft()
        return min(safe, wanted)
