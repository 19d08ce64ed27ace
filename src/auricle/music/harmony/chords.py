"""Which chord sounds when: 24 major and minor chords, and none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from auricle.music.harmony.hpcp import HOP, Floats
from auricle.music.harmony.viterbi import likeliest_path, runs
from auricle.music.part import RATE
from auricle.music.results import PITCH_CLASSES, Chord

__all__ = ["Evidence", "find_chords", "overtones"]

Doubles = npt.NDArray[np.float64]

_TRIADS: dict[Literal["maj", "min"], tuple[tuple[int, ...], ...]] = {  # each with the sevenths that count as it. Semitones
    "maj": ((0, 4, 7), (0, 4, 7, 10), (0, 4, 7, 11)),
    "min": ((0, 3, 7), (0, 3, 7, 10)),
}
_NO_CHORD = 24

# How much a frame says: log-likelihood per cosine (a von Mises-Fisher distribution of the chroma's direction around the
# chord's). Frames overlap by half and the same notes sound on, so a frame says far less than a new observation would.
_CONCENTRATION = 8.0
_BASS_SHARE = 0.1  # of the bass, beside the chroma: it tells Am7 from C6 but often plays fifths and passing notes
_NONE_LEVEL = 0.6  # the cosine of a cluster or of noise with its best chord; below it there is none
_UNPITCHED = 0.25  # how well pitches agree with the tuning over 3 s: of speech and noise under 0.15, of music mostly over 0.3
_STAY = 0.9  # from frame to frame: a chord lasts a second on average
_TO_NONE = 0.05  # of all changes


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What speaks for a chord in each frame.

    Attributes:
        chroma: shape (frames, 12), C first.
        bass: the same of the notes below 250 Hz.
        agreement: how well the pitches around the frame agree with the tuning, shape (frames,), at most 1.
    """

    chroma: Floats
    bass: Floats
    agreement: Floats


def overtones(decay: float = 0.6, count: int = 6) -> Doubles:
    """How a note C spreads over the pitch classes, its n-th overtone as strong as decay^n (Gómez 2006)."""
    spread = np.zeros(12)
    for n in range(count):
        spread[round(12 * np.log2(n + 1)) % 12] += decay**n
    return spread


def find_chords(evidence: Evidence, start: float, end: float) -> tuple[Chord, ...]:
    """The chords of frames from `start` to `end` (seconds), without gaps; () for no frames.

    Chord templates with overtones, decoded by a hidden Markov model: Hélène Papadopoulos and Geoffroy Peeters, "Large-scale
    study of chord estimation algorithms based on chroma representation and HMM", CBMI 2007.
    """
    path = likeliest_path(_likelihoods(evidence), _transitions())
    return tuple(_chords(runs(path), start, end))


def _chords(stretches: list[tuple[int, int, int]], start: float, end: float) -> Iterator[Chord]:
    since = start
    for number, (_, after, state) in enumerate(stretches, 1):
        until = end if number == len(stretches) else start + (after - 0.5) * HOP / RATE  # halfway between two frames
        quality: Literal["maj", "min"] = "maj" if state < 12 else "min"
        if state == _NO_CHORD:
            yield Chord(since, until, None, None)
        else:
            yield Chord(since, until, PITCH_CLASSES[state % 12], quality)
        since = until


def _likelihoods(evidence: Evidence) -> Doubles:
    """Shape (frames, 25): majors, minors, none."""
    chroma, bass = _unit(evidence.chroma), _unit(evidence.bass)
    fits = np.concatenate([_best_fit(chroma, kinds) for kinds in _TRIADS.values()], axis=1)
    roots = bass @ _turned(overtones())
    doubt = np.clip(1 - evidence.agreement / _UNPITCHED, 0, 1)
    none = _NONE_LEVEL + (1 - _NONE_LEVEL) * doubt + _BASS_SHARE * roots.mean(axis=1)
    scores = np.column_stack([fits + _BASS_SHARE * np.tile(roots, 2), none])
    return _CONCENTRATION * scores.astype(np.float64)


def _best_fit(chroma: Doubles, kinds: tuple[tuple[int, ...], ...]) -> Doubles:
    """The cosine with the best of the kinds of chord on each root, shape (frames, 12)."""
    templates = [sum((np.roll(overtones(), tone) for tone in kind), np.zeros(12)) for kind in kinds]
    return np.asarray(np.max([chroma @ _turned(template) for template in templates], axis=0))


def _turned(template: Doubles) -> Doubles:
    """A template on all twelve roots, shape (12, 12): column n has the root n."""
    return np.stack([np.roll(template, root) for root in range(12)], axis=1) / np.linalg.norm(template)


def _unit(chroma: Floats) -> Doubles:
    lengths = np.linalg.norm(chroma, axis=1, keepdims=True)
    return chroma / np.where(lengths > 0, lengths, 1.0)


def _transitions() -> Doubles:
    """Chords go to those near them on the circle of fifths, each major between the minors around it.

    Juan Bello and Jeremy Pickens, "A robust mid-level representation for harmonic content in music signals", ISMIR 2005
    (the doubly nested circle of fifths).
    """
    fifths = np.arange(12) * 7 % 12
    place = np.concatenate([2 * fifths, 2 * fifths - 7])  # A minor and E minor on either side of C major
    distance = np.abs((place[:, None] - place + 12) % 24 - 12)
    nearness = np.where(np.eye(24) > 0, 0.0, 12.5 - distance)
    table = np.full((25, 25), (1 - _STAY) / 24)
    table[:24, :24] = nearness / nearness.sum(axis=1, keepdims=True) * (1 - _STAY) * (1 - _TO_NONE)
    table[:24, 24] = (1 - _STAY) * _TO_NONE
    np.fill_diagonal(table, _STAY)
    return np.asarray(np.log(table))
