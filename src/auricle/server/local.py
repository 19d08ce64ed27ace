"""The engine in this process: a lane of threads over shared models, each recording decoded in a process of its own."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import math
import os
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from auricle import weights
from auricle.codec import AudioProcessingConfig, IsolatedDecoder, Limits, warm_up
from auricle.errors import ModelUnavailable, UnknownModel
from auricle.server.engine import Event, Load, ModelState, Progress, Recognition
from auricle.server.lanes import Lane
from auricle.server.settings import Settings
from auricle.speech import TranscriptStream, load_recognizer, unload_recognizer
from auricle.speech.vad import SAMPLE_RATE
from auricle.speech.whisper import Recognizer

__all__ = ["LocalEngine"]

_log = logging.getLogger(__name__)

_CHANNELS = 8
_RATES = (4000, 384_000)  # beyond these no recording of speech is meant seriously. Hertz
_SWEEP_S = 5.0  # how often idle models are looked for, and how long nothing has been at work before memory is tidied


@dataclass(slots=True, eq=False)
class _Loaded:
    """A model in memory."""

    recognizer: Recognizer
    memory: int
    users: int = 0
    used: float = 0.0  # when it was last given back

    def unused(self, since: float) -> bool:
        """Whether nobody has used it since then."""
        return not self.users and self.used < since


class _Task:
    """One recording's work: what its thread and the event loop tell each other."""

    def __init__(self, deliver: Callable[[Event], None]) -> None:
        self.deliver = deliver
        self._lock = threading.Lock()
        self._cancelled = False
        self._decoder: IsolatedDecoder | None = None

    def cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._cancelled

    def decodes_with(self, decoder: IsolatedDecoder) -> None:
        with self._lock:
            self._decoder = decoder
            if self._cancelled:
                decoder.cancel()

    def cancel(self) -> None:
        """Stop at the next segment, or at once while waiting for audio."""
        with self._lock:
            self._cancelled = True
            if self._decoder is not None:
                self._decoder.cancel()


