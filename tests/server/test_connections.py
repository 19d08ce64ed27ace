"""Connections: who is given up because of what it sends, or does not send, or does not read."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from starlette.types import Receive, Scope, Send
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from auricle.server import connections
from auricle.server.sockets import GONE
from tests.server.conftest import HEAD, HELLO, PlayedEngine, connected, eventually, in_thread, until_closed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the server's process is POSIX's")


def closed_after(connection: socket.socket) -> float:
    """The seconds until the server closes the connection."""
    began = time.monotonic()
    until_closed(connection)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def impatient() -> Iterator[str]:
    """The address of a server that waits a third of a second for a head, and for a client to read."""
    with pytest.MonkeyPatch.context() as patch, in_thread(PlayedEngine(pause=0.01)) as server:
        patch.setattr(connections, "_HEAD_S", 0.3)
        patch.setattr(connections, "_UNREAD_S", 0.3)
        yield server.url


def test_a_client_that_says_nothing(impatient: str) -> None:
    """Its connection is closed after a while; one on which requests come may be idle for longer."""
    with connected(impatient) as silent:
        assert 0.2 < closed_after(silent) < 1.5
    with connected(impatient) as idle:
        for pause in (0.6, 0):
            idle.sendall(HEAD)
            assert b"200 OK" in idle.recv(65536)
            time.sleep(pause)


@pytest.mark.parametrize("before", [b"", HEAD], ids=["first", "second"])
@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nX: ", b"\r\n"], ids=["nothing", "a header", "empty lines"])
def test_a_head_that_trickles(impatient: str, before: bytes, begun: bytes) -> None:
    """A byte at a time gives nobody more time, at the first request as at a later one."""
    with connected(impatient) as slow:
        slow.sendall(before)
        if before:
            assert b"200 OK" in slow.recv(65536)
        slow.sendall(begun)
        began = time.monotonic()
        with contextlib.suppress(OSError):
            for each in range(60):
                slow.sendall(b"\r\n" if begun == b"\r\n" else b"GET"[each : each + 1] or b"x")
                time.sleep(0.05)
                slow.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    if not slow.recv(1000):
                        break
                slow.setblocking(True)
        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "endless",
    [b"GET /" + b"x" * 2**20, b"GET / HTTP/1.1\r\nX: " + b"x" * 2**20, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 2**18],
    ids=["path", "header", "headers"],
)
def test_a_head_without_an_end(impatient: str, endless: bytes) -> None:
    """Its connection is closed long before a megabyte has been taken."""
    with connected(impatient) as connection:
        began = time.monotonic()
        with contextlib.suppress(OSError):
            for first in range(0, len(endless), 8192):
                connection.sendall(endless[first : first + 8192])
                time.sleep(0.001)
        assert b"200" not in until_closed(connection)
        assert time.monotonic() - began < 0.28  # by its size, not by its time


def test_a_head_that_is_large_but_not_too_large(impatient: str) -> None:
    """Proxies send cookies and tokens of many kilobytes."""
    headers = {f"X-{number}": "y" * 4000 for number in range(10)}
    assert httpx.get(f"{impatient}/health", headers=headers).status_code == 200


def test_requests_one_behind_the_other(impatient: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body and the beginning of the next request's head in the same breath are no large head."""
    monkeypatch.setattr(connections, "_HEAD_BYTES", 1000)
    body = b"x" * 20_000
    first = b"POST /transcribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
    with connected(impatient) as connection:
        connection.sendall(first + body + HEAD + HEAD[:20])
        time.sleep(0.1)
        connection.sendall(HEAD[20:].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        assert until_closed(connection).count(b"HTTP/1.1 200 OK") == 3


def test_work_may_take_longer_than_a_head(impatient: str) -> None:
    """Once a head is whole its time is over, however long the body and the answer take."""

    def slowly() -> Iterator[bytes]:
        for _ in range(6):
            yield b"x"
            time.sleep(0.1)

    assert httpx.post(f"{impatient}/transcribe", content=slowly()).json()["text"] == HELLO.text


def test_a_client_that_does_not_read() -> None:
    """Its connection is closed after a while, and the work for it ends."""

    class Talking(PlayedEngine):
        talked = 0

        async def recognize(self, recording, wanted):  # type: ignore[no-untyped-def]
            try:
                while True:
                    await asyncio.sleep(0)
                    self.talked += 1
                    yield HELLO.segments[0]
            finally:
                self.closed += 1

    engine = Talking()
    with pytest.MonkeyPatch.context() as patch, in_thread(engine) as server, connected(server.url) as connection:
        patch.setattr(connections, "_UNREAD_S", 0.3)
        connection.sendall(b"POST /transcribe?stream=true HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
        eventually(lambda: engine.talked)
        eventually(lambda: engine.closed == 1, 20)


_SENDING = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextlib.contextmanager
def talkative() -> Iterator[tuple[str, threading.Event]]:
    """The address of a server that answers with 16 MB, the beginning of it before the request is whole, and whether it knows of a loss."""
    lost = threading.Event()

    async def answers(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        talking = asyncio.create_task(_talk(send))
        while (message := await receive()).get("more_body"):
            pass
        if message["type"] == "http.disconnect":
            lost.set()
        await talking

    with pytest.MonkeyPatch.context() as patch, in_thread(PlayedEngine()) as server:
        patch.setattr(connections, "_UNREAD_S", 0.3)
        eventually(lambda: server.server.started)
        server.server.config.loaded_app = answers
        yield server.url, lost


async def _talk(send: Send) -> None:
    for _ in range(256):
        await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def test_a_client_that_reads_when_it_has_sent_everything() -> None:
    """However long it sends, it is waited for, and gets all."""
    with talkative() as (url, lost), connected(url) as connection:
        connection.sendall(_SENDING)
        for _ in range(30):
            connection.sendall(b"400\r\n" + bytes(1024) + b"\r\n")
            time.sleep(0.05)
        connection.sendall(b"0\r\n\r\n")
        received = 0
        while received < 2**24:
            received += len(piece := connection.recv(2**20))
            assert piece
        assert not lost.is_set()


def test_a_client_that_trickles_and_does_not_read() -> None:
    """A byte now and then is no sending."""
    with talkative() as (url, lost), connected(url) as connection:
        connection.sendall(_SENDING)
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while not lost.is_set() and time.monotonic() - began < 10:
                connection.sendall(b"1\r\nx\r\n")
                time.sleep(0.05)
        assert lost.wait(5)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00\x01\x00" + b"\x00" * 500, b"\x00" * 70_000, b"GET / HTTP/9.9\r\n\r\n", b"SSH-2.0-x\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=["TLS", "zeros", "a version", "SSH", "HTTP/2"],
)  # fmt: skip
def test_what_is_not_http(impatient: str, garbage: bytes) -> None:
    """It gets 400 or nothing, and its connection is closed."""
    with connected(impatient) as connection:
        connection.sendall(garbage)
        received = until_closed(connection)
        assert received == b"" or received.startswith(b"HTTP/1.1 400 ")
    assert httpx.get(f"{impatient}/health").status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        "GET http://x/health", "OPTIONS *", "CONNECT x:80", "HEAD /health", "GET /%00", "GET /%ff%fe", "GET //", "TRACE /", "BREW /",
        "GET /\xe9", "GET /v1/models/%2e%2e%2f", "DELETE /v1/models/..%2f..%2fetc",
    ],
)  # fmt: skip
def test_odd_requests(impatient: str, request_: str) -> None:
    """None is a bug to the server."""
    with connected(impatient) as connection:
        connection.sendall(f"{request_} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1"))
        status = until_closed(connection)[9:12]
        assert status[:1] in (b"2", b"4"), status


