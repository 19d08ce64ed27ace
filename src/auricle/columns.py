"""Figures of a recording in columns, of which there are never more than fit on a screen, however long it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples

__all__ = ["Columns", "Floats"]

Floats = npt.NDArray[np.float32]


class Columns:
    """The lowest and highest sample and the power of so many hops to a column; put more, and every two columns become one.

    Args:
        most: columns, an even number.
        bands: shape of one hop's power.

    Attributes:
        width: hops in a column; the last may have fewer.
    """

    def __init__(self, most: int, bands: tuple[int, ...] = ()) -> None:
        self._most, self._seen, self.width = most, 0, 1
        self._power = np.zeros((most, *bands), np.float32 if bands else np.float64)  # summed over a column's hops
        self._lowest: Floats = np.full(most, np.inf, np.float32)
        self._highest: Floats = np.full(most, -np.inf, np.float32)

    def put(self, hops: Samples, power: npt.NDArray[np.floating]) -> None:
        """More hops, at most as many as there may be columns.

        Args:
            hops: their samples, shape (channels, hops, frames).
            power: of each, shape (hops, *bands).
        """
        while (self._seen + len(power) - 1) // self.width >= self._most:
            self._fold()
        column = (self._seen + np.arange(len(power))) // self.width
        first = np.flatnonzero(np.diff(column, prepend=-1))
        at = column[first]
        self._power[at] += np.add.reduceat(power, first, axis=0)
        self._lowest[at] = np.minimum(self._lowest[at], np.minimum.reduceat(hops.min(axis=(0, 2)), first))
        self._highest[at] = np.maximum(self._highest[at], np.maximum.reduceat(hops.max(axis=(0, 2)), first))
        self._seen += len(power)

    def __len__(self) -> int:
        """How many there are."""
        return -(-self._seen // self.width)

    @property
    def extremes(self) -> tuple[Floats, Floats]:
        """The lowest and the highest sample of any channel, shape (columns,) each."""
        return self._lowest[: len(self)], self._highest[: len(self)]

    @property
    def power(self) -> npt.NDArray[np.floating]:
        """The mean of a column's hops, shape (columns, *bands)."""
        hops = np.minimum(self.width, self._seen - self.width * np.arange(len(self)))
        return np.divide(self._power[: len(self)].T, hops, dtype=self._power.dtype).T

    def _fold(self) -> None:
        half = self._most // 2
        self.width *= 2
        self._power[:half], self._power[half:] = self._power[0::2] + self._power[1::2], 0
        self._lowest[:half], self._lowest[half:] = np.minimum(self._lowest[0::2], self._lowest[1::2]), np.inf
        self._highest[:half], self._highest[half:] = np.maximum(self._highest[0::2], self._highest[1::2]), -np.inf