class LocalEngine:
    """Recognises on this machine."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._default = weights.ALIASES.get(settings.model, settings.model)
        self._lane = Lane(settings.concurrency, settings.waiting)
        self._threads = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="recognition")
        self._limits = Limits(
            size_bytes=settings.upload_bytes,
            duration=settings.recording_seconds,
            channels=_CHANNELS,
            min_rate=_RATES[0],
            max_rate=_RATES[1],
            decode_time=settings.decode_seconds,
        )
        self._loaded: dict[str, _Loaded] = {}
        self._loaded_lock = threading.Lock()
        self._worked: float | None = None  # when the latest work ended, until memory has been tidied
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Find the default model, start the process that decoders are forked from, and load the model if it is to be preloaded.

        Raises:
            ModelError: the default model cannot be used.
        """
        await asyncio.to_thread(weights.locate, self._settings.model, progress=lambda line: _log.info("fetching %s", line))
        await asyncio.to_thread(warm_up)
        if self._settings.preload:
            self._give_back(await asyncio.to_thread(self._borrow, self._default))
        self._sweeping = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Wait for the last thread, and free the models."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        await asyncio.to_thread(self._threads.shutdown)
        for model in list(self._loaded):
            self._forget(model)

    def ready(self) -> bool:
        """Whether `start` is done."""
        return self._sweeping is not None

    def load(self) -> Load:
        """How busy the lane is."""
        return Load(self._lane.running, self._lane.waiting)

    def models(self) -> Sequence[ModelState]:
        """The default model, and all others that are on this machine."""
        default = self._name(self._default)
        others = [name for name in weights.CATALOGUE if name != default and weights.status(name).source != "absent"]
        return [self._state(name) for name in (self._default, *others)]

    async def unload(self, model: str) -> bool:
        """Free a model's memory once nobody uses it."""
        name = self._official(model)
        return await asyncio.to_thread(self._forget, name)

    async def recognize(self, recording: IO[bytes], wanted: Recognition) -> AsyncGenerator[Event, None]:
        """Recognise a recording; see `Engine.recognize`."""
        model = self._official(wanted.model)
        await self._lane.enter()
        loop, events = asyncio.get_running_loop(), asyncio.Queue[Event | None]()
        task = _Task(lambda event: _tell(loop, events, event))
        began = time.monotonic()

        def done(work: asyncio.Future[None]) -> None:
            self._worked = time.monotonic()
            self._lane.leave(self._worked - began)
            events.put_nowait(None)
            work.exception()  # nobody else looks at it when the work was cancelled

        # The place is given back when the thread is done, which may be after whoever asked has gone.
        work = loop.run_in_executor(self._threads, self._work, recording, model, wanted, task)
        work.add_done_callback(done)
        try:
            while (event := await events.get()) is not None:
                yield event
            await work
        finally:
            task.cancel()
            await asyncio.wait([work])

    def _work(self, recording: IO[bytes], model: str, wanted: Recognition, task: _Task) -> None:
        """In a thread: recognise a recording and deliver what is found."""
        if task.cancelled():
            return
        loaded = self._borrow(model)
        try:
            self._recognize(loaded.recognizer, recording, wanted, task)
        finally:
            self._give_back(loaded)

    def _recognize(self, recognizer: Recognizer, recording: IO[bytes], wanted: Recognition, task: _Task) -> None:
        recognizer.check(wanted.options)
        if task.cancelled():  # while the model was loaded
            return
        config, memory = _as_heard(wanted.config), self._settings.decode_memory
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
            task.deliver(replace(transcript, model=self._name(transcript.model)))

    def _official(self, model: str | None) -> str:
        """The name by which a model is loaded: of the catalogue, or what the operator chose, but never a client's path.

        Raises:
            UnknownModel: there is no such model.
            ModelUnavailable: it is not on this machine, and clients may not have it fetched.
        """
        if model is None or model in (self._default, self._name(self._default)):
            return self._default
        entry = weights.CATALOGUE.get(weights.ALIASES.get(model, model))
        if entry is None:
            known = ", ".join(state.id for state in self.models())
            raise UnknownModel(f"there is no model {model!r} on this server; use one of: {known}.")
        if not self._settings.download and weights.status(entry.id).source == "absent":
            raise ModelUnavailable(f"model {entry.id!r} is not on this server; its operator can run `auricle models pull {entry.id}`.")
        return entry.id

    @staticmethod
    def _name(model: str) -> str:
        """What clients call it: an operator's directory by its last part."""
        return model if model in weights.CATALOGUE else Path(model).absolute().name

    def _state(self, model: str) -> ModelState:
        loaded = self._loaded.get(model)
        return ModelState(self._name(model), weights.since(model), loaded is not None, loaded.memory if loaded else 0)

    def _borrow(self, model: str) -> _Loaded:
        """The model, loaded if need be, with one more user."""
        with self._loaded_lock:
            if (loaded := self._loaded.get(model)) is not None:
                loaded.users += 1
                return loaded
        before = _resident()
        recognizer = load_recognizer(
            model,
            device=self._settings.device,
            compute_type=self._settings.compute_type,
            threads=self._settings.threads,
            workers=self._settings.concurrency,
        )
        memory = max(0, _resident() - before)
        with self._loaded_lock:
            loaded = self._loaded.setdefault(model, _Loaded(recognizer, memory))
            loaded.users += 1
            return loaded

    def _give_back(self, loaded: _Loaded) -> None:
        with self._loaded_lock:
            loaded.users -= 1
            loaded.used = time.monotonic()

    async def _sweep(self) -> None:
        """For ever: free the models that nobody has used for a while, and the memory that work has left behind."""
        idle = self._settings.model_idle or math.inf
        while True:
            await asyncio.sleep(min(_SWEEP_S, idle))
            now = time.monotonic()
            for model in self._unused(now - idle):
                await asyncio.to_thread(self._forget, model, now - idle)
            if self._worked is not None and self._worked <= now - _SWEEP_S and not self._lane.running:
                self._worked = None
                await asyncio.to_thread(_return_memory)

    def _unused(self, since: float) -> list[str]:
        """The models that nobody has used since; the one that was preloaded is kept."""
        kept = self._default if self._settings.preload else None
        with self._loaded_lock:
            return [model for model, loaded in self._loaded.items() if model != kept and loaded.unused(since)]

    def _forget(self, model: str, since: float = math.inf) -> bool:
        """Unload a model, or only if it is unused ``since`` then; whoever uses it keeps it until done. Whether it was loaded."""
        with self._loaded_lock:
            loaded = self._loaded.get(model)
            if loaded is not None and since < math.inf and not loaded.unused(since):
                return False
            self._loaded.pop(model, None)
        unload_recognizer(model, device=self._settings.device, compute_type=self._settings.compute_type)
        known = loaded is not None
        del loaded
        _return_memory()
        return known


def _as_heard(config: AudioProcessingConfig) -> AudioProcessingConfig:
    """What the recogniser hears, so that no more than that comes out of the decoder's process; raw samples keep their own format."""
    return config if config.raw_demuxer else replace(config, sample_rate=SAMPLE_RATE, channels=1)


def _tell(loop: asyncio.AbstractEventLoop, events: asyncio.Queue[Event | None], event: Event) -> None:
    with suppress(RuntimeError):  # the loop is closed: the server was forced to stop
        loop.call_soon_threadsafe(events.put_nowait, event)


def _resident() -> int:
    """Memory that this process holds, 0 where the system doesn't say. Bytes."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def _return_memory() -> None:
    """Give freed memory back to the system; glibc keeps it otherwise."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).malloc_trim(0)
