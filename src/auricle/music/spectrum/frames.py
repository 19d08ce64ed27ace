"""What a block of frames says by itself: features of each frame, and the levels of which others are made later.

The definitions are those of librosa 0.11 (McFee et al., "librosa: Audio and music signal analysis in Python", SciPy 2015) at its
defaults. Contrast: Jiang et al., "Music type classification by spectral contrast feature", ICME 2002. Mel scale: Slaney, "Auditory
Toolbox", 1998.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.errors import MissingDependency
from auricle.music.part import RATE

__all__ = ["BANDS", "FRAME", "HOP", "MELS", "PLAIN", "Analysis", "Block", "decibels"]

FRAME, HOP = 2048, 512  # samples
MELS = 128
BANDS = 7  # of the contrast: below 200 Hz and six octaves
PLAIN = 5  # features in `Block.plain`

_BINS = np.fft.rfftfreq(FRAME, 1 / RATE)  # Hertz
_ROLLOFF = 0.85  # share of the magnitude that lies below
_ZERO = 1e-10  # a sample that is not larger has no sign
_LEAST_POWER = 1e-10  # less is silence
_LOWEST_OCTAVE, _QUANTILE = 200.0, 0.02  # of the contrast: Hertz; share of a band's bins that are its peak, and its valley
_LINEAR_HZ = 200 / 3  # a mel, below 1 kHz
_BREAK_HZ, _LOG_STEP = 1000.0, np.log(6.4) / 27  # above, a mel is a factor

Floats = npt.NDArray[np.float32]
Figures = npt.NDArray[np.float64]


class Block(NamedTuple):
    """What some frames say.

    Attributes:
        plain: centroid (Hertz), rolloff (Hertz), bandwidth (Hertz), flatness and zero-crossing rate; shape (frames, 5).
        mels: levels of the mel bands, dB; shape (frames, 128).
        peaks: levels of the loudest bins of each band, dB; shape (frames, 7).
        valleys: levels of the quietest bins of each band, dB; shape (frames, 7).
    """

    plain: Figures
    mels: Floats
    peaks: Floats
    valleys: Floats


class Analysis:
    """Short-time Fourier analysis; immutable, may be shared by threads.

    Raises:
        MissingDependency: scipy is not installed.
    """

    def __init__(self) -> None:
        try:
            from scipy.fft import rfft
            from scipy.sparse import csr_array
        except ImportError as missing:
            raise MissingDependency("spectral features", "music") from missing
        self._rfft = rfft
        self._window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)
        self._filterbank = csr_array(_filterbank())
        self._bands = _contrast_bands()

    def __call__(self, sound: Mono, first: int, end: int) -> Block:
        """Analyse whole frames.

        Args:
            sound: float32, shape (samples,): frames overlap; their number is 1 + (samples - 2048) // 512.
            first: samples before this one are padding.
            end: samples from this one on are padding.
        """
        # In double precision: in single the rounding of a loud bin would drown the quiet ones that flatness and contrast are about.
        frames = np.lib.stride_tricks.sliding_window_view(sound, FRAME)[::HOP]
        magnitude = np.abs(self._rfft(frames * self._window, axis=1).astype(np.complex64))
        power = np.square(magnitude)
        mels = (self._filterbank @ power.T).T
        peaks, valleys = self._contrast(magnitude)
        plain = np.stack([*_moments(magnitude), _flatness(power), _crossings(sound, first, end)], axis=1)
        return Block(plain, decibels(mels), decibels(peaks), decibels(valleys))

    def _contrast(self, magnitude: Floats) -> tuple[Floats, Floats]:
        """The mean magnitude of the loudest and of the quietest bins of each band."""
        ordered = [(np.sort(magnitude[:, low:high], axis=1), count) for low, high, count in self._bands]
        peaks = np.stack([band[:, -count:].mean(axis=1) for band, count in ordered], axis=1)
        valleys = np.stack([band[:, :count].mean(axis=1) for band, count in ordered], axis=1)
        return peaks, valleys


def decibels(power: Floats) -> Floats:
    """Levels of powers, float32; silence is -100 dB."""
    levels: Floats = 10 * np.log10(np.maximum(power, np.float32(_LEAST_POWER)))
    return levels


def _moments(magnitude: Floats) -> tuple[Figures, Figures, Figures]:
    """Centroid, rolloff and bandwidth; all of them 0 for silence."""
    sums = np.cumsum(magnitude, axis=1)
    rolloff = _BINS[np.count_nonzero(sums < np.float32(_ROLLOFF) * sums[:, -1:], axis=1)]
    total = magnitude.sum(axis=1, dtype=np.float64)
    total[total < np.finfo(np.float32).tiny] = 1.0
    # Sums of products by einsum: they do not wake the threads of a linear algebra library.
    centroid = np.einsum("fb,b->f", magnitude, _BINS) / total
    square = np.einsum("fb,b->f", magnitude, np.square(_BINS)) / total
    return centroid, rolloff, np.sqrt(np.maximum(square - np.square(centroid), 0))


def _flatness(power: Floats) -> Figures:
    """The geometric mean of the bins over their arithmetic mean."""
    audible = np.maximum(power, np.float32(_LEAST_POWER))
    flatness: Figures = np.exp(np.log(audible).mean(axis=1, dtype=np.float64)) / audible.mean(axis=1, dtype=np.float64)
    return flatness


def _crossings(sound: Mono, first: int, end: int) -> Figures:
    """The share of each frame's samples that have another sign than the sample before; its first has none before it."""
    negative = sound < -_ZERO
    crossed = np.zeros(len(sound), np.int64)
    crossed[1:] = negative[1:] != negative[:-1]
    crossed[: first + 1] = 0
    crossed[max(end, 0) :] = 0
    until = np.concatenate([[0], np.cumsum(crossed)])
    starts = np.arange(0, len(sound) - FRAME + 1, HOP)
    rate: Figures = (until[starts + FRAME] - until[starts + 1]) / FRAME
    return rate


