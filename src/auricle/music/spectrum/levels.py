"""The levels of all frames of a recording, cut off 80 dB below the loudest of them.

Where that is nobody knows before the end of the recording, and any frame may hold levels that will be cut off. So they wait in an unnamed
file, 24 KB for a second of music, and are read again at the end. The memory is that of one block.
"""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from auricle.atomic import as_output_error
from auricle.music.spectrum.frames import BANDS, MELS, Block

__all__ = ["CutOff", "Levels"]

_RANGE = 80.0  # dB
_PARTS = (MELS, BANDS, BANDS)  # levels of the mel bands, the peaks and the valleys, each with a loudest of their own
_BLOCK = 1024  # frames that are read at once

Floats = npt.NDArray[np.float32]


class CutOff(NamedTuple):
    """Levels of some frames, dB.

    Attributes:
        mels: shape (frames, 128).
        contrast: peaks above valleys; shape (frames, 7).
    """

    mels: Floats
    contrast: Floats


class Levels:
    """Levels that are written once, then read."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="auricle-")  # noqa: SIM115 - closed with this object
        self._loudest = np.full(len(_PARTS), -np.inf, np.float32)
        weakref.finalize(self, self._file.close)

    def add(self, block: Block) -> None:
        """The next frames.

        Raises:
            OutputError: the temporary directory has no room for them.
        """
        parts = (block.mels, block.peaks, block.valleys)
        self._loudest = np.maximum(self._loudest, [part.max() for part in parts])
        with as_output_error("the temporary directory"):
            self._file.write(np.hstack(parts).data)

    def play(self) -> Iterator[CutOff]:
        """All that was added, from the beginning.

        Raises:
            OutputError: the temporary directory has no room for the last frames.
        """
        with as_output_error("the temporary directory"):
            self._file.seek(0)
        least = np.repeat(self._loudest - np.float32(_RANGE), _PARTS)
        while data := self._file.read(4 * sum(_PARTS) * _BLOCK):
            levels = np.maximum(np.frombuffer(data, np.float32).reshape(-1, sum(_PARTS)), least)
            mels, peaks, valleys = np.split(levels, np.cumsum(_PARTS)[:-1], axis=1)
            yield CutOff(mels, peaks - valleys)
