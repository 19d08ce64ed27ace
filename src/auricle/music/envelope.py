"""What a waveform looks like, from blocks, however long it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Samples
from auricle.columns import Columns, Floats

__all__ = ["Envelope"]

_COLUMNS = 4096  # at most: more than a screen shows
_HOP_S = 0.001  # of a column at first


class Envelope:
    """A recording's outline: `feed` its samples, then `finish`. But for rounding it does not depend on how they are cut.

    A column begins as a thousandth of a second. When there are too many, every two become one, so that memory does not grow.

    Args:
        rate: Hertz.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._hop = max(1, round(rate * _HOP_S))
        self._waiting: Samples | None = None  # less than one hop
        self._columns = Columns(_COLUMNS)

    def watch(self, blocks: Iterable[Audio]) -> Iterator[Audio]:
        """Let a recording flow through, and look at it; `finish` when it ended."""
        for block in blocks:
            self.feed(block.samples)
            yield block
        self.finish()

    def feed(self, samples: Samples) -> None:
        """The next samples, shape (channels, frames)."""
        waiting = samples if self._waiting is None else np.concatenate([self._waiting, samples], axis=1)
        whole = waiting.shape[1] // self._hop * self._hop
        for first in range(0, whole, most := _COLUMNS * self._hop):
            self._see(waiting[:, first : min(whole, first + most)])
        self._waiting = waiting[:, whole:].copy()

    def finish(self) -> None:
        """The rest, as if silence followed."""
        if self._waiting is not None and (left := self._waiting.shape[1]):
            self._see(np.pad(self._waiting, ((0, 0), (0, self._hop - left))))
        self._waiting = None

    @property
    def columns(self) -> int:
        """How many there are."""
        return len(self._columns)

    @property
    def times(self) -> npt.NDArray[np.float64]:
        """Where the columns begin, and where the last one ends, shape (columns + 1,). Seconds."""
        return np.arange(self.columns + 1, dtype=np.float64) * (self._columns.width * self._hop / self.rate)

    @property
    def extremes(self) -> tuple[Floats, Floats]:
        """The lowest and the highest sample of any channel, shape (columns,) each."""
        return self._columns.extremes

    @property
    def rms(self) -> Floats:
        """Root of the mean power of all channels, shape (columns,)."""
        return np.asarray(np.sqrt(self._columns.power), np.float32)

    def _see(self, samples: Samples) -> None:
        """Whole hops, at most as many as there are columns."""
        hops = samples.reshape(len(samples), -1, self._hop)
        self._columns.put(hops, np.square(hops).mean(axis=(0, 2), dtype=float))
