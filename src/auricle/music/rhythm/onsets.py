"""How much new sound begins: spectral flux without vibrato.

Böck, Widmer, "Maximum filter vibrato suppression for onset detection" (DAFx 2013), "SuperFlux": a band has risen only as far as it is above
what it and its neighbours were before, so that a note that slides into the next band is no new one.
"""

from __future__ import annotations

import numpy as np

from auricle.music.rhythm.beatnet import BANDS, Floats

__all__ = ["OnsetStrength"]


class OnsetStrength:
    """One recording's onset strength, from the bands in BeatNet's features; the same bits for any chunking.

    The rise is from one frame to the next: their rule is as many hops as are nearest to half the window's width at half its height, here
    353 samples of hops of 441. The first frame has nothing to rise from, so it is 0.
    """

    def __init__(self) -> None:
        self._before: Floats | None = None  # the last frame's bands

    def feed(self, features: Floats) -> Floats:
        """The next features, shape (frames, 2 · BANDS) → their onset strength, float32, shape (frames,), at least 0."""
        bands = features[:, :BANDS]
        before = np.concatenate([bands[:1] if self._before is None else self._before, bands])
        self._before = before[-1:].copy() if len(before) else None
        rise = np.maximum(bands - _widened(before[:-1]), 0)
        return np.asarray(rise.sum(1))


def _widened(bands: Floats) -> Floats:
    """Each band as high as the highest of itself and its neighbours."""
    padded = np.pad(bands, ((0, 0), (1, 1)), mode="edge")
    return np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
