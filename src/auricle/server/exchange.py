"""Around every request: its id, its line in the log, its place in the counters, and an end that the client gets to read."""

from __future__ import annotations

import asyncio
import logging
import re
import time
import uuid
from dataclasses import dataclass, field
from http import HTTPMethod

from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from auricle.errors import Stopping
from auricle.server.paths import at_socket_port, path_of, under
from auricle.server.problems import Problem, answer, bug, describe, shown
from auricle.server.state import ServerState
from auricle.server.uploads import drain

__all__ = ["Exchange"]

_log = logging.getLogger("auricle.requests")
_REQUEST_ID = re.compile(rb"[\w.:-]{1,128}", re.ASCII)
_METHODS = frozenset(HTTPMethod)
_LINGER_BYTES, _LINGER_S = 16 * 2**20, 5.0
_LOOKING_AFTER = frozenset({"/health", "/ready", "/metrics"})
_NOTED = (
    "request_id",
    "client",
    "model",
    "voice",
    "characters",
    "audio_seconds",
    "processing_ms",
    "close",
    "problem",
)  # what routes leave for the log
_GONE = 499  # what nginx logs for a client that went away before it was answered
_SWITCHED = 101  # HTTP's status of a WebSocket that was accepted


@dataclass(slots=True)
class _Record:
    """What the log says of a request."""

    began: float = field(default_factory=time.perf_counter)
    status: int = _GONE
    received: int = 0
    whole: bool = False  # the body has been received to its end
    started: bool = False


class Exchange:
    """ASGI middleware; only that which answers the questions of browsers (CORS) is around it."""

    def __init__(self, app: ASGIApp, state: ServerState) -> None:
        self._app, self._state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI's call."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        settings = self._state.settings
        scope = at_socket_port(under(settings.root_path, scope), self._state.websocket_port)
        record, quiet = _Record(), path_of(scope) in _LOOKING_AFTER
        accepted = not (quiet or self._state.stopping)
        until = asyncio.get_running_loop().time() + settings.deadline
        scope["state"] = {**scope.get("state", {}), "request_id": _request_id(scope), "until": until}
        receiving = self._receiving(record, receive)
        self._state.active += accepted
        try:
            adding = self._sending if scope["type"] == "http" else self._sending_on_socket
            sending = adding(record, scope, receiving, send)
            await self._answered(scope, record, receiving, sending, refused=not (quiet or accepted))
        finally:
            self._state.active -= accepted
            self._note(scope, record, quiet=quiet)

    async def _answered(self, scope: Scope, record: _Record, receive: Receive, send: Send, *, refused: bool) -> None:
        if refused:
            await answer(HTTPConnection(scope), describe(Stopping()))(scope, receive, send)
            return
        try:
            await self._app(scope, receive, send)
        except (ClientDisconnect, WebSocketDisconnect):
            if not record.started:
                record.status = _GONE
        except asyncio.CancelledError:  # only ever when the grace of a stop is over
            if not record.started:
                stopping = Stopping("the server has stopped before this was done; try again in a moment.")
                await answer(HTTPConnection(scope), describe(stopping))(scope, receive, send)
        except Exception:  # noqa: BLE001 - the border of the process: a bug is logged, and does not end the server
            problem = bug(HTTPConnection(scope))
            if not record.started:
                await answer(HTTPConnection(scope), problem)(scope, receive, send)

    def _receiving(self, record: _Record, receive: Receive) -> Receive:
        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                record.received += len(message.get("body", b""))
                record.whole = not message.get("more_body", False)
            elif message["type"] == "websocket.receive":
                record.received += len(message.get("text") or message.get("bytes") or b"")
            else:
                record.whole = True  # nothing more will come
            return message

        return receiving

    def _sending(self, record: _Record, scope: Scope, receive: Receive, send: Send) -> Send:
        """Add our headers; and before an early answer ends, let the client finish what it is sending, or it would never read it."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.status, record.started = message["status"], True
                headers = [*message.get("headers", ()), (b"x-request-id", scope["state"]["request_id"].encode())]
                if self._state.stopping or not (record.whole or _bodiless(scope)):
                    headers.append((b"connection", b"close"))
                await send({**message, "headers": headers})
            elif record.whole or _bodiless(scope) or message.get("more_body", False):
                await send(message)
            else:
                await send({**message, "more_body": True})
                await drain(receive, _LINGER_BYTES, _LINGER_S)
                await send({"type": "http.response.body", "body": b""})

        return sending

    def _sending_on_socket(self, record: _Record, scope: Scope, receive: Receive, send: Send) -> Send:
        """Add our header; and where there is nothing for a WebSocket, say so as everywhere."""

        async def sending(message: Message) -> None:
            if message["type"] == "websocket.close" and not record.started:  # the router's word for it
                there = f"there is nothing for a WebSocket at {shown(path_of(scope))}; connect to /ws or /v1/realtime."
                await answer(HTTPConnection(scope), Problem(404, "not_found", there))(scope, receive, sending)
                return
            if message["type"] in ("websocket.accept", "websocket.http.response.start"):
                record.status, record.started = message.get("status", _SWITCHED), True
                id_ = (b"x-request-id", scope["state"]["request_id"].encode())
                message = {**message, "headers": [*message.get("headers", ()), id_]}
            try:
                await send(message)
            except OSError:  # which servers raise when the client has gone
                raise WebSocketDisconnect(1006) from None

        return sending

    def _note(self, scope: Scope, record: _Record, *, quiet: bool) -> None:
        seconds, route = time.perf_counter() - record.began, _route(scope)
        asked = scope.get("method", "GET")  # as WebSockets are
        method = asked if asked in _METHODS else "other"
        self._state.metrics.requests.labels(route, method, record.status).inc()
        if record.status != _SWITCHED:  # which lasts as long as the client likes
            self._state.metrics.seconds.labels(route).observe(seconds)
        if "problem" in scope["state"]:
            self._state.metrics.problems.labels(scope["state"]["problem"]).inc()
        facts = {"method": method, "route": route, "status": record.status, "ms": round(1000 * seconds, 1)}
        facts |= {"bytes_in": record.received} if record.received else {}
        facts |= {name: scope["state"][name] for name in _NOTED if name in scope["state"]}
        _log.log(logging.DEBUG if quiet else logging.INFO, "request", extra={"facts": facts})


def _route(scope: Scope) -> str:
    """The route's pattern; a client's own path is in neither log nor counters."""
    return str(getattr(scope.get("route"), "path", "unknown"))


def _request_id(scope: Scope) -> str:
    """The client's own id where it is fit to be repeated, else a new one."""
    given = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"")
    return given.decode("ascii") if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _bodiless(scope: Scope) -> bool:
    return not any(name in (b"content-length", b"transfer-encoding") and value != b"0" for name, value in scope["headers"])
