"""Notes that begin: what music has and noise has not."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples

__all__ = ["HOP", "WINDOW", "Notes"]

HOP, WINDOW = 1920, 4096  # samples at 48 kHz: 40 ms and 85 ms
_HELD, _GAP, _BEFORE = 6, 2, 4  # frames: a note lasts this long, after a moment that is not looked at, after this long without it
_LOWEST, _HIGHEST = 8, 683  # bins: 94 Hz to 8 kHz
_ACROSS = 21  # bins of the running average
_PROMINENT_DB, _RISE_DB = 6.0, 10.0
_AT_ONCE = 12  # what begins in one frame counts as so much at most: a machine that is switched on is no melody

Spectrum = npt.NDArray[np.float64]


class Notes:
    """One stream's count of partials that begin and are then held, at one frequency, each in all the frames (about six) that show it.

    Sustained, straight lines in the spectrogram tell music from speech, whose harmonics glide, and from noise, which has none; so do
    Seyerlehner, Pohle, Schedl and Widmer, "Automatic Music Detection in Television Productions" (DAFx 2007), whose running average
    across frequency picks them here, too. But the lines of motors, fans and mains never end: so only beginnings count, where the
    frequency and its neighbours (a motor that speeds up comes from there) were lower before.
    """

    latency = _HELD - 1  # frames after the one that a count belongs to

    def __init__(self) -> None:
        self._heard: deque[Spectrum] = deque(maxlen=_BEFORE + _GAP + _HELD)
        self._levels: deque[Spectrum] = deque(maxlen=_BEFORE + _GAP + _HELD)
        self._prominent: deque[npt.NDArray[np.bool_]] = deque(maxlen=_HELD)
        self._shape = np.hanning(WINDOW)

    def hear(self, sound: Samples, removed: Samples) -> int:
        """The next frame → how many partials of what is removed begin about `latency` frames before it.

        Args:
            sound: shape (channels, WINDOW).
            removed: what the model would remove of it, the same shape. A line that is there all the time is not removed while
                somebody speaks, and seems to begin after; so it must begin in the sound, too.
        """
        self._heard.append(self._level(sound))
        self._levels.append(self._level(removed))
        self._prominent.append(self._levels[-1] - _average(self._levels[-1]) > _PROMINENT_DB)
        if len(self._levels) < (self._levels.maxlen or 0):
            return 0
        return min(_AT_ONCE, int(np.count_nonzero(self._begun())))

    def _level(self, sound: Samples) -> Spectrum:
        power = np.square(np.abs(np.fft.rfft(sound * self._shape))).sum(axis=0)[_LOWEST:_HIGHEST]
        level: Spectrum = 10 * np.log10(power + 1e-7 * power.max() + 1e-12)
        return level

    def _begun(self) -> npt.NDArray[np.bool_]:
        begun: npt.NDArray[np.bool_] = np.all(self._prominent, axis=0) & (_rise(self._levels) > _RISE_DB) & (_rise(self._heard) > _RISE_DB)
        begun[1:] &= ~begun[:-1]  # one partial fills two bins
        return begun


def _rise(levels: Iterable[Spectrum]) -> Spectrum:
    """How much higher each bin is now than it and its neighbours were before."""
    frames = np.stack(list(levels))
    rise: Spectrum = frames[-_HELD:].mean(axis=0) - _widened(frames[:_BEFORE]).mean(axis=0)
    return rise


def _average(level: Spectrum) -> Spectrum:
    """The running average across frequency."""
    padded = np.pad(level, _ACROSS // 2, mode="edge")
    average: Spectrum = np.convolve(padded, np.full(_ACROSS, 1 / _ACROSS), mode="valid")
    return average


def _widened(levels: Spectrum) -> Spectrum:
    """The highest of each bin and its three neighbours on both sides."""
    padded = np.pad(levels, ((0, 0), (3, 3)), mode="edge")
    highest: Spectrum = np.lib.stride_tricks.sliding_window_view(padded, 7, axis=1).max(axis=2)
    return highest
