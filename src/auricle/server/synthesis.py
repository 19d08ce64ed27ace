"""What every route that speaks does with a text: the sound under a deadline, stopped when the client goes away, and no further ahead."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, aclosing
from typing import IO, Self

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from auricle.errors import AuricleError
from auricle.server.deadline import in_time
from auricle.server.problems import Problem, bug, explain
from auricle.server.recognition import EventStream, unless_gone
from auricle.server.speaking import Closing, Opening, Sound, SpeechEvent, Spoken, Synthesis
from auricle.server.state import state_of

__all__ = ["MEDIA_TYPES", "SoundStream", "spoken", "stream", "stream_events"]

_log = logging.getLogger(__name__)

MEDIA_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "pcm": "audio/pcm",
}


async def spoken(request: Request, wanted: Synthesis, recording: IO[bytes] | None = None) -> Spoken:
    """All of it.

    Raises:
        ClientDisconnect: nobody waits for it any more.
        AuricleError: see `Engine.speak`; `DeadlineExceeded` when it took too long.
    """

    async def whole() -> Spoken:
        async with aclosing(_events(request, wanted, recording)) as events:
            every = [event async for event in events]
        data = b"".join(event.data for event in every if isinstance(event, Sound))
        (opening,) = (event for event in every if isinstance(event, Opening))
        (closing,) = (event for event in every if isinstance(event, Closing))
        return Spoken(opening, data, closing)

    return await unless_gone(request.receive, whole())


async def stream(request: Request, wanted: Synthesis, recording: IO[bytes] | None = None) -> SoundStream:
    """A response of the sound itself, once the first of it is there: what fails until then has a status of its own.

    What fails later ends the connection before the response's end, for nothing else would tell a client that the sound is not all.
    """
    events = _events(request, wanted, recording)
    opening, first = await unless_gone(request.receive, _begun(events))

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            yield first
            async for event in events:
                if isinstance(event, Sound) and event.data:
                    yield event.data
        except AuricleError as error:
            _broken_off(request, explain(request, error))
        except Exception:  # noqa: BLE001 - the border of the process: the status is sent already, so only the log can say what it was
            _broken_off(request, bug(request))

    return SoundStream(body(), events, opening, wanted.config.output_format or "wav")


async def stream_events(
    request: Request, wanted: Synthesis, write: Callable[[bytes | None], bytes], failed: Callable[[Problem], bytes]
) -> EventStream:
    """A response of server-sent events.

    Args:
        request: whose client may go away.
        wanted: what to say, and how.
        write: a piece of the encoded sound as it is sent, or the end of it.
        failed: what went wrong as it is sent.
    """
    events = _events(request, wanted)
    _, first = await unless_gone(request.receive, _begun(events))

    async def body() -> AsyncGenerator[bytes, None]:
        try:
            yield write(first)
            async for event in events:
                if isinstance(event, Sound) and event.data:
                    yield write(event.data)
            yield write(None)
        except AuricleError as error:
            yield failed(_noted(request, explain(request, error)))
        except Exception:  # noqa: BLE001 - as above, but that the client hears of a bug here
            yield failed(_noted(request, bug(request)))

    return EventStream(body(), events)


async def _begun(events: AsyncGenerator[SpeechEvent, None]) -> tuple[Opening, bytes]:
    """Who speaks, and the first of the sound."""
    opening: Opening | None = None
    async for event in events:
        if isinstance(event, Opening):
            opening = event
        elif opening and isinstance(event, Sound) and event.data:
            return opening, event.data
    raise RuntimeError("the engine gave no sound")


async def _events(request: Request, wanted: Synthesis, recording: IO[bytes] | None = None) -> AsyncGenerator[SpeechEvent, None]:
    """The engine's events up to the last, counted, as long as the deadline allows."""
    metrics, received = state_of(request).metrics, time.perf_counter()
    request.scope["state"]["characters"] = wanted.characters
    with metrics.speeches.track_inprogress():
        async with aclosing(state_of(request).engine.speak(wanted, recording)) as events:
            opening: Opening | None = None
            silent = True
            while True:
                async with in_time(request, "text"):
                    event = await anext(events, None)
                match event:
                    case Opening():
                        opening = event
                    case Sound() if silent and event.data:
                        silent = False
                        metrics.first_sound.observe(time.perf_counter() - received)
                    case Closing() if opening:
                        _count(request, opening, event)
                        yield event
                        return
                    case None:
                        raise RuntimeError("the engine ended without a last word")
                yield event


def _count(request: Request, opening: Opening, closing: Closing) -> None:
    """For the counters and the log, which never has the text."""
    metrics, facts = state_of(request).metrics, request.scope["state"]
    metrics.spoken.labels(opening.engine).inc(closing.duration)
    metrics.characters.labels(opening.engine).inc(facts["characters"])
    seconds, spent = round(closing.duration, 2), round(1000 * closing.processing_time, 1)
    facts.update(model=opening.engine, voice=opening.voice, audio_seconds=seconds, processing_ms=spent)


def _noted(request: Request, problem: Problem) -> Problem:
    request.scope["state"]["problem"] = problem.code
    return problem


def _broken_off(request: Request, problem: Problem) -> None:
    """Leave the response without its end, whereupon the server closes the connection."""
    facts = {"request_id": request.scope["state"]["request_id"], "code": _noted(request, problem).code}
    _log.error("a speech broke off: %s", problem.message, extra={"facts": facts})
    raise ClientDisconnect


class SoundStream(StreamingResponse):
    """Sound while it is made, no faster than it is taken; what it uses is closed, whatever happens."""

    def __init__(
        self, body: AsyncGenerator[bytes, None], events: AsyncGenerator[SpeechEvent, None], opening: Opening, format_: str
    ) -> None:
        parameters = f"; rate={opening.rate}; channels={opening.channels}" if format_ == "pcm" else ""
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no", "Content-Language": opening.language}
        super().__init__(body, media_type=MEDIA_TYPES[format_] + parameters, headers=headers)
        self._generators = (body, events)
        self._resources = ExitStack()

    def owning(self, resources: ExitStack) -> Self:
        """This response, which closes ``resources`` at its end."""
        self._resources = resources
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's call.

        Raises:
            ClientDisconnect: the client went away, or the sound broke off.
        """
        body, events = self._generators
        with self._resources:  # the recording, which the events need to their end
            async with aclosing(events), aclosing(body):
                await unless_gone(receive, self.stream_response(send))
