"""What matching asks of whatever holds the landmarks: a catalogue on this machine, or one that is spread over many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["FRAME_S", "Index", "Landmarks", "Postings"]

FRAME_S = 0.016  # of a landmark's time: from frame to frame. Seconds

Words = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """The landmarks of a recording, in the order of their frames.

    Attributes:
        hashes: uint32, shape (landmarks,).
        frames: when each lies, in frames of `FRAME_S`; uint32, shape (landmarks,).
        duration: of the recording. Seconds.
    """

    hashes: Words
    frames: Words
    duration: float


class Postings(NamedTuple):
    """Where hashes occur; all arrays have one element per occurrence.

    Attributes:
        asked: which of the asked hashes it is: its place in what was asked, intp.
        recordings: the recording's number in the index, uint32.
        frames: where in the recording, uint32.
    """

    asked: npt.NDArray[np.intp]
    recordings: Words
    frames: Words


class Index(Protocol):
    """Landmarks of many recordings."""

    def postings(self, hashes: Words) -> Postings:
        """Every place of every one of these hashes, shape (hashes,); the same hash may be asked for more than once."""
        ...
