"""`Audio`: what every verb takes and gives. numpy only."""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import numpy.typing as npt

from auricle.errors import CorruptAudio, EmptyAudio, OptionError

if TYPE_CHECKING:
    from auricle.codec import AudioProcessingConfig

__all__ = ["Audio", "Mono", "Samples", "reject_non_finite"]

Samples = npt.NDArray[np.float32]  # shape (channels, frames)
Mono = npt.NDArray[np.float32]  # shape (frames,)

_MOST_CHANNELS = 64  # more channels than frames, and more than this, is an array that lies on its side

# Each loudspeaker's share in the left and right of a stereo mix (ITU-R BS.775-3, Annex 4, Table 2): centre and surrounds at
# -3 dB, a lone rear centre at -6 dB on both sides, the low-frequency effects left out.
_SHARES = {
    "FL": (1.0, 0.0), "FR": (0.0, 1.0), "FC": (2**-0.5, 2**-0.5), "LFE": (0.0, 0.0), "BC": (0.5, 0.5),
    "BL": (2**-0.5, 0.0), "BR": (0.0, 2**-0.5), "SL": (2**-0.5, 0.0), "SR": (0.0, 2**-0.5),
}  # fmt: skip
# The loudspeakers of the usual layouts, by channel count, in WAVE order.
_LAYOUTS = {
    3: "FL FR FC", 4: "FL FR BL BR", 5: "FL FR FC BL BR", 6: "FL FR FC LFE BL BR",
    7: "FL FR FC LFE BC SL SR", 8: "FL FR FC LFE BL BR SL SR",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Sound in memory; it does not change.

    Attributes:
        samples: float32, shape (channels, frames), full scale is ±1. Read-only. A one-dimensional array is one channel;
            integers are not taken, for their full scale would be a guess. The memory is the caller's, not a copy.
        rate: sample rate. Hertz.

    Raises:
        OptionError: the array's rank or type, or the rate, is wrong.
        CorruptAudio: a sample is NaN or infinite.
    """

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
        given = np.asarray(self.samples)
        if not np.issubdtype(given.dtype, np.floating):
            raise OptionError("samples", f"samples are {given.dtype}; give floating point with full scale ±1")
        if given.ndim not in (1, 2) or (given.ndim == 2 and given.shape[0] == 0):
            raise OptionError("samples", f"samples have the shape {given.shape}; give (channels, frames), or (frames,) for one channel")
        if given.ndim == 2 and given.shape[0] > max(_MOST_CHANNELS, given.shape[1]):
            raise OptionError("samples", f"samples have the shape {given.shape}, which would be {given.shape[0]} channels; transpose them")
        # A view, so that marking it read-only leaves the caller's own array as it was.
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused below
            samples = np.atleast_2d(given.astype(np.float32, copy=False)).view()
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "rate", _whole_rate(self.rate))
        reject_non_finite(samples, self.rate)

    @classmethod
    def read(cls, source: str | Path | bytes | BinaryIO, config: AudioProcessingConfig | None = None) -> Audio:
        """Decode a whole recording; see `auricle.codec.decode`."""
        from auricle.codec import decode  # the one look upwards, for `Audio.read(path)` is what everybody types first

        return decode(source, config)

    def write(self, target: str | Path | BinaryIO, config: AudioProcessingConfig | None = None) -> None:
        """Encode into a file, whole or not at all; see `auricle.codec.write`."""
        from auricle.codec import write

        write(target, self, config)

    @classmethod
    def join(cls, pieces: Iterable[Audio]) -> Audio:
        """Put pieces of one rate and channel count one after the other.

        Raises:
            EmptyAudio: there are no pieces.
            OptionError: their rates or channel counts differ.
        """
        every = list(pieces)
        if not every:
            raise EmptyAudio("there is no audio to join; give at least one piece.")
        if len({(piece.rate, piece.channels) for piece in every}) > 1:
            raise OptionError(
                "pieces", "pieces of different sample rates or channel counts cannot be joined; resample and remix them first"
            )
        return every[0] if len(every) == 1 else cls(np.concatenate([piece.samples for piece in every], axis=1), every[0].rate)

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def frames(self) -> int:
        """Number of frames: samples per channel."""
        return int(self.samples.shape[1])

    @property
    def duration(self) -> float:
        """Length. Seconds."""
        return self.frames / self.rate

    @property
    def peak(self) -> float:
        """Largest absolute sample; 1 is full scale, 0 is silence."""
        return float(max(self.samples.max(initial=0.0), -self.samples.min(initial=0.0)))

    def slice(self, start: float, end: float | None = None) -> Audio:
        """The part from ``start`` to ``end`` (seconds, clipped to what there is)."""
        first, last = (round(min(max(time, 0.0), self.duration) * self.rate) for time in (start, math.inf if end is None else end))
        return Audio(self.samples[:, first : max(first, last)], self.rate)

    def blocks(self, frames: int) -> Iterator[Audio]:
        """Cut into pieces of ``frames`` frames; the last may be shorter."""
        for first in range(0, self.frames, frames):
            yield Audio(self.samples[:, first : first + frames], self.rate)

    def remix(self, channels: int) -> Audio:
        """Change the number of channels.

        To one channel: the mean of all. From one to many: copies. From 3 to 8 channels in WAVE order to stereo: ITU-R BS.775-3
        without the low-frequency effects, scaled so that full scale never clips.

        Raises:
            OptionError: any other change, which would be a guess.
        """
        if channels == self.channels:
            return self
        if channels == 1:
            return Audio(self.samples.mean(axis=0, dtype=np.float32, keepdims=True), self.rate)
        if self.channels == 1 and channels > 1:
            return Audio(np.repeat(self.samples, channels, axis=0), self.rate)
        if channels == 2 and self.channels in _LAYOUTS:
            return Audio(_stereo_matrix(self.channels) @ self.samples, self.rate)
        raise OptionError("channels", f"{self.channels} channels cannot be made into {channels}; ask for 1, 2 or {self.channels}")

    def __repr__(self) -> str:
        return f"Audio({self.channels} × {self.frames} at {self.rate} Hz, {self.duration:.3f} s)"


def reject_non_finite(samples: Samples, rate: int, before: int = 0) -> None:
    """Raise `CorruptAudio` for a NaN or infinite sample; ``before`` frames of the recording came earlier."""
    finite = np.isfinite(samples)
    if not finite.all():
        channel, frame = np.argwhere(~finite)[0]
        raise CorruptAudio(
            f"sample {before + frame} of channel {channel} ({(before + frame) / rate:.3f} s) is {samples[channel, frame]}, "
            "not a finite number; repair the recording or export it again."
        )


def _stereo_matrix(channels: int) -> Samples:
    """Shape (2, channels): each channel's share in a stereo mix whose full scale never clips."""
    shares = np.array([_SHARES[loudspeaker] for loudspeaker in _LAYOUTS[channels].split()]).T
    return np.asarray(shares / shares.sum(axis=1).max(), np.float32)


def _whole_rate(rate: object) -> int:
    number = math.nan if isinstance(rate, bool) or not isinstance(rate, numbers.Real) else float(rate)
    if not number.is_integer() or number < 1:
        raise OptionError("rate", f"the sample rate is {rate!r}; give a whole number of Hertz, at least 1")
    return int(number)
