"""What musicnn's taggers hear: the logarithm of a mel spectrogram.

Pons & Serra, "musicnn: Pre-trained convolutional neural networks for music audio tagging" (ISMIR 2019, late-breaking): 16 kHz, Hann
windows of 32 ms every 16 ms, power, 96 mel bands (Slaney 1998, "Auditory Toolbox": triangles of constant area) from 0 to 8 kHz, and
log10(10000 x + 1). Computed in float64, because a band's power can be 1e-10 of its neighbour's.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono

__all__ = ["HOP", "MELS", "RATE", "WINDOW", "LogMel", "log_mel"]

LogMel = npt.NDArray[np.float32]

RATE = 16_000
WINDOW = 512  # samples of a frame
HOP = 256  # from frame to frame. Samples
MELS = 96

_COMPRESSION = 10_000.0
_LINEAR_HZ = 200 / 3  # a mel, below 1 kHz
_BREAK_HZ, _LOG_STEP = 1000.0, np.log(6.4) / 27  # above, a mel is a factor


def log_mel(sound: Mono) -> LogMel:
    """The frames that lie whole in the sound.

    Args:
        sound: at 16 kHz, shape (samples,), at least 512.

    Returns:
        Shape (frames, 96); frame i begins at sample 256 i.
    """
    window, bank = _filters()
    frames = np.lib.stride_tricks.sliding_window_view(sound, WINDOW)[::HOP]
    power = np.square(np.abs(np.fft.rfft(frames * window)))
    mel = np.stack([np.einsum("fb,b->f", power[:, first : first + len(weights)], weights) for first, weights in bank], axis=1)
    return np.log10(_COMPRESSION * mel + 1).astype(np.float32)


@functools.cache
def _filters() -> tuple[npt.NDArray[np.float64], list[tuple[int, npt.NDArray[np.float64]]]]:
    """The window, and of each band the first bin and the weights from there on."""
    highest = _BREAK_HZ / _LINEAR_HZ + np.log(RATE / 2 / _BREAK_HZ) / _LOG_STEP
    corners = _hertz(np.linspace(0, highest, MELS + 2))
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)
    rising = (bins - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - bins) / np.diff(corners)[1:, None]
    area = 2 / (corners[2:] - corners[:-2])
    triangles = np.maximum(0, np.minimum(rising, falling)) * area[:, None]
    return np.hanning(WINDOW + 1)[:-1], [_support(triangle) for triangle in triangles]


def _hertz(mel: npt.NDArray[Any]) -> npt.NDArray[Any]:
    knee = _BREAK_HZ / _LINEAR_HZ
    return np.where(mel < knee, mel * _LINEAR_HZ, _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, knee) - knee)))


def _support(triangle: npt.NDArray[np.float64]) -> tuple[int, npt.NDArray[np.float64]]:
    used = np.flatnonzero(triangle)  # the bins are 31 Hz apart and the narrowest triangle is wider, so there is one
    return int(used[0]), triangle[used[0] : used[-1] + 1].copy()
