"""The front end of rhythm: what each fiftieth of a second of a recording says about beats and onsets."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.music.part import RATE
from auricle.music.rhythm.beatnet import BANDS, FRAME_RATE, Activations, BeatFeatures, BeatNet, Floats
from auricle.music.rhythm.onsets import OnsetStrength

__all__ = ["RhythmFrames"]

_AT_ONCE = 10 * RATE  # samples: the features of an hour would take 200 MB
_GROUP = 4  # of the features' bands are kept as one


class RhythmFrames:
    """Hears mono at 22,050 Hz and keeps four figures of every frame: 50 frames a second, frame i centred on sample 441·i.

    A recording of n samples has ⌈n / 441⌉ frames. The same bits for any chunking; an hour takes 15 MB.

    Args:
        model: the network; None is the one that all share.
        keep: how many of the last seconds to keep; None keeps all.

    Raises:
        MissingDependency: without the extra "music".
        ModelError: the network's file is gone or damaged.
    """

    def __init__(self, model: BeatNet | None = None, *, keep: float | None = None) -> None:
        self._features = BeatFeatures()
        self._network = Activations(model or BeatNet.load())
        self._strength = OnsetStrength()
        self._most = sys.maxsize if keep is None else round(keep * FRAME_RATE)
        self._frames = 0  # so far
        self._seen = [_Seen(np.empty((0, 3), np.float32), np.empty(0, np.float32), np.empty((0, BANDS // _GROUP), np.float16))]

    def feed(self, sound: Mono) -> None:
        """The next samples, float32, shape (samples,)."""
        for start in range(0, len(sound), _AT_ONCE):
            self._see(self._features.feed(sound[start : start + _AT_ONCE]))

    def finish(self) -> None:
        """All samples were fed: reads the frames that waited for more."""
        features = self._features.finish()
        self._keep(features, np.concatenate([self._network.feed(features), self._network.finish()]))

    @property
    def first(self) -> int:
        """Which frame is the first that is kept."""
        return max(0, self._frames - self._most)

    @property
    def activations(self) -> Floats:
        """Probabilities of (beat, downbeat, neither), float32, shape (n, 3); the first is of beats that are no downbeats.

        All of them after `finish`; before that those of the frames that are ready (live).
        """
        return self._last([seen.activations for seen in self._seen])

    @property
    def onsets(self) -> Floats:
        """How much new sound began in each frame, float32, shape (n,), at least 0; always as many as `activations`."""
        return self._last([seen.onsets for seen in self._seen])

    @property
    def bands(self) -> npt.NDArray[np.float16]:
        """Log-magnitudes of bands of a sixth of an octave, the lowest first, shape (n, 34); always as many as `activations`."""
        return self._last([seen.bands for seen in self._seen])

    def _see(self, features: Floats) -> None:
        self._keep(features, self._network.feed(features))

    def _keep(self, features: Floats, activations: Floats) -> None:
        bands = features[:, :BANDS].reshape(len(features), BANDS // _GROUP, _GROUP).mean(axis=2).astype(np.float16)
        self._seen.append(_Seen(activations, self._strength.feed(features), bands))
        self._frames += len(activations)
        while sum(len(seen.activations) for seen in self._seen[1:]) >= self._most:
            del self._seen[0]

    def _last(self, figures: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
        return np.concatenate(figures)[-self._most :]


class _Seen(NamedTuple):
    """What is kept of some frames."""

    activations: Floats
    onsets: Floats
    bands: npt.NDArray[np.float16]
