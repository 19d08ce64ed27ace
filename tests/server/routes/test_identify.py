"""Recognising recordings over HTTP: what is asked of the engine, what is answered, and what happens when something goes wrong."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from auricle import wire
from auricle.codec import AudioProcessingConfig
from auricle.errors import Busy, CorruptAudio, CorruptCatalogue, TooLong
from auricle.identification.results import Identification
from auricle.server import examples
from auricle.server.app import create_app
from auricle.server.identifying import Fingerprinting, Identifying
from auricle.server.settings import Settings
from tests.server.asgi import Visitor
from tests.server.conftest import PlayedEngine, application

ROUTES = ["/fingerprint", "/identify"]


@pytest.fixture
def client(engine: PlayedEngine) -> Iterator[TestClient]:
    """A client of an application with a catalogue."""
    with application(engine, catalogue="recordings") as client:
        yield client


def as_sent(shape: object) -> object:
    """As it comes out of JSON."""
    return json.loads(json.dumps(shape))


def test_a_fingerprint(client: TestClient, engine: PlayedEngine) -> None:
    """Of a body or a form, options in either; its words where they are asked for."""
    found = [
        client.post("/fingerprint", content=b"audio").json(),
        client.post("/fingerprint?length=30&raw=true", content=b"audio").json(),
        client.post("/fingerprint?raw=true", data={"length": "0"}, files={"file": b"audio"}).json(),
    ]
    assert found == as_sent([wire.fingerprint(examples.FINGERPRINT, raw=raw) for raw in (False, True, True)])
    assert engine.identifier.heard == [(b"audio", Fingerprinting(length)) for length in (120.0, 30.0, None)]


def test_a_fingerprint_needs_no_catalogue(engine: PlayedEngine) -> None:
    """It is of the recording alone."""
    with application(engine) as client:
        assert client.post("/fingerprint", content=b"audio").status_code == 200


def test_a_known_recording(client: TestClient, engine: PlayedEngine) -> None:
    """Which one it is, and where in it; with a timeline where that is asked for."""
    plain = client.post("/identify", content=b"audio").json()
    assert plain == as_sent(wire.identification(examples.IDENTIFICATION))
    assert (plain["match"]["id"], plain["match"]["offset"]) == (examples.ENTRY.id, 31.24)
    timed = client.post("/identify", data={"timeline": "true"}, files={"file": b"audio"}).json()
    assert timed == as_sent(wire.identification(examples.IDENTIFICATION, timeline=True))
    assert engine.identifier.heard == [(b"audio", Identifying()), (b"audio", Identifying(timeline=True))]


def test_an_unknown_recording(client: TestClient, engine: PlayedEngine) -> None:
    """It is no error."""
    engine.identifier.finds = Identification(3.0, None)
    answer = client.post("/identify?timeline=true", content=b"audio")
    assert (answer.status_code, answer.json()) == (200, {"duration": 3.0, "match": None, "timeline": []})


def test_raw_samples(client: TestClient, engine: PlayedEngine) -> None:
    """What they are is said as on other routes."""
    for path in ROUTES:
        client.post(f"{path}?input_format=f32le&sample_rate=44100&channels=2&salvage=true", content=b"audio")
    config = AudioProcessingConfig(input_format="f32le", sample_rate=44_100, channels=2)
    assert [wanted for _, wanted in engine.identifier.heard] == [
        Fingerprinting(salvage=True, config=config),
        Identifying(salvage=True, config=config),
    ]


def test_no_catalogue(engine: PlayedEngine) -> None:
    """It is said who can change that, and how, before a recording comes."""
    with application(engine) as client:
        answer = client.post("/identify", content=b"")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_catalogue")
    assert "AURICLE_CATALOGUE" in answer.json()["message"]


@pytest.mark.parametrize(
    ("path", "field"),
    [("/fingerprint?length=-1", "length"), ("/fingerprint?length=nan", "length"), ("/identify?speed=1", "speed")],
)
def test_a_wrong_query_is_said_at_once(client: TestClient, engine: PlayedEngine, path: str, field: str) -> None:
    """Before the recording comes."""
    answer = client.post(path, content=b"")
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert engine.identifier.heard == []


@pytest.mark.parametrize("path", ROUTES)
def test_what_is_no_recording(client: TestClient, engine: PlayedEngine, path: str) -> None:
    """It is refused before anybody looks at it."""
    assert client.post(path, content=b"").json()["code"] == "empty_audio"
    assert client.post(path, json={"audio_base64": "YXVkaW8="}).status_code == 415
    assert engine.identifier.heard == []


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (CorruptAudio("it is damaged."), 422, "corrupt_audio"),
        (TooLong("it is too long."), 413, "recording_too_long"),
        (Busy("all places are taken.", 7.0), 503, "busy"),
        (CorruptCatalogue("/srv/secret is damaged."), 503, "unavailable"),
        (RuntimeError("secret"), 500, "internal_error"),
    ],
)
def test_what_can_go_wrong(client: TestClient, engine: PlayedEngine, path: str, error: Exception, status: int, code: str) -> None:
    """It is said as everywhere, and nothing of the operator's business."""
    engine.identifier.fails = error
    answer = client.post(path, content=b"audio")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "secret" not in answer.text


def test_it_is_counted(client: TestClient, engine: PlayedEngine) -> None:
    """The seconds of each, by what came of it."""
    client.post("/fingerprint", content=b"audio")
    client.post("/identify", content=b"audio")
    engine.identifier.finds = Identification(3.0, None)
    client.post("/identify", content=b"audio")
    text = client.get("/metrics").text
    assert "auricle_fingerprinted_seconds_total 5.0" in text
    assert 'auricle_identified_seconds_total{outcome="known"} 5.0' in text
    assert 'auricle_identified_seconds_total{outcome="unknown"} 3.0' in text


@pytest.mark.parametrize("path", ROUTES)
def test_too_late(engine: PlayedEngine, path: str) -> None:
    """What takes longer than a request may is given up."""
    engine.identifier.pause = math.inf
    with application(engine, deadline=0.2, catalogue="recordings") as client:
        answer = client.post(path, content=b"audio")
    assert (answer.status_code, answer.json()["code"], engine.identifier.left) == (503, "deadline_exceeded", 1)


@pytest.mark.parametrize("path", [*ROUTES, "/catalogue/new"])
def test_a_client_that_goes_away(engine: PlayedEngine, path: str) -> None:
    """Its work is stopped, and nothing is kept of it."""
    engine.identifier.pause = math.inf

    async def test() -> None:
        visitor = Visitor(create_app(engine, Settings(catalogue="recordings")))
        asking = asyncio.create_task(visitor.ask(path, b"audio"))
        while not engine.identifier.heard:
            await asyncio.sleep(0)
        visitor.gone.set()
        await asking
        assert visitor.got == []

    asyncio.run(test())
    assert engine.identifier.left == 1
    assert list(engine.identifier.kept) == [examples.ENTRY.id]
