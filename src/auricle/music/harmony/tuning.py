"""The tuning of a recording, and pitch class profiles that follow it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.music.harmony.hpcp import FINE, Floats

__all__ = ["estimate_tuning", "pitches_agreeing", "tune"]

_SEMITONE = FINE // 12  # bins
_WIDTH = 4 / 3  # semitones that a pitch class hears, by a squared cosine (Gómez 2006)


def estimate_tuning(whole: Floats) -> float:
    """How far the pitches lie from the semitones of A = 440 Hz: the circular mean of their deviations, by magnitude.

    Karin Dressler and Sebastian Streich, "Tuning frequency estimation using circular statistics", ISMIR 2007.

    Args:
        whole: shape (frames, FINE).

    Returns:
        Cents, -50 to 50; 0 for silence.
    """
    weights = whole.sum(axis=0, dtype=np.float64)
    turned = complex(weights @ np.exp(2j * np.pi * np.arange(FINE) / _SEMITONE))
    return float(np.angle(turned)) * 50 / np.pi


def pitches_agreeing(whole: Floats, cents: float) -> npt.NDArray[np.float64]:
    """How much of each frame's magnitude agrees with the tuning, shape (frames,).

    All of it if every pitch is on a semitone, minus all of it if every pitch is between two; for pitches anywhere, as those of
    speech and noise are, it evens out to none.
    """
    agreeing = np.cos(2 * np.pi * (np.arange(FINE) / _SEMITONE - cents / 100))
    return (whole @ agreeing.astype(np.float32)).astype(np.float64)


def tune(fine: Floats, cents: float) -> Floats:
    """Folds shape (frames, FINE) onto the 12 pitch classes, C first, of an instrument that is `cents` off A = 440 Hz."""
    pitch = np.arange(FINE)[:, None] / _SEMITONE - cents / 100
    distance = (pitch - np.arange(12) + 6) % 12 - 6  # semitones
    weights = np.where(np.abs(distance) < _WIDTH / 2, np.cos(np.pi * distance / _WIDTH) ** 2, 0.0)
    return fine @ weights.astype(np.float32)
