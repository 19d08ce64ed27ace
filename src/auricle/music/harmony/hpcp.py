"""The harmonic pitch class profile of every frame, from spectral peaks, so fine that a tuning can be chosen afterwards.

Emilia Gómez, "Tonal Description of Music Audio Signals", PhD thesis, Universitat Pompeu Fabra, 2006, chapter 3.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.music.part import RATE

__all__ = ["FINE", "HOP", "SIZE", "Peaks", "Profiler", "Profiles", "find_peaks"]

SIZE = 4096  # samples a frame: 186 ms, enough to part semitones from about 100 Hz up
HOP = 2048  # samples from frame to frame
FINE = 120  # bins an octave: 10 cents each

Floats = npt.NDArray[np.float32]

_BLOCK = 32  # frames computed at once; always the same, so that any chunking gives the same bits
_LOWEST, _HIGHEST = 40.0, 3500.0  # Hertz: from a bass' lowest note to where overtones crowd
_FLOOR = 1e-4  # of the frame's largest magnitude: weaker peaks are side lobes and noise
_AUDIBLE = 1e-5  # of full scale, about -100 dB: a frame without a larger magnitude is silent
_C0 = 440.0 * 2 ** (-57 / 12)  # Hertz
_BASS = 12 * np.log2(250 / _C0)  # semitones above C0: below lie the notes that a bass plays
# Semitones above C0: the centre of a Gaussian, one octave wide either side, by which `middle` is weighted (Daniel Ellis and
# Graham Poliner, "Identifying 'cover songs' with chroma features and dynamic programming beat tracking", ICASSP 2007).
_MIDDLE = 12 * np.log2(400 / _C0)

# The Hann window, scaled so that a full-scale sine has magnitude 1.
_WINDOW = np.hanning(SIZE + 1)[:-1].astype(np.float32)
_WINDOW /= _WINDOW.sum() / 2


@dataclass(frozen=True, slots=True, eq=False)
class Peaks:
    """The spectral peaks of a block of frames; all arrays have shape (peaks,).

    Attributes:
        frame: which frame of the block each is in.
        pitch: semitones above C0 at A4 = 440 Hz.
        magnitude: 1 is a full-scale sine.
    """

    frame: npt.NDArray[np.intp]
    pitch: npt.NDArray[np.float32]
    magnitude: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Profiles:
    """What is kept of each frame: all that `read_harmony` needs, 1.5 kB a frame.

    Attributes:
        start: what the first frame is centred on. Seconds; the next ones follow every `HOP` samples.
        end: where the recording ends. Seconds.
        whole: the peaks' magnitudes by pitch class, shape (frames, FINE), bin 0 at C of A = 440 Hz, 40 to 3500 Hz.
        middle: the same, those weighted most that lie where chords are played, so that overtones count less.
        bass: the same for 40 to 250 Hz.
    """

    start: float
    end: float
    whole: Floats
    middle: Floats
    bass: Floats


class Profiler:
    """Turns samples into `Profiles`, block by block.

    Args:
        keep: how many of the last seconds to keep; None keeps all.
    """

    def __init__(self, keep: float | None = None) -> None:
        self._blocks: deque[Floats] = deque(maxlen=None if keep is None else round(keep * RATE / HOP / _BLOCK) + 1)
        self._done = 0  # blocks computed, dropped ones included
        self._length = 0  # samples heard
        self._rest: list[Mono] = [np.zeros(SIZE // 2, np.float32)]  # so that frame 0 is centred on sample 0
        self._waiting = SIZE // 2

    def feed(self, sound: Mono) -> None:
        """The next samples, float32 at `RATE`, shape (frames,)."""
        self._length += len(sound)
        self._rest.append(np.array(sound, np.float32))
        self._waiting += len(sound)
        if self._waiting >= _NEEDED:
            self._compute()

    def profiles(self) -> Profiles:
        """Of all that was heard (and kept), as if it ended here."""
        left = -(-self._length // HOP) - self._done * _BLOCK  # frames centred within the recording, not yet computed
        blocks = list(self._blocks)
        if left > 0:
            padded = np.zeros(_NEEDED, np.float32)
            rest = np.concatenate(self._rest)
            padded[: len(rest)] = rest
            blocks.append(_fold_block(padded)[:, :left])
        first = self._done - len(self._blocks)
        whole, middle, bass = np.concatenate([np.zeros((3, 0, FINE), np.float32), *blocks], axis=1)
        return Profiles(first * _BLOCK * HOP / RATE, self._length / RATE, whole, middle, bass)

    def _compute(self) -> None:
        heard = np.concatenate(self._rest)
        while len(heard) >= _NEEDED:
            self._blocks.append(_fold_block(heard[:_NEEDED]))
            self._done += 1
            heard = heard[_BLOCK * HOP :]
        self._rest, self._waiting = [heard.copy()], len(heard)


_NEEDED = (_BLOCK - 1) * HOP + SIZE  # samples for one block


def _fold_block(samples: Mono) -> Floats:
    """`whole`, `middle` and `bass` of a block, shape (3, _BLOCK, FINE)."""
    peaks = find_peaks(np.lib.stride_tricks.sliding_window_view(samples, SIZE)[::HOP])
    octaves = (peaks.pitch - _MIDDLE) / 12
    weights = (1.0, np.exp(-0.5 * octaves**2), peaks.pitch < _BASS)
    return np.stack([_fold(peaks, peaks.magnitude * weight) for weight in weights])


def find_peaks(frames: Floats) -> Peaks:
    """The spectral peaks of frames of samples, shape (frames, SIZE): parabolas through the logarithms of local maxima.

    Smith and Serra, "PARSHL: an analysis/synthesis program for non-harmonic sounds", ICMC 1987.
    """
    from scipy.fft import rfft

    magnitude = np.abs(rfft(frames * _WINDOW, axis=1))
    top = magnitude.max(axis=1, keepdims=True)
    lowest, highest = int(_LOWEST * SIZE / RATE), int(_HIGHEST * SIZE / RATE) + 1
    middle = magnitude[:, lowest:highest]
    is_peak = (middle > magnitude[:, lowest - 1 : highest - 1]) & (middle >= magnitude[:, lowest + 1 : highest + 1])
    is_peak &= (middle > _FLOOR * top) & (top > _AUDIBLE)
    frame, at = np.nonzero(is_peak)
    at += lowest
    left, here, right = (np.log(np.maximum(magnitude[frame, at + step], 1e-12)) for step in (-1, 0, 1))
    offset = 0.5 * (left - right) / np.minimum(left - 2 * here + right, -1e-6)
    pitch = 12 * np.log2((at + offset) * (RATE / SIZE / _C0))
    return Peaks(frame, pitch.astype(np.float32), np.exp(here - 0.25 * (left - right) * offset))


def _fold(peaks: Peaks, strength: Floats) -> Floats:
    """Onto `FINE` bins, each peak shared between the two bins next to it; shape (_BLOCK, FINE)."""
    place = peaks.pitch * (FINE / 12)
    below = np.floor(place)
    above = (place - below) * strength
    folded = np.zeros(_BLOCK * FINE)
    for step, share in ((0, strength - above), (1, above)):
        at = peaks.frame * FINE + (below.astype(np.intp) + step) % FINE
        folded += np.bincount(at, share, minlength=_BLOCK * FINE)
    return folded.reshape(_BLOCK, FINE).astype(np.float32)
