"""`Audio` → encoded bytes, one-shot or in blocks; a file is written whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from auricle.atomic import as_output_error, replacing
from auricle.audio import Audio, Samples
from auricle.codec.config import OUTPUT_FORMATS, AudioProcessingConfig, BitDepth, Limits
from auricle.codec.decoding import AudioInfo, layout_name, open_audio
from auricle.codec.source import Source
from auricle.errors import EmptyAudio, MissingDependency, OptionError
from auricle.resample import Resampler

if TYPE_CHECKING:
    from av.audio import AudioStream

__all__ = ["Encoder", "convert", "encode", "write"]

_MP3_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_AAC_RATES = (7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_OPUS_RATES = (8000, 12000, 16000, 24000, 48000)
_PCM: dict[BitDepth, str] = {16: "pcm_s16le", 24: "pcm_s24le", 32: "pcm_s32le", "float": "pcm_f32le"}


@dataclass(frozen=True, slots=True)
class _Format:
    """What an output format can hold, and what libav calls it."""

    container: str
    depths: tuple[BitDepth, ...] = ()  # empty: lossy, there are no bits to choose
    codec: str = ""  # empty: by depth, from `_PCM`
    sample_format: str = "fltp"
    rates: tuple[int, ...] = ()  # empty: any
    channels: tuple[int, ...] = ()  # empty: any
    bit_rate: int = 0  # of one channel, good enough not to be told from the source by most ears


_FORMATS = {
    "wav": _Format("wav", (16, 24, 32, "float")),
    "flac": _Format("flac", (16, 24), "flac", "s16 s32", channels=tuple(range(1, 9))),
    "mp3": _Format("mp3", codec="libmp3lame", rates=_MP3_RATES, channels=(1, 2), bit_rate=96_000),
    "m4a": _Format("ipod", codec="aac", rates=_AAC_RATES, channels=tuple(range(1, 8)), bit_rate=96_000),
    "alac": _Format("ipod", (16, 24), "alac", "s16p s32p", channels=(1, 2, 5, 6)),
    "ogg": _Format("ogg", channels=(1, 2, 4, 5, 6, 8)),
    "opus": _Format("ogg", codec="libopus", sample_format="flt", rates=_OPUS_RATES, channels=(1, 2, 4, 6, 8), bit_rate=64_000),
    "pcm": _Format("", (16, 24, 32, "float")),
}  # fmt: skip
# One codec, two names; raw AAC frames could not say how much of the last one is padding, so "aac" is in an M4A container too.
_FORMATS |= {"aac": _FORMATS["m4a"], "vorbis": _FORMATS["ogg"]}
_SUFFIXES = {".wave": "wav", ".m4b": "m4a", ".mp4": "m4a", ".oga": "ogg", ".raw": "pcm"} | {f".{name}": name for name in OUTPUT_FORMATS}


class Encoder:
    """One stream being encoded into ``file``: `feed` blocks, then `finish`.

    The blocks may have any length; the result does not depend on where they were cut.

    Args:
        file: where the bytes go; it must be able to seek.
        name: the output format, one of `OUTPUT_FORMATS`.
        rate: sample rate of what is fed. Hertz.
        channels: channel count of what is fed.
        config: what to make of it.
        tags: title, artist and so on.

    Raises:
        OptionError: the format cannot hold what was asked for; lists what it can.
        MissingDependency: Vorbis, without libsndfile.
    """

    def __init__(
        self, file: IO[bytes], name: str, rate: int, channels: int, config: AudioProcessingConfig, tags: Mapping[str, str] | None = None
    ) -> None:
        spec = _FORMATS[name]
        self._channels = _allowed("channels", config.channels, channels, spec.channels, name)
        self._rate = _allowed("sample_rate", config.sample_rate, rate, spec.rates, name)
        depth = _depth(config.bit_depth, spec, name)
        self._resampler = Resampler(rate, self._rate, self._channels)
        self._quantizer = Quantizer(depth, self._channels) if isinstance(depth, int) else None
        config = replace(config, bit_depth=depth)
        self._sink: _Sink
        if not spec.container:
            self._sink = _RawSink(file, depth)
        elif name in ("ogg", "vorbis"):
            self._sink = _VorbisSink(file, self._rate, self._channels, config.bit_rate, tags or {})
        else:
            self._sink = _LibavSink(file, spec, self._rate, self._channels, config, tags or {})

    def feed(self, audio: Audio) -> None:
        """Take the next block."""
        self._push(self._resampler.feed(audio.remix(self._channels).samples))

    def finish(self) -> None:
        """Encode what is held back and complete the header."""
        self._push(self._resampler.finish())
        self._sink.close()

    def abandon(self) -> None:
        """Let go of the encoder after an error; what is in the file is of no use."""
        with contextlib.suppress(Exception):  # the error that led here is the one to report
            self._sink.close()

    def _push(self, samples: Samples) -> None:
        if samples.shape[1]:
            self._sink.put(samples if self._quantizer is None else self._quantizer.feed(samples))


class Quantizer:
    """Float samples → integers of ``depth`` bits, dithered where bits are lost.

    The dither is triangular (TPDF), two steps wide peak to peak, which makes the error's mean and variance independent of the
    signal (Lipshitz, Wannamaker, Vanderkooy, "Quantization and Dither: A Theoretical Survey", JAES 40(5), 1992). A sample that
    already lies on a step loses nothing and is left alone, so that lossless stays lossless and digital silence stays silent.
    Gives the same for any chunking: every sample uses up its two random numbers whether it needs them or not.
    """

    def __init__(self, depth: int, channels: int) -> None:
        self._depth, self._channels = depth, channels
        self._random = np.random.Generator(np.random.PCG64(0))

    def feed(self, samples: Samples) -> npt.NDArray[np.int32]:
        """Shape (channels, frames) of integers in -2^(depth-1) … 2^(depth-1)-1."""
        full = 2.0 ** (self._depth - 1)
        scaled = samples.astype(np.float64) * full
        pairs = self._random.random((samples.shape[1], self._channels, 2))
        dither = (pairs[..., 0] - pairs[..., 1]).T
        dithered = np.where(scaled == np.rint(scaled), scaled, scaled + dither)
        return np.clip(np.rint(dithered), -full, full - 1).astype(np.int32)


class _Sink(Protocol):
    """Where finished samples go: shape (channels, frames), float or integers of the chosen depth."""

    def put(self, samples: Samples | npt.NDArray[np.int32]) -> None: ...

    def close(self) -> None: ...


class _RawSink:
    """Interleaved little-endian samples without a header."""

    def __init__(self, file: IO[bytes], depth: BitDepth | None) -> None:
        self._file, self._depth = file, depth

    def put(self, samples: Samples | npt.NDArray[np.int32]) -> None:
        interleaved = np.ascontiguousarray(samples.T)
        if self._depth == 24:
            self._file.write(interleaved.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
        else:
            self._file.write(interleaved.astype("<f4" if self._depth == "float" else f"<i{int(self._depth or 16) // 8}").tobytes())

    def close(self) -> None:
        pass


class _VorbisSink:
    """Ogg Vorbis by libvorbis, through libsndfile; FFmpeg's own encoder is experimental, stereo only and not gapless."""

    _TAGS = frozenset(
        {"title", "artist", "album", "comment", "copyright", "date", "genre", "tracknumber", "license"}
    )  # what libsndfile keeps
    _CHUNK = 4096  # libsndfile's Vorbis writer keeps a whole write on the stack
    # WAVE order → Vorbis order (Vorbis I, section 4.3.9): the centre is second, the LFE last.
    _ORDER: ClassVar = {5: [0, 2, 1, 3, 4], 6: [0, 2, 1, 4, 5, 3], 8: [0, 2, 1, 6, 7, 4, 5, 3]}

    def __init__(self, file: IO[bytes], rate: int, channels: int, bit_rate: int | None, tags: Mapping[str, str]) -> None:
        try:
            import soundfile
        except ImportError as error:
            raise MissingDependency("encoding Vorbis", "vorbis") from error
        # libsndfile's scale is 0 (best) … 1; 96 kb/s a channel, where Vorbis is transparent to most ears, is at 0.4.
        level = 0.4 if bit_rate is None else float(np.interp(bit_rate / channels, (32_000, 96_000, 250_000), (1.0, 0.4, 0.0)))
        self._out = soundfile.SoundFile(file, "w", rate, channels, "VORBIS", format="OGG", compression_level=level)
        for key in self._TAGS & tags.keys():
            setattr(self._out, key, tags[key])

    def put(self, samples: Samples | npt.NDArray[np.int32]) -> None:
        ordered = samples[self._ORDER.get(len(samples), slice(None))]
        for first in range(0, ordered.shape[1], self._CHUNK):
            self._out.write(ordered[:, first : first + self._CHUNK].T)

    def close(self) -> None:
        self._out.close()


