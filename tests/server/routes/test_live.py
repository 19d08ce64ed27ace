"""Live captions over HTTP: events while the audio is still coming, whatever the client does with them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from starlette.testclient import TestClient

from auricle import wire
from auricle.codec.raw import RawFormat
from auricle.errors import Busy, ModelError, OptionError
from auricle.server.app import create_app
from auricle.server.engine import Listening
from auricle.server.settings import Settings
from auricle.speech.events import Partial
from auricle.speech.live import LiveOptions
from tests.server.asgi import Visitor, visit
from tests.server.conftest import REST, SAID, PlayedEngine, application, connected, eventually, in_thread

PIECE = np.zeros(4000, "<f4").tobytes()  # a quarter of a second
HEAD = b"POST /transcribe/live HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
ALL = [wire.live_event(event) for said in (*SAID, REST) for event in said]


def events(text: str) -> list[dict[str, Any]]:
    """What the events say; each has the name of its type, but for errors, which have our errors' shape."""
    assert text.endswith("\n\n")
    found = []
    for event in text.removesuffix("\n\n").split("\n\n"):
        name, data = event.split("\n")
        shape = {"type": "error"} | json.loads(data.removeprefix("data: "))
        assert name == f"event: {shape['type']}"
        found.append(shape)
    return found


def chunk(data: bytes) -> bytes:
    """A piece of a body whose length is not said; the last is empty."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def until(connection: socket.socket, words: bytes) -> bytes:
    """What comes until these words have."""
    got = b""
    while words not in got:
        piece = connection.recv(65_536)
        assert piece, got
        got += piece
    return got


@contextlib.contextmanager
def streaming(engine: PlayedEngine, **settings: object) -> Iterator[socket.socket]:
    """A connection to a real server, whose captions have begun."""
    with in_thread(engine, **settings) as server, connected(server.url) as connection:
        connection.sendall(HEAD + b"\r\n")
        until(connection, b"\r\n\r\n")
        yield connection


def captions(body: bytes = PIECE, query: str = "", engine: PlayedEngine | None = None, **settings: object) -> list[dict[str, Any]]:
    """The events of a body that is sent whole."""
    with application(engine or PlayedEngine(), **settings) as client:
        answer = client.post(f"/transcribe/live{query}", content=body)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        return events(answer.text)


def test_everything_that_is_said(engine: PlayedEngine) -> None:
    """The events in order, as everywhere; at last all of the text, and how much audio there was."""
    answer = visit(create_app(engine, Settings()), "/transcribe/live", *[PIECE] * 6)
    assert answer.complete
    *said, finished = events(answer.body.decode())
    assert [event for event in said if event["type"] != "partial"] == [event for event in ALL if event["type"] != "partial"]
    assert finished == {"type": "finished", "text": "Hello there. Good bye.", "duration": 1.5}
    (stream,) = engine.streams
    assert b"".join(stream.sent) == 6 * PIECE
    assert stream.finished
    assert stream.closed


def test_no_audio() -> None:
    """Is no error."""
    assert captions(b"", engine=PlayedEngine(rest=())) == [{"type": "finished", "text": "", "duration": 0.0}]


@pytest.mark.parametrize(("query", "content_type", "wanted"), [
    ("", None, Listening()),
    ("", "application/x-www-form-urlencoded", Listening()),
    ("?encoding=", "application/octet-stream", Listening()),
    ("", "audio/wav", Listening(format=RawFormat("wav"))),
    ("", "Audio/X-WAV; codecs=1", Listening(format=RawFormat("wav"))),
    ("?encoding=wav", None, Listening(format=RawFormat("wav"))),
    ("?encoding=s16le&sample_rate=48000&channels=2", None, Listening(format=RawFormat("s16le", 48_000, 2))),
    ("?encoding=mulaw&sample_rate=8000", "audio/basic", Listening(format=RawFormat("mulaw", 8000))),
    ("?model=tiny.en&language=en&prompt=Hm&threshold=0.4&silence=1", None, Listening(LiveOptions("en", "Hm", 0.4, 1.0), "tiny.en")),
])  # fmt: skip
def test_what_is_asked_of_the_engine(
    client: TestClient, engine: PlayedEngine, query: str, content_type: str | None, wanted: Listening
) -> None:
    """By the query, and where that names no encoding by the body's type; otherwise samples are as on the WebSocket."""
    answer = client.post(f"/transcribe/live{query}", content=PIECE, headers={"content-type": content_type} if content_type else {})
    assert answer.status_code == 200
    assert [stream.wanted for stream in engine.streams] == [wanted]


