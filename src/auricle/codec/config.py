"""How audio goes in and out, and how much of it may: the caller's wishes, checked at birth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from auricle.errors import OptionError

__all__ = ["INPUT_FORMATS", "OUTPUT_FORMATS", "RAW_DEMUXERS", "AudioProcessingConfig", "BitDepth", "Limits"]

BitDepth = Literal[8, 16, 24, 32, "float"]

# Raw samples have no header: the name says how each is stored; "pcm" leaves that to `bit_depth`. All little-endian.
RAW_DEMUXERS = ("s8", "u8", "s16le", "s24le", "s32le", "f32le", "alaw", "mulaw")  # FFmpeg's names
# Our name of a container → FFmpeg's demuxers that read it. Nothing else is ever opened, so this is a security boundary:
# no playlist, no script, no image sequence, no device, nothing that can name another file or address.
INPUT_FORMATS = {
    "wav": ("wav",), "w64": ("w64",), "aiff": ("aiff",), "au": ("au",), "caf": ("caf",), "flac": ("flac",), "mp3": ("mp3",),
    "aac": ("aac",),
    "m4a": ("mov,mp4,m4a,3gp,3g2,mj2",), "mp4": ("mov,mp4,m4a,3gp,3g2,mj2",), "mov": ("mov,mp4,m4a,3gp,3g2,mj2",),
    "ogg": ("ogg",), "opus": ("ogg",), "vorbis": ("ogg",), "mkv": ("matroska,webm",), "webm": ("matroska,webm",),
    "amr": ("amr", "amrnb", "amrwb"), "ac3": ("ac3",), "eac3": ("eac3",), "wma": ("asf",),
}  # fmt: skip
OUTPUT_FORMATS = ("wav", "flac", "mp3", "aac", "m4a", "alac", "vorbis", "ogg", "opus", "pcm")
_DEPTHS = (8, 16, 24, 32, "float")


@dataclass(frozen=True, slots=True)
class AudioProcessingConfig:
    """How audio is read and written; what is None stays as it is in the source.

    Attributes:
        input_format: None recognises the container from the content. The name of a container makes any other content an error.
            "pcm" (with `bit_depth`, 16 unless given), "s16le", "f32le", "mulaw" … mean samples without a header: then `sample_rate`
            and `channels` say what they are.
        output_format: the format to encode. None takes it from the target's name, or WAV where there is none.
        sample_rate: rate of the decoded or encoded audio. Hertz.
        channels: number of channels of the decoded or encoded audio.
        bit_depth: bits per sample of what is encoded (or of raw input): 16, 24, 32, or "float". Dither (TPDF) where bits are dropped.
        bit_rate: for lossy output. Bits per second.

    Raises:
        OptionError: a value that no source or target could honour; names the field.
    """

    input_format: str | None = None
    output_format: str | None = None
    sample_rate: int | None = None
    channels: int | None = None
    bit_depth: BitDepth | None = None
    bit_rate: int | None = None

    def __post_init__(self) -> None:
        known = ("pcm", *RAW_DEMUXERS, *INPUT_FORMATS)
        if self.input_format is not None and self.input_format not in known:
            raise OptionError("input_format", f"there is no input format {self.input_format!r}", known)
        if self.output_format is not None and self.output_format not in OUTPUT_FORMATS:
            raise OptionError("output_format", f"there is no output format {self.output_format!r}", OUTPUT_FORMATS)
        if self.bit_depth is not None and self.bit_depth not in _DEPTHS:
            raise OptionError("bit_depth", f"there is no bit depth {self.bit_depth!r}", _DEPTHS)
        _check_range("sample_rate", self.sample_rate, 1000, 768_000)
        _check_range("channels", self.channels, 1, 64)
        _check_range("bit_rate", self.bit_rate, 6_000, 4_000_000)

    @property
    def raw_demuxer(self) -> str | None:
        """FFmpeg's name of the raw samples that `input_format` asks for; None for a container."""
        if self.input_format == "pcm":
            return {8: "u8", 16: "s16le", 24: "s24le", 32: "s32le", "float": "f32le"}[self.bit_depth or 16]
        return self.input_format if self.input_format in RAW_DEMUXERS else None


def _check_range(field: str, value: int | None, low: int, high: int) -> None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high):
        raise OptionError(field, f"{field} is {value!r}; it may be a whole number from {low} to {high}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a source may ask for; more raises the subclass of `LimitExceeded` named beside each.

    The defaults let through whatever a person has on disk. A server sets them lower.

    Attributes:
        size_bytes: encoded size. Bytes. (`TooManyBytes`)
        duration: declared by the header, and decoded. Seconds. (`TooLong`)
        channels: number of channels. (`TooManyChannels`)
        min_rate: lowest sample rate. Hertz. (`SampleRateOutOfRange`)
        max_rate: highest sample rate. Hertz. (`SampleRateOutOfRange`)
        decode_time: time spent in the decoder, not in whoever takes its blocks. Seconds. (`DecodeTimeout`)
    """

    size_bytes: int = 16 * 2**30
    duration: float = 48 * 3600.0
    channels: int = 64
    min_rate: int = 1000
    max_rate: int = 768_000
    decode_time: float = 4 * 3600.0
