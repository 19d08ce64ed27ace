"""Two ways to the application that show what a friendly client hides: ASGI message by message, and bytes over a real connection."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Message


@dataclass
class Visitor:
    """A client of an application that says when it sends what, and when it goes away."""

    app: ASGIApp
    got: list[Message] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None  # what is sent to it waits for this

    async def ask(
        self, path: str, *pieces: bytes, whole: bool = True, method: str = "POST", headers: Mapping[bytes, bytes] | None = None
    ) -> None:
        """Send a request whose body comes in these pieces, and does not end unless it is ``whole``; returns when it is answered."""
        coming = deque(pieces or ([b""] if whole else []))
        path, _, query = path.partition("?")

        async def receive() -> Message:
            if coming:
                return {"type": "http.request", "body": coming.popleft(), "more_body": bool(coming) or not whole}
            await self.gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            self.got.append(message)
            if self.hold is not None and message["type"] == "http.response.body":
                await self.hold.wait()

        length = {b"content-length": b"%d" % sum(map(len, pieces))} if whole else {b"transfer-encoding": b"chunked"}
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [*({**length, **(headers or {})} if pieces else headers or {}).items()],
            "client": ("192.0.2.1", 50_000),
            "server": ("127.0.0.1", 8000),
        }
        await self.app(scope, receive, send)

    @property
    def status(self) -> int:
        """Of what it got; 0 when nothing came."""
        return int(self.got[0]["status"]) if self.got else 0

    @property
    def headers(self) -> dict[str, str]:
        """Of what it got."""
        return {name.decode(): value.decode() for name, value in self.got[0]["headers"]}

    @property
    def body(self) -> bytes:
        """All of it that came."""
        return b"".join(message.get("body", b"") for message in self.got[1:])

    @property
    def complete(self) -> bool:
        """Whether the answer came to its end."""
        return bool(self.got) and self.got[-1]["type"] == "http.response.body" and not self.got[-1].get("more_body", False)


def visit(app: ASGIApp, path: str, *pieces: bytes, method: str = "POST", headers: Mapping[bytes, bytes] | None = None) -> Visitor:
    """A visitor that has got its answer."""

    async def ask() -> Visitor:
        visitor = Visitor(app)
        await visitor.ask(path, *pieces, method=method, headers=headers)
        return visitor

    return asyncio.run(ask())


@contextlib.contextmanager
def listening(app: ASGIApp) -> Iterator[int]:
    """The application on a port of this machine, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", loop="asyncio", http="httptools"))
        thread = threading.Thread(target=lambda: server.run([listener]))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


def exchanged(port: int, *pieces: bytes) -> bytes:
    """All that comes back on one connection after all of ``pieces`` are sent; nothing is read before."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for piece in pieces:
            connection.sendall(piece)
        return b"".join(iter(lambda: connection.recv(65_536), b""))
