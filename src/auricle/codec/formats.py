"""What each output format can hold, and the choice of what an encoder is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auricle.codec.config import OUTPUT_FORMATS, AudioProcessingConfig, BitDepth
from auricle.codec.decoding import AudioInfo
from auricle.errors import OptionError

__all__ = ["FORMATS", "Format", "format_of", "kept_depth"]

_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AAC_RATES = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)


@dataclass(frozen=True, slots=True)
class Format:
    """What an output format can hold, and what libav calls it.

    Attributes:
        name: the format's name, for messages.
        container: libav's muxer; empty for samples without a header.
        depths: bit depths; empty for a lossy codec, where there are no bits to choose.
        codec: libav's encoder; empty for PCM, where it follows from the depth.
        sample_format: libav's sample format; of a lossless codec two, the first for 16 bits, the second for 24.
        rates: sample rates in Hertz; empty for any.
        channels: channel counts; empty for any.
        bit_rate: of one channel, good enough not to be told from the source by most ears. Bits per second.
        most_bits: highest bit rate of one channel; 0 where the encoder takes its nearest. Bits per second.
    """

    name: str
    container: str = ""
    depths: tuple[BitDepth, ...] = ()
    codec: str = ""
    sample_format: str = "fltp"
    rates: Sequence[int] = ()
    channels: Sequence[int] = ()
    bit_rate: int = 0
    most_bits: int = 0

    def rate(self, asked: int | None, present: int) -> int:
        """The rate that was asked for; unasked, the present one or the next that the format can hold.

        Raises:
            OptionError: the format cannot hold what was asked for.
        """
        wanted = asked or present
        if not self.rates or wanted in self.rates:
            return wanted
        if asked is not None:
            allowed = [f"1 to {self.rates[-1]}"] if isinstance(self.rates, range) else self.rates
            raise OptionError("sample_rate", f"{self.name} cannot hold a sample rate of {wanted} Hz", allowed)
        return next((rate for rate in self.rates if rate > wanted), self.rates[-1])

    def channel_count(self, wanted: int) -> int:
        """``wanted``, or `OptionError` if the format cannot hold so many."""
        if self.channels and wanted not in self.channels:
            raise OptionError("channels", f"{self.name} cannot hold {wanted} channels", self.channels)
        return wanted

    def depth(self, asked: BitDepth | None) -> BitDepth | None:
        """The bit depth; None for a lossy codec, for which asking changes nothing that it could."""
        if self.depths and asked is not None and asked not in self.depths:
            raise OptionError("bit_depth", f"{self.name} cannot hold a bit depth of {asked}", self.depths)
        return (asked or 16) if self.depths else None

    def bits(self, asked: int | None, channels: int) -> int:
        """The bit rate of ``channels`` channels; 0 for a lossless codec. Bits per second."""
        if asked is not None and self.most_bits and asked > self.most_bits * channels:
            raise OptionError("bit_rate", f"{self.name} cannot use {asked} bits a second; give at most {self.most_bits * channels}")
        return (asked or self.bit_rate * channels) if self.bit_rate else 0


_EVERY = (
    Format("wav", "wav", (16, 24, 32, "float")),
    Format("flac", "flac", (16, 24), "flac", "s16 s32", channels=range(1, 9)),
    Format("mp3", "mp3", codec="libmp3lame", rates=_MP3_RATES, channels=(1, 2), bit_rate=96_000),
    # Raw AAC frames could not say how much of the last one is padding, so "aac" is in an M4A container too.
    Format("m4a", "ipod", codec="aac", rates=_AAC_RATES, channels=range(1, 8), bit_rate=96_000),
    Format("aac", "ipod", codec="aac", rates=_AAC_RATES, channels=range(1, 8), bit_rate=96_000),
    # With five channels or more libav's encoder aborts on some lengths.
    Format("alac", "ipod", (16, 24), "alac", "s16p s32p", channels=(1, 2)),
    # Above 200 kHz libvorbis crashes.
    Format("ogg", "ogg", rates=range(1, 200_001), channels=(1, 2, 4, 5, 6, 8), bit_rate=96_000),
    Format("vorbis", "ogg", rates=range(1, 200_001), channels=(1, 2, 4, 5, 6, 8), bit_rate=96_000),
    Format("opus", "ogg", codec="libopus", sample_format="flt", rates=_OPUS_RATES, channels=(1, 2, 4, 6, 8),
           bit_rate=64_000, most_bits=256_000),
    Format("pcm", "", (16, 24, 32, "float")),
)  # fmt: skip
FORMATS = {one.name: one for one in _EVERY}
_SUFFIXES = {".wave": "wav", ".m4b": "m4a", ".mp4": "m4a", ".oga": "ogg", ".raw": "pcm"} | {f".{name}": name for name in OUTPUT_FORMATS}


def format_of(target: object, config: AudioProcessingConfig) -> Format:
    """The format that ``config`` names, else the one that a path's suffix names, else WAV."""
    if config.output_format is not None:
        return FORMATS[config.output_format]
    if not isinstance(target, Path):
        return FORMATS["wav"]
    name = _SUFFIXES.get(target.suffix.lower())
    if name is None:
        message = f"the name {target.name!r} does not say which format to write; say output_format, or end it with a known suffix"
        raise OptionError("output_format", message, sorted(_SUFFIXES))
    return FORMATS[name]


def kept_depth(info: AudioInfo, target: Format) -> BitDepth | None:
    """The source's depth, or the deepest that the format holds if it holds less; None for a lossy source or format."""
    if info.bit_depth is None or not target.depths:
        return None
    numbers = [depth for depth in target.depths if depth != "float"]
    if info.bit_depth == "float":
        return "float" if "float" in target.depths else numbers[-1]
    return next((depth for depth in numbers if depth >= int(info.bit_depth)), numbers[-1])
