"""What every route that recognises does with its recording: the events under a deadline, cancelled when the client goes away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, aclosing
from typing import Self, TypeVar

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from auricle.errors import AuricleError
from auricle.server.deadline import in_time
from auricle.server.engine import Event, Recognition
from auricle.server.problems import Problem, bug, explain
from auricle.server.state import state_of
from auricle.server.uploads import Upload
from auricle.speech.transcript import Transcript

__all__ = ["EventStream", "stream", "transcript", "unless_gone", "write_up"]

E = TypeVar("E", bound=Event)
T = TypeVar("T")

_MANY = 50  # segments, which take some milliseconds to write
_HEARTBEAT_S = 15.0  # proxies close a connection that is silent for longer than half a minute or so
_HEARTBEAT = b": still at work\n\n"


async def transcript(request: Request, upload: Upload, wanted: Recognition) -> Transcript:
    """The whole transcript.

    Raises:
        ClientDisconnect: nobody waits for it any more.
        AuricleError: see `Engine.recognize`; `DeadlineExceeded` when it took too long.
    """

    async def whole() -> Transcript:
        async with aclosing(_events(request, upload, wanted)) as events:
            return [event async for event in events if isinstance(event, Transcript)][-1]

    return await unless_gone(request.receive, whole())


async def stream(
    request: Request,
    upload: Upload,
    wanted: Recognition,
    write: Callable[[Event], bytes | None],
    failed: Callable[[Problem], bytes],
) -> EventStream:
    """A response of server-sent events, once the first event has come: what fails until then has a status of its own.

    Args:
        request: whose client may go away.
        upload: the recording, to be kept open as long as the response.
        wanted: what to recognise, and how.
        write: an event as it is sent, None if it isn't.
        failed: what went wrong as it is sent.
    """
    events = _events(request, upload, wanted)
    first = await unless_gone(request.receive, anext(events))

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            if (written := write(first)) is not None:
                yield written
            async for event in events:
                if (written := await write_up(event, write)) is not None:
                    yield written
        except AuricleError as error:
            yield failed(noted(explain(request, error)))
        except Exception:  # noqa: BLE001 - the border of the process: the status is sent already, so the client hears of a bug here
            yield failed(noted(bug(request)))

    def noted(problem: Problem) -> Problem:
        request.scope["state"]["problem"] = problem.code
        return problem

    return EventStream(body(), events)


async def _events(request: Request, upload: Upload, wanted: Recognition) -> AsyncGenerator[Event, None]:
    """The engine's events up to the transcript, counted, as long as the deadline allows."""
    state, received = state_of(request), time.perf_counter()
    async with aclosing(state.engine.recognize(upload.file, wanted)) as events:
        first, last = True, False
        while not last:
            async with in_time(request):
                event = await anext(events, None)
            if event is None:
                raise RuntimeError("the engine ended without a transcript")
            if first:
                state.metrics.wait.observe(time.perf_counter() - received)
                first = False
            if last := isinstance(event, Transcript):
                _count(request, event)
            yield event


def _count(request: Request, result: Transcript) -> None:
    """For the counters and the log."""
    metrics = state_of(request).metrics
    metrics.audio.labels(result.model).inc(result.duration)
    if result.duration:
        metrics.factor.labels(result.model).observe(result.processing_time / result.duration)
    facts = {"model": result.model, "audio_seconds": round(result.duration, 2), "processing_ms": round(1000 * result.processing_time, 1)}
    request.scope["state"].update(facts)


async def write_up(event: E, write: Callable[[E], T]) -> T:
    """What ``write`` makes of an event; in a thread if that takes long, so that nobody else waits for it."""
    if isinstance(event, Transcript) and len(event.segments) > _MANY:
        return await asyncio.to_thread(write, event)
    return write(event)


async def unless_gone(receive: Receive, work: Awaitable[T]) -> T:
    """The outcome of ``work``, which is cancelled when the client goes away.

    Raises:
        ClientDisconnect: it did.
    """
    working, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.wait({working, gone})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class EventStream(StreamingResponse):
    """Server-sent events, with a sign of life where there are none for a while; what it uses is closed, whatever happens."""

    media_type = "text/event-stream"

    def __init__(self, body: AsyncGenerator[bytes, None], events: AsyncGenerator[object, None]) -> None:
        alive = _alive(body)
        super().__init__(alive, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._generators = (alive, body, events)
        self._resources = ExitStack()

    def owning(self, resources: ExitStack) -> Self:
        """This response, which closes ``resources`` at its end."""
        self._resources = resources
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's call."""
        alive, body, events = self._generators  # each uses the next, so they are closed in this order, and the recording after them
        with self._resources:
            async with aclosing(events), aclosing(body), aclosing(alive):
                await unless_gone(receive, self.stream_response(send))


async def _alive(events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    while True:
        coming = asyncio.ensure_future(anext(events, None))
        try:
            while not (await asyncio.wait({coming}, timeout=_HEARTBEAT_S))[0]:
                yield _HEARTBEAT
        finally:
            if not coming.done():
                coming.cancel()
                await asyncio.wait({coming})
        if (event := coming.result()) is None:
            return
        yield event
