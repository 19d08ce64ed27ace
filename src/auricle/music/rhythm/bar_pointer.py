"""The bar-pointer model: the likeliest beats and bars of a recording.

F. Krebs, S. Böck, G. Widmer, "An Efficient State-Space Model for Joint Tempo and Meter Tracking", ISMIR 2015: a pointer moves
through the bar one frame at a time; its tempo, a whole number of frames per beat, may change only where a beat begins.

Within a beat nothing is left to chance, so we go from beat to beat and not from frame to frame (a semi-Markov model): the best way
to begin beat b at frame t with an interval of i frames is

    V(b, i, t) = max over j: V(b - 1, j, t - j) + what beat b - 1 says about frames t - j … t - 1 + log P(i | j)

and what a beat says about its frames is two differences of cumulative sums. No beat is shorter than the shortest interval, so that
many frames at once depend only on what is known already. The path and its probability are those of Viterbi's algorithm on the frames.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auricle.music.rhythm.activity import FPS
from auricle.music.rhythm.tempo import readiness

__all__ = ["BarPointer", "Bars"]

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]

_REACH = 8  # frames by which an interval may differ from the one before; beyond them even a slow tempo has a probability of 1e-6


class Bars(NamedTuple):
    """The best path.

    Attributes:
        beats: the frames in which beats begin, shape (beats,).
        intervals: what the model takes for each beat's length. Frames, shape (beats,).
        positions: their numbers in the bar, from 1, shape (beats,).
        scores: the log-probability of the best path with each meter, as `BarPointer.meters`.
        meter: beats per bar of the best path.
    """

    beats: Integers
    intervals: Integers
    positions: Integers
    scores: Floats
    meter: int


@dataclass(frozen=True)
class BarPointer:
    """The model.

    Attributes:
        shortest: of the beat intervals. Frames.
        longest: of the beat intervals. Frames.
        meters: beats per bar to choose from; a recording keeps one.
        tempo_lambda: how steady the tempo is (the paper's λ, eq. 8).
        beat_share: how much of a beat is its beginning, where the activation is expected (1 / λ of the observation model).
        narrowest: how long that beginning is at least, since an activation's peak has a width of its own. Frames.
        preference: how much the tempi that people tap readily are preferred, which decides where the activations say nearly the same
            of several: as many times a second the log-probability that people tap this tempo. 0 for not at all.
    """

    shortest: int = 14
    longest: int = 54
    meters: tuple[int, ...] = (2, 3, 4)
    tempo_lambda: float = 100.0
    beat_share: float = 1 / 16
    narrowest: int = 2
    preference: float = 0.5

    def decode(self, beat: Floats, downbeat: Floats, none: Floats) -> Bars:
        """The likeliest beats, whatever the phase at the beginning and at the end.

        Args:
            beat: log-probability of each frame if a beat begins there that is not the first of its bar, shape (frames,).
            downbeat: the same for the first beat of a bar.
            none: the same for all other frames.
        """
        frames = len(none)
        if frames == 0:
            nothing = np.zeros(0, np.intp)
            return Bars(nothing, nothing, nothing, np.zeros(len(self.meters)), self.meters[0])
        said = _Said(self, beat, downbeat, none)
        back = np.empty((frames, self._beats, len(self._intervals)), np.int8)
        done = self._search(said, frames, back)
        return self._trace(done, back, frames)

    @cached_property
    def _intervals(self) -> Integers:
        return np.arange(self.shortest, self.longest + 1)

    @cached_property
    def _beats(self) -> int:
        return sum(self.meters)

    @cached_property
    def _first(self) -> Integers:
        """Which of all the beats of all the meters begin a bar."""
        return np.cumsum((0, *self.meters[:-1]))

    @cached_property
    def _before(self) -> Integers:
        """The beat before each; before the first of a bar comes the last."""
        before = np.arange(self._beats) - 1
        before[self._first] = self._first + np.array(self.meters) - 1
        return before

    @cached_property
    def begins(self) -> Integers:
        """How many frames of each interval are its beginning."""
        return np.asarray(np.maximum(self.narrowest, np.ceil(self._intervals * self.beat_share)), np.intp)

    @cached_property
    def prior(self) -> Floats:
        """What each beat says of its interval before anything is heard: the log of how readily people tap it, as it lasts."""
        return self.preference * np.log(readiness(60 * FPS / self._intervals)) * self._intervals / FPS

    @cached_property
    def log_change(self) -> Floats:
        """The logarithm of P(i | j) for j = i - 8 … i + 8, shape (intervals, 17); eq. 8, where λ is ours."""
        new = self._intervals[:, None]
        old = new + np.arange(-_REACH, _REACH + 1)
        every = np.abs(self._intervals[None, :] - self._intervals[:, None])
        likely = np.where(every <= _REACH, np.exp(-self.tempo_lambda * every / self._intervals[:, None]), 0)
        total = np.log(likely.sum(axis=1))
        known = np.clip(old, self.shortest, self.longest)
        change = -self.tempo_lambda * np.abs(new / known - 1) - total[known - self.shortest]
        return np.where(old == known, change, -np.inf)

    def _begin(self, said: _Said) -> Floats:
        """The scores of beats that are under way in frame 0, by the frame in which they are over, counted from 1."""
        done = np.full((self._beats, len(self._intervals), self.longest + self.shortest), -np.inf)
        sizes = np.repeat(self.meters, self.meters) * self._intervals.sum()
        for column, interval in enumerate(self._intervals):
            starts = np.arange(1 - interval, 1)
            done[:, column, :interval] = said.of(starts)[:, column] - np.log(sizes)[:, None]
        return done

    def _search(self, said: _Said, frames: int, back: npt.NDArray[np.int8]) -> Floats:
        """All frames, a block at a time; fills `back` and answers with the beats that are over at or after the end.

        `done[b, j, k]` is the score of having finished beat b, of interval j, when frame `start + k` begins.
        """
        done, ahead = self._begin(said), (self._intervals - self.shortest)[:, None]
        columns = np.arange(len(self._intervals))[:, None]
        for start in range(1, frames, self.shortest):
            size = min(self.shortest, frames - start)
            now, back[start : start + size] = self._enter(done[:, :, :size])
            done[:, :, :-size], done[:, :, -size:] = done[:, :, size:].copy(), -np.inf
            scores = now + said.of(np.arange(start, start + size))
            done[:, columns, ahead + self.shortest - size + np.arange(size)] = scores
        return done

    def _enter(self, done: Floats) -> tuple[Floats, npt.NDArray[np.int8]]:
        """The best scores with which beats begin, and from which interval they come (frames more than the new one)."""
        edge = np.full((done.shape[2], self._beats, _REACH), -np.inf)
        arriving = np.concatenate((edge, done[self._before].transpose(2, 0, 1), edge), axis=2)
        best = arriving[:, :, : len(self._intervals)] + self.log_change[:, 0]
        change = np.full(best.shape, -_REACH, np.int8)
        for offset in range(1, 2 * _REACH + 1):
            score = arriving[:, :, offset : offset + len(self._intervals)] + self.log_change[:, offset]
            np.copyto(change, offset - _REACH, where=score > best)
            np.maximum(best, score, out=best)
        return best.transpose(1, 2, 0), change

    def _trace(self, done: Floats, back: npt.NDArray[np.int8], frames: int) -> Bars:
        """The best path, from its end."""
        ends = [done[first : first + size] for first, size in zip(self._first, self.meters, strict=True)]
        scores = np.array([end.max() for end in ends])
        best = int(scores.argmax())
        beat, column, over = (int(place) for place in np.unravel_index(ends[best].argmax(), ends[best].shape))
        beat, start = beat + int(self._first[best]), frames + over - int(self._intervals[column])
        path = [(start, column, beat)]
        while start > 0:
            column += int(back[start, beat, column])
            beat, start = int(self._before[beat]), start - int(self._intervals[column])
            path.append((start, column, beat))
        starts, columns, beats = np.array(path[::-1], np.intp).T
        heard = starts >= 0
        positions = beats - self._first[best] + 1
        return Bars(starts[heard], self._intervals[columns][heard], positions[heard], scores, self.meters[best])


class _Said:
    """What beats say about the frames from their first to their last; frames outside the recording say nothing."""

    def __init__(self, model: BarPointer, beat: Floats, downbeat: Floats, none: Floats) -> None:
        self._margin = model.longest
        self._sums = [self._cumulative(log) for log in (beat, downbeat, none)]
        self._begins, self._whole = model.begins[:, None], model._intervals[:, None]
        self._prior = model.prior[:, None]
        self._is_first = np.isin(np.arange(model._beats), model._first).astype(np.intp)

    def _cumulative(self, log: Floats) -> Floats:
        padded = np.pad(np.asarray(log, np.float64), self._margin)
        return np.concatenate(([0.0], np.cumsum(padded)))

    def of(self, starts: Integers) -> Floats:
        """For beats that begin in these frames, shape (beats, intervals, starts)."""
        begin = starts + self._margin
        split, end = begin + self._begins, begin + self._whole
        beat, downbeat, none = self._sums
        rest = none[end] - none[split] + self._prior
        return np.stack((beat[split] - beat[begin] + rest, downbeat[split] - downbeat[begin] + rest))[self._is_first]
