"""Change the sample rate, in one go or in chunks: the only importer of soxr.

`Resampler` gives the same samples for any chunking, and `resample` is a `Resampler` fed once. The filter is soxr's "HQ":
linear phase, flat to 91 % of the lower Nyquist frequency, stop band at 100 %, aliasing below -120 dB (libsoxr, `soxr.h`).
"""

from __future__ import annotations

import numpy as np

from auricle.audio import Audio, Samples
from auricle.errors import OptionError

__all__ = ["Resampler", "resample"]


class Resampler:
    """One stream's state: `feed` chunks, then `finish`.

    Args:
        source_rate: rate of what is fed. Hertz.
        target_rate: rate of what comes out. Hertz.
        channels: number of channels.
    """

    def __init__(self, source_rate: int, target_rate: int, channels: int) -> None:
        import soxr

        if target_rate < 1 or source_rate < 1:
            raise OptionError(
                "sample_rate", f"the sample rate is {min(source_rate, target_rate)}; give a whole number of Hertz, at least 1"
            )
        self._source_rate, self._target_rate, self._channels = source_rate, target_rate, channels
        self._same = source_rate == target_rate
        self._stream = None if self._same else soxr.ResampleStream(source_rate, target_rate, channels, dtype="float32", quality="HQ")
        self._fed = self._given = 0

    def feed(self, samples: Samples) -> Samples:
        """Take a chunk of shape (channels, frames), give what is ready (perhaps nothing)."""
        if self._same or samples.shape[1] == 0:
            return samples
        self._fed += samples.shape[1]
        return self._ready(samples, last=False)

    def finish(self) -> Samples:
        """Give the rest: over all calls exactly `round(frames * target_rate / source_rate)` frames, at least 1 if any were fed."""
        nothing = np.zeros((self._channels, 0), np.float32)
        if self._fed == 0:
            return nothing
        missing = max(1, round(self._fed * self._target_rate / self._source_rate)) - self._given
        rest = self._ready(nothing, last=True)[:, : max(0, missing)]
        return np.pad(rest, ((0, 0), (0, max(0, missing) - rest.shape[1])))

    def _ready(self, samples: Samples, *, last: bool) -> Samples:
        if self._stream is None:
            return samples
        resampled: Samples = self._stream.resample_chunk(np.ascontiguousarray(samples.T), last=last).T
        self._given += resampled.shape[1]
        return resampled


def resample(audio: Audio, rate: int) -> Audio:
    """The same sound at ``rate`` Hertz, `round(frames * rate / audio.rate)` frames long.

    Raises:
        OptionError: the rate is below 1.
    """
    if rate == audio.rate:
        return audio
    resampler = Resampler(audio.rate, rate, audio.channels)
    return Audio(np.concatenate([resampler.feed(audio.samples), resampler.finish()], axis=1), rate)
