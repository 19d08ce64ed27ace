"""Encoded bytes → `Audio`, one-shot or in blocks, gapless."""

from __future__ import annotations

import contextlib
import logging
import math
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Samples, reject_non_finite
from auricle.codec.config import INPUT_FORMATS, AudioProcessingConfig, Limits
from auricle.codec.pictures import Picture, Pictures
from auricle.codec.source import Source, SourceFile, open_source
from auricle.errors import (
    CorruptAudio,
    DecodeTimeout,
    EmptyAudio,
    OptionError,
    SampleRateOutOfRange,
    TooLong,
    TooManyChannels,
    UnreadableInput,
    UnsupportedFormat,
)
from auricle.resample import Resampler

if TYPE_CHECKING:
    import av
    from av.audio import AudioStream
    from av.container import InputContainer

__all__ = ["AudioInfo", "Decoder", "decode", "layout_name", "open_audio", "probe"]

BLOCK_SECONDS = 10.0  # long enough that per-block work does not count, short enough that memory stays small
_LONGEST_FRAME_S = 0.25  # a decoder may hold back up to a frame at a cut; more than this is missing audio
_DAMAGED_SHARE = 0.05  # players skip a damaged packet now and then; beyond this share it is another recording

# These containers state the length in samples. Elsewhere it is stated in bytes, which `SourceFile` checks, or estimated.
_EXACT_LENGTH = frozenset({"caf", "flac", "mov,mp4,m4a,3gp,3g2,mj2"})
_DEMUXERS = ",".join(sorted({name for names in INPUT_FORMATS.values() for name in names}))


# Tags that describe the file, not the recording in it.
_OF_THE_FILE = frozenset(
    {"encoder", "major_brand", "minor_version", "compatible_brands", "creation_time", "handler_name", "vendor_id", "duration", "language"}
)


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a recording's header says.

    Attributes:
        container: FFmpeg's name of the container, such as "wav", "ogg" or "mov,mp4,m4a,3gp,3g2,mj2".
        codec: the codec's name, such as "pcm_s16le", "mp3" or "opus".
        sample_rate: Hertz.
        channels: number of channels.
        duration: seconds; None when the header doesn't say. Some containers state an estimate.
        bit_depth: bits per sample of a lossless codec, "float" for floating point; None for lossy ones.
        size_bytes: size of the encoded recording.
        tags: title, artist and so on, in lower-case keys.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration: float | None
    bit_depth: int | str | None
    size_bytes: int
    tags: Mapping[str, str]


