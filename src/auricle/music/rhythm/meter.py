"""Bars: which beats are downbeats, and how many beats a bar has.

Five cues say of each beat how much like a downbeat it is: the network; how much the spectrum changes from the beat before to this one
(chords and bass notes change on downbeats: Davies and Plumbley, "A Spectral Difference Approach to Downbeat Extraction in Musical Audio",
EUSIPCO 2006); how much low sound there is (bass drums play downbeats, snares do not); how strong the onset is; and how loud it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Metre", "downbeat_cues", "is_ternary", "read_bars"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

_MOST = 2.0  # beyond which no single cue counts for more, in standard deviations or in log-odds
_SHIFT = 16.0  # what it costs to begin a bar early, in the same units: twice as much as all cues of one beat say at most
# The share of the cues' variance that the meter must explain beyond that of 4/4, which most music has.
_RARER = {2: 0.2, 3: 0.1, 4: 0.0}
_APART = 1.0  # standard deviations between the first and the third beat of four from which these are no two bars of two
_SNARE = 3.0  # what a sure snare says against a downbeat: more than the cues that it makes, of its loudness and its spectrum
_BACKBEAT = 0.5  # of the beats must be in turns of a backbeat for the bars to be of four
_BEGINNING = 2.0  # what says that the first beat of all is a downbeat: what a bar or two say
_ACCENT = 0.5  # how strong and how loud a beat is count for less: in many styles the second and fourth are the strongest


class Metre(NamedTuple):
    """A reading of the beats as bars.

    Attributes:
        beats_per_bar: 2, 3 or 4.
        positions: of each beat in its bar, from 1, shape (beats,).
    """

    beats_per_bar: int
    positions: Integers


def downbeat_cues(share: Floats, accents: Sequence[Floats], bands: Floats | None) -> Floats:
    """How much like a downbeat each beat is, shape (beats,).

    Args:
        share: the network's probability that a beat is a downbeat, shape (beats,).
        accents: how strong its onset is and how loud it is, each of shape (beats,).
        bands: log-magnitudes of the sound from each beat to the next, the lowest first, shape (beats, bands); None if not known.
    """
    odds = np.clip(np.log(np.clip(share, 0.01, 0.99) / np.clip(1 - share, 0.01, 0.99)), -_MOST, _MOST)
    cues = (odds - odds.mean()) / max(1.0, odds.std()) + _ACCENT * sum(_standard(accent, 0.01) for accent in accents)
    if bands is not None and len(bands) > 1:
        low = bands[:, : bands.shape[1] // 8].mean(axis=1)
        cues += _standard(_change(bands), 0.001) + _standard(low, 0.01)
    return np.asarray(cues)


def _change(bands: Floats) -> Floats:
    """How far the shape of each spectrum is from that of the one before: 1 - their correlation."""
    shape = bands - bands.mean(axis=1, keepdims=True)
    shape /= np.maximum(np.linalg.norm(shape, axis=1, keepdims=True), 1e-6)
    change = 1 - (shape[1:] * shape[:-1]).sum(axis=1)
    return np.concatenate(([change.mean()], change))


def _standard(values: Floats, least: float) -> Floats:
    """In standard deviations from the mean; what varies by less than the least says nothing."""
    deviation = float(values.std())
    return np.clip((values - values.mean()) / deviation, -_MOST, _MOST) if deviation > least else np.zeros(len(values))


def read_bars(cues: Floats, ternary: bool, snares: Floats | None = None, begins: npt.NDArray[np.bool_] | None = None) -> Metre:
    """The bars that explain the cues best; ternary beats go in twos, which is 6/8, as often as in fours.

    Args:
        cues: how much like a downbeat each beat is, shape (beats,).
        ternary: whether beats are divided into three.
        snares: of a backbeat, as `backbeat.backbeat` finds them, shape (beats,). They turn the bars and do not size them.
        begins: with which beats the music begins, anew after a silence too, shape (beats,); None is with the first.
    """
    begins = np.arange(len(cues)) == 0 if begins is None else begins
    rarer = {**_RARER, 2: 0.0} if ternary else _RARER
    turned = cues if snares is None else cues - _SNARE * snares
    if snares is not None and not ternary and np.mean(np.abs(snares)) > _BACKBEAT:
        return Metre(4, _positions(turned, 4, begins))
    readings = {size: Metre(size, _positions(turned, size, begins)) for size in rarer}
    if not ternary and _apart(cues[readings[4].positions == 1], cues[readings[4].positions == 3]) > _APART:
        del readings[2]
    return max(readings.values(), key=lambda reading: _explained(cues, reading.positions == 1) - rarer[reading.beats_per_bar])


def _apart(one: Floats, other: Floats) -> float:
    """How far apart their means are, in standard deviations within them."""
    if min(len(one), len(other)) < 2:
        return 0.0
    return float((one.mean() - other.mean()) / max(np.sqrt((one.var() + other.var()) / 2), 1e-3))


def _explained(cues: Floats, first: npt.NDArray[np.bool_]) -> float:
    """The share of their variance that comes from downbeats being more like downbeats than other beats are."""
    if first.all() or not first.any() or cues[first].mean() <= cues[~first].mean():
        return 0.0
    between = first.mean() * (1 - first.mean()) * (cues[first].mean() - cues[~first].mean()) ** 2
    return float(between / max(cues.var(), 1e-9))


def _positions(cues: Floats, size: int, begins: npt.NDArray[np.bool_]) -> Integers:
    """The best positions for bars of this size (Viterbi): downbeats where the cues are high.

    A bar that is cut short costs `_SHIFT`; the next one begins at 1, and one of three or four beats is not cut to a single one.
    Music begins at any position, the likeliest with 1.
    """
    back = np.zeros((len(cues), size), np.intp)
    shortest = min(1, size - 2)
    score = np.zeros(size)
    for beat, cue in enumerate(cues):
        if begins[beat]:
            back[beat], score = score.argmax(), np.full(size, score.max())
            score[0] += _BEGINNING
        else:
            early = shortest + int(score[shortest:-1].argmax())
            cut = score[early] - _SHIFT > score[-1]
            back[beat] = (np.arange(size) - 1) % size
            back[beat, 0] = early if cut else size - 1
            score = np.roll(score, 1)
            score[0] = score[early + 1] - _SHIFT if cut else score[0]
        score[0] += cue
    path = np.zeros(len(cues), np.intp)
    place = int(score.argmax())
    for beat in range(len(cues) - 1, -1, -1):
        path[beat], place = place, int(back[beat, place])
    return path + 1


def is_ternary(onset: Floats, beats: Floats) -> bool:
    """Whether beats are divided into three: onsets after a third and after two thirds, and not after a half. Swing has no first third.

    Args:
        onset: strength of each frame, shape (frames,).
        beats: in frames, shape (beats,).
    """
    third, half, two_thirds = (_between(onset, beats, place) for place in (1 / 3, 1 / 2, 2 / 3))
    return min(third, two_thirds) > max(2 * half, 0.05)


def _between(onset: Floats, beats: Floats, place: float) -> float:
    """How strong onsets are at this part of the beat, at the median beat."""
    frames = np.rint(beats[:-1] + place * np.diff(beats)).astype(np.intp)
    near = np.clip(frames[:, None] + np.arange(-1, 2), 0, len(onset) - 1)
    return float(np.median(onset[near].max(axis=1)))
