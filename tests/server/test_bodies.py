"""A recording and its fields come in a form, as JSON or as they are; what is something else is told so."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from auricle.server.app import create_app
from auricle.server.settings import Settings
from tests.server.asgi import Visitor, visit
from tests.server.conftest import PlayedEngine, application

RECORDING = bytes(range(256)) * 10
FORM = {"files": {"file": RECORDING}}
OPENAI = {**FORM, "data": {"model": "base"}}
JSON = {"json": {"audio_base64": base64.b64encode(RECORDING).decode()}}


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("/transcribe", {"content": RECORDING}),
        ("/transcribe", {"content": RECORDING, "headers": {"content-type": "application/x-www-form-urlencoded"}}),  # curl's, unasked
        ("/transcribe", {"content": RECORDING, "headers": {"content-type": "text/html; charset=utf-8"}}),
        ("/transcribe", {"content": iter([RECORDING[:7], RECORDING[7:]])}),
        ("/transcribe", FORM),
        ("/transcribe", {"files": {"file": ("../../etc/passwd", RECORDING, "application/json")}}),
        ("/transcribe_speech", JSON),
        ("/transcribe_speech", {"content": b' {"audio_base64":"%b"} ' % base64.b64encode(RECORDING)}),  # which names no type
        ("/v1/audio/transcriptions", OPENAI),
        ("/v1/audio/translations", OPENAI),
    ],
)
def test_the_recording_arrives(client: TestClient, engine: PlayedEngine, path: str, given: dict[str, Any]) -> None:
    """Byte for byte, whatever name or type it is given."""
    assert client.post(path, **given).status_code == 200
    assert engine.heard[0][0] == RECORDING


@pytest.mark.parametrize(
    ("path", "kind", "code"),
    [
        ("/transcribe", "application/json", "unsupported_format"),
        ("/transcribe", "Application/JSON; charset=utf-8", "unsupported_format"),
        ("/transcribe", "multipart/form-data", "malformed_request"),
        ("/transcribe_speech", "multipart/form-data; boundary=X", "unsupported_format"),
        ("/transcribe_speech", "audio/wav", "unsupported_format"),
        ("/transcribe_speech", "application/jsonp", "unsupported_format"),
        ("/v1/audio/transcriptions", "application/json", "unsupported_format"),
        ("/v1/audio/transcriptions", "", "unsupported_format"),
        ("/v1/audio/translations", "application/x-www-form-urlencoded", "unsupported_format"),
        ("/v1/audio/transcriptions", "x" * 60_000, "unsupported_format"),
    ],
)
def test_another_kind_of_body_is_refused(client: TestClient, path: str, kind: str, code: str) -> None:
    """Before any of it is read; the message says what to send, and repeats no more of the type than fits."""
    visitor = visit(client.app, path, b"", b"not", b"read", headers={b"content-type": kind.encode()})
    assert f'"code":"{code}"'.encode() in visitor.body
    assert re.search(rb"send (a form|the recording itself|application/json)|let the HTTP library", visitor.body)
    assert len(visitor.body) < 400


@pytest.mark.parametrize(
    ("path", "field", "given"),
    [
        ("/transcribe", "file", {"files": {"language": (None, "de")}}),
        ("/transcribe_speech", "audio_base64", {"json": {"language": "de"}}),
        ("/transcribe_speech", "audio_base64", {"json": {"audio_base64": None}}),
        ("/v1/audio/translations", "file", {"files": {"model": (None, "base")}}),
    ],
)
def test_without_a_recording(client: TestClient, path: str, field: str, given: dict[str, Any]) -> None:
    """The field that should have it is named."""
    answer = client.post(path, **given)
    assert answer.status_code in (400, 422)
    assert f"{field} is missing; give the recording." in answer.text


@pytest.mark.parametrize("path", ["/transcribe", "/transcribe_speech", "/v1/audio/transcriptions"])
def test_too_large(path: str) -> None:
    """What is larger than the operator allows is 413, in the recording's bytes, on every route; what is as large is not."""
    given: dict[str, dict[str, Any]] = {
        "/transcribe": {"content": RECORDING},
        "/transcribe_speech": JSON,
        "/v1/audio/transcriptions": OPENAI,
    }
    for limit, status in ((len(RECORDING), 200), (len(RECORDING) - 1, 413)):
        with application(PlayedEngine(), upload_bytes=limit) as client:
            assert client.post(path, **given[path]).status_code == status


def test_a_stalled_upload() -> None:
    """A body that does not go on is 408 after the time that the operator allows."""
    app = create_app(PlayedEngine(), Settings(upload_stall=0.05))
    visitor = Visitor(app)

    async def ask() -> None:
        asking = asyncio.create_task(visitor.ask("/transcribe", b"au", whole=False))
        while not visitor.got:
            await asyncio.sleep(0.01)
        visitor.gone.set()
        await asking

    asyncio.run(ask())
    assert visitor.status == 408
    assert b'"code":"upload_stalled"' in visitor.body


def test_so_many_may_upload_at_once() -> None:
    """Half of 8 for each place may be one client's; the next is sent away before it uploads; when one has gone, it may come."""
    app = create_app(PlayedEngine(), Settings(concurrency=1, waiting=0))

    async def ask() -> list[Visitor]:
        crowd = [Visitor(app) for _ in range(5)]
        asking = [asyncio.create_task(visitor.ask("/transcribe", b"au", whole=False)) for visitor in crowd]
        while not any(visitor.got for visitor in crowd):
            await asyncio.sleep(0)
        for visitor in crowd:
            visitor.gone.set()
        await asyncio.wait(asking)
        last = Visitor(app)
        await last.ask("/transcribe", b"audio")
        return [*crowd, last]

    visitors = asyncio.run(ask())
    assert [visitor.status for visitor in visitors] == [*[0] * 4, 503, 200]
    assert b"the server is busy: too many uploads are under way; try again in a moment." in visitors[4].body
    assert visitors[4].headers["retry-after"] == "1"
    assert not app.state.server.uploads


def test_who_has_no_key_takes_no_place() -> None:
    """Uploads of strangers, who are refused, keep nobody with a key from uploading."""
    app = create_app(PlayedEngine(), Settings(concurrency=1, waiting=0, api_keys=("a-key-of-16-characters",)))

    async def ask() -> Visitor:
        crowd = [Visitor(app) for _ in range(20)]
        asking = [asyncio.create_task(visitor.ask("/transcribe", b"au", whole=False)) for visitor in crowd]
        await asyncio.sleep(0.05)
        owner = Visitor(app)
        await owner.ask("/transcribe", b"audio", headers={b"x-api-key": b"a-key-of-16-characters"})
        for visitor in crowd:
            visitor.gone.set()
        await asyncio.wait(asking)
        return owner

    assert asyncio.run(ask()).status == 200


def test_not_before_it_has_started(client: TestClient, engine: PlayedEngine) -> None:
    """A server that is still starting says so, and takes no upload."""
    engine.started = False
    answer = client.post("/transcribe", content=b"audio")
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    assert answer.json()["message"] == "the server is starting; try again in a moment."
