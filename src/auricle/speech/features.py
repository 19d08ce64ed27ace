"""Log-mel features: what a Whisper model hears.

Radford et al. 2022 (https://arxiv.org/abs/2212.04356), section 2.2: 25 ms Hann windows every 10 ms, a mel filterbank (Slaney 1998,
"Auditory Toolbox", with filters of constant energy), and its logarithm. The result does not depend on how many threads compute it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["HOP", "RANGE", "RATE", "LogMel"]

RATE = 16_000
HOP = 160  # samples of a feature frame: 10 ms
RANGE = 2.0  # features lie at most so far below the loudest: 80 dB

_FFT = 400
_FLOOR = 1e-10
_LINEAR_HZ = 200 / 3  # a mel, below 1 kHz
_BREAK_HZ, _LOG_STEP = 1000.0, np.log(6.4) / 27  # above, a mel is a factor

Features = npt.NDArray[np.float32]


class LogMel:
    """A filterbank of ``mels`` bands; immutable, may be shared by threads."""

    def __init__(self, mels: int) -> None:
        self._window = np.hanning(_FFT + 1)[:-1].astype(np.float32)
        self._filters = [_support(row) for row in _filterbank(mels)]

    def __call__(self, samples: npt.NDArray[np.float32]) -> Features:
        """Features of samples at 16 kHz, shape (frames,) → (mels, frames // 160).

        Frame i is centred on sample 160 i; beyond its ends the audio is mirrored. Nothing is cut off below: see `RANGE`.
        """
        if len(samples) < HOP:
            return np.zeros((len(self._filters), 0), np.float32)
        padded = np.pad(samples, _FFT // 2, mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::HOP][: len(samples) // HOP]
        power = np.ascontiguousarray(np.square(np.abs(np.fft.rfft(frames * self._window))).T)
        mel = [np.einsum("b,bf->f", weights, power[first : first + len(weights)]) for first, weights in self._filters]
        logarithm: Features = (np.log10(np.maximum(np.stack(mel), _FLOOR)) + 4) / 4
        return logarithm


def _filterbank(mels: int) -> npt.NDArray[np.float32]:
    """Triangles between neighbouring centres, evenly spaced in mel from 0 Hz to 8 kHz, each of constant energy; shape (mels, bins)."""
    highest = _BREAK_HZ / _LINEAR_HZ + np.log(RATE / 2 / _BREAK_HZ) / _LOG_STEP
    hertz = _hertz(np.linspace(0, highest, mels + 2))
    bins = np.fft.rfftfreq(_FFT, 1 / RATE)
    rising = (bins - hertz[:-2, None]) / np.diff(hertz)[:-1, None]
    falling = (hertz[2:, None] - bins) / np.diff(hertz)[1:, None]
    energy = 2 / (hertz[2:] - hertz[:-2])
    bank: npt.NDArray[np.float32] = (np.maximum(0, np.minimum(rising, falling)) * energy[:, None]).astype(np.float32)
    return bank


def _hertz(mel: npt.NDArray[Any]) -> npt.NDArray[Any]:
    knee = _BREAK_HZ / _LINEAR_HZ
    return np.where(mel < knee, mel * _LINEAR_HZ, _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, knee) - knee)))


def _support(row: Features) -> tuple[int, Features]:
    """Where a filter is not zero: its first bin and the weights from there on."""
    used = np.flatnonzero(row)
    return (int(used[0]), row[used[0] : used[-1] + 1]) if len(used) else (0, row[:1])
