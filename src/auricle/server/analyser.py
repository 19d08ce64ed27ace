"""Analysing on this machine: what is done in threads to a recording, decoded in a process of its own, and to a live stream."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import IO

from auricle.audio import Audio
from auricle.codec import IsolatedDecoder, Limits
from auricle.errors import OptionError, TooLong
from auricle.music.analysis import Analysis
from auricle.music.live import LiveAnalysis, Rolling
from auricle.music.results import MusicAnalysis
from auricle.server.analysing import Analysing, LiveAnalysing
from auricle.server.decoding import limits_of
from auricle.server.settings import Settings
from auricle.server.task import Task
from auricle.server.threaded import ThreadedStream

__all__ = ["LiveAnalyser", "analyze"]

_FRAMES_S = 3600.0  # of which the features of every frame are four million figures, and 40 MB of JSON


def analyze(recording: IO[bytes], wanted: Analysing, settings: Settings, task: Task) -> MusicAnalysis | None:
    """Analyse ``recording`` in blocks.

    Returns:
        What was found; None where the task was cancelled.

    Raises:
        AuricleError: see `Engine.analyze`.
    """
    limits = limits_of(settings)
    if not wanted.frames or limits.duration <= _FRAMES_S:
        return _analyzed(recording, wanted, limits, settings.decode_memory, task)
    try:
        return _analyzed(recording, wanted, replace(limits, duration=_FRAMES_S), settings.decode_memory, task)
    except TooLong as error:
        message = f"the figures of every frame are given of recordings of up to {_FRAMES_S:g} s; leave frames out, or send a shorter one"
        raise OptionError("frames", message) from error


def _analyzed(recording: IO[bytes], wanted: Analysing, limits: Limits, memory: int, task: Task) -> MusicAnalysis | None:
    if task.cancelled():
        return None
    analysis = Analysis(wanted.include, frames=wanted.frames)
    with IsolatedDecoder(recording, wanted.config, limits, salvage=wanted.salvage, memory=memory) as decoder:
        task.decodes_with(decoder)  # before the header is waited for, which may never come
        for block in decoder:
            if task.cancelled():
                return None
            analysis.feed(block)
    return None if task.cancelled() else analysis.finish()


class LiveAnalyser(ThreadedStream):
    """A live stream of the local engine; see `AnalysedStream`.

    Args:
        wanted: how audio is sent.
        threads: where it is analysed.
        free: called once, when nothing works for it any more.
    """

    def __init__(self, wanted: LiveAnalysing, threads: Executor, free: Callable[[], None]) -> None:
        super().__init__(wanted.format, threads, free)
        self._analysis: LiveAnalysis | None = None  # until there is audio: a WAV header says what it is

    async def feed(self, data: bytes) -> Sequence[Rolling]:
        """See `AnalysedStream`."""
        return [said for second in await self._seconds(data) for said in await self._run(partial(self._hear, second))]

    async def finish(self) -> Sequence[Rolling]:
        """See `AnalysedStream`."""
        self._decoder.finish()
        return await self._run(self._rest)

    def _hear(self, second: Audio) -> Sequence[Rolling]:
        if self._analysis is None:
            self._analysis = LiveAnalysis(second.rate, second.channels)
        return self._analysis.feed(second.samples)

    def _rest(self) -> Sequence[Rolling]:
        return self._analysis.finish() if self._analysis else ()