class _LibavSink:
    """Every other container and codec, by libav."""

    def __init__(
        self, file: IO[bytes], spec: _Format, rate: int, channels: int, config: AudioProcessingConfig, tags: Mapping[str, str]
    ) -> None:
        import av

        depth = config.bit_depth
        # The sample rate as the movie's time scale lets MP4 state its length to the sample; RF64 is for WAV beyond 4 GiB.
        options = {"ipod": {"movie_timescale": str(rate)}, "wav": {"rf64": "auto"}}.get(spec.container, {})
        # Bit-exact: no version, date or random number in the header, so that the same sound gives the same bytes.
        self._container = av.open(file, "w", format=spec.container, options=options | {"fflags": "+bitexact"})
        self._container.metadata.update(tags)
        self._layout, self._rate, self._position = layout_name(channels), rate, 0
        codec: Any = spec.codec or _PCM[depth or 16]  # PyAV's types know only some codecs' names
        self._stream: AudioStream = self._container.add_stream(codec, rate=rate, layout=self._layout)
        self._name = _sample_format(spec, depth)
        self._stream.codec_context.format = self._name
        self._shift = 8 if depth == 24 else 0  # libav keeps 24 bits in the upper part of 32
        if spec.bit_rate:
            self._stream.bit_rate = config.bit_rate or spec.bit_rate * channels

    def put(self, samples: Samples | npt.NDArray[np.int32]) -> None:
        import av

        data: npt.NDArray[Any] = samples if self._name.endswith("p") else samples.T.reshape(1, -1)
        if self._name.startswith("s"):
            data = np.left_shift(data, self._shift).astype(np.int16 if self._name.startswith("s16") else np.int32)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), format=self._name, layout=self._layout)
        frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate), self._position
        self._position += samples.shape[1]
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        try:
            self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()


