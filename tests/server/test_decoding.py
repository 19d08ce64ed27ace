"""What recordings of strangers may ask of a decoder."""

from __future__ import annotations

from auricle.server.decoding import limits_of
from auricle.server.settings import Settings


def test_the_operators_limits() -> None:
    """Are those of every recording, whatever route it comes by."""
    limits = limits_of(Settings(upload_bytes=1000, recording_seconds=60.0, decode_seconds=5.0))
    assert (limits.size_bytes, limits.duration, limits.decode_time) == (1000, 60.0, 5.0)
    assert (limits.channels, limits.min_rate, limits.max_rate) == (8, 4000, 384_000)