@pytest.mark.parametrize(("query", "headers", "status", "words"), [
    ("?encoding=opus", {}, 422, "use one of: f32le, s16le, mulaw, alaw, wav"),
    ("?sample_rate=3999", {}, 422, "sample_rate"), ("?channels=9", {}, 422, "channels"),
    ("?rate=8000", {}, 422, "there is no field 'rate'"),
    ("?encoding=wav&channels=1", {}, 422, "a WAV header says its own"),
    ("?sample_rate=8000", {"content-type": "audio/wav"}, 422, "a WAV header says its own"),
    ("", {"content-type": "audio/L16;rate=16000"}, 415, "'audio/l16', which is not heard live; send audio/wav"),
    ("", {"content-type": "audio/mpeg"}, 415, "goes to /transcribe"),
    ("?encoding=s16le", {"content-type": "multipart/form-data; boundary=x"}, 415, "send the audio itself"),
    ("", {"content-type": "application/json"}, 415, "send the audio itself"),
    ("", {"content-encoding": "gzip"}, 415, "Content-Encoding"),
])  # fmt: skip
def test_what_cannot_be_honoured(
    client: TestClient, engine: PlayedEngine, query: str, headers: dict[str, str], status: int, words: str
) -> None:
    """Is said with a status, before there is a stream."""
    answer = client.post(f"/transcribe/live{query}", content=PIECE, headers=headers)
    assert answer.status_code == status
    assert words in answer.json()["message"]
    assert not engine.streams


@pytest.mark.parametrize(("error", "status"), [
    (Busy("all places are taken.", 2), 503), (OptionError("language", "there is no language 'xx'"), 422), (ModelError("broken"), 503),
    (ValueError("a bug"), 500),
])  # fmt: skip
def test_an_engine_that_does_not_listen(error: Exception, status: int) -> None:
    """Its reason has a status of its own."""
    with application(PlayedEngine(listening_fails=error)) as client:
        answer = client.post("/transcribe/live", content=PIECE)
        assert answer.status_code == status
        assert answer.headers.get("retry-after") == {Busy: "2", ModelError: "30"}.get(type(error))


def test_a_server_that_is_starting(client: TestClient, engine: PlayedEngine) -> None:
    """Asks to come again."""
    engine.started = False
    assert client.post("/transcribe/live", content=PIECE).status_code == 503
    assert not engine.streams


def test_events_come_while_audio_is_sent(engine: PlayedEngine) -> None:
    """The answer begins before there is any; each event is there before the next audio is; and a deadline does not cut it off."""
    with streaming(engine, deadline=0.01) as connection:
        for words in (b"event: partial", b"event: speech_ended"):
            connection.sendall(chunk(PIECE))
            got = until(connection, words)
            assert b"event: finished" not in got
        connection.sendall(chunk(PIECE) + chunk(b""))
        until(connection, b'event: finished\ndata: {"type": "finished", "text": "Hello there. Good bye.", "duration": 0.75}')


def test_who_waits_to_be_told_to_continue(engine: PlayedEngine) -> None:
    """Is told so before the answer begins: some would otherwise take that for a refusal."""
    with in_thread(engine) as server, connected(server.url) as connection:
        connection.sendall(HEAD + b"Expect: 100-continue\r\n\r\n")
        got = until(connection, b"text/event-stream")
    assert got.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_one_stream_too_many(engine: PlayedEngine) -> None:
    """Is refused, until another has ended."""
    with in_thread(engine, streams=1) as server, connected(server.url) as connection:
        connection.sendall(HEAD + b"\r\n")
        until(connection, b"200 OK")
        refused = httpx.post(f"{server.url}/transcribe/live", content=PIECE)
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert "retry-after" in refused.headers
        connection.sendall(chunk(b""))
        until(connection, b"event: finished")
        eventually(lambda: engine.streams[0].closed)
        assert httpx.post(f"{server.url}/transcribe/live", content=PIECE).status_code == 200


def test_audio_that_cannot_be_used(engine: PlayedEngine) -> None:
    """What came before is recognised to its end; then it is said what is wrong, in place of the last event."""
    with streaming(engine) as connection:
        connection.sendall(chunk(PIECE))
        until(connection, b"event: partial")
        connection.sendall(chunk(np.array([np.nan], "<f4").tobytes()))
        got = until(connection, b"request_id").decode()
    assert got.index("event: speech_ended") < got.index("event: error") < got.index("corrupt_audio")
    assert "event: finished" not in got
    assert engine.streams[0].finished


@pytest.mark.parametrize(
    ("error", "code"), [(ModelError("its weights are broken."), "unavailable"), (ValueError("a bug"), "internal_error")]
)
def test_an_engine_that_fails_later(error: Exception, code: str) -> None:
    """Says so in the last event; the reason is in the log only."""
    engine = PlayedEngine(stream_fails=error)
    last = captions(engine=engine)[-1]
    assert (last["type"], last["code"]) == ("error", code)
    assert str(error) not in last["message"]
    assert engine.streams[0].closed


@pytest.mark.parametrize(("settings", "code"), [({"socket_idle": 0.2}, "upload_stalled"), ({"stream_seconds": 0.2}, "recording_too_long")])
def test_limits_end_a_stream_with_a_reason(engine: PlayedEngine, settings: dict[str, float], code: str) -> None:
    """After all that was said before."""
    with streaming(engine, **settings) as connection:
        connection.sendall(chunk(PIECE))
        got = until(connection, code.encode())
        assert b"Good bye." in got
        connection.sendall(chunk(b""))
        until(connection, b"0\r\n\r\n")
    assert engine.streams[0].closed