def _sample_format(spec: _Format, depth: BitDepth | None) -> str:
    """Libav's sample format: for a lossless codec the first of the pair holds 16 bits, the second 24."""
    if not spec.codec:
        return {16: "s16", "float": "flt"}.get(depth or 16, "s32")
    return spec.sample_format.split()[-1 if depth == 24 else 0]


def _depth(asked: BitDepth | None, spec: _Format, name: str) -> BitDepth | None:
    if not spec.depths:
        return None  # a lossy codec has no bit depth; asking for one changes nothing that it could
    if asked is not None and asked not in spec.depths:
        raise OptionError("bit_depth", f"{name} cannot hold a bit depth of {asked}", spec.depths)
    return asked or 16


def _allowed(field: str, asked: int | None, present: int, allowed: tuple[int, ...], name: str) -> int:
    """What was asked for if the format can hold it; unasked, what is present or the next that the format can hold."""
    wanted = asked or present
    if not allowed or wanted in allowed:
        return wanted
    if asked is not None or field == "channels":
        what = f"{wanted} channels" if field == "channels" else f"a sample rate of {wanted} Hz"
        raise OptionError(field, f"{name} cannot hold {what}", allowed)
    return min((rate for rate in allowed if rate > wanted), default=allowed[-1])


def encode(audio: Audio, config: AudioProcessingConfig | None = None) -> bytes:
    """Encode into memory; WAV unless ``config.output_format`` says otherwise.

    Raises:
        OptionError: the format cannot hold what was asked for; lists what it can.
        EmptyAudio: there are no frames.
    """
    buffer = io.BytesIO()
    _encode_into(buffer, (config and config.output_format) or "wav", [audio], config or AudioProcessingConfig(), {})
    return buffer.getvalue()


