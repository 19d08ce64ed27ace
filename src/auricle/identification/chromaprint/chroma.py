"""What Chromaprint sees of a sound: how much of each of twelve notes there is, eight times a second.

L. Lalinský, "How does Chromaprint work?", 2011 (https://oxygene.sk/2011/01/how-does-chromaprint-work/). Frames of 4096 samples at 11,025 Hz
that overlap by two thirds, Hamming-windowed; the power of every bin from 28 to 3520 Hz goes to its note, whatever the octave; five frames
are smoothed over time; what is left is scaled to unit length, so that loudness does not matter.
"""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono

__all__ = ["FRAME", "HOP", "NOTES", "RATE", "SMOOTHING", "notes", "smoothed"]

RATE = 11025  # Hertz
FRAME = 4096
HOP = FRAME // 3
NOTES = 12
SMOOTHING = np.array([0.25, 0.75, 1.0, 0.75, 0.25])

_LOWEST_HZ, _HIGHEST_HZ = 28, 3520
_A0_HZ = 27.5
_SILENT = 0.01  # length of a vector that is taken for silence: a tone at about -87 dBFS
_FULL_SCALE = 32768  # AcoustID's fingerprints are made from 16 bits, in which a fade-out ends

Chroma = npt.NDArray[np.float64]  # shape (frames, NOTES)


def notes(sound: Mono) -> Chroma:
    """The power of each note in every whole frame of ``sound``, mono at `RATE`, full scale ±1; shape (frames, NOTES)."""
    whole = np.clip(np.rint(sound.astype(np.float64) * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1) / (_FULL_SCALE - 1)
    frames = np.lib.stride_tricks.sliding_window_view(whole, FRAME)[::HOP]
    first, last, shares = _bins()
    spectra = np.fft.rfft(frames * np.hamming(FRAME))[:, first:last]
    powers: Chroma = (spectra.real**2 + spectra.imag**2) @ shares
    return powers


def smoothed(powers: Chroma) -> Chroma:
    """Smoothed over time and scaled to unit length, silence to zero; four frames fewer than ``powers``."""
    windows = np.lib.stride_tricks.sliding_window_view(powers, len(SMOOTHING), axis=0)
    chroma = windows @ SMOOTHING
    lengths = np.linalg.norm(chroma, axis=1, keepdims=True)
    scaled: Chroma = np.where(lengths < _SILENT, 0.0, chroma / np.maximum(lengths, _SILENT))
    return scaled


@functools.cache
def _bins() -> tuple[int, int, npt.NDArray[np.float64]]:
    """The first bin and the one after the last, and which note each is of, shape (bins, NOTES)."""
    first, last = (round(FRAME * hertz / RATE) for hertz in (_LOWEST_HZ, _HIGHEST_HZ))
    octaves = np.log2(np.arange(first, last) * (RATE / FRAME) / _A0_HZ)
    return first, last, np.eye(NOTES)[(NOTES * (octaves % 1)).astype(int)]
