"""Stages: sound in, as much sound out, whatever the chunks. What one chain does to one stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from auricle.audio import Samples

__all__ = ["Blockwise", "Chain", "Stage"]


class Stage(Protocol):
    """What is done to one stream. It holds the stream's state, and neither clock nor I/O.

    Sample n of all that comes out is sample n of all that went in, treated: no delay is left in it and nothing is lost. What comes
    out is the same for any chunking, bit for bit.
    """

    @property
    def latency(self) -> int:
        """How many frames it may hold back at most, until more is fed."""
        ...

    def feed(self, samples: Samples) -> Samples:
        """The next chunk, shape (channels, frames) → what is ready, shape (channels, fewer, as many or more frames)."""
        ...

    def finish(self) -> Samples:
        """The rest, after the last chunk."""
        ...


class Blockwise(ABC):
    """A stage that looks at blocks of one size and at some sound around each.

    Args:
        channels: of the stream.
        block: frames treated at once.
        before: frames of untreated sound before the block that it looks at; zeros before the beginning.
        after: frames after it; zeros after the end.
    """

    def __init__(self, channels: int, block: int, before: int = 0, after: int = 0) -> None:
        self.latency = block - 1 + after
        self._block, self._around = block, before + after
        self._waiting: Samples = np.zeros((channels, before), np.float32)
        self._owed = 0  # frames that came and have not been given back

    @abstractmethod
    def treat(self, window: Samples) -> Samples:
        """The block, shape (channels, block), of a window of shape (channels, before + block + after), which must not be changed."""

    def feed(self, samples: Samples) -> Samples:
        """See `Stage`."""
        self._owed += samples.shape[1]
        self._waiting = np.concatenate([self._waiting, samples], axis=1)
        count = max(0, (self._waiting.shape[1] - self._around) // self._block)
        treated = [self.treat(self._waiting[:, at : at + self._around + self._block]) for at in range(0, count * self._block, self._block)]
        self._waiting = self._waiting[:, count * self._block :]
        self._owed -= count * self._block
        return np.concatenate(treated, axis=1) if treated else self._waiting[:, :0]

    def finish(self) -> Samples:
        """See `Stage`."""
        owed = self._owed
        blocks = -(-owed // self._block)
        missing = blocks * self._block + self._around - self._waiting.shape[1]
        return self.feed(np.zeros((len(self._waiting), missing), np.float32))[:, :owed] if owed else self._waiting[:, :0]


class Chain:
    """Several stages, one after the other, as one.

    Args:
        stages: in the order in which the sound passes them; with none it passes as it is.
    """

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._stages = tuple(stages)
        self._nothing: Samples | None = None  # of as many channels as what comes

    @property
    def latency(self) -> int:
        """See `Stage`."""
        return sum(stage.latency for stage in self._stages)

    def feed(self, samples: Samples) -> Samples:
        """See `Stage`."""
        self._nothing = samples[:, :0]
        for stage in self._stages:
            samples = stage.feed(samples)
        return samples

    def finish(self) -> Samples:
        """See `Stage`."""
        rest = self._nothing
        for stage in self._stages:
            rest = stage.finish() if rest is None else np.concatenate([stage.feed(rest), stage.finish()], axis=1)
        return np.zeros((1, 0), np.float32) if rest is None else rest
