"""Around every request: its id, its line in the log, refusal while stopping, and an end that the client gets to read."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import time
from collections.abc import Mapping
from typing import Any, cast

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from auricle.errors import Busy, CorruptWeights
from auricle.server import exchange, sockets
from auricle.server.app import create_app
from auricle.server.settings import Settings
from auricle.server.state import ServerState
from tests.server.asgi import Visitor, exchanged, listening, visit
from tests.server.conftest import PlayedEngine, application, eventually

KEY = "correct-horse-battery"
FORM = b'--X\r\nContent-Disposition: form-data; name="model"\r\n\r\nbase\r\n--X\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
NEW_ID = re.compile("[0-9a-f]{32}")


def facts(caplog: pytest.LogCaptureFixture) -> list[Mapping[str, Any]]:
    """Those of each request in the log."""
    return [vars(record)["facts"] for record in caplog.records if record.name == "auricle.requests" and record.getMessage() == "request"]


@pytest.mark.parametrize("given", [b"1", b"7f1c-42", b"req_01:a.b-c", b"A" * 128])
def test_the_clients_own_id_is_repeated(client: TestClient, caplog: pytest.LogCaptureFixture, given: bytes) -> None:
    """An id that is fit to be is in the answer, in the error and in the log."""
    with caplog.at_level(logging.INFO):
        visitor = visit(client.app, "/nothing", b"", headers={b"x-request-id": given})
    assert visitor.headers["x-request-id"] == given.decode()
    assert b'"request_id":"%b"' % given in visitor.body
    assert facts(caplog)[0]["request_id"] == given.decode()


@pytest.mark.parametrize(
    "given",
    [
        b"",
        b" ",
        b"a b",
        b"a\nSet-Cookie: x=y",
        b"a\r\n\r\n<script>",
        b"a\n",
        b'a"b',
        b"{}",
        b"a\0",
        b"a\x1b[2J",
        "größe".encode(),
        "größe".encode("latin-1"),
        "１２".encode(),
        b"A" * 129,
        b"A" * 2**20,
    ],
)
def test_a_hostile_id_is_replaced(client: TestClient, given: bytes) -> None:
    """Whatever could break a header, a log or a terminal, or is too long, is replaced by an id of ours."""
    visitor = visit(client.app, "/nothing", b"", headers={b"x-request-id": given})
    assert NEW_ID.fullmatch(visitor.headers["x-request-id"])


def test_every_answer_has_an_id_of_its_own(engine: PlayedEngine) -> None:
    """Whatever is answered, by whichever part of the server."""
    with application(engine, api_keys=[KEY], cors_origins=["*"]) as client:
        key = {"X-API-Key": KEY}
        answers = [
            client.get("/health"),
            client.get("/docs"),
            client.get("/static-offline-docs/swagger-ui.css"),
            client.get("/static-offline-docs/nothing"),
            client.post("/static-offline-docs/swagger-ui.css"),
            client.get("/nothing"),
            client.put("/health"),
            client.get("/v1/models"),
            client.post("/transcribe", content=b"", headers=key),
            client.post("/transcribe?stream=1", content=b"audio", headers=key),
        ]
        engine.fails = RuntimeError("a bug")
        answers.append(client.post("/transcribe", content=b"audio", headers=key))
        state(client).stopping = True
        answers.append(client.get("/v1/models", headers=key))
    assert [answer.status_code for answer in answers] == [200, 200, 200, 404, 405, 404, 405, 401, 422, 200, 500, 503]
    assert len({answer.headers["x-request-id"] for answer in answers}) == len(answers)


def state(client: TestClient) -> ServerState:
    """The application's."""
    service: ServerState = client.app.state.server  # type: ignore[attr-defined]
    return service


