"""`Audio`: what every verb takes and gives. numpy only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import numpy.typing as npt

from auricle.errors import CorruptAudio, EmptyAudio, OptionError

if TYPE_CHECKING:
    from auricle.codec import AudioProcessingConfig

__all__ = ["Audio"]

Samples = npt.NDArray[np.float32]

# Levels of the centre and surround channels in a stereo mix: -3 dB (ITU-R BS.775-3, Annex 4, Table 2).
_DOWNMIX = 2**-0.5


@dataclass(frozen=True, slots=True, eq=False)
class Audio:
    """Sound in memory; it does not change.

    Attributes:
        samples: float32, shape (channels, frames), full scale is ±1. Read-only. A one-dimensional array is one channel;
            integers are not taken, for their full scale would be a guess.
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
        if isinstance(self.rate, bool) or int(self.rate) != self.rate or self.rate < 1:
            raise OptionError("rate", f"the sample rate is {self.rate!r}; give a whole number of Hertz, at least 1")
        # A view, so that marking it read-only leaves the caller's own array as it was.
        samples = np.atleast_2d(given.astype(np.float32, copy=False)).view()
        samples.flags.writeable = False
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "rate", int(self.rate))
        self._reject_non_finite()

    def _reject_non_finite(self) -> None:
        finite = np.isfinite(self.samples)
        if not finite.all():
            channel, frame = np.argwhere(~finite)[0]
            raise CorruptAudio(
                f"sample {frame} of channel {channel} ({frame / self.rate:.3f} s) is {self.samples[channel, frame]}, not a finite number; "
                "repair the recording or export it again."
            )

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
        first = max(0, round(start * self.rate))
        last = self.frames if end is None else max(first, round(end * self.rate))
        return Audio(self.samples[:, first:last], self.rate)

    def blocks(self, frames: int) -> Iterator[Audio]:
        """Cut into pieces of ``frames`` frames; the last may be shorter."""
        for first in range(0, self.frames, frames):
            yield Audio(self.samples[:, first : first + frames], self.rate)

    def remix(self, channels: int) -> Audio:
        """Change the number of channels.

        To one channel: the mean of all. From one to many: copies. From 3-8 channels in WAVE order (FL FR FC LFE BL BR SL SR)
        to stereo: ITU-R BS.775-3 without the LFE, scaled so that full scale never clips.

        Raises:
            OptionError: any other change, which would be a guess.
        """
        if channels == self.channels:
            return self
        if channels == 1:
            return Audio(self.samples.mean(axis=0, dtype=np.float32, keepdims=True), self.rate)
        if self.channels == 1 and channels > 1:
            return Audio(np.repeat(self.samples, channels, axis=0), self.rate)
        if channels == 2 and 3 <= self.channels <= 8:
            return Audio(_stereo_matrix(self.channels) @ self.samples, self.rate)
        raise OptionError("channels", f"{self.channels} channels cannot be made into {channels}; ask for 1, 2 or {self.channels}")

    def __repr__(self) -> str:
        return f"Audio({self.channels} × {self.frames} at {self.rate} Hz, {self.duration:.3f} s)"


def _stereo_matrix(channels: int) -> Samples:
    """Shape (2, channels): each loudspeaker's share in the left and right of a stereo mix (ITU-R BS.775-3, Annex 4)."""
    left = np.array([1, 0, _DOWNMIX, 0, _DOWNMIX, 0, _DOWNMIX, 0])[:channels]
    right = np.array([0, 1, _DOWNMIX, 0, 0, _DOWNMIX, 0, _DOWNMIX])[:channels]
    if channels == 4:  # quadraphonic: FL FR BL BR, there is no centre and no LFE
        left, right = np.array([1, 0, _DOWNMIX, 0]), np.array([0, 1, 0, _DOWNMIX])
    if channels == 5:  # 5.0: FL FR FC BL BR
        left, right = np.array([1, 0, _DOWNMIX, _DOWNMIX, 0]), np.array([0, 1, _DOWNMIX, 0, _DOWNMIX])
    return np.asarray(np.stack([left, right]) / max(left.sum(), right.sum()), np.float32)
