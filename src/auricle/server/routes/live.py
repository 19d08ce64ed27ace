"""Live captions over HTTP, for places without WebSocket: audio in the body of a request, events in the answer, both at once.

::

    receive ─▶ Body ─ _hear ─▶ engine ─ _tell ─▶ Outbox ─▶ send

Each arrow is a task of its own. The body is read no further than the engine hears it; what the engine says waits for the client, who
may well read nothing before all of the body is sent. So events never hold up the audio, and what waits is bounded: partials that are out
of date are left out, and who leaves megabytes unread is sent away.
"""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import aclosing
from typing import Literal, NoReturn

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from auricle import wire
from auricle.codec.raw import Encoding
from auricle.errors import AuricleError, Busy, Stopping, TooLong, UnsupportedFormat
from auricle.server import documentation, examples, recognition, streams
from auricle.server.duplex import Body, Outbox, beside
from auricle.server.engine import Listening
from auricle.server.fields import LiveFields
from auricle.server.problems import Problem, WireProblem, bug, explain, shown
from auricle.server.sockets import GONE
from auricle.server.state import state_of
from auricle.server.streams import Hearing
from auricle.speech.events import Final, LiveEvent, Partial, SpeechEnded, SpeechStarted, Utterance

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # see wire.results
    from typing_extensions import TypedDict

__all__ = ["router"]

router = APIRouter(tags=["Recognition"])

_EVENTS = recognition.EventStream.media_type
_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
_WAV_TYPES = frozenset({"audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"})
_PROBE_S = 0.25  # how often, so that a client who goes away is noticed within a second


class WireFinished(TypedDict):
    """The last event: all that was said, and how much audio was sent. Seconds."""

    type: Literal["finished"]
    text: str
    duration: float


def _finished(text: str, duration: float) -> WireFinished:
    return {"type": "finished", "text": text.strip(), "duration": round(duration, 3)}


def _sent(name: str, shape: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(shape, ensure_ascii=False)}\n\n".encode()


def _event(event: LiveEvent) -> bytes:
    shape = wire.live_event(event)
    return _sent(shape["type"], shape)


_SAID = examples.DETAILED.segments[0]
_SHOWN = (
    SpeechStarted(0.0),
    Partial(" Turn on the living", "en"),
    Final(_SAID.words, " Turn on the living room light.", "en"),
    Utterance(_SAID),
    SpeechEnded(_SAID.end),
)
_EXAMPLE = b"".join([*[_event(event) for event in _SHOWN], _sent("finished", _finished(_SAID.text, 1.5))]).decode()
_OCTETS = "application/octet-stream"
_RECORDING = "arecord -q -f S16_LE -r 16000 -t raw | curl -sN -T . 'http://127.0.0.1:8000/transcribe/live?encoding=s16le' -X POST"


@router.post(
    "/transcribe/live",
    summary="Caption live audio",
    response_class=StreamingResponse,
    responses={
        **documentation.problems(),
        **documentation.answer(
            "Server-sent events, while the body is still coming.",
            {_EVENTS: {"speech": _EXAMPLE}},
            documentation.event(
                speech_started=wire.WireSpeechStarted,
                partial=wire.WirePartial,
                final=wire.WireFinal,
                utterance=wire.WireUtterance,
                speech_ended=wire.WireSpeechEnded,
                finished=WireFinished,
                error=WireProblem,
            ),
        ),
    },
    openapi_extra={
        "parameters": documentation.query(LiveFields),
        "requestBody": {"content": {_OCTETS: documentation.raw_body(_RECORDING)[_OCTETS]}},
    },
)
async def captions(request: Request) -> Response:
    """Writes down what is said while it is said.

    The body is audio as it is recorded, for as long as it is: bare samples as the query describes them, or a WAV stream (`encoding=wav`, or
    the content type `audio/wav`). The answer begins at once and goes on beside it: `speech_started`, `partial` (may change), `final` (never
    does), `utterance`, `speech_ended`; when the body has ended, the rest, and `finished`. Where something is wrong with what is sent, an
    `error` comes in place of that.
    """
    usual = _usual_encoding(request)
    wanted = LiveFields.from_form({name: request.query_params.getlist(name) for name in request.query_params}).wanted(usual)
    if not state_of(request).engine.ready():
        raise Busy("the server is starting; try again in a moment.", 1)
    return _Captions(request, wanted)


