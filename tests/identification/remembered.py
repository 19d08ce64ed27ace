"""An index in memory, for tests of what asks one: sorted arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from auricle.audio import Mono
from auricle.identification.index import Landmarks, Postings
from auricle.identification.landmarks import landmarks
from auricle.identification.peaks import PeakFinder, Peaks

__all__ = ["Remembered", "peaks_of", "remember"]


class Remembered:
    """Landmarks of recordings, numbered from 0."""

    def __init__(self, recordings: Sequence[Landmarks]) -> None:
        hashes = np.concatenate([recording.hashes for recording in recordings])
        order = np.argsort(hashes, kind="stable")
        numbers = np.repeat(np.arange(len(recordings), dtype=np.uint32), [len(recording.hashes) for recording in recordings])
        self._hashes, self._numbers = hashes[order], numbers[order]
        self._frames = np.concatenate([recording.frames for recording in recordings])[order]

    def postings(self, hashes: npt.NDArray[np.uint32]) -> Postings:
        """As `Index` says."""
        first, end = np.searchsorted(self._hashes, hashes, "left"), np.searchsorted(self._hashes, hashes, "right")
        asked = np.repeat(np.arange(len(hashes)), end - first)
        begin = np.cumsum(end - first) - (end - first)
        places = np.arange(len(asked)) - begin[asked] + first[asked]
        return Postings(asked, self._numbers[places], self._frames[places])


def peaks_of(samples: Mono) -> Peaks:
    """Of mono samples at the finder's rate."""
    finder = PeakFinder()
    finder.feed(np.asarray(samples, np.float32))
    return finder.finish()


def remember(recordings: Sequence[Mono]) -> Remembered:
    """An index of mono samples at the finder's rate."""
    return Remembered([landmarks(peaks_of(samples)) for samples in recordings])
