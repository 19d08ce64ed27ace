"""All figures of a stream at once: loudness, loudness range and true peak."""

from __future__ import annotations

import math

from auricle.audio import Audio, Samples
from auricle.loudness.figures import Loudness
from auricle.loudness.peaks import TruePeak
from auricle.loudness.programme import Programme
from auricle.tape import AudioTape, Tape

__all__ = ["Meter", "measure"]


class Meter:
    """All figures of a stream: `feed` chunks, and ask for `loudness` at any time. The same for any chunking.

    Args:
        rate: of the stream. Hertz.
        channels: of the stream, in WAVE order: mono, stereo, … 5.1, 7.1.

    Raises:
        MissingDependency: scipy is not installed.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._programme, self._peak = Programme(rate, channels), TruePeak(channels)

    def feed(self, samples: Samples) -> None:
        """The next chunk, shape (channels, frames), float32."""
        self._programme.feed(samples)
        self._peak.feed(samples)

    @property
    def loudness(self) -> Loudness:
        """So far, as if the stream ended here."""
        heard, peak = self._programme, self._peak.value
        return Loudness(
            integrated=heard.integrated,
            short_term=heard.short_term,
            momentary=heard.momentary,
            range=heard.range,
            true_peak=20 * math.log10(peak) if peak else -math.inf,
        )


def measure(recording: Tape | Audio) -> Loudness:
    """Play a recording once, and say how loud it is.

    Raises:
        MissingDependency: scipy is not installed.
    """
    tape = AudioTape(recording) if isinstance(recording, Audio) else recording
    meter = Meter(tape.rate, tape.channels)
    for block in tape.play():
        meter.feed(block)
    return meter.loudness
