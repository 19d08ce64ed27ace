"""Where something begins: a rise of the levels over most of the spectrum.

Böck, Krebs, Schedl, "Evaluating the Online Capabilities of Onset Detection Methods", ISMIR 2012: the flux of a logarithmically filtered
spectrum, and its peak picking; Böck, Widmer, "Maximum Filter Vibrato Suppression for Onset Detection", DAFx 2013: each band is compared
with the loudest of its neighbours one frame before, so that nothing begins where a tone wavers.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.music.spectrum.frames import FRAME, HOP

__all__ = ["Flux", "onsets"]

# The times of the peak picking, in frames of 23 ms.
_AROUND = 2  # on each side: no flux there is larger than an onset's
_BEFORE, _AFTER = 4, 3  # with whose mean an onset's flux is compared
_RISE = 0.4  # dB that it lies above this mean, as a mean over the bands: over four deviations of steady noise's
_EDGE = FRAME // 2 // HOP  # frames at each end that hear where the recording is cut

Floats = npt.NDArray[np.float32]


class Flux:
    """How much the bands rise from frame to frame, as the mean over all bands, dB."""

    def __init__(self) -> None:
        self._last: Floats | None = None
        self._flux: list[Floats] = []

    def feed(self, levels: Floats) -> None:
        """The next frames: levels in dB, shape (frames, bands)."""
        before = levels[:1] if self._last is None else self._last
        earlier = np.concatenate([before, levels[:-1]])
        self._last = levels[-1:]
        self._flux.append(np.maximum(levels - _loudest_neighbours(earlier), 0).mean(axis=1))

    def finish(self) -> Floats:
        """Of all frames; shape (frames,)."""
        return np.concatenate([np.zeros(0, np.float32), *self._flux])


def onsets(flux: Floats) -> npt.NDArray[np.intp]:
    """The frames at which something begins."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    heard = flux[_EDGE + 1 : -_EDGE].astype(np.float64)
    if not len(heard):
        return np.zeros(0, np.intp)
    loudest = maximum_filter1d(heard, 2 * _AROUND + 1, mode="nearest")
    size = _BEFORE + 1 + _AFTER
    mean = uniform_filter1d(heard, size, mode="nearest", origin=_BEFORE - size // 2)
    picked: npt.NDArray[np.intp] = np.flatnonzero((heard == loudest) & (heard >= mean + _RISE)) + _EDGE + 1
    return picked


def _loudest_neighbours(levels: Floats) -> Floats:
    """Of each band: the largest level of it and the band on each side."""
    loudest = levels.copy()
    np.maximum(loudest[:, 1:], levels[:, :-1], out=loudest[:, 1:])
    np.maximum(loudest[:, :-1], levels[:, 1:], out=loudest[:, :-1])
    return loudest
