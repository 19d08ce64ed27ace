"""What of `/ws` makes something of each piece of audio: the stream that a connection has for it, and its answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from auricle.codec.raw import RawFormat
from auricle.errors import MalformedRequest
from auricle.server.engine import TreatedStream
from auricle.server.socket_messages import OTHER, Kind
from auricle.server.sockets import Socket
from auricle.server.streams import Treating

__all__ = ["Treatment"]


class _Wanted(Protocol):
    @property
    def format(self) -> RawFormat: ...


Wanted = TypeVar("Wanted", bound=_Wanted)
Made = TypeVar("Made")


class Treatment(ABC, Generic[Wanted, Made]):
    """The stream of one connection that is treated at the moment, if any; leaving it frees that."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._streams = AsyncExitStack()  # which holds no more than one
        self._open: tuple[Treating[Made], Kind, Wanted] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._streams.__aexit__(kind, error, trace)

    @property
    def open(self) -> bool:
        """Whether there is one."""
        return self._open is not None

    async def take(self, kind: Kind, audio: bytes, wanted: Wanted) -> None:
        """Answer what is ready with this piece: a result for each chunk, and for frames what there is.

        Raises:
            AuricleError: it cannot be used, or the engine cannot do what is ``wanted``.
        """
        wanted.format.check_message(audio)
        if not audio and kind == "chunks":
            await self._answer(kind, None, wanted)
            return
        stream, begun, _ = self._open or await self._begin(kind, wanted)
        if kind != begun:
            raise MalformedRequest(OTHER[begun])
        await self._answer(kind, await stream.feed(audio), wanted)

    async def finish(self) -> None:
        """Answer the rest, and end the stream; raises `InputError` where what came last is cut off."""
        if self._open is None:
            return
        (stream, kind, wanted), self._open = self._open, None  # whatever happens, the next audio begins another
        try:
            await self._answer(kind, await stream.finish(), wanted)
        finally:
            await self._streams.aclose()

    async def _begin(self, kind: Kind, wanted: Wanted) -> tuple[Treating[Made], Kind, Wanted]:
        stream = await self._streams.enter_async_context(self._socket.treating(lambda: self._engaged(wanted), wanted.format))
        self._open = stream, kind, wanted
        return self._open

    @abstractmethod
    async def _engaged(self, wanted: Wanted) -> TreatedStream[Made]:
        """A stream of the engine."""

    @abstractmethod
    async def _answer(self, kind: Kind, made: Made | None, wanted: Wanted) -> None:
        """Send what was made of a piece; None for a piece of nothing."""
