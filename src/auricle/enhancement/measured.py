"""Tapes at both ends of the chain: a recording that can be played only once, and one that is measured while it is played."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from auricle.audio import Audio, Samples
from auricle.enhancement.noise_floor import NoiseFloor
from auricle.enhancement.report import Sound
from auricle.errors import EmptyAudio
from auricle.loudness.meter import Meter
from auricle.tape import Tape

__all__ = ["Measured", "Once"]


class Once:
    """The blocks of a recording that is being decoded.

    Raises:
        EmptyAudio: there is not one.
        InputError: it cannot be decoded.
    """

    def __init__(self, blocks: Iterable[Audio]) -> None:
        every = iter(blocks)
        first = next(every, None)
        if first is None:
            raise EmptyAudio("the recording has no samples; give one that has.")
        self.rate, self.channels = first.rate, first.channels
        self._blocks = chain([first], every)

    def play(self) -> Iterator[Samples]:
        """See `auricle.tape.Tape`; the second time there is nothing left."""
        return (block.samples for block in self._blocks)


class Measured:
    """A tape that is measured while it is played to its end; what was measured last counts."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.rate, self.channels = tape.rate, tape.channels
        self._sound: Sound | None = None

    @property
    def sound(self) -> Sound:
        """How it sounds; nobody knows before it was played to its end."""
        if self._sound is None:
            raise RuntimeError("the tape has not been played to its end")
        return self._sound

    def play(self) -> Iterator[Samples]:
        """See `auricle.tape.Tape`."""
        meter, floor, frames = Meter(self.rate, self.channels), NoiseFloor(self.rate), 0
        for block in self._tape.play():
            meter.feed(block)
            floor.feed(block)
            frames += block.shape[1]
            yield block
        self._sound = Sound(meter.loudness, floor.dbfs, frames / self.rate)
