"""What each frame says about beats: the network's word and the onset's, together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["FPS", "Activity", "beat_activity"]

FPS = 50  # frames a second

Floats = npt.NDArray[np.float64]

_AROUND = 10  # seconds: the stretch in which an onset is strong or weak
_LEAST = 1e-3  # no frame is less likely than this to be a beat, so that one that nobody plays does not end the tempo
_FAINT = 0.01  # of the strongest onset: what is always weaker is the noise of a silence
_OTHER_FRAMES = 15  # frames without a beat for each with one: λ - 1 of the paper's observation model, eq. 9


class Activity(NamedTuple):
    """What is said of each frame.

    Attributes:
        beat: that any beat begins in each frame, 0 to 1, shape (frames,).
        downbeat: which share of it is that of a bar's first beat, 0 to 1, shape (frames,).
        network: what the network alone says of any beat, shape (frames,).
        onset: how strong the onset is beside the strong ones around it, from 0; 1 and more are strong, shape (frames,).
    """

    beat: Floats
    downbeat: Floats
    network: Floats
    onset: Floats

    def part(self, start: int, end: int) -> Activity:
        """Some of the frames."""
        return Activity(*(figures[start:end] for figures in self))

    def logs(self) -> tuple[Floats, Floats, Floats]:
        """Log-probabilities of each frame as (beat, downbeat, neither), for `BarPointer.decode`."""
        beat = np.clip(self.beat, _LEAST, 1 - _LEAST)
        share = np.clip(self.downbeat, _LEAST, 1 - _LEAST)
        return np.log(beat * (1 - share)), np.log(beat * share), np.log((1 - beat) / _OTHER_FRAMES)


def beat_activity(activations: npt.NDArray[np.float32], onsets: npt.NDArray[np.float32]) -> Activity:
    """Both together: the geometric mean of the network's probability and the onset's strength, which finds more beats than either.

    Args:
        activations: the network's probabilities of (beat, downbeat, neither), shape (frames, 3).
        onsets: onset strength, not negative, shape (frames,).
    """
    network = activations[:, :2].sum(axis=1, dtype=np.float64)
    share = activations[:, 1] / np.maximum(network, 1e-9)
    onset = _relative(onsets.astype(np.float64))
    # The model looks for activation in up to four frames at the beginning of a beat; a click's onset is one frame.
    beside = np.maximum(np.append(onset[1:], 0), np.append(0, onset[:-1]))
    return Activity(np.sqrt(network * np.minimum(np.maximum(onset, beside / 2), 1)), share, network, onset)


def _relative(onsets: Floats) -> Floats:
    """Each onset beside the strongest of its surroundings' seconds in the median, so that the level of the music does not matter."""
    from scipy.ndimage import median_filter

    if not onsets.any():
        return onsets
    seconds = np.pad(onsets, (0, -len(onsets) % FPS)).reshape(-1, FPS).max(axis=1)
    usual = median_filter(seconds, size=min(_AROUND, 2 * len(seconds)) | 1, mode="nearest")
    level = np.interp(np.arange(len(onsets)), (np.arange(len(usual)) + 0.5) * FPS, usual)
    return np.asarray(onsets / np.maximum(level, _FAINT * onsets.max()))
