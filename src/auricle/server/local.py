"""The engine in this process, over shared models.

A lane for recordings, each decoded in a process of its own; a rota for live captions, threads for other live streams; a speaker for texts.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import IO, TypeVar

from auricle import weights
from auricle.codec import IsolatedDecoder, warm_up
from auricle.errors import Busy, OptionError, Stopping
from auricle.music.results import MusicAnalysis
from auricle.server.analyser import LiveAnalyser, analyze
from auricle.server.analysing import Analysing, LiveAnalysing
from auricle.server.captions import CaptionStream, Said
from auricle.server.decoding import as_heard, limits_of
from auricle.server.engine import AnalysedStream, EnhancedStream, Event, Listening, Load, ModelState, Progress, Recognition, Voices
from auricle.server.enhancer import LiveEnhancer, enhance, live_stage
from auricle.server.enhancing import EnhancedRecording, Enhancing, LiveEnhancing
from auricle.server.identifier import LocalIdentifier
from auricle.server.lanes import Lane
from auricle.server.models import Loaded, Models, return_memory
from auricle.server.problems import shown
from auricle.server.rota import Rota
from auricle.server.settings import Settings, usable_cores
from auricle.server.speaker import Speaker
from auricle.server.speaking import SpeechEvent, Synthesis
from auricle.server.task import Task
from auricle.speech import TranscriptStream
from auricle.speech.live import LiveOptions, LiveSession
from auricle.speech.names import NAMES
from auricle.speech.whisper import Recognizer

__all__ = ["LocalEngine"]

T = TypeVar("T")

_log = logging.getLogger(__name__)

_FULL_S = 5.0  # after which a live stream may have ended
_SWEEP_S = 5.0  # how often idle models are looked for, and how long nothing has been at work before memory is tidied


class _Recognizing(Task):
    """A recognition, which tells of what it finds."""

    def __init__(self, deliver: Callable[[Event], None]) -> None:
        super().__init__()
        self.deliver = deliver


class LocalEngine:
    """Recognises, speaks, enhances and analyses on this machine; its `identifier` keeps the catalogue."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._rota = Rota[Said](max(1, usable_cores() // settings.threads))
        self._models = Models(settings, settings.concurrency + self._rota.threads)  # so that no caption waits behind half a minute
        self._streams, self._places = set[CaptionStream](), 0  # of captions; the places of all live streams that are taken
        self._treating = ThreadPoolExecutor(self._rota.threads, thread_name_prefix="treatment")  # live streams that are not written down
        self._speaker = Speaker(settings)
        self._lane = Lane(settings.concurrency, settings.waiting)
        self._threads = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="recognition")
        self._limits = limits_of(settings)
        self.identifier = LocalIdentifier(settings, self._whole)
        self._worked: float | None = None  # when the latest work ended, until memory has been tidied
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the catalogue, find the default model, start what decoders are forked from, and load the model if it is to be preloaded.

        Raises:
            ModelError: the default model cannot be used.
            OptionError: there is no voice of the name that the operator chose.
            CatalogueError: the catalogue cannot be used.
        """
        await self.identifier.start()
        await self._speaker.start()
        await asyncio.to_thread(weights.locate, self._settings.model, progress=lambda line: _log.info("fetching %s", line))
        await asyncio.to_thread(warm_up)
        if self._settings.preload:
            self._models.give_back(await asyncio.to_thread(self._models.borrow, self._models.default))
        self._sweeping = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """End the live streams, wait for the last thread, and free the models."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        for stream in tuple(self._streams):
            await stream.stop(Stopping())
        await self._rota.close()
        for threads in (self._treating, self._threads):
            await asyncio.to_thread(threads.shutdown)
        await self.identifier.stop()
        await self._speaker.stop()
        self._models.forget_all()

    def ready(self) -> bool:
        """Whether `start` is done."""
        return self._sweeping is not None

    def load(self) -> Load:
        """How busy the lane is."""
        return Load(self._lane.running, self._lane.waiting)

    def models(self) -> Sequence[ModelState]:
        """The default model, and all others that are on this machine."""
        return self._models.states()

    async def unload(self, model: str) -> bool:
        """Free a model's memory once nobody uses it."""
        return await asyncio.to_thread(self._models.forget, self._models.official(model))

    async def recognize(self, recording: IO[bytes], wanted: Recognition) -> AsyncGenerator[Event, None]:
        """Recognise a recording; see `Engine.recognize`."""
        model = self._models.official(wanted.model)
        await self._lane.enter()
        loop, events = asyncio.get_running_loop(), asyncio.Queue[Event | None]()
        task = _Recognizing(lambda event: _tell(loop, events, event))
        work = self._begin(lambda: self._work(recording, model, wanted, task))
        work.add_done_callback(lambda _: events.put_nowait(None))
        try:
            while (event := await events.get()) is not None:
                yield event
            await work
        finally:
            task.cancel()
            await asyncio.wait([work])

    async def enhance(self, recording: IO[bytes], wanted: Enhancing, target: IO[bytes]) -> EnhancedRecording:
        """Enhance a recording; see `Engine.enhance`."""
        return await self._whole(lambda task: enhance(recording, wanted, target, self._settings, task))

    async def analyze(self, recording: IO[bytes], wanted: Analysing) -> MusicAnalysis:
        """Analyse a recording; see `Engine.analyze`."""
        return await self._whole(lambda task: analyze(recording, wanted, self._settings, task))

    async def _whole(self, job: Callable[[Task], T | None]) -> T:
        """What comes of a job that is done at once, and is told when nobody waits for it any more."""
        await self._lane.enter()
        task = Task()
        work = self._begin(lambda: job(task))
        try:
            await asyncio.wait([work])
        finally:
            task.cancel()
            await asyncio.wait([work])
        result = work.result()
        assert result is not None  # noqa: S101 - nobody has cancelled it
        return result

    def _begin(self, job: Callable[[], T]) -> asyncio.Future[T]:
        """Work on a recording in a thread; its place is given back when that is done, which may be after whoever asked has gone."""
        began = time.monotonic()

        def done(work: asyncio.Future[T]) -> None:
            self._worked = time.monotonic()
            self._lane.leave(self._worked - began)
            work.exception()  # nobody else looks at it when the work was cancelled

        work = asyncio.get_running_loop().run_in_executor(self._threads, job)
        work.add_done_callback(done)
        return work

    async def voices(self) -> Voices:
        """Who may be asked to speak."""
        return await self._speaker.voices()

    async def speak(self, wanted: Synthesis, recording: IO[bytes] | None = None) -> AsyncGenerator[SpeechEvent, None]:
        """Speak; see `Engine.speak`."""
        try:
            async with aclosing(self._speaker.speak(wanted, recording)) as events:
                async for event in events:
                    yield event
        finally:
            self._worked = time.monotonic()

    async def check(self, wanted: Listening) -> None:
        """Whether live audio can be recognised so, by the names of model and language; see `Engine.check`."""
        model, language = self._models.official(wanted.model), wanted.options.language
        known = ("en",) if model in weights.CATALOGUE and model.endswith(".en") else tuple(NAMES)
        if language is not None and language not in known:
            raise OptionError("language", f"{self._models.name(model)} knows no language {shown(language)}", known)

    async def check_enhancing(self, wanted: LiveEnhancing) -> None:
        """Whether live audio can be enhanced so, which is tried; see `Engine.check_enhancing`."""
        await asyncio.get_running_loop().run_in_executor(self._treating, live_stage, wanted)

    async def enhance_live(self, wanted: LiveEnhancing) -> EnhancedStream:
        """Enhance live audio; see `Engine.enhance_live`."""
        self._take_place()
        try:
            stage = await asyncio.get_running_loop().run_in_executor(self._treating, live_stage, wanted)
            return LiveEnhancer(stage, wanted, self._treating, self._give_place_back)
        except BaseException:
            self._give_place_back()
            raise

    async def analyze_live(self, wanted: LiveAnalysing) -> AnalysedStream:
        """Analyse live music; see `Engine.analyze_live`."""
        self._take_place()
        return LiveAnalyser(wanted, self._treating, self._give_place_back)

    async def listen(self, wanted: Listening) -> CaptionStream:
        """Recognise live audio; see `Engine.listen`."""
        model = self._models.official(wanted.model)
        self._take_place()
        opening = asyncio.get_running_loop().run_in_executor(None, self._open, model, wanted.options)
        try:
            loaded, session = await asyncio.shield(opening)
        except BaseException:
            self._places -= 1
            opening.add_done_callback(self._not_wanted)
            raise
        stream = CaptionStream(session, wanted.format, self._rota, lambda: self._leave(stream, loaded))
        self._streams.add(stream)
        return stream

    def _take_place(self) -> None:
        if self._places >= self._settings.streams:
            raise Busy(f"all {self._settings.streams} live streams of this server are taken; try again in a moment.", _FULL_S)
        self._places += 1

    def _give_place_back(self) -> None:
        self._places -= 1
        self._worked = time.monotonic()

    def _open(self, model: str, options: LiveOptions) -> tuple[Loaded, LiveSession]:
        """In a thread: what a live stream needs."""
        loaded = self._models.borrow(model)
        try:
            return loaded, LiveSession(loaded.recognizer, options)
        except BaseException:
            self._models.give_back(loaded)
            raise

    def _not_wanted(self, opening: asyncio.Future[tuple[Loaded, LiveSession]]) -> None:
        """Whoever asked for a stream went away before it was there."""
        if opening.exception() is None:
            self._models.give_back(opening.result()[0])

    def _leave(self, stream: CaptionStream, loaded: Loaded) -> None:
        self._streams.discard(stream)
        self._models.give_back(loaded)
        self._give_place_back()

    def _work(self, recording: IO[bytes], model: str, wanted: Recognition, task: _Recognizing) -> None:
        """In a thread: recognise a recording and deliver what is found."""
        if task.cancelled():
            return
        loaded = self._models.borrow(model)
        try:
            self._recognize(loaded.recognizer, recording, wanted, task)
        finally:
            self._models.give_back(loaded)

    def _recognize(self, recognizer: Recognizer, recording: IO[bytes], wanted: Recognition, task: _Recognizing) -> None:
        recognizer.check(wanted.options)
        if task.cancelled():  # while the model was loaded
            return
        config, memory = as_heard(wanted.config), self._settings.decode_memory
        with IsolatedDecoder(recording, config, self._limits, salvage=wanted.salvage, memory=memory) as decoder:
            task.decodes_with(decoder)  # before the header is waited for, which may never come
            stream = TranscriptStream(recognizer, decoder, wanted.options, vad=wanted.vad)
            task.deliver(Progress(0.0, stream.duration))
            for segment in stream:
                if task.cancelled():
                    return
                task.deliver(segment)
                task.deliver(Progress(stream.position, stream.duration))
            transcript = stream.transcript()
            task.deliver(replace(transcript, model=self._models.name(transcript.model)))

    async def _sweep(self) -> None:
        """For ever: free the models that nobody has used for a while, and the memory that work has left behind."""
        idle = self._settings.model_idle or math.inf
        while True:
            await asyncio.sleep(min(_SWEEP_S, idle))
            now = time.monotonic()
            for model in self._models.unused(now - idle):
                await asyncio.to_thread(self._models.forget, model, now - idle)
            busy = self._lane.running or self._places or self._speaker.running
            if not busy and self._worked is not None and self._worked <= now - _SWEEP_S:
                self._worked = None
                await asyncio.to_thread(return_memory)


def _tell(loop: asyncio.AbstractEventLoop, events: asyncio.Queue[Event | None], event: Event) -> None:
    with suppress(RuntimeError):  # the loop is closed: the server was forced to stop
        loop.call_soon_threadsafe(events.put_nowait, event)
