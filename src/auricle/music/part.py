"""What a part of the analysis is: one listener to one recording, in bounded memory."""

from __future__ import annotations

from typing import Protocol, TypeVar

import numpy as np

from auricle.audio import Mono, Samples

__all__ = ["RATE", "Part", "bounded"]

RATE = 22050  # at which most parts hear. Hertz
_LOUDEST = 1e6  # full scale is 1; squares and sums of what is far louder are no numbers any more

Found = TypeVar("Found", covariant=True)


class Part(Protocol[Found]):
    """Hears one recording, then says what it found. The same for any chunking, bit for bit."""

    def feed(self, sound: Mono) -> None:
        """The next samples, one channel, float32, shape (frames,), at the rate that the part says in its docstring."""
        ...

    def finish(self) -> Found:
        """All that was found, once everything was fed; also for no samples at all."""
        ...


def bounded(samples: Samples) -> Samples:
    """The same samples, but for those that no sound has: they are cut off at 120 dB above full scale."""
    return samples if np.abs(samples).max(initial=0.0) <= _LOUDEST else samples.clip(-_LOUDEST, _LOUDEST)
