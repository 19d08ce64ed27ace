"""What all WebSocket routes share, over real connections: pace, limits, and how they end."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
import signal
import struct
import sys
import threading
from collections import deque
from collections.abc import Iterator
from socket import SHUT_RDWR
from typing import Any, cast

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from auricle.errors import MalformedRequest
from auricle.server import connections
from auricle.server.sockets import json_object
from auricle.speech.events import Partial
from tests.server.conftest import InThread, PlayedEngine, eventually, in_thread

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the server's process is POSIX's")

AUDIO = struct.pack("<1600f", *[0.25] * 1600)
CHUNK = json.dumps({"type": "audio_chunk", "audio_base64": base64.b64encode(AUDIO).decode(), "process_type": "transcribe"})


@pytest.fixture
def server(engine: PlayedEngine) -> Iterator[InThread]:
    """A server over the engine, with its default settings."""
    with in_thread(engine) as server:
        yield server


def received(socket: ClientConnection) -> dict[str, Any]:
    """The next message."""
    shape: dict[str, Any] = json.loads(socket.recv(timeout=20))
    return shape


def ending(socket: ClientConnection) -> tuple[str, int, str]:
    """The code of the error that is said, and those with which the connection is closed."""
    error = received(socket)
    assert error["type"] == "error"
    with pytest.raises(ConnectionClosed) as caught:
        socket.recv(timeout=20)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.reason
    assert error["data"]["message"].startswith(caught.value.rcvd.reason)
    return error["data"]["code"], caught.value.rcvd.code, caught.value.rcvd.reason


def waiting(server: InThread) -> int:
    """Bytes of messages that wait in the server's connections."""
    sockets = [each for each in server.server.server_state.connections if isinstance(each, connections.SocketConnection)]
    waiting = [message for socket in sockets for message in cast("Any", socket.queue)._queue]
    return sum(len(message.get("bytes") or message.get("text") or b"") for message in waiting)


# Pace


def test_a_client_that_sends_faster_than_it_is_heard(server: InThread, engine: PlayedEngine) -> None:
    """A minute at once, of which next to nothing is taken before it can be heard; then all of it is, in order."""
    engine.gate = threading.Event()
    pieces = [struct.pack("<1600f", *[number / 1000] * 1600) for number in range(600)]
    with connect(f"{server.sockets}/ws") as socket:
        sending = threading.Thread(target=lambda: deque(map(socket.send, pieces)))
        sending.start()
        eventually(lambda: engine.streams and len(engine.streams[0].sent) == engine.ahead + 1)
        assert waiting(server) <= 2 * 2**18  # what was read in one go
        assert len(engine.streams[0].sent) == engine.ahead + 1
        engine.gate.set()
        sending.join(20)
        eventually(lambda: len(engine.streams[0].sent) == 600)
    assert engine.streams[0].sent == pieces


def test_a_client_is_slowed(server: InThread, engine: PlayedEngine) -> None:
    """However much it has to send, no more leaves it than the system keeps on the way, until it is heard."""
    engine.gate = threading.Event()
    left = list[int]()
    with connect(f"{server.sockets}/ws") as socket:

        def send() -> None:
            with contextlib.suppress(ConnectionClosed):
                for number in range(1000):
                    socket.send(bytes(64_000))
                    left.append(number)

        sending = threading.Thread(target=send)
        sending.start()
        eventually(lambda: engine.streams and len(engine.streams[0].sent) == engine.ahead + 1)
        sending.join(1)
        assert sending.is_alive()
        assert len(left) < 500
        assert waiting(server) <= 2 * 2**20
        socket.socket.shutdown(SHUT_RDWR)
        sending.join(20)
    assert eventually(lambda: engine.streams[0].closed) < 1.5
    engine.gate.set()


