"""What a part of the analysis is: one listener to one recording, in bounded memory."""

from __future__ import annotations

from typing import Protocol, TypeVar

from auricle.audio import Mono

__all__ = ["RATE", "Part"]

RATE = 22050  # at which most parts hear. Hertz

Found = TypeVar("Found", covariant=True)


class Part(Protocol[Found]):
    """Hears one recording, then says what it found. The same for any chunking, bit for bit."""

    def feed(self, sound: Mono) -> None:
        """The next samples, one channel, float32, shape (frames,), at the rate that the part says in its docstring."""
        ...

    def finish(self) -> Found:
        """All that was found, once everything was fed; also for no samples at all."""
        ...