def test_the_log_has_the_facts(client: TestClient, engine: PlayedEngine, caplog: pytest.LogCaptureFixture) -> None:
    """Method, route, status, time, bytes, id and client of each request; of work the model and both times; of an error its code."""
    with caplog.at_level(logging.INFO):
        client.post("/transcribe", content=b"audio", headers={"X-Request-ID": "a"})
        client.post("/transcribe?beam_size=0", content=b"audio")
        client.get("/v1/models/huge")
        client.get("/v1/nothing")
        engine.fails_late = Busy("late.")
        client.post("/transcribe?stream=true", content=b"audio")
        client.get("/health")  # of no interest
    work, wrong, unknown, nothing, late = facts(caplog)
    assert 0 < work["ms"] < 1000
    assert work == {
        "method": "POST",
        "route": "/transcribe",
        "status": 200,
        "ms": work["ms"],
        "bytes_in": 5,
        "request_id": "a",
        "client": "testclient",
        "model": "base",
        "audio_seconds": 3.5,
        "processing_ms": 350.0,
    }
    assert (wrong["status"], wrong["problem"]) == (422, "invalid_option")
    assert (unknown["status"], unknown["problem"], unknown["route"]) == (404, "model_not_found", "/v1/models/{model:path}")
    assert (nothing["status"], nothing["problem"], nothing["route"]) == (404, "not_found", "unknown")
    assert (late["status"], late["problem"]) == (200, "busy")


def test_the_log_tells_no_secrets(engine: PlayedEngine, caplog: pytest.LogCaptureFixture) -> None:
    """Neither file names nor what was said, prompted or sent, nor keys, nor paths are in any line, whatever goes wrong."""
    secret = "Geheimnis"  # noqa: S105 - it is one, but of no use
    recording = f"{secret} as audio".encode()
    form = {"data": {"model": secret, "prompt": secret, "keywords": secret}, "files": {"file": (f"{secret}.wav", recording)}}
    with application(engine, api_keys=[KEY]) as client, caplog.at_level(logging.DEBUG):
        client.headers["X-API-Key"] = KEY
        for fails in (None, CorruptWeights("model.bin is damaged."), Busy("later.")):
            engine.fails = fails
            client.post("/v1/audio/transcriptions", **form)  # type: ignore[arg-type]
            client.post(f"/transcribe?prompt={secret}&hotwords={secret}&stream=true", content=recording)
            body = {"audio_base64": base64.b64encode(recording).decode(), "prompt": secret}
            client.post("/transcribe_speech", json=body)
            client.post("/transcribe_speech", json={**body, secret: secret, "task": secret})
            client.post("/v1/audio/transcriptions", **form, params={secret: secret})  # type: ignore[arg-type]
        client.get(f"/{secret}")
        client.get(f"/v1/models/{secret}")
        client.get("/v1/models", headers={"X-API-Key": f"{secret}-{KEY}"})
    told = "\n".join(f"{record.getMessage()} {vars(record).get('facts')}" for record in caplog.records if record.name.startswith("auricle"))
    assert len(facts(caplog)) == 18
    for hidden in (secret, KEY, "Hello", "Good bye", base64.b64encode(recording).decode()):
        assert hidden not in told


