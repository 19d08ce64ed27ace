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
from collections.abc import Iterator
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from auricle.errors import OptionError
from auricle.server import journal
from auricle.server.app import create_app
from auricle.server.connections import Connection, SocketConnection
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings
from auricle.server.state import ServerState

if sys.platform != "win32":
    import resource

__all__ = ["serve"]

_log = logging.getLogger(__name__)

_HERE = ("localhost", "127.0.0.1", "::1")
_KEEP_ALIVE_S = 75  # longer than clients keep idle connections, so that none sends into one that is just being closed
_PING_S = 20.0  # proxies close a connection that is silent for longer than half a minute or so
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
        CatalogueError: the catalogue cannot be used.
    """
    log = journal.begin(settings.log_level, settings.log_format)
    for name in ("AURICLE_API_KEYS", "AURICLE_ADMIN_KEYS"):
        os.environ.pop(name, None)  # the settings have their hashes
    _allow_files()
    with contextlib.ExitStack() as listening:
        listeners = [listening.enter_context(listener) for listener in _listeners(settings)]
        app = create_app(LocalEngine(settings), settings)
        if settings.is_private and not (settings.api_keys or settings.trusted_proxies):
            app.state.server.hosts = (*_HERE, settings.host)
        config = _config(app, settings)
        server = _Server(config, app.state.server, *listeners)
        try:
            server.run(sockets=listeners)
        finally:
            server.end.cancel()
            log.finish()
    if server.failure is not None:
        raise server.failure
    return server.code


def _config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=Connection,
        ws=SocketConnection,
        ws_max_size=settings.socket_message_bytes,
        ws_ping_interval=_PING_S,
        ws_ping_timeout=None,  # while a client is slowed we do not read its pongs either; `socket_idle` ends what is silent
        ws_per_message_deflate=False,  # a few compressed bytes may be megabytes, and base64 and samples hardly shrink
        lifespan="off",  # `_Server` starts and stops the engine: it answers while that starts, and ends when it cannot
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_LAST_WORDS_S,
    )


def _allow_files() -> None:
    """Open as many files as the system allows; what processes start with may be no more than 1024."""
    if sys.platform != "win32":
        least, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = _FILES if most == resource.RLIM_INFINITY else min(_FILES, most)
        with contextlib.suppress(OSError, ValueError):  # macOS has another limit behind this one
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(least, wanted), most))


def _listeners(settings: Settings) -> Iterator[socket.socket]:
    """Open the port, and that for WebSockets if there is one."""
    yield _listener(settings.host, settings.port)
    if settings.websocket_port is not None:
        yield _listener(settings.host, settings.websocket_port, "websocket_port")


def _listener(host: str, port: int, setting: str = "port") -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    both = host == "::" and socket.has_dualstack_ipv6()
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG, dualstack_ipv6=both)
    except (OSError, UnicodeError) as error:  # no name of a machine is like that
        reason = ((error.strerror if isinstance(error, OSError) else None) or str(error)).partition(" (")[0].lower()
        option = setting.replace("_", "-")
        raise OptionError(setting, f"cannot listen on {host or '*'}:{port}: {reason}; choose another --host or --{option}") from error


class _Server(uvicorn.Server):
    """Told to stop, it takes no more requests, answers those that it has, and only then closes; told twice, it ends at once.

    Attributes:
        failure: why the engine did not start.
        code: the process's exit code.
        end: ends the process when closing takes too long; whoever runs the server cancels it.
    """

    def __init__(self, config: uvicorn.Config, state: ServerState, listener: socket.socket, *second: socket.socket) -> None:
        super().__init__(config)
        self._state, self._listener = state, listener
        for other in second:
            state.websocket_port = other.getsockname()[1]
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
        host = f"[{host}]" if ":" in host else host
        _log.info("listening on http://%s:%d, documentation at /docs", host, port)
        if self._state.websocket_port is not None:
            _log.info("listening on ws://%s:%d", host, self._state.websocket_port)
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
                self._state.told.set()
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
