"""What the server asks of whoever enhances, and what comes of it: plain, picklable values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from auricle.codec import AudioProcessingConfig
from auricle.codec.raw import RawFormat
from auricle.enhancement.options import EnhanceOptions
from auricle.enhancement.report import Report

__all__ = ["LIVE_ENCODINGS", "EnhancedRecording", "Enhancing", "LiveEnhancing", "OutputFormat"]

OutputFormat = Literal["wav", "flac", "mp3", "aac", "m4a", "opus", "pcm"]

LIVE_ENCODINGS = ("f32le", "s16le")  # in which enhanced audio can go back as it came


@dataclass(frozen=True, slots=True)
class Enhancing:
    """What is wanted of a recording.

    Attributes:
        options: what to do.
        noise: an encoded recording of the noise alone, in place of the options' noise profile; None where they say all.
        salvage: use what can be decoded of a damaged recording.
        config: how to encode the result, as WAV if it does not say; and the format of raw samples without a header.
    """

    options: EnhanceOptions = field(default_factory=EnhanceOptions)
    noise: bytes | None = None
    salvage: bool = False
    config: AudioProcessingConfig = field(default_factory=AudioProcessingConfig)


@dataclass(frozen=True, slots=True)
class EnhancedRecording:
    """What became of it, beside the encoded audio.

    Attributes:
        report: what was done.
        rate: of the encoded audio. Hertz.
        channels: of the encoded audio.
    """

    report: Report
    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class LiveEnhancing:
    """What is wanted of live audio.

    Attributes:
        options: what to do; nothing that needs the whole recording.
        format: how the samples are sent, and sent back; its encoding is one of `LIVE_ENCODINGS`.
    """

    options: EnhanceOptions = field(default_factory=lambda: EnhanceOptions(denoise="deepfilter", true_peak=-1.0))
    format: RawFormat = field(default_factory=RawFormat)
