"""A speech model on recordings as they are: any rate, any number of channels, sample for sample.

What the model removes is found at its own 48 kHz and taken off the untouched recording at the recording's own rate: what is not removed
is not changed. What the way to 48 kHz and back cannot carry (above 22 kHz of a recording at 96 kHz, the last tenth below the Nyquist
frequency of any other) is lowered as a whole by as much as the model lowers the highest that it gets.

Two channels pass as their middle and their side: what both share is cleaned once, in the same way for both, so that it stays in its
place; a copy of one channel in the other costs nothing; a channel that is silent stays so. With more, each is on its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from auricle.audio import Samples
from auricle.enhancement.denoise.lane import Lane, Suppressor
from auricle.enhancement.denoise.music_guard import MusicGuard
from auricle.enhancement.denoise.removal import Removal
from auricle.enhancement.denoise.working_level import AHEAD, FRAME
from auricle.enhancement.noise_floor import NoiseFloor
from auricle.enhancement.report import Facts
from auricle.resample import Resampler

__all__ = ["NeuralStage"]

_RATE = 48_000
_CARRIED = 0.9  # of the Nyquist frequency, there and back
_SILENCE_DB = -120.0  # what is below is not told apart
_HIGHEST = 1e6  # what is beyond is taken for so much: squares of it can still be summed
_FILTER = 3200  # samples of the slower rate that soxr holds back at most, there and back: it works in blocks


class NeuralStage:
    """One stream through a speech model; see `auricle.stages.Stage`.

    Args:
        make: the model's first state for one channel.
        delay: the model's. Samples at 48 kHz.
        rate: of the stream. Hertz.
        channels: how many.
        limit_db: by how much anything is lowered at most; None is as far as the model goes.
        guard_music: leave music as it is.
        foresight: of the guard; see `MusicGuard`. Seconds.
        facts: gets "noise_lowered_db", by how much what is heard in pauses is quieter, and with the guard "music_s", how long music was
            heard.
    """

    def __init__(
        self,
        make: Callable[[], Suppressor],
        delay: int,
        rate: int,
        channels: int,
        limit_db: float | None = None,
        guard_music: bool = True,
        facts: Facts | None = None,
        foresight: float = 0.0,
    ) -> None:
        share = 1.0 if limit_db is None else 1 - 10 ** (-limit_db / 20)
        self._guard = MusicGuard(foresight) if guard_music else None
        self._removal = Removal(channels, lambda: Lane(make, delay), share, _CARRIED * min(rate, _RATE) / 2, self._guard)
        self._up, self._down = Resampler(rate, _RATE, channels), Resampler(_RATE, rate, 3 * channels)
        self._original: Samples = np.zeros((channels, 0), np.float32)
        self._floors = NoiseFloor(rate), NoiseFloor(rate)  # before and after
        self._facts = {} if facts is None else facts
        held = AHEAD * FRAME + delay + FRAME - 1 + (self._guard.latency if self._guard else 0)
        self.latency = math.ceil(held * rate / _RATE) + (0 if rate == _RATE else math.ceil(_FILTER * max(1.0, rate / _RATE)))
        self._account(self._original, self._original)

    def feed(self, samples: Samples) -> Samples:
        """See `Stage`."""
        self._original = np.concatenate([self._original, samples], axis=1)
        return self._taken_off(self._down.feed(self._removal.feed(self._up.feed(np.clip(samples, -_HIGHEST, _HIGHEST)))))

    def finish(self) -> Samples:
        """See `Stage`."""
        rest = [self._removal.feed(self._up.finish()), self._removal.finish()]
        parts = [*(self._down.feed(part) for part in rest), self._down.finish()]
        ready = self._taken_off(np.concatenate(parts, axis=1))
        return np.concatenate([ready, self._original], axis=1)  # a frame or none, where the two rates do not divide evenly

    def _taken_off(self, parts: Samples) -> Samples:
        parts = parts[:, : self._original.shape[1]]
        count = parts.shape[1]
        sound, self._original = self._original[:, :count], self._original[:, count:]
        removed, carried, lowering = np.split(parts, 3)
        treated = sound - removed - lowering * (sound - carried)
        self._account(sound, treated)
        return treated

    def _account(self, before: Samples, after: Samples) -> None:
        for floor, sound in zip(self._floors, (before, after), strict=True):
            floor.feed(sound)
        high, low = (max(floor.dbfs, _SILENCE_DB) for floor in self._floors)
        self._facts["noise_lowered_db"] = max(0.0, high - low)
        if self._guard is not None:
            self._facts["music_s"] = self._guard.music_s