class Decoder:
    """A recording being decoded: iterate for blocks of `Audio`, once; a context manager that closes what it opened.

    Attributes:
        info: what the header says.
        position: seconds decoded so far.
    """

    def __init__(
        self,
        source: Source,
        config: AudioProcessingConfig | None = None,
        limits: Limits | None = None,
        *,
        block: float = BLOCK_SECONDS,
        salvage: bool = False,
    ) -> None:
        self._config = config or AudioProcessingConfig()
        self._limits = limits or Limits()
        self._block, self._salvage = block, salvage
        self.position = 0.0
        self._closed = False
        with contextlib.ExitStack() as stack:
            self._file = stack.enter_context(open_source(source, self._limits))
            self._container = stack.enter_context(_open_container(self._file, self._config))
            self._stream = _audio_stream(self._container, self._file)
            self._pictures = Pictures(self._container)
            self.info = _describe(self._container, self._stream, self._file)
            self._chained = self._is_ogg_vorbis() and self._file.chained_ogg()
            self._exact_frames = self._stated_frames()
            self._check_header()
            self._check_format()
            self._closing = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give back the file and the decoder; for the thread that iterates, which gets `UnreadableInput` if it goes on."""
        self._closed = True
        self._closing.close()

    def __iter__(self) -> Iterator[Audio]:
        """Blocks of the recording at the rate and channel count that were asked for.

        Raises:
            CorruptAudio: damaged, or shorter than the header says (unless salvaging).
            EmptyAudio: not one sample.
            LimitExceeded: it is longer, or takes longer to decode, than allowed.
        """
        return self._resampled(self._native_blocks())

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Cover art; it is there when the first block is."""
        return self._pictures.taken()

    def _check_header(self) -> None:
        info, limits = self.info, self._limits
        if not self._salvage and self._config.raw_demuxer is None:
            self._file.reject_truncated()
        if not limits.min_rate <= info.sample_rate <= limits.max_rate:
            raise SampleRateOutOfRange(
                f"{self._file.label} has a sample rate of {info.sample_rate} Hz; {limits.min_rate} to {limits.max_rate} Hz are allowed."
            )
        if info.channels > limits.channels:
            raise TooManyChannels(f"{self._file.label} has {info.channels} channels; {limits.channels} are allowed.")
        if info.duration is not None and info.duration > limits.duration:
            raise self._too_long(f"its header says {info.duration:.0f} s")

    def _check_format(self) -> None:
        if self._config.input_format in ("opus", "vorbis") and self.info.codec != self._config.input_format:
            message = f"input_format says {self._config.input_format}, but {self._file.label} is {self.info.codec}; leave it out"
            raise OptionError("input_format", message)
        if self._chained and not self._salvage:
            raise CorruptAudio(f"{self._file.label} is a chain of several Ogg streams; split it, or ask for salvage to join them roughly.")

    def _too_long(self, found: str) -> TooLong:
        return TooLong(f"{self._file.label} is too long: {found}, {self._limits.duration:.0f} s are allowed; cut it into parts.")

    def _resampled(self, blocks: Iterator[Audio]) -> Iterator[Audio]:
        target = self._config.sample_rate or self.info.sample_rate
        channels = self._config.channels or self.info.channels
        resampler = Resampler(self.info.sample_rate, target, channels)
        for block in blocks:
            ready = resampler.feed(block.remix(channels).samples)
            if ready.shape[1]:
                yield Audio(ready, target)
        rest = resampler.finish()
        if rest.shape[1]:
            yield Audio(rest, target)

    def _native_blocks(self) -> Iterator[Audio]:
        """Blocks at the recording's own rate and channel count, checked and without the encoder's padding."""
        rate = self.info.sample_rate
        wanted, held, pending = max(1, round(self._block * rate)), 0, list[Samples]()
        total = 0
        for piece in self._frames():
            total += piece.shape[1]
            self.position = total / rate
            if self.position > self._limits.duration:
                raise self._too_long("there is more of it than its header says")
            pending.append(piece)
            held += piece.shape[1]
            if held >= wanted:
                yield Audio(np.concatenate(pending, axis=1), rate)
                pending, held = [], 0
        self._check_length(total)
        if pending:
            yield Audio(np.concatenate(pending, axis=1), rate)

    def _check_length(self, total: int) -> None:
        if total == 0:
            raise EmptyAudio(f"{self._file.label} holds no audio samples; give a recording.")
        rate, exact = self.info.sample_rate, self._exact_frames
        if exact is not None and exact - total > _LONGEST_FRAME_S * rate and not self._salvage:
            raise CorruptAudio(
                f"{self._file.label} is cut off or damaged: its header promises {exact / rate:.2f} s, {total / rate:.2f} s can be decoded; "
                "send the whole file, or ask for salvage to use what there is."
            )

    def _stated_frames(self) -> int | None:
        """Length that the container states, in frames; None where it states none or only guesses."""
        container, stream, rate = self.info.container, self._stream, self.info.sample_rate
        if container == "matroska,webm" and not self._container.streams.video:
            return round(self.info.duration * rate) if self.info.duration else None
        stated = (
            container in _EXACT_LENGTH or (self._is_ogg_vorbis() and not self._chained) or (container == "mp3" and self._file.has_xing())
        )
        return round(stream.duration * stream.time_base * rate) if stated and stream.duration is not None and stream.time_base else None

    def _is_ogg_vorbis(self) -> bool:
        return self.info.container == "ogg" and self.info.codec == "vorbis"

    def _frames(self) -> Iterator[Samples]:
        """Decoded pieces, shape (channels, frames), without the codec's priming and padding.

        libav removes them itself but for three containers. In Ogg Vorbis it is wrong about the first packet, which by the
        specification (Vorbis I, section 4.3.8) only primes the overlap; in CAF it subtracts ALAC's padding twice; in MP4 it
        leaves the padding of the last packet. There we keep what the container says is the length.
        """
        vorbis = self._is_ogg_vorbis() and not self._chained
        if vorbis or (self.info.container, self.info.codec) == ("caf", "alac"):
            self._stream.codec_context.options = {"flags2": "+skip_manual"}
        left, decoded = math.inf, 0
        if vorbis or self.info.container in ("caf", "mov,mp4,m4a,3gp,3g2,mj2"):
            left = math.inf if self._exact_frames is None else self._exact_frames
        packets = _decoded(_demuxed(self._container, self._stream, self._pictures), self._file, self._salvage)
        for index, frame in enumerate(frame for frames in self._timed(packets) for frame in frames):
            if vorbis and index == 0:
                continue
            self._reject_change(frame)
            samples = _to_float(frame)
            reject_non_finite(samples, self.info.sample_rate, decoded)
            decoded += samples.shape[1]
            samples = samples[:, : int(min(left, samples.shape[1]))]
            left -= samples.shape[1]
            if samples.shape[1]:
                yield samples

    def _reject_change(self, frame: av.AudioFrame) -> None:
        if frame.sample_rate != self.info.sample_rate or len(frame.layout.channels) != self.info.channels:
            raise CorruptAudio(
                f"{self._file.label} changes its sample rate or channel count at {self.position:.2f} s; "
                "convert it to one rate and layout first."
            )

    def _timed(self, packets: Iterator[list[av.AudioFrame]]) -> Iterator[list[av.AudioFrame]]:
        """Count the time inside the decoder, without that of whoever takes the frames."""
        spent = 0.0
        while True:
            if self._closed:  # libav would read freed memory
                raise UnreadableInput(self._file.label, OSError("it has been closed"))
            began = time.monotonic()
            frames = next(packets, None)
            spent += time.monotonic() - began
            if spent > self._limits.decode_time:
                raise DecodeTimeout(
                    f"{self._file.label} takes longer than {self._limits.decode_time:g} s to decode; send a shorter or simpler recording."
                )
            if frames is None:
                return
            yield frames