def test_what_is_the_operators_business_is_logged(client: TestClient, engine: PlayedEngine, caplog: pytest.LogCaptureFixture) -> None:
    """The reason that the client does not hear is in the log under the request's id; of a bug all of it."""
    for failure, shown in (
        (CorruptWeights("model.bin is damaged."), "CorruptWeights: model.bin is damaged."),
        (ZeroDivisionError(), "failed"),
    ):
        caplog.clear()
        engine.fails = failure
        answer = client.post("/transcribe", content=b"audio")
        (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert record.getMessage() == shown
        assert vars(record)["facts"] == {"request_id": answer.headers["x-request-id"]}
        assert bool(record.exc_info) is isinstance(failure, ZeroDivisionError)


@pytest.mark.parametrize("path", ["/transcribe", "/transcribe?stream=true", "/v1/audio/transcriptions"])
def test_stopping(engine: PlayedEngine, path: str) -> None:
    """What was accepted is answered; what comes after hears 503, when to come back, and the connection's end; health is told as ever."""
    engine.pause = 0.05
    body = (FORM + b"audio\r\n--X--\r\n", {b"content-type": b"multipart/form-data; boundary=X"})
    app = create_app(engine, Settings())

    async def stop() -> tuple[Visitor, dict[str, Visitor]]:
        accepted, late = Visitor(app), {name: Visitor(app) for name in ("/transcribe", "/v1/models", "/health", "/ready")}
        answering = asyncio.create_task(accepted.ask(path, body[0], headers=body[1]))
        while not engine.heard:
            await asyncio.sleep(0.01)
        service: ServerState = app.state.server
        assert service.active == 1
        service.stopping = True
        for name, visitor in late.items():
            await visitor.ask(name, method="POST" if name == "/transcribe" else "GET")
        assert service.active == 1
        await answering
        assert service.active == 0
        return accepted, late

    accepted, late = asyncio.run(stop())
    assert (accepted.status, accepted.complete) == (200, True)
    assert b"Hello there. Good bye." in accepted.body
    assert [visitor.status for visitor in late.values()] == [503, 503, 200, 503]
    assert b'"code":"stopping"' in late["/transcribe"].body
    assert b'"type":"server_error"' in late["/v1/models"].body
    for name in ("/transcribe", "/v1/models"):
        assert (late[name].headers["connection"], late[name].headers["retry-after"]) == ("close", "5")
    assert b'"status":"stopping"' in late["/ready"].body


def test_a_client_that_went_away(engine: PlayedEngine, caplog: pytest.LogCaptureFixture) -> None:
    """It is 499 in log and counters, and no error."""
    engine.pause = 10.0
    app = create_app(engine, Settings())

    async def leave() -> Visitor:
        visitor = Visitor(app)
        asking = asyncio.create_task(visitor.ask("/transcribe", b"audio"))
        while not engine.heard:
            await asyncio.sleep(0.01)
        visitor.gone.set()
        await asking
        return visitor

    with caplog.at_level(logging.INFO):
        assert asyncio.run(leave()).got == []
    assert [each["status"] for each in facts(caplog)] == [499]
    assert not [record for record in caplog.records if record.levelno > logging.INFO]
    assert b'status="499"} 1.0' in app.state.server.metrics.text()


MEBIBYTES = b"x" * 3 * 2**20
REFUSED_AT_ONCE = [
    ("/nothing", "application/octet-stream", 404),
    ("/health", "application/octet-stream", 405),
    ("/transcribe?nothing=known", "audio/wav", 422),
    ("/transcribe", "application/json", 415),
    ("/v1/audio/transcriptions", "text/html", 400),
    ("/transcribe_speech", "application/json", 400),
]


@pytest.mark.parametrize(("path", "kind", "status"), REFUSED_AT_ONCE)
def test_a_refusal_is_read(path: str, kind: str, status: int) -> None:
    """A client that sends 3 MB before it reads anything gets the whole answer, though the request was refused at its first byte."""
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: {len(MEBIBYTES)}\r\n\r\n"
    with listening(create_app(PlayedEngine(), Settings())) as port:
        answer = exchanged(port, head.encode(), MEBIBYTES)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"connection: close" in answer
    assert answer.endswith(b"}")


def test_a_refusal_before_100_continue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that asks first is refused at once and sends nothing."""
    monkeypatch.setattr(exchange, "_LINGER_S", 0.1)
    head = b"POST /nothing HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n"
    with listening(create_app(PlayedEngine(), Settings())) as port:
        answer = exchanged(port, head)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"100 Continue" not in answer


def test_it_does_not_listen_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that never ends its body has its answer at once, and the end of the connection soon."""
    monkeypatch.setattr(exchange, "_LINGER_S", 0.1)
    with listening(create_app(PlayedEngine(), Settings())) as port:
        began = time.monotonic()
        answer = exchanged(port, b"POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n", b"x" * 1000)
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        (b"DELETE /v1/models/huge HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 404),
        (b"POST /transcribe HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 422),
        (b"POST /transcribe_speech HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n[1,2,3]", 400),
    ],
)
def test_a_connection_is_kept_where_nothing_is_left_to_read(first: bytes, status: int) -> None:
    """The next request on it is answered."""
    with listening(create_app(PlayedEngine(), Settings())) as port:
        answers = exchanged(port, first, b"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answers.startswith(b"HTTP/1.1 %d " % status)
    assert answers.count(b"HTTP/1.1 200 OK") == 1


# WebSockets


CHUNK = json.dumps({"type": "audio_chunk", "audio_base64": base64.b64encode(bytes(6400)).decode()})


def test_a_socket_has_an_id(client: TestClient) -> None:
    """The client's own, where it may be repeated, else a new one: in the handshake, and in errors."""
    for given, expected in (("my-id", re.compile("my-id")), ("a b", NEW_ID)):
        with client.websocket_connect("/ws", headers={"X-Request-ID": given}) as socket:
            id_ = next(value for name, value in cast("Any", socket).extra_headers if name == b"x-request-id").decode()
            assert expected.fullmatch(id_)
            socket.send_text("nothing")
            assert json.loads(socket.receive_text())["data"]["request_id"] == id_


def test_the_log_of_a_socket(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """One line at its end: how long it lasted, how much came, how much audio that was, and how it was closed."""
    with caplog.at_level(logging.INFO), client.websocket_connect("/ws", headers={"X-Request-ID": "a"}) as socket:
        for _ in range(2):
            socket.send_text(CHUNK)
            socket.receive_text()
        assert facts(caplog) == []
        socket.close(1001)
    eventually(lambda: facts(caplog))
    (line,) = facts(caplog)
    assert line == {
        "method": "GET",
        "route": "/ws",
        "status": 101,
        "ms": line["ms"],
        "bytes_in": 2 * len(CHUNK),
        "request_id": "a",
        "client": "testclient",
        "audio_seconds": 0.2,
        "close": 1001,
    }


def test_the_log_of_a_socket_that_fails(client: TestClient, engine: PlayedEngine, caplog: pytest.LogCaptureFixture) -> None:
    """It has the code of what was wrong."""
    engine.listening_fails = Busy("no place.")
    with caplog.at_level(logging.INFO), client.websocket_connect("/ws") as socket:
        socket.send_text(CHUNK)
        socket.receive_text()
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
    eventually(lambda: facts(caplog))
    assert (facts(caplog)[0]["close"], facts(caplog)[0]["problem"]) == (1013, "busy")


@pytest.mark.parametrize("path", ["/nowhere", "/transcribe", "/ws/", "/"])
def test_there_is_no_socket(client: TestClient, path: str) -> None:
    """Where there is nothing for one, that is said over HTTP, as everywhere."""
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect(path):
        pass
    answer = caught.value
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["x-request-id"] == answer.json()["request_id"]
    assert path in answer.json()["message"]
    assert "/ws" in answer.json()["message"]


def test_no_socket_while_stopping(client: TestClient) -> None:
    """New ones are sent away: 503, with the time after which to come back."""
    state(client).stopping = True
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect("/ws"):
        pass
    assert caught.value.status_code == 503
    assert caught.value.json()["code"] == "stopping"
    assert int(caught.value.headers["retry-after"]) >= 1


def test_a_bug_before_a_socket_is_one(client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It is 500, with the reason in the log only."""

    def fails(_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(sockets, "admit_socket", fails)
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect("/ws"):
        pass
    assert (caught.value.status_code, caught.value.json()["code"]) == (500, "internal_error")
    assert "secret" not in caught.value.text
    assert "secret" in caplog.text


def test_the_second_port(client: TestClient) -> None:
    """What comes there is a connection to /ws, whatever path it says; what comes elsewhere is not."""
    state(client).websocket_port = 8765
    for path in ("/", "/ws", "/any/thing", "/v1/realtime"):
        with client.websocket_connect(f"ws://127.0.0.1:8765{path}") as socket:
            socket.send_text('{"type": "finish"}')
            assert json.loads(socket.receive_text()) == {"type": "finished"}
    with pytest.raises(WebSocketDenialResponse), client.websocket_connect("/"):
        pass
    assert client.get("http://127.0.0.1:8765/health").status_code == 200
