"""OpenAI's realtime transcription: a client of theirs works when its base address is ours."""

from __future__ import annotations

import asyncio
import secrets
from contextlib import AsyncExitStack, aclosing
from functools import partial

from fastapi import APIRouter
from starlette.websockets import WebSocket

from auricle.errors import AuricleError, InputError, OptionError
from auricle.server import sockets
from auricle.server.engine import Listening
from auricle.server.problems import Problem, openai_shape, shown
from auricle.server.realtime import Events, RealtimeTranscription
from auricle.server.realtime_fields import Append, BetaUpdate, Clear, Commit, Session, Update
from auricle.server.sockets import Socket
from auricle.server.streams import Hearing
from auricle.wire import realtime as wire

__all__ = ["router"]

router = APIRouter(prefix="/v1")


@router.websocket("/realtime")
async def realtime(websocket: WebSocket) -> None:
    """Writes down what is said, while it is said."""
    await sockets.converse(websocket, partial(_talk, websocket), _closing, ("realtime",))


async def _talk(websocket: WebSocket, socket: Socket) -> None:
    """The conversation.

    Raises:
        AuricleError: what is wrong with the address, or with the model that is named in it.
    """
    if (intent := websocket.query_params.get("intent")) != "transcription":
        raise OptionError("intent", f"intent is {shown(intent)}, but there are no conversations here", ["transcription"])
    named = websocket.query_params.get("model")
    session = Session(named or socket.state.engine.models()[0].id)
    protocol = RealtimeTranscription(secrets.token_hex(8), session, beta=_expects_beta(websocket))
    async with AsyncExitStack() as places:
        turns = _Turns(socket, protocol, places)
        if named is not None:
            await turns.open(session.listening())
        await socket.send(*protocol.created())
        async for message in socket.messages():
            await turns.answer(message)
        await turns.finish()


def _expects_beta(websocket: WebSocket) -> bool:
    """Whether the client speaks as they did until 2026; browsers cannot set headers, but can offer subprotocols."""
    return "realtime=v1" in websocket.headers.get("openai-beta", "") or "openai-beta.realtime-v1" in websocket.scope["subprotocols"]


def _closing(problem: Problem, request_id: str) -> wire.RealtimeEvent:
    return wire.error(f"event_{request_id}_end", openai_shape(problem)["error"], None)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


class _Turns:
    """Moves audio into a stream of the engine, and what is heard into the protocol; see `RealtimeTranscription` for the order of things.

    What a stream has to tell is read beside the conversation. After `settled` the rest is taken by the conversation itself, so that what it
    says next comes after it; whoever takes an event begins to send what it means before the other can take the next one.
    """

    def __init__(self, socket: Socket, protocol: RealtimeTranscription, places: AsyncExitStack) -> None:
        self._socket, self._protocol, self._places = socket, protocol, places
        self._stream: Hearing | None = None
        self._reading: asyncio.Task[None] | None = None

    async def answer(self, message: str | bytes) -> None:
        """Do what a client's event says."""
        try:
            match self._protocol.receive(message):
                case Append() as more:
                    await self._append(more.data())
                case Commit():
                    await self._commit()
                case Clear():
                    await self._clear()
                case Update() | BetaUpdate() as update:
                    await self._update(update)
        except AuricleError as error:
            await self._refuse(self._socket.noted(error))

    async def finish(self) -> None:
        """No more will come: say the rest."""
        if self._stream is not None and self._reading is not None:
            await self._stream.finish()
            await asyncio.wait([self._reading])

    async def open(self, wanted: Listening) -> Hearing:
        """Begin a new stream in place of the one that there is, if any.

        Raises:
            AuricleError: see `Engine.listen`.
        """
        await self._leave()
        stream = self._stream = await self._places.enter_async_context(self._socket.hearing(wanted))
        self._protocol.opened()
        self._reading = self._socket.beside(self._read(stream))
        self._places.push_async_callback(_stop, self._reading)
        return stream

    async def _append(self, data: bytes) -> None:
        stream = self._stream or await self.open(self._protocol.session.listening())
        self._protocol.appended(data)
        try:
            await stream.send(data)
        except InputError:  # the stream goes on without
            raise
        except AuricleError as error:
            await self._give_up(stream, error)

    async def _commit(self) -> None:
        if self._stream is not None:
            await self._settle(self._stream)
        if (problem := self._protocol.too_short()) is not None:
            await self._refuse(self._socket.noted(problem))
            return
        await self._say(self._protocol.commit())
        await self._end_utterance()
        await self._say(self._protocol.settled())

    async def _clear(self) -> None:
        if self._stream is not None:
            await self._settle(self._stream)
        await self._leave()
        await self._say(self._protocol.clear())

    async def _update(self, update: Update | BetaUpdate) -> None:
        wanted = self._protocol.proposed(update)
        if self._stream is None or self._stream.wanted != wanted:
            await self._end_utterance()
            await self.open(wanted)
        await self._say(self._protocol.updated(update))

    async def _end_utterance(self) -> None:
        if self._stream is not None:
            await self._settle(self._stream, commit=True)

    async def _settle(self, stream: Hearing, *, commit: bool = False) -> None:
        """Say all that can be said of what was sent; with ``commit`` it is all there will be of it."""
        broken: AuricleError | None = None
        try:
            if commit:
                await stream.commit()
            await stream.settled()
        except AuricleError as error:
            broken = error
        await self._say([said for event in stream.ready_events() for said in self._protocol.heard(event)])
        if broken is not None:
            await self._give_up(stream, broken)

    async def _leave(self) -> None:
        self._stream = self._reading = None
        await self._places.aclose()

    async def _read(self, stream: Hearing) -> None:
        try:
            async with aclosing(stream.events()) as events:
                async for event in events:
                    await self._say(self._protocol.heard(event))
        except AuricleError as error:
            await self._give_up(stream, error)

    async def _give_up(self, stream: Hearing, error: AuricleError) -> None:
        """The stream cannot go on; the next audio gets another. It is said once, whoever finds out."""
        if self._stream is stream:
            self._stream = None
            await self._say(self._protocol.failed(self._socket.noted(error)))

    async def _refuse(self, problem: Problem) -> None:
        await self._say(self._protocol.refused(problem))

    async def _say(self, events: Events) -> None:
        await self._socket.send(*events)
