"""Tapes: recordings that can be played as often as one likes, block by block, however long they are."""

from __future__ import annotations

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

import numpy as np

from auricle.atomic import as_output_error
from auricle.audio import Audio, Samples
from auricle.stages import Stage

__all__ = ["BLOCK", "AudioTape", "Derived", "Kept", "Tape", "Treated"]

BLOCK = 1 << 17  # frames in a block


class Tape(Protocol):
    """A recording that can be played again."""

    @property
    def rate(self) -> int:
        """Hertz."""
        ...

    @property
    def channels(self) -> int:
        """How many."""
        ...

    def play(self) -> Iterator[Samples]:
        """From the beginning: blocks of float32, shape (channels, frames), of any number of frames. They must not be changed."""
        ...


@dataclass(frozen=True, slots=True)
class AudioTape:
    """Audio in memory."""

    audio: Audio

    @property
    def rate(self) -> int:
        """See `Tape`."""
        return self.audio.rate

    @property
    def channels(self) -> int:
        """See `Tape`."""
        return self.audio.channels

    def play(self) -> Iterator[Samples]:
        """See `Tape`."""
        return (block.samples for block in self.audio.blocks(BLOCK))


@dataclass(frozen=True, slots=True)
class Derived(ABC):
    """What becomes of a tape, at its rate and with its channels.

    Attributes:
        tape: what goes in.
    """

    tape: Tape

    @property
    def rate(self) -> int:
        """See `Tape`."""
        return self.tape.rate

    @property
    def channels(self) -> int:
        """See `Tape`."""
        return self.tape.channels

    @abstractmethod
    def play(self) -> Iterator[Samples]:
        """See `Tape`."""


@dataclass(frozen=True, slots=True)
class Treated(Derived):
    """A tape as it sounds through a stage; a new one is made for every time that it is played.

    Attributes:
        make: the stage.
    """

    make: Callable[[], Stage]

    def play(self) -> Iterator[Samples]:
        """See `Tape`."""
        stage = self.make()
        for block in self.tape.play():
            yield stage.feed(block)
        yield stage.finish()


@dataclass(slots=True)
class Kept:
    """What was recorded once, in an unnamed file: playing it again costs nothing but reading.

    Attributes:
        rate: Hertz.
        channels: how many.
        frames: how many there are so far.
        played: called with each block's number of frames when it is played.
    """

    rate: int
    channels: int
    frames: int = 0
    played: Callable[[int], None] = lambda frames: None
    _file: BinaryIO = field(default_factory=lambda: tempfile.TemporaryFile(prefix="auricle-"))  # noqa: SIM115 - `close` closes it

    @classmethod
    def record(cls, tape: Tape) -> Kept:
        """Play ``tape`` once, and keep it.

        Raises:
            OutputError: the temporary directory has no room for four bytes per sample.
        """
        kept = cls(tape.rate, tape.channels)
        with ExitStack() as unfinished, as_output_error("the temporary directory"):
            unfinished.callback(kept.close)
            for block in tape.play():
                kept._file.write(np.ascontiguousarray(block.T, np.float32).data)
                kept.frames += block.shape[1]
            kept._file.flush()
            unfinished.pop_all()
        return kept

    def close(self) -> None:
        """Throw it away."""
        self._file.close()

    def play(self) -> Iterator[Samples]:
        """See `Tape`."""
        return self.part(0, self.frames)

    def part(self, start: int, end: int) -> Iterator[Samples]:
        """The frames from ``start`` to ``end``."""
        for first in range(start, end, BLOCK):
            frames = min(BLOCK, end - first)
            samples = np.empty((frames, self.channels), np.float32)
            self._file.seek(4 * self.channels * first)
            self._file.readinto(samples)  # type: ignore[attr-defined] # of what TemporaryFile makes
            yield samples.T
            self.played(frames)
