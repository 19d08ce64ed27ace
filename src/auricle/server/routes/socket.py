"""Live captions over WebSocket: the guide's chunks in JSON with an answer for each, or binary frames and events as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, aclosing
from typing import Annotated, Literal, Self

from fastapi import APIRouter, WebSocket
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auricle import wire
from auricle.codec.raw import Encoding, RawFormat
from auricle.errors import AuricleError, InputError, MalformedRequest, OptionError
from auricle.server import sockets
from auricle.server.base64_text import Base64Reader
from auricle.server.engine import Listening
from auricle.server.problems import Problem, describe, option_error, shown
from auricle.server.sockets import Socket
from auricle.server.streams import Hearing
from auricle.speech.live import LiveOptions

__all__ = ["router"]

router = APIRouter()

_SUBPROTOCOLS = ("auricle",)
_DECODED_AT_ONCE = 256 * 1024  # characters, which take a fraction of a millisecond
_MISSING = {
    "enhance": "enhancement of live audio is not part of this server yet; send process_type transcribe.",
    "analyze": "analysis of live audio is not part of this server yet; send process_type transcribe.",
}

_Kind = Literal["chunks", "frames"]
_OTHER = {
    "chunks": "the audio of this stream comes in audio_chunk messages; send finish before binary frames.",
    "frames": "the audio of this stream comes in binary frames; send finish before audio_chunk messages.",
}


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class _Chunk(_Message):
    type: Literal["audio_chunk"]
    audio_base64: str
    process_type: Literal["transcribe", "enhance", "analyze"] = "transcribe"


class _Configure(_Message):
    type: Literal["configure"] = "configure"
    encoding: Encoding = "f32le"
    sample_rate: int = 16_000
    channels: int = 1
    language: Annotated[str, Field(max_length=100)] | None = None
    model: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    prompt: Annotated[str, Field(max_length=10_000)] | None = None
    threshold: Annotated[float, Field(gt=0, lt=1)] = LiveOptions().threshold
    silence: Annotated[float, Field(ge=0.1, le=10)] = LiveOptions().silence

    def changed_by(self, later: Self) -> Self:
        """These settings, but for those that ``later`` states."""
        return self.model_copy(update={name: getattr(later, name) for name in later.model_fields_set})

    def wanted(self) -> Listening:
        """What is asked of the engine; raises `OptionError` for what cannot be honoured."""
        options = LiveOptions(self.language, self.prompt, self.threshold, self.silence)
        return Listening(options, self.model, RawFormat(self.encoding, self.sample_rate, self.channels))


class _Commit(_Message):
    type: Literal["commit"]


class _Finish(_Message):
    type: Literal["finish"]


_MESSAGES: Mapping[object, type[_Message]] = {"audio_chunk": _Chunk, "configure": _Configure, "commit": _Commit, "finish": _Finish}


@router.websocket("/ws")
async def captions(websocket: WebSocket) -> None:
    """Write down what is said while it is said."""
    await sockets.converse(websocket, lambda socket: _Captions(socket).hold(), _failed, _SUBPROTOCOLS)


def _failed(problem: Problem, request_id: str) -> Mapping[str, object]:
    return {"type": "error", "data": problem.shape(request_id)}


class _Captions:
    """One connection: its settings, and the stream that it has at the moment, if any."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._settings = _Configure()
        self._wanted = self._settings.wanted()
        self._streams = AsyncExitStack()  # which holds no more than one
        self._stream: Hearing | None = None
        self._kind: _Kind = "chunks"
        self._pushing: asyncio.Task[None] | None = None  # for frames
        self._last: wire.WireLiveResult | None = None  # for chunks

    async def hold(self) -> None:
        """Answer messages until the connection is to end."""
        async with self._streams:
            async for message in self._socket.messages():
                try:
                    await (self._follow(_parsed(message)) if isinstance(message, str) else self._hear("frames", message))
                except AuricleError as error:
                    if describe(error).status >= 500:  # it would be the same with the next message
                        raise
                    await self._refuse(error)
            await self._finish()

    async def _refuse(self, error: AuricleError) -> None:
        await self._socket.send(_failed(self._socket.noted(describe(error)), self._socket.request_id))

    async def _follow(self, message: _Message) -> None:
        match message:
            case _Chunk():
                await self._take(message)
            case _Configure():
                await self._configure(message)
            case _Commit():
                await self._commit()
            case _:
                await self._finish()
                await self._socket.send({"type": "finished"})

    async def _take(self, chunk: _Chunk) -> None:
        if chunk.process_type != "transcribe":
            missing = Problem(501, "not_available", _MISSING[chunk.process_type], "process_type")
            await self._socket.send(_failed(self._socket.noted(missing), self._socket.request_id))
            return
        if audio := await _decoded(chunk.audio_base64):
            stream = await self._hear("chunks", audio)
            await stream.settled()
        await self._tell()

    async def _hear(self, kind: _Kind, audio: bytes) -> Hearing:
        self._wanted.format.check_message(audio)
        stream = self._stream or await self._begin(kind)
        if kind != self._kind:
            raise MalformedRequest(_OTHER[self._kind])
        await stream.send(audio)
        return stream

    async def _begin(self, kind: _Kind) -> Hearing:
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

    async def _configure(self, later: _Configure) -> None:
        settings = self._settings.changed_by(later)
        wanted = settings.wanted()
        await self._socket.state.engine.check(wanted)  # before anything is changed
        await self._finish()
        self._settings, self._wanted = settings, wanted
        model = settings.model or self._socket.state.engine.models()[0].id
        data = settings.model_dump(exclude={"type"}) | {"model": model}
        await self._socket.send({"type": "configured", "data": data})

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


def _parsed(text: str) -> _Message:
    """What a client says.

    Raises:
        MalformedRequest: it is no JSON object.
        OptionError: a field is missing, unknown or wrong.
    """
    found = sockets.json_object(text)
    kind = found.get("type")
    if not isinstance(kind, str) or kind not in _MESSAGES:
        raise OptionError("type", f"type is {shown(kind)}" if "type" in found else "type is missing", _MESSAGES)
    shape = _MESSAGES[kind]
    try:
        return shape.model_validate(found)
    except ValidationError as error:
        raise option_error(error, shape.model_fields) from None


async def _decoded(text: str) -> bytes:
    """The bytes of base64; others have their turn meanwhile.

    Raises:
        MalformedRequest: it is none.
    """
    reader, encoded, pieces = Base64Reader("audio_base64"), text.encode(errors="backslashreplace"), list[bytes]()
    for first in range(0, len(encoded), _DECODED_AT_ONCE):
        pieces.append(reader.feed(encoded[first : first + _DECODED_AT_ONCE]))
        await asyncio.sleep(0)
    return b"".join((*pieces, reader.finish()))