def open_audio(
    source: Source,
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    *,
    block: float = BLOCK_SECONDS,
    salvage: bool = False,
) -> Decoder:
    """Open a recording to decode it in blocks of ``block`` seconds: memory does not grow with its length.

    Args:
        source: path, bytes, or a binary file object (one that cannot seek, such as standard input, is first read to its end).
        config: the format of raw input, the rate and channels to give.
        limits: how much the source may ask for.
        block: length of a block. Seconds.
        salvage: use what can be decoded of a recording that is cut off or damaged.

    Raises:
        InputError: see its subclasses.
        OptionError: ``config`` asks for something that this source can't give.
    """
    return Decoder(source, config, limits, block=block, salvage=salvage)


def decode(source: Source, config: AudioProcessingConfig | None = None, limits: Limits | None = None, *, salvage: bool = False) -> Audio:
    """Decode a whole recording into memory; arguments and errors as for `open_audio`."""
    with open_audio(source, config, limits, salvage=salvage) as decoder:
        return Audio.join(decoder)


def probe(source: Source, config: AudioProcessingConfig | None = None, limits: Limits | None = None) -> AudioInfo:
    """What the header says, without decoding; a recording that is cut off is described too. Errors as for `open_audio`."""
    with open_audio(source, config, limits, salvage=True) as decoder:
        return decoder.info


@contextlib.contextmanager
def _open_container(file: SourceFile, config: AudioProcessingConfig) -> Iterator[InputContainer]:
    """Open what is in ``file``, whatever it is called; nothing that it names is ever opened."""
    import av

    logging.getLogger("libav").setLevel(logging.CRITICAL)  # libav's remarks on damaged input are not our user's concern
    raw = config.raw_demuxer
    options = {"protocol_whitelist": "none", "format_whitelist": raw or _DEMUXERS}
    if raw is not None:
        options |= _raw_options(config)
    try:
        try:
            container = av.open(file, "r", format=raw, options=options, metadata_errors="replace")
        except av.FFmpegError:
            if raw is not None or not file.has_xing():
                raise
            file.seek(0)  # of two frames of MP3, libav may think that they are anything
            container = av.open(file, "r", format="mp3", options=options, metadata_errors="replace")
    except (av.FFmpegError, EOFError) as error:
        raise file.refusal() from error
    with container:
        wanted = INPUT_FORMATS.get(config.input_format or "", (container.format.name,))
        if raw is None and container.format.name not in wanted:
            raise OptionError(
                "input_format",
                f"input_format says {config.input_format}, but {file.label} is {container.format.long_name}; leave it out",
            )
        yield container


def _raw_options(config: AudioProcessingConfig) -> dict[str, str]:
    if config.sample_rate is None:
        raise OptionError("sample_rate", "raw samples have no header; say their sample_rate (and channels, bit_depth)")
    return {"sample_rate": str(config.sample_rate), "ch_layout": layout_name(config.channels or 1)}


def layout_name(channels: int) -> str:
    """FFmpeg's name of a channel layout: WAVE order up to eight channels, then merely a number."""
    names = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
    return names[channels - 1] if channels <= len(names) else f"{channels} channels"