def _usual_encoding(request: Request) -> Encoding:
    """The encoding of a body for which the query names none.

    Raises:
        UnsupportedFormat: the body is no live audio, or of a kind that must be named otherwise.
    """
    sent = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (packed := request.headers.get("content-encoding", "").strip().lower()) not in ("", "identity"):
        raise UnsupportedFormat(f"the body has the Content-Encoding {shown(packed)}; send the body without Content-Encoding.")
    if sent in ("multipart/form-data", "application/json"):
        raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send the audio itself as the body.")
    if sent in _WAV_TYPES:
        return "wav"
    if sent.startswith("audio/") and "encoding" not in request.query_params:
        raise UnsupportedFormat(
            f"the body's content type is {shown(sent)}, which is not heard live; send audio/wav, or say the encoding of bare samples "
            "(encoding=s16le, with sample_rate and channels). A whole recording goes to /transcribe."
        )
    return "f32le"


class _Captions(Response):
    """The answer, which also reads the body."""

    media_type = _EVENTS

    def __init__(self, request: Request, wanted: Listening) -> None:
        super().__init__(headers=_HEADERS)
        del self.headers["content-length"]
        self._request, self._state, self._wanted = request, state_of(request), wanted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's call.

        Raises:
            ClientDisconnect: the client went away; everything is freed.
            AuricleError: the engine did not take the stream; nothing has been answered.
        """
        body = Body(receive, self._state.settings.socket_idle)
        async with (
            beside(body.read()) as reading,  # before the answer begins, so that a client who waits for "100 Continue" gets it first
            beside(self._caption(body, send)) as working,
            beside(_lost(scope)) as lost,
        ):
            done, _ = await asyncio.wait({reading, working, lost}, return_when=asyncio.FIRST_COMPLETED)
            (working if working in done else done.pop()).result()
        await send({"type": "http.response.body", "body": b""})  # while nobody reads the body: whoever ends an answer early throws it away

    async def _caption(self, body: Body, send: Send) -> None:
        async with streams.hearing(self._state, self._wanted) as stream:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            outbox = Outbox(_event)
            async with beside(self._tell(stream, body, outbox)), beside(self._limit(body)), beside(_beat(body, outbox)):
                while (data := await outbox.take()) is not None:
                    await send({"type": "http.response.body", "body": data, "more_body": True})

    async def _tell(self, stream: Hearing, body: Body, outbox: Outbox) -> None:
        """Put what the engine says into the ``outbox``, and at last how it ended."""
        texts = list[str]()
        try:
            async with beside(_hear(stream, body)) as hearing, aclosing(stream.events()) as events:
                async for event in events:
                    texts += [event.text] if isinstance(event, Final) else []
                    outbox.put(event)
                await hearing
            outbox.end(_sent("finished", _finished("".join(texts), stream.seconds)))
        except AuricleError as error:
            outbox.end(self._failed(explain(self._request, error)))
        except Exception:  # noqa: BLE001 - the border of the process: the status is sent already, so the client hears of a bug here
            outbox.end(self._failed(bug(self._request)))
        finally:
            body.end()
            self._request.scope["state"]["audio_seconds"] = round(stream.seconds, 2)

    async def _limit(self, body: Body) -> None:
        """End the body when the stream has lasted too long, or the server is about to stop."""
        limit = self._state.settings.stream_seconds
        try:
            async with asyncio.timeout(limit):
                await self._state.told.wait()
            body.end(Stopping())
        except TimeoutError:
            body.end(TooLong(f"a live stream may last {limit:g} s, and this one has; begin another."))

    def _failed(self, problem: Problem) -> bytes:
        facts = self._request.scope["state"]
        facts["problem"] = problem.code
        return _sent("error", problem.shape(facts["request_id"]))


async def _hear(stream: Hearing, body: Body) -> None:
    """Send the body to the engine; whatever ends it early, what came before is recognised to its end."""
    try:
        while (piece := await body.take()) is not None:
            await stream.send(piece)
    except Exception:
        body.end()
        await stream.finish()
        raise
    await stream.finish()


async def _beat(body: Body, outbox: Outbox) -> NoReturn:
    """While the body is not read, send something now and then: the system of a client that is gone answers with a reset."""
    while True:
        await asyncio.sleep(_PROBE_S)
        if body.full:
            outbox.beat()


async def _lost(scope: Scope) -> NoReturn:
    """Raises `ClientDisconnect` when the connection is lost, where the server tells; the body tells only when all of it is read."""
    gone: asyncio.Event = scope.get("extensions", {}).get(GONE) or asyncio.Event()
    await gone.wait()
    raise ClientDisconnect
