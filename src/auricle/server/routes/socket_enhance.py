"""What of `/ws` enhances: the audio of a connection goes back as it came, but better."""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from auricle import wire
from auricle.errors import MalformedRequest
from auricle.server.enhance_fields import LIVE_NAMES
from auricle.server.enhancing import LiveEnhancing
from auricle.server.fields import in_words
from auricle.server.socket_messages import OTHER, Kind
from auricle.server.sockets import Socket
from auricle.server.streams import Restoring

__all__ = ["Restoration"]


class Restoration:
    """The stream of one connection that is enhanced at the moment, if any; leaving it frees that."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._streams = AsyncExitStack()  # which holds no more than one
        self._stream: Restoring | None = None
        self._kind: Kind = "chunks"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._streams.__aexit__(kind, error, trace)

    @property
    def open(self) -> bool:
        """Whether there is one."""
        return self._stream is not None

    async def take(self, kind: Kind, audio: bytes, wanted: LiveEnhancing) -> None:
        """Send back what is ready with this piece: as a result for a chunk, as a frame for frames, unless it is nothing yet.

        Raises:
            AuricleError: it cannot be used, or the engine cannot do what is ``wanted``.
        """
        wanted.format.check_message(audio)
        if not audio and kind == "chunks":
            await self._answer(kind, b"", wanted)
            return
        stream = self._stream or await self._begin(kind, wanted)
        if kind != self._kind:
            raise MalformedRequest(OTHER[self._kind])
        await self._answer(kind, await stream.feed(audio), wanted)

    async def finish(self) -> None:
        """Send back the rest, and end the stream."""
        if self._stream is None:
            return
        stream, self._stream = self._stream, None  # whatever happens, the next audio begins another
        try:
            await self._answer(self._kind, await stream.finish(), stream.wanted)
        finally:
            await self._streams.aclose()

    async def _begin(self, kind: Kind, wanted: LiveEnhancing) -> Restoring:
        with in_words(LIVE_NAMES):
            self._stream = await self._streams.enter_async_context(self._socket.restoring(wanted))
        self._kind = kind
        return self._stream

    async def _answer(self, kind: Kind, data: bytes, wanted: LiveEnhancing) -> None:
        sent = wanted.format
        if kind == "frames":
            if data:
                await self._socket.send_bytes(data)
            return
        found = wire.live_enhanced(
            data, encoding=sent.encoding, rate=sent.sample_rate, channels=sent.channels, frame_bytes=sent.frame_bytes or 1
        )
        await self._socket.send({"type": "result", "data": found})
