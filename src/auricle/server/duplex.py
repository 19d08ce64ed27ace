"""A request's body and its answer at once: each is bounded, neither waits for the other, and the client may go away at any time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import NoReturn, TypeVar

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from auricle.errors import AuricleError, LimitExceeded, UploadStalled
from auricle.speech.events import Final, LiveEvent, Partial

__all__ = ["Body", "Outbox", "beside"]

T = TypeVar("T")

_AHEAD = 64 * 1024  # bytes of the body that may wait for whoever takes it: enough to notice that a client in real time goes away
_LINGER_S = 60.0  # for which a body is thrown away after its end, so that a client who sends first and reads then gets to read
_MOST_UNREAD = 4 * 2**20  # bytes of events that may wait for the client: those of some hours
_HEARTBEAT_S = 15.0  # proxies close a connection that is silent for longer than half a minute or so
_HEARTBEAT = b": still listening\n\n"


class Body:
    """A request's body as it comes, a little of it ahead of whoever takes it.

    Args:
        receive: ASGI's.
        idle: for how long nothing may come. Seconds.
    """

    def __init__(self, receive: Receive, idle: float) -> None:
        self._receive, self._idle = receive, idle
        self._coming = asyncio.Queue[bytes | AuricleError | None]()
        self._held = 0  # bytes
        self._room = asyncio.Event()
        self._room.set()
        self._ended = self._whole = False

    @property
    def full(self) -> bool:
        """Whether nothing more is read until some is taken; so nobody hears of a client that goes away, unless something is sent to it."""
        return not self._room.is_set()

    async def read(self) -> NoReturn:
        """Read to the end and further: ends only with `ClientDisconnect`. What comes after `end` is thrown away."""
        while not self._ended:
            await self._room.wait()
            try:
                async with asyncio.timeout(self._idle):
                    await self._receive_piece()
            except TimeoutError:
                self.end(UploadStalled(f"no audio has come for {self._idle:g} s; send silence, or end the body when there is no more."))
        try:
            async with asyncio.timeout(_LINGER_S):
                while not self._whole:
                    await self._receive_piece()
        except TimeoutError:
            await asyncio.Event().wait()  # for ever: whoever still sends and does not read is given up by the server
        while True:
            await self._receive_piece()

    def end(self, why: AuricleError | None = None) -> None:
        """No more of the body is heard than has come; whoever takes it gets to know ``why``, if it has not ended yet."""
        if not self._ended:
            self._ended = True
            self._coming.put_nowait(why)
            self._room.set()

    async def take(self) -> bytes | None:
        """The next piece; None at the end.

        Raises:
            AuricleError: why it has been ended early.
        """
        piece = await self._coming.get()
        if isinstance(piece, AuricleError):
            raise piece
        self._held -= len(piece or b"")
        if self._held < _AHEAD:
            self._room.set()
        return piece

    async def _receive_piece(self) -> None:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        if (piece := message.get("body", b"")) and not self._ended:
            self._coming.put_nowait(piece)
            self._held += len(piece)
            if self._held >= _AHEAD:
                self._room.clear()
        if not message.get("more_body", False):
            self._whole = True
            self.end()


class Outbox:
    """Events that wait for the client.

    Args:
        write: an event as it is sent.
    """

    def __init__(self, write: Callable[[LiveEvent], bytes]) -> None:
        self._write = write
        self._waiting = list[bytes]()
        self._size = 0  # bytes
        self._partial = False  # the last that waits is one
        self._ended = False
        self._came = asyncio.Event()

    def put(self, event: LiveEvent) -> None:
        """Add one; it takes the place of a partial that the client has not got and that is out of date now.

        Raises:
            LimitExceeded: the client has too many to read.
        """
        if self._partial and isinstance(event, Partial | Final):
            self._size -= len(self._waiting.pop())
        self._add(self._write(event))
        self._partial = isinstance(event, Partial)
        if self._size > _MOST_UNREAD:
            raise LimitExceeded(f"more than {_MOST_UNREAD} bytes of events wait to be read; read the answer while you send.")

    def beat(self) -> None:
        """Add a sign of life, if nothing else waits."""
        if not self._waiting:
            self._add(_HEARTBEAT)

    def end(self, last: bytes) -> None:
        """Add what comes last."""
        self._add(last)
        self._ended = True

    async def take(self) -> bytes | None:
        """All that waits, or a sign of life where there is nothing for a while; None after the last."""
        if self._ended and not self._waiting:
            return None
        try:
            async with asyncio.timeout(_HEARTBEAT_S):
                await self._came.wait()
        except TimeoutError:
            return _HEARTBEAT
        self._came.clear()
        data, self._waiting, self._size, self._partial = b"".join(self._waiting), [], 0, False
        return data

    def _add(self, data: bytes) -> None:
        self._waiting.append(data)
        self._size += len(data)
        self._came.set()


@asynccontextmanager
async def beside(work: Coroutine[object, object, T]) -> AsyncGenerator[asyncio.Task[T], None]:
    """Run ``work`` beside the block, and cancel it at its end."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # which is known by now, or comes too late to matter
