"""What all WebSocket routes share: who comes in, messages both ways at the slower side's pace, limits, and an end that says why.

A route holds a conversation::

    @router.websocket("/captions")
    async def captions(websocket: WebSocket) -> None:
        await sockets.converse(websocket, _talk, _failed, ("auricle",))


    async def _talk(socket: Socket) -> None:
        async with socket.hearing(Listening()) as stream:  # freed when the block is left, at latest within a second after the client
            async for message in socket.messages():  # one at a time: what comes next is read when this one is done
                try:
                    await stream.send(...)
                except InputError as error:  # a bad chunk: said, survived
                    await socket.send(_failed(socket.noted(error), socket.request_id))
                await stream.settled()
                await socket.send(*map(wire.live_event, stream.ready_events()))
            await stream.finish()  # `messages` has ended: the server stops, or the client was idle, or the stream is too long
            ...  # and the client is still there: it gets the last events, then `converse` says why and closes

Whatever `AuricleError` leaves the conversation is said in a message, and the socket closed with the code of `problems`. When the
client goes away the conversation is cancelled. `converse` asks for the key, too: no dependency `admit` on these routes, it is HTTP's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from starlette.websockets import WebSocket, WebSocketDisconnect

from auricle.codec.raw import RawFormat
from auricle.errors import AuricleError, MalformedRequest, Stopping, TooLong, TooManyBytes, UploadStalled
from auricle.server import streams
from auricle.server.access import admit_socket
from auricle.server.engine import Listening, TreatedStream
from auricle.server.problems import Problem, bug, describe, explain
from auricle.server.state import ServerState
from auricle.server.streams import Hearing, Treating

__all__ = ["GONE", "Failed", "Socket", "converse", "json_object"]

GONE = "auricle.gone"  # an ASGI extension of `connections`: an `asyncio.Event`, set when one is lost, whatever of it is yet to be read
_REASON_BYTES = 123  # RFC 6455, 5.5: a control frame has no more than 125, two of them for the code

Made = TypeVar("Made")
Failed = Callable[[Problem, str], Mapping[str, object]]  # what is wrong, and the request id → the message that says so


class Socket:
    """An accepted WebSocket, as long as its conversation lasts.

    Attributes:
        state: what all routes share.
        request_id: of the connection, for messages about errors.
        ending: why `messages` has ended, or None.
    """

    def __init__(self, websocket: WebSocket, state: ServerState, beside: asyncio.TaskGroup) -> None:
        self._websocket, self._beside = websocket, beside
        self.state = state
        self.request_id: str = websocket.scope["state"]["request_id"]
        self.ending: Problem | None = None
        self._tasks = set[asyncio.Task[None]]()
        self._writing = asyncio.Lock()
        self._message: str | bytes | None = None  # that has come and not been taken
        self._arrived, self._taken = asyncio.Event(), asyncio.Event()

    async def messages(self) -> AsyncGenerator[str | bytes, None]:
        """Text and binary messages as they come, the next one only when the client reads what was sent to it.

        Ends when the connection is to end: the server stops, nothing has come for `socket_idle` seconds, or a stream has lasted for
        `stream_seconds`; `ending` says which. The client is there still.
        """
        while True:
            async with self._writing:  # a client that does not read is not listened to either
                pass
            message = await self._next()
            if message is None:
                return
            yield message

    async def send(self, *shapes: Mapping[str, object]) -> None:
        """Send messages as JSON, with none of another task between them; waits while the client does not read.

        Raises:
            WebSocketDisconnect: the client has gone; leave it to `converse`.
        """
        async with self._writing:
            for shape in shapes:
                await self._websocket.send_text(_text(shape))

    async def send_bytes(self, data: bytes) -> None:
        """The same for a binary message."""
        async with self._writing:
            await self._websocket.send_bytes(data)

    @asynccontextmanager
    async def hearing(self, wanted: Listening) -> AsyncGenerator[Hearing, None]:
        """A stream of the engine for the length of the block; `messages` ends when it lasts too long.

        Raises:
            AuricleError: see `Engine.listen`.
        """
        async with streams.hearing(self.state, wanted) as stream:
            with self._limited(stream):
                yield stream

    @asynccontextmanager
    async def treating(
        self,
        engaged: Callable[[], Awaitable[TreatedStream[Made]]],
        format: RawFormat,  # noqa: A002 - as everywhere
    ) -> AsyncGenerator[Treating[Made], None]:
        """The same for a stream of which something is made; see `streams.treating`."""
        async with streams.treating(self.state, engaged, format) as stream:
            with self._limited(stream):
                yield stream

    def beside(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run ``work`` beside the conversation; its failure ends both, and the conversation's end cancels it."""
        task = self._beside.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def noted(self, error: AuricleError | Problem) -> Problem:
        """The problem that a client is about to hear of, counted; the log has what is the operator's business."""
        problem = explain(self._websocket, error) if isinstance(error, AuricleError) else error
        self.state.metrics.problems.labels(problem.code).inc()
        return problem

    def end(self, why: Problem) -> None:
        """Take no more messages; the conversation finishes what it has begun, and the client is told why."""
        self.ending = self.ending or why
        self._arrived.set()

    @contextmanager
    def _limited(self, stream: Hearing | Treating[Any]) -> Iterator[None]:
        limit = self.state.settings.stream_seconds
        late = describe(TooLong(f"a live stream may last {limit:g} s, and this one has; connect again for another."))
        timer = asyncio.get_running_loop().call_later(limit, self.end, late)
        try:
            yield
        finally:
            timer.cancel()
            self._count(stream.seconds)

    def _leave(self) -> None:
        """End all that runs beside the conversation."""
        for task in tuple(self._tasks):
            task.cancel()

    async def _next(self) -> str | bytes | None:
        idle = self.state.settings.socket_idle
        try:
            async with asyncio.timeout(idle):
                await self._arrived.wait()
        except TimeoutError:
            self.end(describe(UploadStalled(f"nothing has come for {idle:g} s; connect again when there is something to say.")))
        message, self._message = self._message, None
        if self.ending is None:
            self._arrived.clear()
        self._taken.set()
        return message

    async def _read(self) -> None:
        """Take what comes, one message ahead of the conversation; ends only with `WebSocketDisconnect`."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message["code"], message.get("reason"))
            text, data = message.get("text"), message.get("bytes")
            if self.ending is not None:
                continue  # too late
            self._message = self._checked(text if text is not None else data or b"")
            self._taken.clear()
            self._arrived.set()
            await self._taken.wait()

    def _checked(self, message: str | bytes) -> str | bytes:
        if len(message) > (most := self.state.settings.socket_message_bytes):  # uvicorn has seen to it; other servers have not
            raise TooManyBytes(f"a message has {len(message)} bytes, more than the {most} that are allowed; send shorter pieces.")
        return message

    def _count(self, seconds: float) -> None:
        facts = self._websocket.scope["state"]
        facts["audio_seconds"] = round(facts.get("audio_seconds", 0.0) + seconds, 2)


async def converse(
    websocket: WebSocket, conversation: Callable[[Socket], Awaitable[None]], failed: Failed, subprotocols: Collection[str] = ()
) -> None:
    """Let a client in, hold the ``conversation`` with it, and close the connection; 1000 when the conversation ends by itself.

    Args:
        websocket: not yet accepted.
        conversation: what the route does; cancelled when the client goes away.
        failed: the message that a client gets before the connection is closed because of a problem.
        subprotocols: those that the route knows; the first of them that the client offers is chosen.

    Raises:
        AuricleError: it is not let in, which the application answers over HTTP, before the connection is one.
    """
    state = admit_socket(websocket)
    streams.check_places(state)
    await websocket.accept(next((offered for offered in websocket.scope["subprotocols"] if offered in subprotocols), None))
    try:
        problem = await _held(websocket, state, conversation)
        await _close(websocket, problem, failed)
    except WebSocketDisconnect as gone:
        websocket.scope["state"].setdefault("close", gone.code)


async def _held(websocket: WebSocket, state: ServerState, conversation: Callable[[Socket], Awaitable[None]]) -> Problem | None:
    """Hold the conversation; gives the problem with which it ended, if any, and raises `WebSocketDisconnect` where the client left it."""
    try:
        async with asyncio.TaskGroup() as group:
            socket = Socket(websocket, state, group)
            for work in (socket._read(), _when_stopping(socket), _when_gone(websocket)):
                socket.beside(work)
            await conversation(socket)
            socket._leave()
    except ExceptionGroup as failures:
        gone, others = failures.split(WebSocketDisconnect)
        problem = None if others is None else _problem(websocket, others)
        if gone is not None:
            raise _first(gone) from None
        return problem
    return socket.ending


async def _when_stopping(socket: Socket) -> None:
    await socket.state.told.wait()
    socket.end(describe(Stopping()))


async def _when_gone(websocket: WebSocket) -> None:
    gone: asyncio.Event | None = websocket.scope.get("extensions", {}).get(GONE)
    if gone is not None:
        await gone.wait()
        raise WebSocketDisconnect(1006)


def _problem(websocket: WebSocket, failures: ExceptionGroup) -> Problem:
    error = _first(failures)
    return explain(websocket, error) if isinstance(error, AuricleError) else bug(websocket)


def _first(failures: BaseExceptionGroup[Exception]) -> Exception:
    error: Exception | BaseExceptionGroup[Exception] = failures
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _close(websocket: WebSocket, problem: Problem | None, failed: Failed) -> None:
    """Say what is wrong, and close."""
    facts = websocket.scope["state"]
    code, reason = 1000, ""
    if problem is not None:
        facts["problem"] = problem.code
        code, reason = problem.close, problem.message
        await websocket.send_text(_text(failed(problem, facts["request_id"])))
    facts["close"] = code
    await websocket.close(code, reason.encode()[:_REASON_BYTES].decode(errors="ignore"))


def _text(shape: Mapping[str, object]) -> str:
    return json.dumps(shape, ensure_ascii=False, separators=(",", ":"))


def json_object(text: str | bytes) -> dict[str, object]:
    """The JSON object that a message is.

    Raises:
        MalformedRequest: it is none.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedRequest("the message is no JSON; send an object with a type.") from None
    if not isinstance(found, dict):
        raise MalformedRequest("the message is JSON, but no object; send an object with a type.")
    return found
