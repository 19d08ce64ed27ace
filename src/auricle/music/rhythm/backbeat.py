"""The backbeat: snare or clap on the second and fourth beat, the plainest sign of popular music that first and third are the others."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["backbeat"]

Floats = npt.NDArray[np.float64]

_KICK = 2  # the lowest bands, up to 150 Hz: bass drums and basses
_SNARE = 18  # from this band on, 1.5 kHz: the noise of snares and claps
_AROUND = 16  # beats in which the turns are looked for; a whole number of bars of two, three and four
# How regular the turns must be for any and for all weight: strokes on every other beat are 1, on one beat of four 0.58, of three 0.
_UNSURE, _SURE = 0.7, 0.9
_LEAST = 0.15  # of the mean rise: what turns by less does not turn
_HEARD = 1e-3  # log10 of magnitude: a smaller rise is none


def backbeat(bands: npt.NDArray[np.float16], beats: Floats) -> Floats:
    """How surely each beat is one with a snare (towards 1) or its opposite (towards -1), shape (beats,); 0 where nothing is known.

    What counts is how much the high bands rise at a beat: at every other beat more, while the low ones do not rise more there (then
    it is an accent of everything, as on first beats), but do rise by more than the high ones on the whole (a bass drum is heard).

    Args:
        bands: log10(1 + magnitude) in sixths of an octave, the lowest first, shape (frames, bands).
        beats: in frames, shape (beats,).
    """
    if len(beats) < _AROUND or bands.shape[1] <= _SNARE:
        return np.zeros(len(beats))
    low, high = _rise(bands[:, :_KICK], beats), _rise(bands[:, _SNARE:], beats)
    turns = np.where(np.arange(len(beats)) % 2, -1.0, 1.0)
    high_turn, regular = _turning(high, turns)
    low_turn, _ = _turning(low, turns)
    turned = np.abs(high_turn)
    is_snare = (
        (turned > _LEAST * _mean(high)) & (low_turn * np.sign(high_turn) < turned / 2) & (_mean(low) > np.maximum(_mean(high), _HEARD))
    )
    return np.asarray(turns * np.sign(high_turn) * is_snare * np.clip((regular - _UNSURE) / (_SURE - _UNSURE), 0, 1))


def _rise(bands: npt.NDArray[np.float16], beats: Floats) -> Floats:
    """How much the bands' mean rises at each beat: from the least just before it to the most just after."""
    level = bands.mean(axis=1, dtype=np.float64)
    frames = np.rint(beats).astype(np.intp)[:, None]
    before, after = (level[np.clip(frames + np.arange(*span), 0, len(level) - 1)] for span in ((-4, 0), (-1, 4)))
    return np.asarray(after.max(axis=1) - before.min(axis=1))


def _turning(figures: Floats, turns: Floats) -> tuple[Floats, Floats]:
    """How much more the figures are at even than at odd beats around each, and how regularly so, 0 to 1."""
    moved = (figures - _mean(figures)) * turns
    turning = _mean(moved)
    return turning, np.abs(turning) / np.sqrt(np.maximum(_mean(moved**2), 1e-12))


def _mean(figures: Floats) -> Floats:
    """Of the beats around each."""
    from scipy.ndimage import uniform_filter1d

    return np.asarray(uniform_filter1d(figures, _AROUND, mode="mirror"))
