"""Live audio over WebSocket, written down, enhanced or analysed: the guide's chunks, each answered, or frames and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, aclosing

from fastapi import APIRouter, WebSocket

from auricle import wire
from auricle.errors import AuricleError, InputError, MalformedRequest
from auricle.server import sockets
from auricle.server.enhance_fields import LIVE_NAMES
from auricle.server.fields import in_words
from auricle.server.problems import Problem, describe
from auricle.server.routes.socket_analyze import Survey
from auricle.server.routes.socket_enhance import Restoration
from auricle.server.socket_messages import OTHER, Chunk, Commit, Configure, Kind, Message, ProcessType, decoded, parsed
from auricle.server.sockets import Socket
from auricle.server.streams import Hearing

__all__ = ["router"]

router = APIRouter()

_SUBPROTOCOLS = ("auricle",)
_DONE: Mapping[ProcessType | None, str] = {"transcribe": "written down", "enhance": "enhanced", "analyze": "analysed"}
_BUSY_WITH = "the audio of this stream is {}; send finish before process_type {}."


@router.websocket("/ws")
async def captions(websocket: WebSocket) -> None:
    """Write down what is said while it is said, clean it, or say what its music is like."""
    await sockets.converse(websocket, lambda socket: _Captions(socket).hold(), _failed, _SUBPROTOCOLS)


def _failed(problem: Problem, request_id: str) -> Mapping[str, object]:
    return {"type": "error", "data": problem.shape(request_id)}


class _Captions:
    """One connection: its settings, and the stream that it has at the moment, if any."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._settings = Configure()
        self._wanted = self._settings.wanted()
        self._streams = AsyncExitStack()  # which holds no more than one
        self._stream: Hearing | None = None
        self._kind: Kind = "chunks"
        self._pushing: asyncio.Task[None] | None = None  # for frames
        self._last: wire.WireLiveResult | None = None  # for chunks
        self._restoration, self._survey = Restoration(socket), Survey(socket)

    async def hold(self) -> None:
        """Answer messages until the connection is to end."""
        async with self._streams, self._restoration, self._survey:
            async for message in self._socket.messages():
                try:
                    await (self._follow(parsed(message)) if isinstance(message, str) else self._take("frames", message))
                except AuricleError as error:
                    if describe(error).status >= 500:  # it would be the same with the next message
                        raise
                    await self._refuse(error)
            await self._finish()

    async def _refuse(self, error: AuricleError) -> None:
        await self._socket.send(_failed(self._socket.noted(describe(error)), self._socket.request_id))

    async def _follow(self, message: Message) -> None:
        match message:
            case Chunk():
                process = message.process_type if "process_type" in message.model_fields_set else None
                await self._take("chunks", await decoded(message.audio_base64), process)
            case Configure():
                await self._configure(message)
            case Commit():
                await self._commit()
            case _:
                await self._finish()
                await self._socket.send({"type": "finished"})

    async def _take(self, kind: Kind, audio: bytes, process: ProcessType | None = None) -> None:
        process = process or self._settings.process_type
        under_way = self._under_way()
        if under_way not in (None, process):
            raise MalformedRequest(_BUSY_WITH.format(_DONE[under_way], process))
        match process:
            case "analyze":
                await self._survey.take(kind, audio, self._settings.wanted_analysed())
            case "enhance":
                await self._restoration.take(kind, audio, self._settings.wanted_enhanced())
            case _:
                await self._write_down(kind, audio)

    def _under_way(self) -> ProcessType | None:
        """What is done with the audio of the stream that is open, if one is."""
        if self._restoration.open:
            return "enhance"
        if self._survey.open:
            return "analyze"
        return "transcribe" if self._stream else None

    async def _write_down(self, kind: Kind, audio: bytes) -> None:
        if audio or kind == "frames":
            stream = await self._hear(kind, audio)
            if kind == "frames":
                return
            await stream.settled()
        await self._tell()

    async def _hear(self, kind: Kind, audio: bytes) -> Hearing:
        self._wanted.format.check_message(audio)
        stream = self._stream or await self._begin(kind)
        if kind != self._kind:
            raise MalformedRequest(OTHER[self._kind])
        await stream.send(audio)
        return stream

    async def _begin(self, kind: Kind) -> Hearing:
        stream = await self._streams.enter_async_context(self._socket.hearing(self._wanted))
        self._stream, self._kind, self._last = stream, kind, None
        if kind == "frames":
            self._pushing = self._socket.beside(self._push(stream))
        return stream

    async def _push(self, stream: Hearing) -> None:
        async with aclosing(stream.events()) as events:
            async for event in events:
                await self._socket.send(wire.live_event(event))

    async def _tell(self, *more: Mapping[str, object]) -> None:
        """Say what there is to say of the stream: a result, or the events that are not yet pushed."""
        events = self._stream.ready_events() if self._stream else ()
        if self._pushing is not None:
            await self._socket.send(*map(wire.live_event, events), *more)
        else:
            self._last = wire.live_result(events, self._last)
            await self._socket.send({"type": "result", "data": self._last}, *more)

    async def _configure(self, later: Configure) -> None:
        settings = self._settings.changed_by(later)
        wanted = settings.wanted()
        await self._check(settings, later)  # before anything is changed
        await self._finish()
        self._settings, self._wanted = settings, wanted
        model = settings.model or self._socket.state.engine.models()[0].id
        data = settings.model_dump(exclude={"type"}) | {"model": model}
        await self._socket.send({"type": "configured", "data": data})

    async def _check(self, settings: Configure, later: Configure) -> None:
        engine = self._socket.state.engine
        await engine.check(settings.wanted())
        if settings.process_type == "enhance" or "enhance" in later.model_fields_set:
            with in_words(LIVE_NAMES):
                await engine.check_enhancing(settings.wanted_enhanced())

    async def _commit(self) -> None:
        committed = {"type": "committed"}
        if self._stream is None:
            await self._socket.send(committed)
            return
        await self._stream.commit()
        await self._stream.settled()
        await self._tell(committed)

    async def _finish(self) -> None:
        """Say the rest, and end the stream."""
        for treatment in (self._restoration, self._survey):
            try:
                await treatment.finish()
            except InputError as error:
                await self._refuse(error)
        if self._stream is None:
            return
        stream, pushing = self._stream, self._pushing
        self._stream = self._pushing = None  # whatever happens, the next audio begins another
        try:
            refused = None
            try:
                await stream.finish()
            except InputError as error:  # what came last is cut off; what came before is not
                refused = error
            await self._last_words(stream, pushing)
            if refused is not None:
                await self._refuse(refused)
        finally:
            await self._streams.aclose()

    async def _last_words(self, stream: Hearing, pushing: asyncio.Task[None] | None) -> None:
        if pushing is not None:
            await pushing
            return
        async with aclosing(stream.events()) as events:
            self._last = wire.live_result([event async for event in events], self._last)
        await self._socket.send({"type": "result", "data": self._last})
