"""Change the sample rate, in one go or in chunks: the only importer of soxr.

`Resampler` gives the same samples for any chunking, `resample` is a `Resampler` fed once, and `MonoResampler` mixes the channels, too.
The filter is soxr's "HQ": linear phase, flat to 91 % of the lower Nyquist frequency, stop band at 100 %, aliasing below -120 dB (libsoxr,
`soxr.h`).
"""

from __future__ import annotations

import numpy as np

from auricle.audio import Audio, Mono, Samples
from auricle.errors import OptionError

__all__ = ["MonoResampler", "Resampler", "resample"]


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


class MonoResampler:
    """Blocks of one stream → one channel at another rate: what recognisers and analysers hear.

    Args:
        rate: of what comes out. Hertz.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._source_rate = 0
        self._resampler: Resampler | None = None

    def feed(self, block: Audio) -> Mono:
        """Take a block, give what is ready (perhaps nothing), shape (frames,).

        Raises:
            OptionError: its rate is not that of the block before.
        """
        if self._resampler is None:
            self._source_rate, self._resampler = block.rate, Resampler(block.rate, self._rate, 1)
        if block.rate != self._source_rate:
            raise OptionError(
                "rate", f"the sample rate changes from {self._source_rate} to {block.rate} Hz; resample the chunks to one rate first"
            )
        ready: Mono = self._resampler.feed(block.remix(1).samples)[0]
        return ready

    def finish(self) -> Mono:
        """Give the rest, shape (frames,); what is fed after it begins another stream."""
        resampler, self._resampler = self._resampler, None
        return resampler.finish()[0] if resampler is not None else np.zeros(0, np.float32)


def resample(audio: Audio, rate: int) -> Audio:
    """The same sound at ``rate`` Hertz, `round(frames * rate / audio.rate)` frames long.

    Raises:
        OptionError: the rate is below 1.
    """
    if rate == audio.rate:
        return audio
    resampler = Resampler(audio.rate, rate, audio.channels)
    return Audio(np.concatenate([resampler.feed(audio.samples), resampler.finish()], axis=1), rate)
