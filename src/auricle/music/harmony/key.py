"""In which of the 24 keys music is, and where that changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from auricle.music.harmony.chords import overtones
from auricle.music.harmony.hpcp import HOP, Floats
from auricle.music.harmony.viterbi import likeliest_path, runs
from auricle.music.part import RATE
from auricle.music.results import PITCH_CLASSES, Chord, Key, KeySpan

__all__ = ["Sums", "find_key", "find_keys", "is_pitched", "key_candidates", "sum_up"]

Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# How often each degree occurs in a key, tonic first: Joshua Albrecht and Daniel Shanahan, "The use of large corpora to train a
# new type of key-finding algorithm", Music Perception 31(1), 2013.
_MAJOR = (0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081)
_MINOR = (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)
_HARMONICS = 4  # those notes sound with overtones (Gómez 2006, who takes four)
_TONIC_SHARE = 0.75  # what it adds to a key's correlation if its tonic chord sounds all the time

_OUTER_SHARE = 0.1  # what the first and the last chord each add
_MOVEMENT = 0.3  # so much of the time other chords must sound for that to count in full: one chord alone tells no tonic

_PITCHED = 0.2  # how well pitches must agree with the tuning: speech and noise stay below 0.1 over half a minute
_SOUNDING = 0.25  # so much of the time chords must sound: a metronome's clicks have pitch, but no harmony
_RELATED = 0.5  # the least score of a key worth naming in a window
_NAMED = 0.2  # the least confidence of a key worth naming
_CONTRAST = 8.0  # from correlations to log-odds between keys

_WINDOW, _STEP = 20.0, 2.0  # seconds heard for the key of one moment, and from moment to moment
_CONCENTRATION = 5.0  # log-likelihood per correlation in one step: windows overlap tenfold
_CHANGE = 3e-4  # from step to step, to each other key: a key lasts for minutes
_NO_KEY = 24


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Running sums over the frames, from which the mean of any stretch follows; row n is the sum of the first n frames.

    Attributes:
        chroma: of frames whose strongest pitch class is 1, shape (frames + 1, 12).
        chords: frames of each major, then each minor chord, shape (frames + 1, 24).
        weight: of the pitches, shape (frames + 1,).
        agreeing: that weight in so far as pitches agree with the tuning, shape (frames + 1,).
    """

    chroma: Doubles
    chords: Doubles
    weight: Doubles
    agreeing: Doubles

    def __len__(self) -> int:
        return len(self.chroma) - 1


def sum_up(chroma: Floats, chords: tuple[Chord, ...], start: float, agreeing: Doubles, weight: Doubles) -> Sums:
    """The sums of what frames from `start` (seconds) say; `agreeing` (of `pitches_agreeing`) out of `weight`."""
    loudest = chroma.max(axis=1, keepdims=True)
    even = chroma / np.where(loudest > 0, loudest, 1.0)
    sounding = np.zeros((len(chroma), 24))
    for chord in chords:
        if chord.root is not None:
            first, after = (round((time - start) * RATE / HOP + 0.5) for time in (chord.start, chord.end))
            sounding[max(first, 0) : after, PITCH_CLASSES.index(chord.root) + 12 * (chord.quality == "min")] = 1
    return Sums(*(np.cumsum(np.concatenate([np.zeros((1, *part.shape[1:])), part]), axis=0) for part in (even, sounding, weight, agreeing)))


def key_candidates(sums: Sums) -> tuple[Key, ...]:
    """The three likeliest keys of the whole, the likeliest first; () if nothing sounds."""
    if not len(sums) or not sums.weight[-1]:
        return ()
    scores = _scores(sums, *_whole(sums))[0] + _outer_chords(sums)
    odds = np.exp(_CONTRAST * (scores - scores.max()))
    pitched = _pitchedness(_agreement(sums, *_whole(sums)), np.array([len(sums)]))[0]
    sounding = min(1.0, float(sums.chords[-1].sum()) / len(sums) / _SOUNDING)
    moving = (1 + _movement(sums, *_whole(sums))[0]) / 2  # a chord that never moves may be the tonic or the dominant
    fitting = max(0.0, float(_correlations(sums, *_whole(sums))[0, scores.argmax()]))
    sure = odds / odds.sum() * pitched * sounding * moving * fitting
    return tuple(_key(int(state), float(sure[state])) for state in np.argsort(-scores, kind="stable")[:3])


def find_key(sums: Sums) -> Key | None:
    """The key of the whole; None if pitches agree with no tuning (speech, noise, drums) or no key fits much better than others."""
    best = key_candidates(sums)[:1] if is_pitched(sums) else ()
    return best[0] if best and best[0].confidence >= _NAMED else None


def is_pitched(sums: Sums) -> bool:
    """Whether pitches agree with any tuning."""
    return bool(len(sums) and _pitchedness(_agreement(sums, *_whole(sums)), np.array([len(sums)]))[0] >= 0.5)


def _outer_chords(sums: Sums) -> Doubles:
    """What the first and the last chord add to the keys of which they are the tonic, shape (24,)."""
    sounding = np.diff(sums.chords, axis=0)
    heard = np.flatnonzero(sounding.any(axis=1))
    if not len(heard):
        return np.zeros(24)
    return np.asarray(_OUTER_SHARE * _movement(sums, *_whole(sums)) * sounding[heard[[0, -1]]].sum(axis=0))