def test_a_stop_ends_a_stream(engine: PlayedEngine) -> None:
    """With a reason, too, and without waiting for the client."""
    with in_thread(engine) as server, connected(server.url) as connection:
        connection.sendall(HEAD + b"\r\n" + chunk(PIECE))
        until(connection, b"event: partial")
        server.server.handle_exit(15, None)
        got = until(connection, b"request_id")
    assert got.index(b"Good bye.") < got.index(b'event: error\ndata: {"code": "stopping", "message": "the server is about to stop;')
    assert server.server.code == 0


@pytest.mark.parametrize("size", [0, 2**17, 2**26])
def test_who_goes_away_frees_everything(engine: PlayedEngine, size: int) -> None:
    """Within a second, also while the engine hears no more, and while the body is not even read."""
    engine.gate = threading.Event() if size else None
    with streaming(engine) as connection:
        connection.sendall(chunk(PIECE))
        eventually(lambda: engine.streams[0].sent)
        connection.settimeout(1)
        with contextlib.suppress(TimeoutError):
            connection.sendall(chunk(bytes(size)) if size else b"")
        connection.close()
        assert eventually(lambda: engine.streams[0].closed) < 1
        if engine.gate is not None:
            engine.gate.set()


def test_who_goes_away_while_not_read_any_further(engine: PlayedEngine) -> None:
    """Where the server tells of it: an ASGI extension does, for the body is not read then."""
    engine.gate = gate = threading.Event()
    lost = asyncio.Event()

    async def test() -> None:
        app = create_app(engine, Settings())

        async def telling(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "extensions": {"auricle.gone": lost}}, receive, send)

        visitor = Visitor(telling)
        asking = asyncio.create_task(visitor.ask("/transcribe/live", *[PIECE] * 100, whole=False))
        while not engine.streams:
            await asyncio.sleep(0.01)
        lost.set()
        await asyncio.wait_for(asking, 5)
        gate.set()
        assert engine.streams[0].closed
        assert not visitor.complete

    asyncio.run(test())


def test_who_sends_faster_than_is_heard_is_slowed(engine: PlayedEngine) -> None:
    """Of tens of megabytes most stays with the client until the engine goes on."""
    engine.gate, megabyte = threading.Event(), bytes(2**20)
    with streaming(engine) as connection:
        connection.settimeout(1)
        with pytest.raises(TimeoutError):
            for _ in range(64):
                connection.sendall(chunk(megabyte))
        assert sum(map(len, engine.streams[0].sent)) < 4 * 2**20
        engine.gate.set()


@pytest.mark.parametrize("said", [Partial(" word" * 1000, "en"), SAID[1][1]], ids=["partials", "utterances"])
def test_who_reads_only_when_all_is_sent(said: Any) -> None:
    """Gets everything then, however much has been said: events do not hold up the audio."""
    engine, count = PlayedEngine(said=(), says_at_last=(said,) * 10), 400
    with streaming(engine) as connection:
        for _ in range(count):
            connection.sendall(chunk(PIECE[:400]))
        connection.sendall(chunk(b""))
        got = until(connection, b"0\r\n\r\n")
    assert b'"text": "Good bye."' in got
    if not isinstance(said, Partial):
        assert got.count(b"event: utterance") == 10 * len(engine.streams[0].sent) + 1


def test_who_never_reads_is_sent_away() -> None:
    """Before what it does not read fills the memory."""
    engine = PlayedEngine(said=(), says_at_last=(SAID[1][0],) * 20_000)
    hold = asyncio.Event()

    async def test() -> Visitor:
        visitor = Visitor(create_app(engine, Settings()), hold=hold)
        asking = asyncio.create_task(visitor.ask("/transcribe/live", *[PIECE] * 50, whole=False))
        while not (engine.streams and len(engine.streams[0].sent) > 2):
            await asyncio.sleep(0.01)
        hold.set()
        while not engine.streams[0].closed:
            await asyncio.sleep(0.01)
        visitor.gone.set()
        await asyncio.wait_for(asking, 20)
        return visitor

    visitor = asyncio.run(test())
    assert len(visitor.body) < 12 * 2**20
    assert events(visitor.body.decode())[-1]["code"] == "limit_exceeded"


def test_what_the_log_says(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """How much audio there was, and what went wrong."""
    with caplog.at_level(logging.INFO, "auricle.requests"):
        client.post("/transcribe/live", content=PIECE)
        client.post("/transcribe/live", content=np.array([np.nan], "<f4").tobytes())
    facts = [record.facts for record in caplog.records if hasattr(record, "facts")]
    assert [(fact["audio_seconds"], fact["status"], fact.get("problem")) for fact in facts] == [
        (0.25, 200, None),
        (0.0, 200, "corrupt_audio"),
    ]
