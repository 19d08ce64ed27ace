"""What the server asks of whoever writes live audio down: plain, picklable values."""

from __future__ import annotations

from dataclasses import dataclass, field

from auricle.codec.raw import RawFormat
from auricle.speech.live import LiveOptions

__all__ = ["Listening"]


@dataclass(frozen=True, slots=True)
class Listening:
    """What is wanted of live audio.

    Attributes:
        options: what to recognise and how.
        model: a model's name; None for the engine's default.
        format: how the samples are sent.
    """

    options: LiveOptions = field(default_factory=LiveOptions)
    model: str | None = None
    format: RawFormat = field(default_factory=RawFormat)