def _audio_stream(container: InputContainer, file: SourceFile) -> AudioStream:
    streams = container.streams.audio
    if not streams:
        raise UnsupportedFormat(f"{file.label} has no audio track; give a recording with sound.")
    if streams[0].codec_context is None:
        raise UnsupportedFormat(f"{file.label} is in a codec that nothing here decodes; convert it to WAV, FLAC, MP3, AAC, Opus or Vorbis.")
    if not streams[0].rate or not streams[0].codec_context.channels:
        raise file.refusal()
    return streams[0]


def _describe(container: InputContainer, stream: AudioStream, file: SourceFile) -> AudioInfo:
    duration = stream.duration and stream.time_base and float(stream.duration * stream.time_base)
    if not duration and container.duration is not None and container.duration > 0:
        duration = container.duration / 1_000_000  # libav's AV_TIME_BASE
    if duration and container.format.name == "ogg" and stream.codec_context.name in ("opus", "libopus"):
        pre_skip = int.from_bytes((stream.codec_context.extradata or bytes(12))[10:12], "little")  # RFC 7845, section 5.1
        duration -= pre_skip / 48_000
    return AudioInfo(
        container=container.format.name,
        codec=_codec_name(stream.codec_context.name),
        sample_rate=stream.rate,
        channels=stream.codec_context.channels,
        duration=duration or None,
        bit_depth=_bit_depth(stream),
        size_bytes=file.size,
        tags={key.lower(): value for key, value in {**container.metadata, **stream.metadata}.items() if key.lower() not in _OF_THE_FILE},
    )


def _codec_name(decoder: str) -> str:
    """The codec's name, without the decoder's own variants of it."""
    return {
        "mp3float": "mp3",
        "mp2float": "mp2",
        "libopus": "opus",
        "libopencore_amrnb": "amrnb",
        "libopencore_amrwb": "amrwb",
    }.get(decoder, decoder)


def _bit_depth(stream: AudioStream) -> int | str | None:
    codec, sample_format = stream.codec_context.name, stream.codec_context.format.name
    if codec.startswith("pcm_f"):
        return "float"
    if codec in ("pcm_alaw", "pcm_mulaw"):
        return 8
    if pcm := re.match(r"pcm_[su](\d+)", codec):
        return int(pcm[1])
    if codec in ("flac", "alac"):
        return 16 if sample_format.startswith("s16") else 24
    return None


def _decoded(demuxed: Iterator[Any], file: SourceFile, salvage: bool) -> Iterator[list[av.AudioFrame]]:
    """Frames of every packet that decodes; damaged ones are left out while they are few."""
    import av

    packets = damaged = frames = 0
    for packet in demuxed:
        packets += packet.size > 0  # the last, empty one only asks for what the decoder holds back
        try:
            decoded = packet.decode()
        except (av.FFmpegError, EOFError):
            damaged += 1
            continue
        frames += len(decoded)
        yield decoded
    if damaged and (not frames or (damaged > max(1, _DAMAGED_SHARE * packets) and not salvage)):
        raise CorruptAudio(f"{file.label} is damaged: {damaged} of its {packets} packets cannot be decoded; send an intact copy.")


def _demuxed(container: InputContainer, stream: AudioStream, pictures: Pictures) -> Iterator[Any]:
    """The stream's packets, up to where the container ends or breaks off; `_check_length` judges what is missing."""
    import av

    with contextlib.suppress(av.FFmpegError, EOFError):
        for packet in container.demux(stream, *pictures.streams):
            if packet.stream is stream:
                yield packet
            else:
                pictures.take(packet)


def _to_float(frame: av.AudioFrame) -> Samples:
    """Shape (channels, frames), full scale ±1."""
    import av

    channels = len(frame.layout.channels)
    if frame.format.is_planar and channels >= 8:  # PyAV reads one plane too few there
        frame = av.AudioResampler(format=frame.format.packed, layout=frame.layout, rate=frame.sample_rate).resample(frame)[0]
    data: npt.NDArray[Any] = frame.to_ndarray()
    if not frame.format.is_planar:
        data = data.reshape(-1, channels).T
    if np.issubdtype(data.dtype, np.floating):
        with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused
            return data.astype(np.float32, copy=False)
    middle = 128 if data.dtype == np.uint8 else 0
    full = 2.0 ** (8 * data.dtype.itemsize - 1)
    return np.asarray((data.astype(np.float32) - middle) / np.float32(full), np.float32)
