"""What is asked of a decoder, and how much a recording that a stranger sent may ask of it."""

from __future__ import annotations

from dataclasses import replace

from auricle.codec import AudioProcessingConfig, Limits
from auricle.server.settings import Settings
from auricle.speech.vad import SAMPLE_RATE

__all__ = ["as_heard", "limits_of"]

_CHANNELS = 8
_RATES = (4000, 384_000)  # beyond these no recording of speech is meant seriously. Hertz


def limits_of(settings: Settings) -> Limits:
    """The operator's limits, and ours."""
    return Limits(
        size_bytes=settings.upload_bytes,
        duration=settings.recording_seconds,
        channels=_CHANNELS,
        min_rate=_RATES[0],
        max_rate=_RATES[1],
        decode_time=settings.decode_seconds,
    )


def as_heard(config: AudioProcessingConfig) -> AudioProcessingConfig:
    """What the recogniser hears, so that no more than that comes out of the decoder's process; raw samples keep their own format."""
    return config if config.raw_demuxer else replace(config, sample_rate=SAMPLE_RATE, channels=1)