def _contrast_bands() -> list[tuple[int, int, int]]:
    """Of each band: its first bin, the one after its last, and how many bins are its peak, or its valley.

    A band takes the last bin below it and gives up its own last, which the next one takes.
    """
    edges = np.concatenate([[0.0], _LOWEST_OCTAVE * 2.0 ** np.arange(BANDS)])
    lows = np.searchsorted(_BINS, edges[:-1], "left") - (np.arange(BANDS) > 0)
    highs = [*np.searchsorted(_BINS, edges[1:-1], "right"), len(_BINS)]
    counts = [max(1, round(_QUANTILE * (high - low))) for low, high in zip(lows, highs, strict=True)]
    highs = [high - (band < BANDS - 1) for band, high in enumerate(highs)]
    return list(zip(map(int, lows), map(int, highs), counts, strict=True))


def _filterbank() -> Floats:
    """Triangles between neighbouring centres, evenly spaced in mel from 0 Hz to 11,025 Hz, each of area 1; shape (mels, bins)."""
    highest = _BREAK_HZ / _LINEAR_HZ + np.log(RATE / 2 / _BREAK_HZ) / _LOG_STEP
    hertz = _hertz(np.linspace(0, highest, MELS + 2))
    rising = (_BINS - hertz[:-2, None]) / np.diff(hertz)[:-1, None]
    falling = (hertz[2:, None] - _BINS) / np.diff(hertz)[1:, None]
    density = 2 / (hertz[2:] - hertz[:-2])
    bank: Floats = (np.maximum(0, np.minimum(rising, falling)) * density[:, None]).astype(np.float32)
    return bank


def _hertz(mel: Figures) -> Figures:
    knee = _BREAK_HZ / _LINEAR_HZ
    return np.where(mel < knee, mel * _LINEAR_HZ, _BREAK_HZ * np.exp(_LOG_STEP * (np.maximum(mel, knee) - knee)))
