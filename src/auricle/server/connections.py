"""Connections under uvicorn that give up clients which do not send, do not read or are not there; uvicorn waits for them for ever."""

from __future__ import annotations

import asyncio
import logging
import select
from collections.abc import Callable
from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import State

from auricle.server.sockets import GONE

__all__ = ["Connection", "SocketConnection"]

_quiet = logging.getLogger(f"{__name__}.quiet")
_quiet.setLevel(logging.CRITICAL)

_HEAD_S = 20.0  # in which a request's head must have come, and the most that it may have
_HEAD_BYTES = 64 * 1024
_UNREAD_S = 60.0  # in which a client must take some of what is waiting for it
_SENT_BYTES = 1024  # a second, that must come of a request before whose end its client does not read
_LOST_S = 0.25  # how often a connection that is not read is looked at


class Connection(HttpToolsProtocol):
    """Closes connections whose clients do not send whole heads, or do not read answers; uvicorn waits for them for ever."""

    _overdue: asyncio.TimerHandle | None = None  # while a head is awaited
    _size = 0  # bytes of the head so far
    _unread: asyncio.TimerHandle | None = None  # while the client does not read
    _sent = 0  # bytes of a body that have come meanwhile
    _upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """The client has connected."""
        super().connection_made(transport)
        self._watch = _Watch(transport, lambda: self.flow.read_paused)
        self._await_head()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._stop_awaiting()
        self.scope["extensions"] = {GONE: self._watch.gone}  # type: ignore[dict-item]  # uvicorn knows no others
        super().on_headers_complete()

    def handle_websocket_upgrade(self) -> None:
        """From here on the connection is a `SocketConnection`."""
        self._upgraded = True
        super().handle_websocket_upgrade()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        awaited = self._overdue
        if self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete:
            self._sent += len(data)
        super().data_received(data)
        if self.flow.read_paused:
            self._watch.begin()
        if self._upgraded:
            self._stop_awaiting()
        elif self._overdue is None:
            if self.timeout_keep_alive_task is None and (self.cycle is None or self.cycle.response_complete):
                self._await_head()  # between two requests, nothing that begins one: uvicorn has stopped its own clock
        elif self._overdue is awaited:  # nothing but the head
            self._size += len(data)
            if self._size > _HEAD_BYTES:
                self._give_up()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        super().pause_writing()
        self._await_reader()

    def resume_writing(self) -> None:
        """It has read most of it."""
        super().resume_writing()
        self._stop_unread()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop_awaiting()
        self._stop_unread()
        self._watch.end()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._stop_awaiting()
        self._size = 0
        self._overdue = self.loop.call_later(_HEAD_S, self._give_up)

    def _stop_awaiting(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _await_reader(self) -> None:
        self._sent = 0
        self._unread = self.loop.call_later(_UNREAD_S, self._look_for_reader)

    def _look_for_reader(self) -> None:
        """Give up a client who does not read, unless it was still sending its request: many read only after that."""
        if self._sent >= _SENT_BYTES * _UNREAD_S:
            self._await_reader()
        else:
            self.transport.abort()

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


class SocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket: not read while messages wait, as uvicorn has it; closed when its client does not read, and seen to be lost at once."""

    _unread: asyncio.TimerHandle | None = None  # while the client does not read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection has become a WebSocket."""
        super().connection_made(transport)
        self.logger = _quiet  # uvicorn writes addresses with what is behind "?", and calls refusals errors
        self.conn.logger, self.conn.debug = _quiet, False  # which would write what is said
        self._watch = _Watch(self.transport, lambda: self.read_paused, self._ping)

    def handle_connect(self, event: Request) -> None:
        """The handshake has come: the application hears how to learn that the connection is lost."""
        super().handle_connect(event)
        if self.response.status_code == HTTPStatus.SWITCHING_PROTOCOLS:
            self.scope["extensions"][GONE] = self._watch.gone  # type: ignore[assignment]  # uvicorn knows no others

    def send_receive_event_to_app(self) -> None:
        """A message is whole."""
        super().send_receive_event_to_app()
        if self.read_paused:
            self._watch.begin()

    def handle_ping(self) -> None:
        """A ping has come, which is answered unless the client reads no answers; uvicorn would keep them all."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        super().pause_writing()
        self._unread = self.loop.call_later(_UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read most of it."""
        super().resume_writing()
        self._stop_unread()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone, whatever is yet to be read."""
        self._stop_unread()
        self._watch.end()
        super().connection_lost(exc)

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()

    def _ping(self) -> None:
        """Ask whether the client is there: its end may wait behind what it sent last, for which there is no room on the way.

        The system of a client that is gone answers with a reset.
        """
        if self.conn.state is State.OPEN and self.writable.is_set():
            self.conn.send_ping(b"")
            self.transport.write(b"".join(self.conn.data_to_send()))


class _Watch:
    """Looks now and then at a connection that is not read, for nobody is told of its end; aborts it when it is lost.

    Attributes:
        gone: set when the connection has ended.
    """

    def __init__(self, transport: asyncio.Transport, paused: Callable[[], bool], probe: Callable[[], None] | None = None) -> None:
        self._transport, self._paused, self._probe = transport, paused, probe
        self._timer: asyncio.TimerHandle | None = None
        self.gone = asyncio.Event()

    def begin(self) -> None:
        """It is not read from now on."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_LOST_S, self._look)

    def end(self) -> None:
        """It has ended."""
        self.gone.set()
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        self._timer = None
        if not self._paused() or self._transport.is_closing():
            return
        if _is_lost(self._transport.get_extra_info("socket").fileno()):
            self._transport.abort()
            return
        if self._probe is not None:
            self._probe()
        self.begin()


def _is_lost(connection: int) -> bool:
    """Whether the other side of a connection has closed it, whatever it sent before; false where the system does not tell."""
    if not hasattr(select, "poll"):
        return False
    poll = select.poll()
    poll.register(connection, getattr(select, "POLLRDHUP", 0))
    return bool(poll.poll(0))