def test_an_upgrade_that_is_not_offered(impatient: str) -> None:
    """A client that wants a WebSocket or HTTP/2 is answered as any other, or refused."""
    for upgrade in ("websocket", "h2c"):
        answer = httpx.get(f"{impatient}/health", headers={"Connection": "Upgrade", "Upgrade": upgrade, "Sec-WebSocket-Version": "13"})
        assert answer.status_code in (200, 400, 403, 426)


# WebSockets


def test_a_socket_is_no_head(impatient: str) -> None:
    """Once a connection is a WebSocket nobody waits for a request on it."""
    with connect(f"{impatient.replace('http', 'ws')}/ws") as client:
        for _ in range(2):
            time.sleep(0.5)
            client.send('{"type": "finish"}')
            assert client.recv(10) == '{"type":"finished"}'


def test_sockets_are_not_compressed(impatient: str) -> None:
    """Whatever a client offers: a few bytes that become megabytes would pass by every limit."""
    with connect(f"{impatient.replace('http', 'ws')}/ws", compression="deflate") as client:
        assert client.protocol.extensions == []


@pytest.mark.parametrize("broken", ["Sec-WebSocket-Key: x", "Sec-WebSocket-Version: 12", "Sec-WebSocket-Key:"])
def test_a_broken_handshake(impatient: str, broken: str) -> None:
    """It is refused, and is no bug."""
    head = f"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n{broken}\r\n\r\n"
    with connected(impatient) as connection:
        connection.sendall(head.encode())
        assert until_closed(connection)[9:10] == b"4"


@pytest.mark.parametrize(
    ("frame", "code"),
    [(b"\x83\x80mask", 1002), (b"\x81\x05hello", 1002), (b"\xf1\x80mask", 1002), (b"\x81\x81mask\x92", 1007)],
    ids=["unknown opcode", "no mask", "reserved bits", "no UTF-8"],
)
def test_what_is_no_message(impatient: str, frame: bytes, code: int) -> None:
    """The connection is closed with the code of RFC 6455, and nothing else is harmed."""
    with connect(f"{impatient.replace('http', 'ws')}/ws") as client:
        client.socket.sendall(frame)
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(10)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == code
    assert httpx.get(f"{impatient}/health").status_code == 200


def test_pings_that_nobody_reads_the_answers_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many come, their answers do not fill the memory."""
    monkeypatch.setattr(connections, "_UNREAD_S", 60.0)
    head = "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    ping = b"\x89\xfdmask" + bytes(125)
    with in_thread(PlayedEngine()) as server, connected(server.url) as connection:
        connection.sendall(head.encode() + b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        assert b" 101 " in connection.recv(1000)
        (socket_,) = server.server.server_state.connections
        most = 0
        for _ in range(500):
            connection.sendall(ping * 500)
            most = max(most, socket_.transport.get_write_buffer_size())
        assert 0 < most < 2**20


def test_uploads_of_clients_that_went_away() -> None:
    """The application hears of it though it reads no more of the body."""
    asked, heard = threading.Event(), threading.Event()

    async def waits(scope: Scope, receive: Receive, send: Send) -> None:
        asked.set()
        await scope["extensions"][GONE].wait()
        heard.set()

    with in_thread(PlayedEngine()) as server:
        eventually(lambda: server.server.started)
        server.server.config.loaded_app = waits
        with connected(server.url) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n\r\n" + bytes(200_000))
            assert asked.wait(5)
        assert heard.wait(5)
