"""Silence cut off both ends of a recording."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.enhancement.report import Facts
from auricle.errors import OptionError
from auricle.tape import Derived, Kept, Tape

__all__ = ["Part", "trimmed"]

_FRAME_S = 0.02
_MARGIN_S = 0.1  # of silence that stays at either end
_SMOOTH = 5  # frames over which a noise is steady
_STEADY_DB = 3.0  # how far a steady noise strays from its level
_FAR_DB = 25.0  # a noise at the ends is cut only if it is so much softer than the recording
_INAUDIBLE_DB = 60.0  # below the recording: silence, steady or not
_SILENT_DB = -240.0

_Levels = npt.NDArray[np.float64]  # shape (frames,): RMS of each frame in its loudest channel. dBFS


@dataclass(frozen=True, slots=True)
class Part(Derived):
    """A part of a tape, sample for sample.

    Attributes:
        start: its first frame.
        end: the frame after its last.
    """

    start: int
    end: int

    def play(self) -> Iterator[Samples]:
        """See `Tape`."""
        return self.tape.part(self.start, self.end) if isinstance(self.tape, Kept) else self._cut()

    def _cut(self) -> Iterator[Samples]:
        at = 0
        for block in self.tape.play():
            if at >= self.end:
                return
            yield block[:, max(0, self.start - at) : max(0, self.end - at)]
            at += block.shape[1]


def trimmed(tape: Tape, below: bool | float, facts: Facts, notes: list[str]) -> Tape:
    """``tape`` without the silence at its ends, of which 100 ms stay; what is left is not touched.

    Args:
        tape: a recording; it is played once to find its ends.
        below: softer frames (RMS over 20 ms, in the loudest channel) are silence. dBFS. True finds what is silence: what is 60 dB softer
            than the loudest part, or a steady noise (within 3 dB of the recording's noise floor) that is 25 dB softer. A fade is neither.
        facts: gets "start_s" and "end_s", how much was cut off either end.
        notes: gets a sentence if all of it is silence; then nothing is cut off.

    Raises:
        OptionError: the level is not one below full scale ("trim").
    """
    if below is False:
        return tape
    if below is not True and not -math.inf < below < 0:
        raise OptionError("trim", f"what is below {below:g} dBFS is to be cut off; give a level below 0, such as -50")
    frame = max(1, round(_FRAME_S * tape.rate))
    levels, frames = _levels(tape, frame)
    heard = np.flatnonzero(_heard(levels) if below is True else levels >= below)
    if not len(heard):
        notes.append("All of the recording is silence; nothing was cut off.")
    margin = round(_MARGIN_S * tape.rate)
    start = max(0, int(heard[0]) * frame - margin) if len(heard) else 0
    end = min(frames, (int(heard[-1]) + 1) * frame + margin) if len(heard) else frames
    facts.update(start_s=start / tape.rate, end_s=(frames - end) / tape.rate)
    return Part(tape, start, end) if end - start < frames else tape


def _levels(tape: Tape, frame: int) -> tuple[_Levels, int]:
    """The levels, the last perhaps of a shorter frame, and how many frames of sound there are. Four megabytes for three hours."""
    powers, waiting, total = [], np.zeros((tape.channels, 0), np.float32), 0
    for block in tape.play():
        waiting, total = np.concatenate([waiting, block], axis=1), total + block.shape[1]
        whole = waiting.shape[1] // frame * frame
        powers.append(_powers(waiting[:, :whole], frame))
        waiting = waiting[:, whole:]
    if waiting.size:
        powers.append(_powers(waiting, waiting.shape[1]))
    joined = np.concatenate(powers) if powers else np.zeros(0, np.float32)
    return 10 * np.log10(np.maximum(joined, 10 ** (_SILENT_DB / 10), dtype=np.float64)), total


def _powers(samples: Samples, frame: int) -> npt.NDArray[np.float64]:
    squares = np.square(samples, dtype=np.float64).reshape(len(samples), -1, frame)
    return np.asarray(squares.mean(axis=2).max(axis=0))


def _heard(levels: _Levels) -> npt.NDArray[np.bool_]:
    """Which frames are not silence, by what is usual in the recording."""
    if not len(levels) or levels.max() <= _SILENT_DB:
        return np.zeros(len(levels), np.bool_)
    smooth = _smooth(levels)
    loud, floor = smooth.max(), np.percentile(smooth[smooth > _SILENT_DB], 10)
    steady = (np.abs(smooth - floor) <= _STEADY_DB) & (floor <= loud - _FAR_DB)
    return np.asarray((smooth > loud - _INAUDIBLE_DB) & ~steady)


def _smooth(levels: _Levels) -> _Levels:
    """Means of the power over some frames around each."""
    ones = np.ones(min(_SMOOTH, len(levels)))
    power = np.convolve(10 ** (levels / 10), ones, "same") / np.convolve(np.ones(len(levels)), ones, "same")
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (_SILENT_DB / 10))))