def test_a_client_that_does_not_read(engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not listened to, and closed after a while; its stream is freed, and never had much to say."""
    monkeypatch.setattr(connections, "_UNREAD_S", 0.5)
    engine.said, engine.says_at_last = (), (Partial("word " * 2000, "en"),)
    with in_thread(engine) as server, connect(f"{server.sockets}/ws", max_queue=1) as socket:

        def send() -> None:
            with contextlib.suppress(ConnectionClosed):
                while True:
                    socket.send(bytes(400))

        sending = threading.Thread(target=send)
        sending.start()
        eventually(lambda: engine.streams)
        stream, most = engine.streams[0], 0

        def closed() -> bool:
            nonlocal most
            most = max(most, len(stream._events))
            return stream.closed

        eventually(closed, 20)
        assert most < 100
        sending.join(20)


def test_chunks_that_nobody_waits_for(server: InThread, engine: PlayedEngine) -> None:
    """Whoever sends all chunks and then reads gets all answers."""
    engine.pause = 0.001
    with connect(f"{server.sockets}/ws") as socket:
        sending = threading.Thread(target=lambda: deque(map(socket.send, [CHUNK] * 200)))
        sending.start()
        assert [received(socket)["type"] for _ in range(200)] == ["result"] * 200
        sending.join()


# Limits


def test_silence_has_an_end(engine: PlayedEngine) -> None:
    """After a while without a message the connection is closed, with the reason; one that had something to say first says it."""
    with in_thread(engine, socket_idle=0.3) as server:
        with connect(f"{server.sockets}/ws") as socket:
            code, close, reason = ending(socket)
        assert (code, close) == ("upload_stalled", 1008)
        assert "0.3 s" in reason
        with connect(f"{server.sockets}/ws") as socket:
            for _ in range(4):
                socket.send(CHUNK)
            assert [received(socket)["data"]["text"] for _ in range(5)] == ["", " Hello there.", "", "", " Good bye."]
            assert ending(socket)[1] == 1008
    assert engine.streams[0].finished


def test_work_is_no_silence(engine: PlayedEngine) -> None:
    """However long an answer takes, a client that waits for it is not idle."""
    engine.pause = 0.5
    with in_thread(engine, socket_idle=0.25) as server, connect(f"{server.sockets}/ws") as socket:
        for _ in range(2):
            socket.send(CHUNK)
            assert received(socket)["type"] == "result"


def test_streams_have_an_end(engine: PlayedEngine) -> None:
    """One that has lasted long enough is finished, and its last words are told before the reason."""
    with in_thread(engine, stream_seconds=0.4) as server, connect(f"{server.sockets}/ws") as socket:
        for _ in range(4):
            socket.send(AUDIO)
        kinds = [received(socket)["type"] for _ in range(10)]
        assert kinds[-3:] == ["final", "utterance", "speech_ended"]
        code, close, reason = ending(socket)
    assert (code, close) == ("recording_too_long", 1008)
    assert "0.4 s" in reason


def test_messages_have_a_size(engine: PlayedEngine) -> None:
    """A larger one is not taken: 1009; one of that size is."""
    with in_thread(engine, socket_message_bytes=6400) as server, connect(f"{server.sockets}/ws") as socket:
        socket.send(AUDIO)
        assert received(socket)["type"] == "speech_started"
        with pytest.raises(ConnectionClosed) as caught:
            for _ in range(3):
                socket.send(AUDIO + AUDIO)
                while True:
                    received(socket)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009
    eventually(lambda: engine.streams[0].closed)


def test_streams_have_a_number(engine: PlayedEngine) -> None:
    """When all places are taken, newcomers are told over HTTP when to try again, and who is connected already by an error: 1013."""
    with in_thread(engine, streams=1) as server:
        with connect(f"{server.sockets}/ws") as early, connect(f"{server.sockets}/ws") as first:
            first.send(CHUNK)
            assert received(first)["type"] == "result"
            with pytest.raises(InvalidStatus) as caught:
                connect(f"{server.sockets}/ws")
            answer = caught.value.response
            assert answer.status_code == 503
            assert int(answer.headers["Retry-After"]) >= 1
            assert json.loads(answer.body or b"")["code"] == "busy"
            early.send(CHUNK)
            assert ending(early)[:2] == ("busy", 1013)
        eventually(lambda: engine.streams[0].closed)
        with connect(f"{server.sockets}/ws") as next_:
            next_.send(CHUNK)
            assert received(next_)["type"] == "result"


# How it ends


@pytest.mark.parametrize("politely", [True, False])
@pytest.mark.parametrize("busy", [True, False])
def test_a_client_that_goes_away(server: InThread, engine: PlayedEngine, politely: bool, busy: bool) -> None:
    """Its stream is freed within a second, also in the middle of the work for it, and whatever it has sent that nobody has read."""
    if busy:
        engine.gate = threading.Event()
    with connect(f"{server.sockets}/ws", close_timeout=0.1) as socket:
        for _ in range(20 if busy else 1):
            socket.send(CHUNK)
        eventually(lambda: engine.streams and engine.streams[0].sent)
        if politely:
            socket.close()
        else:
            socket.socket.shutdown(SHUT_RDWR)
    assert eventually(lambda: engine.streams[0].closed) < 1.5
    assert not engine.streams[0].finished
    if engine.gate is not None:
        engine.gate.set()
    eventually(lambda: server.server._state.active == 0 and server.server._state.streams == 0)


def test_the_server_stops(server: InThread, engine: PlayedEngine) -> None:
    """Whoever is connected gets the rest of what was said and hears why; nobody holds up the stop, and it was an orderly one."""
    with (
        connect(f"{server.sockets}/ws") as chunks,
        connect(f"{server.sockets}/ws") as frames,
        connect(f"{server.sockets}/ws") as silent,
    ):
        chunks.send(CHUNK)
        assert received(chunks)["type"] == "result"
        frames.send(AUDIO)
        assert [received(frames)["type"] for _ in range(2)] == ["speech_started", "partial"]
        server.server.handle_exit(signal.SIGTERM, None)
        assert received(chunks)["data"]["text"] == " Good bye."
        assert [received(frames)["type"] for _ in range(3)] == ["final", "utterance", "speech_ended"]
        assert [ending(socket)[:2] for socket in (chunks, frames, silent)] == [("stopping", 1012)] * 3
        server.running.result(10)
    assert server.server.code == 0
    assert all(stream.finished and stream.closed for stream in engine.streams)


def test_grace_has_an_end(engine: PlayedEngine) -> None:
    """A stream that is not finished in time is dropped, and the exit code says so."""
    engine.gate = threading.Event()
    with in_thread(engine, grace=0.3) as server, connect(f"{server.sockets}/ws") as socket:
        socket.send(CHUNK)
        eventually(lambda: engine.streams and engine.streams[0].sent)
        server.server.handle_exit(signal.SIGTERM, None)
        with pytest.raises(ConnectionClosed) as caught:
            socket.recv(timeout=10)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1012
        eventually(lambda: engine.streams[0].closed)
        engine.gate.set()
        server.running.result(10)
    assert server.server.code == 1


# What is said of it


def test_nothing_of_what_was_said_is_logged(server: InThread, caplog: pytest.LogCaptureFixture) -> None:
    """However much is logged, neither audio nor text nor keys nor what stands in the address are; and refusals are no errors."""
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("websockets").setLevel(logging.ERROR)  # our own client's
        with connect(f"{server.sockets}/ws?token=SECRET", subprotocols=["auricle", "openai-insecure-api-key.SECRET"]) as socket:  # type: ignore[list-item]
            assert socket.subprotocol == "auricle"
            for _ in range(2):
                socket.send(CHUNK)
                received(socket)
            socket.send('{"type": "SECRET"')
            received(socket)
        with pytest.raises(InvalidStatus):
            connect(f"{server.sockets}/SECRET")
        eventually(lambda: sum(record.getMessage() == "request" for record in caplog.records) == 2)
    text = caplog.text + "".join(str(vars(record).get("facts")) for record in caplog.records)
    for secret in ("SECRET", "Hello", "audio_chunk", CHUNK[50:80]):
        assert secret not in text
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("text", ["", "{", "nothing", "[]", '"text"', "1", "null", "{} {}", "[" * 100_000])
def test_what_is_no_object(text: str) -> None:
    """A sentence that says what to send."""
    with pytest.raises(MalformedRequest, match="send an object with a type"):
        json_object(text)


def test_objects() -> None:
    """Anything that is one."""
    assert json_object('{"type": "a", "b": [1, null]}') == {"type": "a", "b": [1, None]}
