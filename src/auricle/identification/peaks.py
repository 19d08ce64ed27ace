"""What of a sound survives noise, rooms, telephones and compression: the peaks of its spectrogram.

A. Wang, "An industrial-strength audio search algorithm", ISMIR 2003, section 2.1. A peak is higher than everything within a tenth of a
second and a semitone of it: the neighbourhood is a ratio of frequencies, so that bass and treble have their share of the peaks whatever an
equaliser does. Positions are interpolated in time and frequency (as in J. Six and M. Leman, "Panako", ISMIR 2014): a query can be tried at
other speeds without another transform.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.identification.index import FRAME_S

__all__ = ["BINS_PER_OCTAVE", "RATE", "PeakFinder", "Peaks"]

RATE = 8000  # telephones give nothing above 4 kHz. Hertz
BINS_PER_OCTAVE = 24  # bands in which peaks are sought
LOWEST, HIGHEST = 80.0, 3600.0  # telephones and MP3 leave most of this alone. Hertz
WINDOW = 2048  # samples: 256 ms, for tones outlast noise and rooms
HOP = 128  # samples: a frame of `FRAME_S`
BLOCK = 128  # hops whose spectra are taken at once
REACH = 6  # hops: a peak is the highest from a tenth of a second before it to a tenth of a second after it
WIDTH = 2  # bands: and from two below it to two above it
CLEAR = 0.7  # above the mean of its wider surroundings, 6 dB. Natural logarithm of amplitude
WHITENED = 0.2  # how much of that mean a height leaves out
TILT = 0.5  # music and noise alike fall by about 3 dB an octave: a height makes up for that
DENSITY = 50  # peaks a second, at most: the highest
FLOOR = 1e-7  # amplitude of a sine: below it is nothing but rounding

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """The peaks of a recording in the order of their times; arrays have shape (peaks,).

    Attributes:
        frames: when they are, in frames of `FRAME_S` with fractions, float64.
        octaves: where they are, octaves above `LOWEST`, float32.
        heights: how loud they are against a spectrum that falls by 3 dB an octave. Natural logarithm of amplitude, float32.
        duration: of the recording. Seconds.
    """

    frames: Doubles
    octaves: Floats
    heights: Floats
    duration: float

    def between(self, start: float, end: float) -> Peaks:
        """Those of a stretch, in its own time. Seconds."""
        first, last = np.searchsorted(self.frames, np.array([start, end]) / FRAME_S)
        kept, duration = slice(first, last), max(0.0, min(end, self.duration) - start)
        return Peaks(self.frames[kept] - start / FRAME_S, self.octaves[kept], self.heights[kept], duration)


_NOTHING = (np.zeros(0), np.zeros(0, np.float32), np.zeros(0, np.float32))


class PeakFinder:
    """One stream's state: `feed` mono samples at `RATE`, then `finish`. The same peaks for any chunking.

    The spectra of `BLOCK` hops are taken at once, whatever the chunks; `REACH` hops before and after them say which are peaks.
    """

    def __init__(self) -> None:
        self._samples = 0
        self._waiting: list[Mono] = [np.zeros(WINDOW // 2, np.float32)]  # the first frame's middle is the first sample
        self._held = WINDOW // 2
        self._hop = 0
        self._levels = np.full((2 * REACH, len(_BANDS)), np.log(FLOOR), np.float32)
        self._octaves = np.zeros((2 * REACH, len(_BANDS)), np.float32)
        self._found: list[tuple[Doubles, Floats, Floats]] = []

    def feed(self, samples: Mono) -> None:
        """Hear more, shape (samples,)."""
        self._samples += len(samples)
        self._waiting.append(samples)
        self._held += len(samples)
        if self._held >= _NEEDED:
            self._drain()

    def finish(self) -> Peaks:
        """All peaks of what was fed."""
        hops = -(-self._samples // HOP) + 2 * REACH  # whose windows hold sound, and what must be heard after them
        blocks = -(-max(0, hops - self._hop) // BLOCK)
        missing = max(0, (blocks - 1) * BLOCK * HOP + _NEEDED - self._held)
        self._waiting.append(np.zeros(missing, np.float32))
        self._drain()
        found = self._found or [_NOTHING]
        frames, octaves, heights = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return Peaks(frames, octaves, heights, self._samples / RATE)

    def _drain(self) -> None:
        samples = np.concatenate(self._waiting)
        start = 0
        while len(samples) - start >= _NEEDED:
            self._block(samples[start : start + _NEEDED])
            start += BLOCK * HOP
        self._waiting, self._held = [samples[start:].copy()], len(samples) - start

    def _block(self, samples: Mono) -> None:
        levels, octaves = _bands(samples)
        self._levels = np.concatenate([self._levels[-2 * REACH :], levels])
        self._octaves = np.concatenate([self._octaves[-2 * REACH :], octaves])
        hops, octaves, heights = _highest(self._levels, self._octaves)
        self._found.append(((hops + (self._hop - REACH)), octaves, heights))
        self._hop += BLOCK


def _band_edges() -> npt.NDArray[np.intp]:
    """First bins of the bands and the end of the last: each band has at least one bin."""
    count = int(np.log2(HIGHEST / LOWEST) * BINS_PER_OCTAVE)
    edges = np.round(LOWEST * 2 ** (np.arange(count + 1) / BINS_PER_OCTAVE) * WINDOW / RATE)
    return np.unique(edges).astype(np.intp)


_BANDS = _band_edges()[:-1]
_END = int(_band_edges()[-1])
_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32) * np.float32(4 / WINDOW)
_NEEDED = (BLOCK - 1) * HOP + WINDOW
_MOST = int(DENSITY * BLOCK * HOP / RATE)
_TILTED = (TILT * np.log(_BANDS)).astype(np.float32)


def _bands(samples: Mono) -> tuple[Floats, Floats]:
    """The highest logarithmic level of each hop and band and where it is, in octaves above `LOWEST`; shape (hops, bands) each."""
    from scipy.fft import rfft

    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    spectra = rfft(windows * _HANN)[:, _BANDS[0] - 1 : _END + 1]
    levels = 0.5 * np.log(np.maximum(spectra.real**2 + spectra.imag**2, np.float32(FLOOR**2)))
    highest = np.maximum.reduceat(levels[:, 1:-1], _BANDS - _BANDS[0], axis=1)
    return highest, _places(levels, highest)


def _places(levels: Floats, highest: Floats) -> Floats:
    """Where in its band each highest level is, through a parabola of the logarithmic levels around it. Octaves above `LOWEST`."""
    widths = np.diff(np.append(_BANDS, _END))
    is_highest = levels[:, 1:-1] == np.repeat(highest, widths, axis=1)
    bins = np.maximum.reduceat(np.where(is_highest, np.arange(_BANDS[0], _END), 0), _BANDS - _BANDS[0], axis=1)
    columns = bins - (_BANDS[0] - 1)
    below = np.take_along_axis(levels, columns - 1, axis=1)
    above = np.take_along_axis(levels, columns + 1, axis=1)
    hertz = (bins + _vertex(below, highest, above)) * (RATE / WINDOW)
    octaves: Floats = np.log2(hertz / LOWEST).astype(np.float32)
    return octaves


def _vertex(before: Floats, middle: Floats, after: Floats) -> Floats:
    """Where the parabola through three neighbours is highest, from the middle one: -0.5 to 0.5."""
    bend = before - 2 * middle + after
    shift = 0.5 * (before - after) / np.where(bend < -1e-6, bend, np.float32(np.inf))
    vertex: Floats = np.clip(shift, -0.5, 0.5)
    return vertex


def _highest(levels: Floats, octaves: Floats) -> tuple[Doubles, Floats, Floats]:
    """The peaks of `BLOCK` hops that have `REACH` more on either side: hops with fractions, octaves, heights."""
    from scipy.ndimage import maximum_filter1d, uniform_filter1d

    surrounding = maximum_filter1d(maximum_filter1d(levels, 2 * REACH + 1, axis=0), 2 * WIDTH + 1, axis=1)
    mean = uniform_filter1d(uniform_filter1d(levels, 2 * REACH + 1, axis=0), 6 * WIDTH + 1, axis=1)
    inner = slice(REACH, REACH + BLOCK)
    heights = (levels - np.float32(WHITENED) * mean + _TILTED)[inner]
    hops, bands = np.nonzero(((levels == surrounding) & (levels - mean > CLEAR))[inner])
    keep = np.sort(np.argsort(-heights[hops, bands], kind="stable")[:_MOST])
    hops, bands = hops[keep], bands[keep]
    at = hops + REACH
    shifts = _vertex(levels[at - 1, bands], levels[at, bands], levels[at + 1, bands])
    order = np.argsort(hops + shifts, kind="stable")
    times: Doubles = (hops.astype(np.float64) + shifts)[order]
    return times, octaves[at, bands][order], heights[hops, bands][order]
