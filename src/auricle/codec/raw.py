"""Live audio without a container (being written)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["RawFormat"]

Encoding = Literal["f32le", "s16le", "mulaw", "alaw", "opus", "wav"]


@dataclass(frozen=True, slots=True)
class RawFormat:
    """How live audio is sent.

    Attributes:
        encoding: "f32le", "s16le", "mulaw" or "alaw" samples, channels interleaved; "opus": one packet of RFC 6716 a message;
            "wav": samples after a WAV header, which says the rest.
        sample_rate: Hertz.
        channels: number of channels.

    Raises:
        OptionError: a value that cannot be honoured; names the field.
    """

    encoding: Encoding = "f32le"
    sample_rate: int = 16_000
    channels: int = 1
