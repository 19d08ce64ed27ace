"""How much a recording that a stranger sent may ask of its decoder."""

from __future__ import annotations

from auricle.codec import Limits
from auricle.server.settings import Settings

__all__ = ["limits_of"]

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
