"""The application in a process: uvicorn, the log, and a stop that finishes what was accepted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
import threading
import time
from types import FrameType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from auricle.errors import OptionError
from auricle.server import journal
from auricle.server.app import create_app
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings
from auricle.server.state import ServerState

if sys.platform != "win32":
    import resource

__all__ = ["serve"]

_log = logging.getLogger(__name__)

_HERE = ("localhost", "127.0.0.1", "::1")
_HEAD_S = 20.0  # in which a request's head must have come, and the most that it may have
_HEAD_BYTES = 64 * 1024
_UNREAD_S = 60.0  # in which a client must take some of what is waiting for it
_KEEP_ALIVE_S = 75  # longer than clients keep idle connections, so that none sends into one that is just being closed
_BACKLOG = 2048
_FILES = 65_536  # open at once, where the system allows it: each connection is one, each recording several

_ECHO_S = 0.5  # what comes so soon after a signal is the same one, passed on by a parent process as well
_LAST_WORDS_S = 1  # for what is still at work when the grace is over
_END_S = 5.0  # for everything else, before the process ends whatever its threads are doing


def serve(settings: Settings) -> int:
    """Serve until the process is told to stop; gives the exit code: 0 if all that was accepted has been answered, else 1.

    Raises:
        OptionError: the address cannot be listened on.
        ModelError: the default model cannot be used.
    """
    log = journal.begin(settings.log_level, settings.log_format)
    os.environ.pop("AURICLE_API_KEYS", None)  # the settings have their hashes
    _allow_files()
    with _listener(settings.host, settings.port) as listener:
        app = create_app(LocalEngine(settings), settings)
        if settings.is_private and not (settings.api_keys or settings.trusted_proxies):
            app.state.server.hosts = (*_HERE, settings.host)
        config = uvicorn.Config(
            app,
            http=_Connection,
            lifespan="off",  # `_Server` starts and stops the engine: it answers while that starts, and ends when it cannot
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=list(settings.trusted_proxies),
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=_LAST_WORDS_S,
        )
        server = _Server(config, app.state.server, listener)
        try:
            server.run(sockets=[listener])
        finally:
            server.end.cancel()
            log.finish()
    if server.failure is not None:
        raise server.failure
    return server.code


def _allow_files() -> None:
    """Open as many files as the system allows; what processes start with may be no more than 1024."""
    if sys.platform != "win32":
        least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
        with contextlib.suppress(OSError, ValueError):  # macOS has another limit behind this one
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(least, wanted), most))


def _listener(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=both)
    except (OSError, UnicodeError) as error:  # no name of a machine is like that
        reason = ((error.strerror if isinstance(error, OSError) else None) or str(error)).partition(" (")[0].lower()
        raise OptionError("port", f"cannot listen on {host or '*'}:{port}: {reason}; choose another --host or --port") from error


class _Server(uvicorn.Server):
    """Told to stop, it takes no more requests, answers those that it has, and only then closes; told twice, it ends at once.

    Attributes:
        failure: why the engine did not start.
        code: the process's exit code.
        end: ends the process when closing takes too long; whoever runs the server cancels it.
    """

    def __init__(self, config: uvicorn.Config, state: ServerState, listener: socket.socket) -> None:
        super().__init__(config)
        self._state, self._listener = state, listener
        self._starting: asyncio.Task[None] | None = None
        self._told = 0.0
        self._said_so = False
        self.failure: BaseException | None = None
        self.code = 0
        self.end = threading.Timer(_END_S, lambda: os._exit(self.code))
        self.end.daemon = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, and say where; the engine starts meanwhile."""
        await super().startup(sockets)
        host, port = self._listener.getsockname()[:2]
        _log.info("listening on http://%s:%d, documentation at /docs", f"[{host}]" if ":" in host else host, port)
        self._starting = asyncio.create_task(self._state.engine.start())

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal has come."""
        now = time.monotonic()
        if not self._state.stopping:
            self._state.stopping, self._told = True, now
        elif now - self._told > _ECHO_S:
            os._exit(128 + sig)  # all that is ours outside of this process ends by itself

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: whether it is time to close."""
        if self._starting is not None and self._starting.done() and (failure := self._starting.exception()):
            self.failure, self.should_exit = failure, True
        if self._state.stopping and not self.should_exit:
            if not self._said_so:
                _log.info("stopping: %d requests to finish; told again, it ends at once", self._state.active)
                self._said_so = True
            late = time.monotonic() - self._told > self._state.settings.grace
            if late and self._state.active:
                _log.warning("%d requests were not finished in time", self._state.active)
                self.code = 1
            self.should_exit = late or not self._state.active
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close as uvicorn does, and stop the engine."""
        self.end.start()
        await super().shutdown(sockets)
        if self._starting is not None and self._starting.cancel():
            await asyncio.wait([self._starting])
        await self._state.engine.stop()


class _Connection(HttpToolsProtocol):
    """Closes connections whose clients do not send whole heads, or do not read answers; uvicorn waits for them for ever."""

    _overdue: asyncio.TimerHandle | None = None  # while a head is awaited
    _size = 0  # bytes of the head so far
    _unread: asyncio.TimerHandle | None = None  # while the client does not read

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """The client has connected."""
        super().connection_made(transport)
        self._await_head()

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._await_head()

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._stop_awaiting()
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        awaited = self._overdue
        super().data_received(data)
        if self._overdue is None:
            if self.timeout_keep_alive_task is None and (self.cycle is None or self.cycle.response_complete):
                self._await_head()  # between two requests, nothing that begins one: uvicorn has stopped its own clock
        elif self._overdue is awaited:  # nothing but the head
            self._size += len(data)
            if self._size > _HEAD_BYTES:
                self._give_up()

    def pause_writing(self) -> None:
        """The client reads more slowly than we write."""
        super().pause_writing()
        self._unread = self.loop.call_later(_UNREAD_S, self.transport.abort)

    def resume_writing(self) -> None:
        """It has read most of it."""
        super().resume_writing()
        self._stop_unread()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop_awaiting()
        self._stop_unread()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._stop_awaiting()
        self._size = 0
        self._overdue = self.loop.call_later(_HEAD_S, self._give_up)

    def _stop_awaiting(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None

    def _stop_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