def write(
    target: str | os.PathLike[str] | BinaryIO,
    audio: Audio | Iterable[Audio],
    config: AudioProcessingConfig | None = None,
    tags: Mapping[str, str] | None = None,
) -> None:
    """Encode into a file: whole or, after any error, not at all. Blocks are encoded as they come.

    Args:
        target: a path, whose suffix names the format unless ``config`` does, or a binary file object.
        audio: the sound, or its blocks, all of one rate and channel count.
        config: format, rate, channels, bit depth.
        tags: title, artist and so on, for formats that keep them.

    Raises:
        OptionError: no such format, or it cannot hold what was asked for.
        OutputError: the file could not be written.
        EmptyAudio: there are no frames.
    """
    config = config or AudioProcessingConfig()
    blocks = [audio] if isinstance(audio, Audio) else audio
    if isinstance(target, (str, os.PathLike)):
        name = config.output_format or _format_of(Path(target))
        with replacing(Path(target)) as file:
            _encode_into(file, name, blocks, config, tags or {})
        return
    with tempfile.SpooledTemporaryFile(32 * 2**20) as spool:  # headers are completed at the end, a pipe cannot go back
        _encode_into(spool, config.output_format or "wav", blocks, config, tags or {})
        spool.seek(0)
        with as_output_error("the output"):
            shutil.copyfileobj(spool, target, 2**20)
            target.flush()


def convert(
    source: Source,
    target: str | os.PathLike[str] | BinaryIO,
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    *,
    salvage: bool = False,
) -> AudioInfo:
    """Decode ``source`` and encode it into ``target`` in blocks, with its tags; gives what the source was.

    The bit depth is that of a lossless source where the target can hold it. Errors as for `open_audio` and `write`.
    """
    config = config or AudioProcessingConfig()
    reading = replace(config, output_format=None, bit_rate=None)
    if config.raw_demuxer is None:  # the encoder changes rate and channels, so that it may choose what its format can hold
        reading = replace(reading, sample_rate=None, channels=None, bit_depth=None)
    name = config.output_format or (_format_of(Path(target)) if isinstance(target, (str, os.PathLike)) else "wav")
    with open_audio(source, reading, limits, salvage=salvage) as decoder:
        depth = config.bit_depth or _kept_depth(decoder.info, _FORMATS[name])
        write(target, decoder, replace(config, output_format=name, bit_depth=depth), decoder.info.tags)
        return decoder.info


def _kept_depth(info: AudioInfo, spec: _Format) -> BitDepth | None:
    """The source's depth, or the deepest that the format holds if it holds less; None for a lossy source or format."""
    if info.bit_depth is None or not spec.depths:
        return None
    numbers = [depth for depth in spec.depths if depth != "float"]
    if info.bit_depth == "float":
        return "float" if "float" in spec.depths else numbers[-1]
    return next((depth for depth in numbers if depth >= int(info.bit_depth)), numbers[-1])


def _format_of(path: Path) -> str:
    name = _SUFFIXES.get(path.suffix.lower())
    if name is None:
        message = f"the name {path.name!r} does not say which format to write; say output_format, or end it with a known suffix"
        raise OptionError("output_format", message, sorted(_SUFFIXES))
    return name


def _encode_into(file: IO[bytes], name: str, blocks: Iterable[Audio], config: AudioProcessingConfig, tags: Mapping[str, str]) -> None:
    remaining = iter(blocks)
    first = next((block for block in remaining if block.frames), None)
    if first is None:
        raise EmptyAudio("there is no sound to write; give at least one sample.")
    encoder = Encoder(file, name, first.rate, first.channels, config, tags)
    try:
        for block in chain([first], remaining):
            encoder.feed(block)
        encoder.finish()
    except BaseException:
        encoder.abandon()
        raise
