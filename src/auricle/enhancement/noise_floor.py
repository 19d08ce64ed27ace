"""The noise floor: how loud a recording is where nothing is heard."""

from __future__ import annotations

import math

import numpy as np

from auricle.audio import Samples

__all__ = ["NoiseFloor"]

_FRAME_S = 0.05  # shorter than the pauses between words, long enough for a steady level
_QUIETEST = 0.1  # of the frames: speech pauses for more than that
_LOWEST_DB, _STEP_DB, _STEPS = -240.0, 0.1, 3200


class NoiseFloor:
    """A meter of one stream: `feed` chunks and read `dbfs` at any time. Its memory does not grow.

    The floor is the tenth percentile of the levels (RMS over all channels) of frames of 50 ms.

    Args:
        rate: of the stream. Hertz.
    """

    def __init__(self, rate: int) -> None:
        self._frame = max(1, round(_FRAME_S * rate))
        self._waiting: Samples | None = None  # what is not a whole frame yet; None before the first chunk
        self._counts = np.zeros(_STEPS, np.int64)
        self._powers = np.zeros(_STEPS)  # sums, for the exact mean of the frames of one level
        self._silent = 0

    def feed(self, samples: Samples) -> None:
        """Take a chunk of shape (channels, frames), of any length."""
        joined = samples if self._waiting is None else np.concatenate([self._waiting, samples], axis=1)
        frames = joined.shape[1] // self._frame
        whole = np.ascontiguousarray(joined[:, : frames * self._frame], np.float64)
        self._count(np.square(whole.reshape(len(joined), frames, self._frame)).mean(axis=2).mean(axis=0))
        self._waiting = joined[:, frames * self._frame :].copy()

    @property
    def dbfs(self) -> float:
        """The floor so far, RMS; 0 is that of a square wave of full scale, -inf is digital silence."""
        seen = self._silent + int(self._counts.sum())
        if seen == 0:
            return _level(self._short())
        wanted = _QUIETEST * seen - self._silent
        if wanted <= 0:
            return -math.inf
        place = int(np.argmax(np.cumsum(self._counts) >= wanted))
        return _level(self._powers[place] / self._counts[place])

    def _count(self, power: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
        heard = power[power > 0]
        self._silent += len(power) - len(heard)
        place = np.clip((10 * np.log10(heard) - _LOWEST_DB) / _STEP_DB, 0, _STEPS - 1).astype(np.intp)
        np.add.at(self._counts, place, 1)
        np.add.at(self._powers, place, heard)

    def _short(self) -> float:
        """Mean square of a recording that is no whole frame."""
        waiting = self._waiting
        return 0.0 if waiting is None or waiting.size == 0 else float(np.square(waiting, dtype=np.float64).mean())


def _level(power: float) -> float:
    return 10 * math.log10(power) if power > 0 else -math.inf
