"""Enhancing on this machine: what is done in threads to a recording, decoded in a process of its own, and to a live stream."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import IO, Any, get_args

from auricle.atomic import as_output_error
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, IsolatedDecoder
from auricle.codec.encoding import Encoder
from auricle.codec.formats import FORMATS, Format, format_of, kept_depth
from auricle.codec.streaming import StreamEncoder
from auricle.enhancement import Enhancement, EnhanceOptions, enhancer
from auricle.errors import InputError, OptionError
from auricle.server.decoding import limits_of
from auricle.server.enhancing import LIVE_ENCODINGS, EnhancedRecording, Enhancing, LiveEnhancing, OutputFormat
from auricle.server.settings import Settings
from auricle.server.task import Task
from auricle.server.threaded import ThreadedStream
from auricle.stages import Stage

__all__ = ["LiveEnhancer", "enhance", "live_stage"]

_NOISE_S = 60.0  # of noise alone are more than enough
_NOISE_DECODE_S = 10.0
_MOST_SAMPLE_BYTES = 8 * 2**30  # of a decoded recording, of which some steps keep a copy on disk: 4 h of stereo at 48 kHz are 5.5e9


class _Abandoned(Exception):  # noqa: N818 - no error: nobody waits for the work any more
    pass


def enhance(recording: IO[bytes], wanted: Enhancing, target: IO[bytes], settings: Settings, task: Task) -> EnhancedRecording | None:
    """Enhance ``recording`` and encode it into ``target``, in blocks.

    Returns:
        What was done; None where the task was cancelled.

    Raises:
        AuricleError: see `Engine.enhance`.
    """
    if task.cancelled():
        return None
    options = wanted.options if wanted.noise is None else replace(wanted.options, noise_profile=_decoded_noise(wanted.noise, settings))
    try:
        with as_output_error("the enhanced recording"), _decoding(recording, wanted, settings, task) as decoder:
            return _encoded(decoder, options, wanted.config, target, task)
    except _Abandoned:
        return None


def _encoded(
    decoder: IsolatedDecoder, options: EnhanceOptions, config: AudioProcessingConfig, target: IO[bytes], task: Task
) -> EnhancedRecording:
    def stop_if_cancelled(_: float = 0.0) -> None:
        if task.cancelled():
            raise _Abandoned

    encoder = _encoder(decoder, config, target)
    try:
        work = Enhancement(decoder, options, stop_if_cancelled)
        for block in work:
            stop_if_cancelled()
            encoder.feed(block)
        encoder.finish()
    except BaseException:
        encoder.abandon()
        raise
    target.flush()
    return EnhancedRecording(work.report, encoder.rate, encoder.channels)


def _encoder(decoder: IsolatedDecoder, config: AudioProcessingConfig, target: IO[bytes]) -> Encoder:
    """For the format that is asked for, in the depth of the recording unless another is asked for, with its tags."""
    info, spec = decoder.info, format_of(target, config)
    _check_channels(spec, info.channels)
    asked = None if config.raw_demuxer else config.bit_depth
    writing = AudioProcessingConfig(bit_depth=asked or kept_depth(info, spec), bit_rate=config.bit_rate)
    return Encoder(target, spec, info.sample_rate, info.channels, writing, info.tags)


def _check_channels(spec: Format, channels: int) -> None:
    if spec.channels and channels not in spec.channels:
        roomy = [name for name in get_args(OutputFormat) if channels in (FORMATS[name].channels or (channels,))]
        raise OptionError("output_format", f"{spec.name} cannot hold the {channels} channels of this recording", roomy)


@contextmanager
def _decoding(recording: IO[bytes], wanted: Enhancing, settings: Settings, task: Task) -> Iterator[IsolatedDecoder]:
    """The recording, decoded as it is; no longer than there is room for."""
    limits, config = limits_of(settings), wanted.config
    reading = replace(config, output_format=None, bit_rate=None, bit_depth=config.bit_depth if config.raw_demuxer else None)

    def opened(duration: float) -> IsolatedDecoder:
        recording.seek(0)
        few = replace(limits, duration=duration)
        decoder = IsolatedDecoder(recording, reading, few, salvage=wanted.salvage, memory=settings.decode_memory)
        task.decodes_with(decoder)  # before the header is waited for, which may never come
        return decoder

    with opened(limits.duration) as decoder:
        room = _MOST_SAMPLE_BYTES / (4 * decoder.info.sample_rate * decoder.info.channels)
        if room >= limits.duration:
            yield decoder
            return
    with opened(room) as decoder:
        yield decoder


def _decoded_noise(data: bytes, settings: Settings) -> Audio:
    """A recording of noise, which strangers send, too."""
    limits = limits_of(settings)
    limits = replace(limits, duration=min(limits.duration, _NOISE_S), decode_time=min(limits.decode_time, _NOISE_DECODE_S))
    with tempfile.TemporaryFile() as file:
        file.write(data)
        try:
            with IsolatedDecoder(file, None, limits, memory=settings.decode_memory) as decoder:
                return Audio.join(decoder)
        except InputError as error:
            raise OptionError("noise_profile", str(error)) from error


def live_stage(wanted: LiveEnhancing) -> Stage:
    """What enhances a live stream; loads what it needs.

    Raises:
        OptionError: the stream cannot be enhanced so.
        ModelError: a step's model cannot be used.
    """
    if wanted.format.encoding not in LIVE_ENCODINGS:
        raise OptionError("encoding", f"{wanted.format.encoding} cannot be sent back enhanced", LIVE_ENCODINGS)
    return enhancer(wanted.format.sample_rate, wanted.format.channels, wanted.options)


class LiveEnhancer(ThreadedStream):
    """A live stream of the local engine; see `EnhancedStream`.

    Args:
        stage: nobody else's.
        wanted: how audio is sent.
        threads: where it is treated.
        free: called once, when nothing works for it any more.
    """

    def __init__(self, stage: Stage, wanted: LiveEnhancing, threads: Executor, free: Callable[[], None]) -> None:
        sent = wanted.format
        super().__init__(sent, threads, free)
        depth: Any = "float" if sent.encoding == "f32le" else 16
        self._stage, self._rate = stage, sent.sample_rate
        self._encoder = StreamEncoder(sent.sample_rate, sent.channels, AudioProcessingConfig(output_format="pcm", bit_depth=depth))

    async def feed(self, data: bytes) -> bytes:
        """See `EnhancedStream`."""
        return b"".join([await self._run(partial(self._treat, second)) for second in await self._seconds(data)])

    async def finish(self) -> bytes:
        """See `EnhancedStream`."""
        return await self._run(self._rest)

    def _treat(self, second: Audio) -> bytes:
        return self._encoder.feed(Audio(self._stage.feed(second.samples), self._rate))

    def _rest(self) -> bytes:
        return self._encoder.feed(Audio(self._stage.finish(), self._rate)) + self._encoder.finish()
