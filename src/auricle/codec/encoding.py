"""`Audio` → encoded bytes, one-shot or in blocks; a file is written whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import IO, BinaryIO, cast

import numpy as np

from auricle.atomic import as_output_error, replacing
from auricle.audio import Audio, Samples
from auricle.codec.chapters import Chapter
from auricle.codec.config import AudioProcessingConfig, Limits
from auricle.codec.decoding import AudioInfo, Decoder, open_audio
from auricle.codec.formats import Format, format_of, kept_depth
from auricle.codec.pictures import ILLUSTRATED, Picture
from auricle.codec.sinks import Integers, LibavSink, Outlet, Pipe, RawSink, Sink, VorbisSink
from auricle.codec.source import Source
from auricle.errors import EmptyAudio, OptionError
from auricle.resample import Resampler

__all__ = ["Encoder", "Quantizer", "convert", "encode", "write"]

Target = str | os.PathLike[str] | BinaryIO
Chapters = Callable[[], Sequence[Chapter]]
Illustrations = Callable[[], Sequence[Picture]]

_SPOOL_IN_MEMORY = 32 * 2**20  # bytes; more waits in an unnamed file


class Encoder:
    """One stream being encoded into ``file``: `feed` blocks, then `finish`.

    The blocks may have any length; the result does not depend on where they were cut.

    Args:
        file: where the bytes go; it must be able to seek, unless it is a `Pipe`.
        target: the output format.
        rate: sample rate of what is fed. Hertz.
        channels: channel count of what is fed.
        config: what to make of it.
        tags: title, artist and so on.
        pictures: cover art, for formats that keep it (`auricle.codec.pictures.ILLUSTRATED`).

    Attributes:
        rate: sample rate of what is encoded. Hertz.
        channels: channel count of what is encoded.

    Raises:
        OptionError: the format cannot hold what was asked for; lists what it can.
        MissingDependency: Vorbis, without libsndfile.
    """

    def __init__(
        self,
        file: IO[bytes] | Pipe,
        target: Format,
        rate: int,
        channels: int,
        config: AudioProcessingConfig,
        tags: Mapping[str, str] | None = None,
        pictures: Sequence[Picture] = (),
    ) -> None:
        self._fed = (rate, channels)
        self.channels = target.channel_count(config.channels or channels)
        self.rate = target.rate(config.sample_rate, rate)
        depth, bits = target.depth(config.bit_depth), target.bits(config.bit_rate, self.channels)
        self._resampler = Resampler(rate, self.rate, self.channels)
        self._quantizer = Quantizer(depth, self.channels) if isinstance(depth, int) else None
        self._outlet = file if isinstance(file, Pipe) else Outlet(file)
        self._sink: Sink
        if not target.container:
            self._sink = RawSink(self._outlet, depth)
        elif target.name in ("ogg", "vorbis"):
            self._sink = VorbisSink(self._outlet, self.rate, self.channels, bits, tags or {})
        else:
            kept = pictures if target.name in ILLUSTRATED else ()
            self._sink = LibavSink(self._outlet, target, self.rate, self.channels, depth, bits, tags or {}, kept)

    def feed(self, audio: Audio) -> None:
        """Take the next block.

        Raises:
            OptionError: it has another rate or channel count than the first.
            OSError: the file cannot be written.
        """
        if (audio.rate, audio.channels) != self._fed:
            raise OptionError(
                "audio", "blocks of different sample rates or channel counts cannot go into one file; resample and remix them"
            )
        self._push(self._resampler.feed(audio.remix(self.channels).samples))

    def finish(self, chapters: Sequence[Chapter] = ()) -> None:
        """Encode what is held back and complete the header, with ``chapters`` where the format keeps them."""
        self._push(self._resampler.finish())
        if isinstance(self._sink, LibavSink):
            self._sink.mark(chapters)
        self._sink.close()
        self._outlet.check()

    def abandon(self) -> None:
        """Let go of the encoder after an error; what is in the file is of no use."""
        with contextlib.suppress(Exception):  # the error that led here is the one to report
            self._sink.close()

    def _push(self, samples: Samples) -> None:
        if samples.shape[1]:
            self._sink.put(samples if self._quantizer is None else self._quantizer.feed(samples))
            self._outlet.check()


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

    def feed(self, samples: Samples) -> Integers:
        """Shape (channels, frames) of integers in -2^(depth-1) … 2^(depth-1)-1."""
        full = 2.0 ** (self._depth - 1)
        scaled = samples.astype(np.float64) * full
        pairs = self._random.random((samples.shape[1], self._channels, 2))
        dither = (pairs[..., 0] - pairs[..., 1]).T
        dithered = np.where(scaled == np.rint(scaled), scaled, scaled + dither)
        return np.clip(np.rint(dithered), -full, full - 1).astype(np.int32)


def encode(audio: Audio, config: AudioProcessingConfig | None = None) -> bytes:
    """Encode into memory; WAV unless ``config.output_format`` says otherwise.

    Raises:
        OptionError: the format cannot hold what was asked for; lists what it can.
        EmptyAudio: there are no frames.
    """
    config = config or AudioProcessingConfig()
    buffer = io.BytesIO()
    _encode_into(buffer, format_of(buffer, config), [audio], config, {})
    return buffer.getvalue()


def write(
    target: Target,
    audio: Audio | Iterable[Audio],
    config: AudioProcessingConfig | None = None,
    tags: Mapping[str, str] | None = None,
    chapters: Chapters = tuple,
    pictures: Illustrations = tuple,
) -> None:
    """Encode into a file: whole or, after any error, not at all. Blocks are encoded as they come.

    Args:
        target: a path, whose suffix names the format unless ``config`` does, or a binary file object.
        audio: the sound, or its blocks, all of one rate and channel count.
        config: format, rate, channels, bit depth.
        tags: title, artist and so on, for formats that keep them.
        chapters: gives the chapters, for formats that keep them (`auricle.codec.chapters.CHAPTERED`); called after the last block.
        pictures: gives the cover art, for formats that keep it (`auricle.codec.pictures.ILLUSTRATED`); called after the first block.

    Raises:
        OptionError: no such format, or it cannot hold what was asked for.
        OutputError: the file could not be written.
        EmptyAudio: there are no frames.
    """
    config = config or AudioProcessingConfig()
    blocks = [audio] if isinstance(audio, Audio) else audio
    path = Path(target) if isinstance(target, (str, os.PathLike)) else None
    spec = format_of(path or target, config)
    if path is None:
        _write_through(cast(IO[bytes], target), "the output", spec, blocks, config, tags or {}, chapters, pictures)
    elif path.exists() and not (path.is_file() or path.is_dir()):  # a pipe or a device is written to, not replaced
        with as_output_error(str(path)), path.open("wb") as file:
            _write_through(file, str(path), spec, blocks, config, tags or {}, chapters, pictures)
    else:
        with replacing(path) as file:
            _encode_into(file, spec, blocks, config, tags or {}, chapters, pictures)


def convert(
    source: Source,
    target: Target,
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    *,
    salvage: bool = False,
    through: Callable[[Decoder], Iterable[Audio]] = iter,
) -> AudioInfo:
    """Decode ``source`` and encode it into ``target`` in blocks, with its tags and cover art; gives what the source was.

    The bit depth is that of a lossless source where the target can hold it. Errors as for `open_audio` and `write`.

    Args:
        source: path, bytes or binary file object.
        target: a path, whose suffix names the format unless ``config`` does, or a binary file object.
        config: what to make of it, and the format of raw samples without a header.
        limits: how much the source may ask for.
        salvage: use what can be decoded of a damaged recording.
        through: what becomes of the blocks in between.
    """
    config = config or AudioProcessingConfig()
    if config.raw_demuxer is None:  # the encoder changes rate and channels, so that it may choose what its format can hold
        reading, writing = AudioProcessingConfig(input_format=config.input_format), config
    else:  # they say what the samples are
        reading, writing = replace(config, output_format=None, bit_rate=None), replace(config, bit_depth=None)
    spec = format_of(Path(target) if isinstance(target, (str, os.PathLike)) else target, config)
    with open_audio(source, reading, limits, salvage=salvage) as decoder:
        depth = writing.bit_depth or kept_depth(decoder.info, spec)
        config = replace(writing, output_format=spec.name, bit_depth=depth)
        write(target, through(decoder), config, decoder.info.tags, pictures=lambda: decoder.pictures)
        return decoder.info


def _write_through(
    target: IO[bytes],
    name: str,
    spec: Format,
    blocks: Iterable[Audio],
    config: AudioProcessingConfig,
    tags: Mapping[str, str],
    chapters: Chapters,
    pictures: Illustrations,
) -> None:
    """Encode into a file that perhaps cannot go back to complete a header: all of it first, then the bytes."""
    with as_output_error(name), tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY) as spool:
        _encode_into(spool, spec, blocks, config, tags, chapters, pictures)
        spool.seek(0)
        shutil.copyfileobj(spool, target, 2**20)
        target.flush()


def _encode_into(
    file: IO[bytes],
    spec: Format,
    blocks: Iterable[Audio],
    config: AudioProcessingConfig,
    tags: Mapping[str, str],
    chapters: Chapters = tuple,
    pictures: Illustrations = tuple,
) -> None:
    remaining = iter(blocks)
    first = next((block for block in remaining if block.frames), None)
    if first is None:
        raise EmptyAudio("there is no sound to write; give at least one sample.")
    encoder = Encoder(file, spec, first.rate, first.channels, config, tags, pictures())
    try:
        for block in chain([first], remaining):
            encoder.feed(block)
        encoder.finish(chapters())
    except BaseException:
        encoder.abandon()
        raise
