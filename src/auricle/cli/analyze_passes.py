"""How far an analysis has come: a recording is heard, then judged, then perhaps heard again and drawn."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # which brings numpy
    from auricle.audio import Audio

__all__ = ["PASSES", "Passes"]

# What there is to do, and how long it takes beside the hearing, as measured with all parts but tags, and clicks as MP3.
PASSES = {"hear": 1.0, "judge": 0.2, "plot": 0.2, "clicks": 1.0, "tags": 0.02}


class Passes:
    """All that is done with one recording.

    Args:
        duration: of the recording; None when that is not known. Seconds.
        names: what is done, of `PASSES`.
    """

    def __init__(self, duration: float | None, names: Sequence[str]) -> None:
        self._duration = duration
        self._all = sum(PASSES[name] for name in names)
        self._done = self._now = 0.0  # shares of all
        self._heard = 0.0  # in this pass. Seconds

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """This is being done while the block runs."""
        self._now = PASSES[name]
        yield
        self._done, self._now = self._done + self._now, 0.0
        if self._duration:
            self._heard = 0.0

    def watch(self, blocks: Iterable[Audio]) -> Iterator[Audio]:
        """Let the recording flow through, and count it."""
        for block in blocks:
            yield block
            self._heard += block.duration

    @property
    def position(self) -> float:
        """How much of the recording would be done by now if all were done at once. Seconds."""
        if not self._duration:
            return self._heard
        return self._duration * (self._done + self._now * min(1.0, self._heard / self._duration)) / self._all
