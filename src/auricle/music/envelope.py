"""What a waveform looks like, from blocks, however long it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Samples

__all__ = ["Envelope"]

_COLUMNS = 4096  # at most: more than a screen shows
_HOP_S = 0.001  # of a column at first

Floats = npt.NDArray[np.float32]


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
        self._seen, self._in_column = 0, 1  # hops
        self._lowest: Floats = np.full(_COLUMNS, np.inf, np.float32)
        self._highest: Floats = np.full(_COLUMNS, -np.inf, np.float32)
        self._power = np.zeros(_COLUMNS)  # summed over a column's hops

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
        return -(-self._seen // self._in_column)

    @property
    def times(self) -> npt.NDArray[np.float64]:
        """Where the columns begin, and where the last one ends, shape (columns + 1,). Seconds."""
        return np.arange(self.columns + 1, dtype=np.float64) * (self._in_column * self._hop / self.rate)

    @property
    def extremes(self) -> tuple[Floats, Floats]:
        """The lowest and the highest sample of any channel, shape (columns,) each."""
        return self._lowest[: self.columns], self._highest[: self.columns]

    @property
    def rms(self) -> Floats:
        """Root of the mean power of all channels, shape (columns,)."""
        hops = np.minimum(self._in_column, self._seen - self._in_column * np.arange(self.columns))
        return np.sqrt(self._power[: self.columns] / hops).astype(np.float32)

    def _see(self, samples: Samples) -> None:
        """Whole hops, at most as many as there are columns."""
        hops = samples.reshape(len(samples), -1, self._hop)
        while (self._seen + hops.shape[1] - 1) // self._in_column >= _COLUMNS:
            self._fold()
        column = (self._seen + np.arange(hops.shape[1])) // self._in_column
        first = np.flatnonzero(np.diff(column, prepend=-1))
        at = column[first]
        self._power[at] += np.add.reduceat(np.square(hops).mean(axis=(0, 2), dtype=float), first)
        self._lowest[at] = np.minimum(self._lowest[at], np.minimum.reduceat(hops.min(axis=(0, 2)), first))
        self._highest[at] = np.maximum(self._highest[at], np.maximum.reduceat(hops.max(axis=(0, 2)), first))
        self._seen += hops.shape[1]

    def _fold(self) -> None:
        """Every two columns become one."""
        half = _COLUMNS // 2
        self._in_column *= 2
        self._power[:half], self._power[half:] = self._power[0::2] + self._power[1::2], 0
        self._lowest[:half], self._lowest[half:] = np.minimum(self._lowest[0::2], self._lowest[1::2]), np.inf
        self._highest[:half], self._highest[half:] = np.maximum(self._highest[0::2], self._highest[1::2]), -np.inf
