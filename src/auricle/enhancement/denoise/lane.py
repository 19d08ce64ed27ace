"""One channel's way through a speech model: at the model's level, in its frames, and aligned again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from auricle.audio import Mono
from auricle.enhancement.denoise.working_level import AHEAD, FRAME, Frames, WorkingLevel

__all__ = ["Lane", "Suppressor"]


class Suppressor(Protocol):
    """A model's state for one channel at 48 kHz."""

    @property
    def delay(self) -> int:
        """By how many samples it is behind; whole frames."""
        ...

    def process(self, frame: Mono) -> Mono:
        """The next frame of 480 samples → as many, `delay` samples late."""
        ...


class Lane:
    """One stream of frames at 48 kHz.

    Args:
        make: a model in its first state; called when there is first something to hear.
        delay: the model's. Samples.
    """

    def __init__(self, make: Callable[[], Suppressor], delay: int) -> None:
        self._make = make
        self._model: Suppressor | None = None
        self._late = delay // FRAME
        self._level = WorkingLevel()
        self._waiting: Frames = np.zeros((0, FRAME), np.float32)  # heard by the meter only
        self._gains: Frames = np.zeros((0, FRAME), np.float32)  # of frames that are inside the model

    def feed(self, frames: Frames) -> Frames:
        """The next frames → those that are ready, cleaned."""
        self._level.hear(frames)
        self._waiting = np.concatenate([self._waiting, frames])
        return self._advance(max(0, len(self._waiting) - AHEAD))

    def finish(self) -> Frames:
        """The rest."""
        ready = self._advance(len(self._waiting))
        nothing = np.zeros((self._late + len(self._gains), FRAME), np.float32)
        return np.concatenate([ready, self._undone(nothing)])

    def _advance(self, count: int) -> Frames:
        gains = self._level.gains(count)
        frames, self._waiting = self._waiting[:count], self._waiting[count:]
        self._gains = np.concatenate([self._gains, gains])
        return self._undone(frames * gains)

    def _undone(self, levelled: Frames) -> Frames:
        cleaned = [self._cleaned(frame) for frame in levelled]
        dropped = max(0, min(len(cleaned), self._late))  # what comes first is the model's delay
        self._late -= dropped
        count = len(cleaned) - dropped
        gains, self._gains = self._gains[:count], self._gains[count:]
        return np.reshape(cleaned[dropped:], (count, FRAME)).astype(np.float32) / gains

    def _cleaned(self, frame: Mono) -> Mono:
        if self._model is None:
            if not frame.any():
                return frame  # nothing in a model's first state gives nothing
            self._model = self._make()
        cleaned = self._model.process(frame)
        if np.isfinite(cleaned).all():
            return cleaned
        self._model = self._make()  # what is not a number stays in a recurrent state for good
        return np.zeros_like(frame)
