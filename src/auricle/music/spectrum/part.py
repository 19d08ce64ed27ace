"""Spectral features of a whole recording: means, deviations and, where asked for, frames."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.music.part import RATE
from auricle.music.results import Feature, Spectrum
from auricle.music.spectrum.frames import BANDS, FRAME, HOP, PLAIN, Analysis
from auricle.music.spectrum.levels import Levels
from auricle.music.spectrum.onsets import Flux, onsets

__all__ = ["SpectrumPart"]

_BLOCK = 64  # frames that are computed at once
_COEFFICIENTS = 13

Figures = npt.NDArray[np.float64]  # shape (frames, features)


class SpectrumPart:
    """Spectral features of a recording at 22,050 Hz; see `auricle.music.part.Part`.

    Frames are centred: the first is around the first sample, and zeros surround the recording.

    Args:
        frames: whether every feature has its frames, too: 100 bytes of memory for each, 43 frames a second.

    Raises:
        MissingDependency: scipy is not installed.
    """

    def __init__(self, frames: bool = False) -> None:
        self._analysis = Analysis()
        self._sound = np.zeros(FRAME // 2, np.float32)  # not yet analysed
        self._first = FRAME // 2  # sample of it that is the recording's first; negative once that is gone
        self._samples = 0  # of the recording
        self._plain = _Summary(PLAIN, frames)
        self._shaped = _Summary(BANDS + _COEFFICIENTS, frames)
        self._levels = Levels()

    def feed(self, sound: Mono) -> None:
        """See `auricle.music.part.Part`.

        Raises:
            OutputError: the temporary directory has no room for 24 KB per second of music.
        """
        self._samples += len(sound)
        self._sound = np.concatenate([self._sound, sound])
        while len(self._sound) >= _length(_BLOCK):
            self._analyse(_BLOCK)

    def finish(self) -> Spectrum:
        """See `auricle.music.part.Part`; figures are 0 for no samples.

        Raises:
            OutputError: the temporary directory has no room.
        """
        self._end()
        flux = Flux()
        for mels, contrast in self._levels.play():
            self._shaped.add(np.hstack([contrast, _cepstrum(mels)]))
            flux.feed(mels)
        centroid, rolloff, bandwidth, flatness, crossings = self._plain.features()
        shaped = self._shaped.features()
        rate = len(onsets(flux.finish())) / max(self._samples / RATE, 1 / RATE)
        return Spectrum(centroid, rolloff, bandwidth, flatness, crossings, shaped[:BANDS], shaped[BANDS:], rate)

    def _end(self) -> None:
        """Analyse the last frames that are centred on the recording."""
        if self._samples:
            self._sound = np.concatenate([self._sound, np.zeros(FRAME // 2, np.float32)])
            while len(self._sound) >= FRAME:
                self._analyse(min(_BLOCK, 1 + (len(self._sound) - FRAME) // HOP))

    def _analyse(self, frames: int) -> None:
        block = self._analysis(self._sound[: _length(frames)], max(self._first, 0), self._first + self._samples)
        self._plain.add(block.plain)
        self._levels.add(block)
        self._sound = self._sound[frames * HOP :]
        self._first -= frames * HOP


class _Summary:
    """Means and deviations of features, put together block by block.

    Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979.
    """

    def __init__(self, features: int, frames: bool) -> None:
        self._count = 0
        self._mean = np.zeros(features)
        self._squares = np.zeros(features)  # sum of squared distances from the mean
        self._frames: list[npt.NDArray[np.float32]] | None = [np.zeros((0, features), np.float32)] if frames else None

    def add(self, figures: npt.NDArray[np.floating]) -> None:
        """The next frames, shape (frames, features)."""
        count, mean = len(figures), figures.mean(axis=0, dtype=np.float64)
        apart, total = mean - self._mean, self._count + count
        self._squares += np.square(figures - mean).sum(axis=0) + np.square(apart) * self._count * count / total
        self._mean += apart * count / total
        self._count = total
        if self._frames is not None:
            self._frames.append(figures.astype(np.float32))

    def features(self) -> tuple[Feature, ...]:
        """Each of them."""
        std = np.sqrt(self._squares / max(self._count, 1))
        frames = [None] * len(std) if self._frames is None else list(np.ascontiguousarray(np.concatenate(self._frames).T))
        return tuple(Feature(float(m), float(s), f) for m, s, f in zip(self._mean, std, frames, strict=True))


def _length(frames: int) -> int:
    """How many samples they cover."""
    return (frames - 1) * HOP + FRAME


def _cepstrum(mels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Mel-frequency cepstral coefficients of levels, shape (frames, mels) → (frames, coefficients)."""
    from scipy.fft import dct

    coefficients: npt.NDArray[np.float32] = dct(mels, axis=1, norm="ortho")[:, :_COEFFICIENTS]
    return coefficients