def _whole(sums: Sums) -> tuple[Indices, Indices]:
    return np.array([0]), np.array([len(sums)])


def find_keys(sums: Sums, start: float, end: float) -> tuple[KeySpan, ...]:
    """The keys from `start` to `end` (seconds), without gaps; () for no frames.

    A hidden Markov model of keys over the correlations of windows: Katy Noland and Mark Sandler, "Key estimation using a
    hidden Markov model", ISMIR 2006, but with pitch classes observed instead of chord pairs.
    """
    if not len(sums):
        return ()
    centres = np.arange(0, len(sums), _STEP * RATE / HOP)
    half = _WINDOW * RATE / HOP / 2
    first = np.maximum(centres - half, 0).astype(np.intp)
    after = np.minimum(centres + half, len(sums)).astype(np.intp)
    after = np.maximum(after, first + 1)
    path = likeliest_path(_CONCENTRATION * _with_none(sums, first, after), _transitions())
    return tuple(_spans(sums, runs(path), start, end))


def _spans(sums: Sums, stretches: list[tuple[int, int, int]], start: float, end: float) -> Iterator[KeySpan]:
    since = start
    for number, (_, after, state) in enumerate(stretches, 1):
        until = end if number == len(stretches) else start + (after - 0.5) * _STEP
        yield KeySpan(since, until, None if state == _NO_KEY else _sure(sums, state, since - start, until - start))
        since = until


def _sure(sums: Sums, state: int, since: float, until: float) -> Key | None:
    """The key of a stretch, as sure as the stretch alone makes it; None if that is not sure enough."""
    first, after = (min(round(time * RATE / HOP), len(sums)) for time in (since, until))
    first = min(first, len(sums) - 1)
    within = Sums(
        *(part[first : max(after, first + 1) + 1] - part[first] for part in (sums.chroma, sums.chords, sums.weight, sums.agreeing))
    )
    alike = [key for key in key_candidates(within) if key.name == _key(state, 0).name]
    return alike[0] if alike and alike[0].confidence >= _NAMED else None


def _key(state: int, confidence: float) -> Key:
    mode: Literal["major", "minor"] = "major" if state < 12 else "minor"
    return Key(PITCH_CLASSES[state % 12], mode, confidence)


def _scores(sums: Sums, first: Indices, after: Indices) -> Doubles:
    """How well each key fits each stretch of frames, shape (stretches, 24): about -1 to 1, majors before minors."""
    shares = (sums.chords[after] - sums.chords[first]) / (after - first)[:, None]
    return _correlations(sums, first, after) + _TONIC_SHARE * _movement(sums, first, after)[:, None] * shares


def _movement(sums: Sums, first: Indices, after: Indices) -> Doubles:
    """0 if one chord is all there is, 1 if others sound often enough to make it more or less of a home."""
    sounding = sums.chords[after] - sums.chords[first]
    most = sounding.max(axis=1) / np.maximum(sounding.sum(axis=1), 1)
    return np.asarray(np.minimum((1 - most) / _MOVEMENT, 1))


def _correlations(sums: Sums, first: Indices, after: Indices) -> Doubles:
    chroma = sums.chroma[after] - sums.chroma[first]
    chroma = chroma - chroma.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(chroma, axis=1, keepdims=True)
    return np.asarray(chroma / np.where(lengths > 0, lengths, 1.0) @ _profiles())


def _profiles() -> Doubles:
    """What each key sounds like, shape (12, 24), each column with mean 0 and length 1, so that products are correlations."""
    columns = []
    for degrees in (_MAJOR, _MINOR):
        notes = np.array([np.roll(overtones(count=_HARMONICS), tone) for tone in range(12)])
        profile = np.array(degrees) @ notes
        profile -= profile.mean()
        columns += [np.roll(profile, tonic) / np.linalg.norm(profile) for tonic in range(12)]
    return np.stack(columns, axis=1)


def _agreement(sums: Sums, first: Indices, after: Indices) -> Doubles:
    weight = sums.weight[after] - sums.weight[first]
    return (sums.agreeing[after] - sums.agreeing[first]) / np.where(weight > 0, weight, 1.0)


def _pitchedness(agreement: Doubles, frames: Indices) -> Doubles:
    """How likely pitches are meant, 0 to 1: pitches that agree by chance agree by one over the square root of their number."""
    needed = np.sqrt(_PITCHED**2 + 1 / np.maximum(frames, 1))
    return 1 / (1 + np.exp(-20 * (agreement / needed - 1)))


def _with_none(sums: Sums, first: Indices, after: Indices) -> Doubles:
    """The scores and, last, that of no key: above every key's where pitches do not agree, below where they do."""
    pitched = _pitchedness(_agreement(sums, first, after), after - first)
    none = _RELATED + (1 + _TONIC_SHARE - _RELATED) * (1 - pitched)
    return np.column_stack([_scores(sums, first, after), none])


def _transitions() -> Doubles:
    table = np.full((25, 25), _CHANGE)
    np.fill_diagonal(table, 1 - 24 * _CHANGE)
    return np.asarray(np.log(table))
