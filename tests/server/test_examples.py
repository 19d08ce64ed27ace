"""What the documentation shows is what the server takes and gives."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field
from typing import IO, Any
from urllib.parse import parse_qs, quote

import jsonschema_rs
import pytest
from starlette.testclient import TestClient

from auricle.codec import decode
from auricle.errors import Busy
from auricle.server import examples
from auricle.server.engine import Event, ModelState, Recognition, Voices
from auricle.server.enhancing import EnhancedRecording, Enhancing
from auricle.server.lanes import Lane
from auricle.server.speaking import Sound, SpeechEvent, Synthesis
from tests.server.asgi import visit
from tests.server.conftest import PlayedEngine, application

KEY = "correct-horse-battery"
TRANSCRIPTIONS, TRANSLATIONS, SPEECH = "/v1/audio/transcriptions", "/v1/audio/translations", "/v1/audio/speech"
RECORDING = base64.b64decode(examples.RECORDING)


@dataclass
class Exemplary(PlayedEngine):
    """Hears what the documentation says, in detail where that is asked for."""

    fails: BaseException | None = field(default=None, kw_only=True)

    async def recognize(self, recording: IO[bytes], wanted: Recognition) -> AsyncGenerator[Event, None]:
        """Say it."""
        self.heard.append((recording.read(), wanted))
        detailed = wanted.options.word_timestamps or wanted.options.logprobs
        for event in (examples.DETAILED,) if detailed else examples.EVENTS:
            yield event

    async def speak(self, wanted: Synthesis, recording: IO[bytes] | None = None) -> AsyncGenerator[SpeechEvent, None]:
        """Say it."""
        yield examples.SPOKEN.opening
        yield Sound(examples.SPOKEN.data)
        yield examples.SPOKEN.closing

    async def enhance(self, recording: IO[bytes], wanted: Enhancing, target: IO[bytes]) -> EnhancedRecording:
        """Do it."""
        target.write(examples.AUDIO)
        return examples.ENHANCED

    async def voices(self) -> Voices:
        """The one that is shown."""
        return Voices((examples.VOICE,), examples.VOICE.name)

    def models(self) -> tuple[ModelState, ...]:
        """The one that is shown."""
        return (examples.MODEL,)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of an application that hears what the documentation says."""
    with application(Exemplary(), catalogue="recordings") as client:
        yield client


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    """The documentation."""
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each by its method and path."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def contents(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each body that may be sent or answered, and where it is."""
    for name, operation in operations(document):
        for media, content in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} {media}", content
        for status, answer in operation["responses"].items():
            for media, content in answer.get("content", {}).items():
                yield f"{name} {status} {media}", content


def test_everything_has_examples(document: dict[str, Any]) -> None:
    """Every kind of body of every operation, every error included."""
    without = {name for name, content in contents(document) if not content.get("examples")}
    assert without == set()


def test_examples_fit_their_schemas(document: dict[str, Any]) -> None:
    """Each value is what the documentation says it is; forms are without the recording, which is binary."""
    checked = 0
    for name, content in contents(document):
        for key, example in content["examples"].items():
            if "event-stream" in name or "value" not in example:  # whose schema is that of each event; the recording itself
                continue
            recording = {"file": "…"} if "file" in content["schema"].get("properties", {}) else {}
            value = example["value"] | recording if recording else example["value"]
            errors = list(jsonschema_rs.validator_for({**content["schema"], "components": document["components"]}).iter_errors(value))
            assert (name, key, errors) == (name, key, [])
            checked += 1
    assert checked > 80


def test_events_fit_their_schemas(document: dict[str, Any]) -> None:
    """Each event of a stream, by exactly one of the kinds of events, and what is in it by its own."""
    for path in ("/transcribe", TRANSCRIPTIONS, SPEECH):
        content = document["paths"][path]["post"]["responses"]["200"]["content"]["text/event-stream"]
        schema = content["schema"]
        (example,) = content["examples"].values()
        events = [dict(line.split(": ", 1) for line in event.split("\n")) for event in example["value"].removesuffix("\n\n").split("\n\n")]
        assert len(events) >= 2
        for event in events:
            jsonschema_rs.validator_for(schema).validate(event)
            (kind,) = [
                kind for kind in schema.get("oneOf", [schema]) if kind["properties"].get("event") in (None, {"const": event.get("event")})
            ]
            jsonschema_rs.validator_for(kind["properties"]["data"]["contentSchema"]).validate(json.loads(event["data"]))


def test_the_recording_is_one() -> None:
    """Whoever tries it out sends a second and a half of Ogg Opus."""
    audio = decode(io.BytesIO(RECORDING))
    assert (audio.duration, audio.channels) == (1.5, 1)


@pytest.mark.parametrize(("path", "types"), [("/transcribe", 7), ("/analyze", 2), ("/fingerprint", 1), ("/identify", 1)])
def test_our_answers(client: TestClient, document: dict[str, Any], path: str, types: int) -> None:
    """Each example is what its query gives."""
    shown = document["paths"][path]["post"]["responses"]["200"]["content"]
    for media, content in shown.items():
        for query, example in content["examples"].items():
            answer = client.post(path, params="" if query == "defaults" else query, content=RECORDING)
            assert answer.headers["content-type"].partition(";")[0] == media
            assert (answer.json() if media == "application/json" else answer.content.decode()) == example["value"]
    assert len(shown) == types


def test_the_guides_answers(client: TestClient, document: dict[str, Any]) -> None:
    """Each request that is shown gives the answer of that name."""
    for path in ("/transcribe_speech", "/synthesize_text", "/enhance_audio", "/analyze_music"):
        operation = document["paths"][path]["post"]
        requests = operation["requestBody"]["content"]["application/json"]["examples"]
        answers = operation["responses"]["200"]["content"]["application/json"]["examples"]
        assert requests.keys() == answers.keys()
        for name, request in requests.items():
            assert client.post(path, json=request["value"]).json() == answers[name]["value"]


def said(media: str, value: Any) -> dict[str, Any]:
    """A request with this body."""
    match media:
        case "multipart/form-data":
            return {"files": {name: (None, text) for name, text in value.items()}}
        case "application/x-www-form-urlencoded":
            return {"data": value}
        case "application/json":
            return {"json": value}
        case _:
            return {"content": value, "headers": {"content-type": media}}


@pytest.mark.parametrize("path", ["/synthesize", SPEECH])
def test_what_is_shown_is_spoken(client: TestClient, document: dict[str, Any], path: str) -> None:
    """Each body that is shown gives audio, or the events that are shown."""
    operation = document["paths"][path]["post"]
    shown = operation["responses"]["200"]["content"]
    for media, content in operation["requestBody"]["content"].items():
        for name, example in content["examples"].items():
            answer = client.post(path, **said(media, example["value"]))
            assert (media, name, answer.status_code) == (media, name, 200)
            assert answer.headers["content-type"].partition(";")[0] in shown
            assert answer.content == (shown["text/event-stream"]["examples"]["sse"]["value"].encode() if name == "sse" else RECORDING)


@pytest.mark.parametrize("path", [TRANSCRIPTIONS, TRANSLATIONS])
def test_openais_answers(client: TestClient, document: dict[str, Any], path: str) -> None:
    """Each example is what its fields give."""
    shown = document["paths"][path]["post"]["responses"]["200"]["content"]
    for media, content in shown.items():
        for fields, example in content["examples"].items():
            answer = client.post(path, data={"model": "whisper-1", **parse_qs(fields)}, files={"file": RECORDING})
            assert answer.headers["content-type"].partition(";")[0] == media
            assert (answer.json() if media == "application/json" else answer.content.decode()) == example["value"]
    assert len(shown) == (3 if path == TRANSCRIPTIONS else 2)


def test_the_forms_are_taken(client: TestClient, document: dict[str, Any]) -> None:
    """With a recording beside them, each gives an answer."""
    for example in document["paths"]["/enhance"]["post"]["requestBody"]["content"]["multipart/form-data"]["examples"].values():
        assert client.post("/enhance", data=example["value"], files={"file": RECORDING}).content == examples.AUDIO
    for example in document["paths"]["/analyze"]["post"]["requestBody"]["content"]["multipart/form-data"]["examples"].values():
        assert client.post("/analyze", data=example["value"], files={"file": RECORDING}).status_code == 200
    for path in ("/fingerprint", "/identify"):
        for example in document["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]["examples"].values():
            assert client.post(path, data=example["value"], files={"file": RECORDING}).status_code == 200
    for path in ("/transcribe", TRANSCRIPTIONS, TRANSLATIONS):
        for example in document["paths"][path]["post"]["requestBody"]["content"]["multipart/form-data"]["examples"].values():
            answer = client.post(path, data=example["value"], files={"file": RECORDING})
            assert answer.status_code == 200
            assert "living" in answer.text


def test_other_answers(client: TestClient, document: dict[str, Any]) -> None:
    """Models, health and readiness: the same, or with the same fields where they change from day to day."""
    for name, operation in operations(document):
        method, path = name.split()
        if (method in ("POST", "DELETE") and not path.startswith("/v1/models")) or path == "/metrics":
            continue
        (shown,) = (example["value"] for example in operation["responses"]["200"]["content"]["application/json"]["examples"].values())
        named = operation.get("parameters", [{}])[0].get("example", "")
        answer = client.request(method, re.sub(r"{\w+}", quote(named, safe=""), path)).json()
        assert answer == shown if path.startswith(("/v1", "/catalogue", "/duplicates")) else answer.keys() == shown.keys()
    shown = document["paths"]["/metrics"]["get"]["responses"]["200"]["content"]["text/plain"]["examples"]["an hour's"]["value"]
    assert shown.splitlines()[0] in client.get("/metrics").text


def test_the_catalogue(document: dict[str, Any]) -> None:
    """What is shown is added, refused, and gone, word for word."""
    with application(Exemplary(), catalogue="recordings") as client:
        del client.app.state.server.engine.identifier.kept[examples.ENTRY.id]  # type: ignore[attr-defined]
        place = f"/catalogue/{quote(examples.ENTRY.id, safe='')}"
        added = client.post(place, content=RECORDING)
        shown = document["paths"]["/catalogue/{id}"]["post"]["responses"]["201"]["content"]["application/json"]["examples"]
        assert [added.json()] == [example["value"] for example in shown.values()]
        assert (client.delete(place).status_code, client.delete(place).status_code) == (204, 404)
        assert {client.get("/catalogue/song").json()["message"]} == messages(document, "recording_not_found")
        for example in document["paths"]["/catalogue/{id}"]["post"]["requestBody"]["content"]["multipart/form-data"]["examples"].values():
            answer = client.post("/catalogue/song?replace=true", data=example["value"], files={"file": RECORDING})
            assert answer.status_code == 201
        assert {client.post("/catalogue/song", content=RECORDING).json()["message"]} == messages(document, "recording_exists")
    with application(Exemplary()) as client:
        for refused in (client.get("/catalogue"), client.post("/identify", content=RECORDING), client.get("/duplicates")):
            assert {refused.json()["message"]} == messages(document, "no_catalogue")
    with application(Exemplary(), catalogue="recordings", api_keys=[KEY]) as client:
        refused = client.post("/catalogue/new", content=RECORDING, headers={"X-API-Key": KEY})
        assert {refused.json()["message"]} == messages(document, "admin_key_needed")


def messages(document: dict[str, Any], code: str) -> set[str]:
    """Those that are shown for this code, in either shape."""
    found = set()
    for _, operation in operations(document):
        for status, answer in operation["responses"].items():
            for name, example in answer["content"].get("application/json", {}).get("examples", {}).items():
                if int(status) >= 400 and name == code:
                    found.add(example["value"].get("error", example["value"])["message"])
    return found


def test_errors_are_those_that_one_gets(client: TestClient, document: dict[str, Any]) -> None:
    """Wherever a request can bring them about: word for word."""
    cut_off = {"content": b"--X\r\n", "headers": {"content-type": "multipart/form-data; boundary=X"}}
    for code, answer in {
        "malformed_request": client.post("/transcribe", **cut_off),  # type: ignore[arg-type]
        "unsupported_format": client.post(TRANSCRIPTIONS, content=b"audio", headers={"content-type": "text/html"}),
        "invalid_option": client.post("/transcribe?task=summarize", content=RECORDING),
        "empty_audio": client.post("/transcribe", content=b""),
        "model_not_found": client.get("/v1/models/huge"),
    }.items():
        shape = answer.json()
        assert shape.get("error", shape)["message"] in messages(document, code)
    too_large = visit(client.app, "/transcribe", b"audio", headers={b"content-length": str(2**31).encode()})
    assert str(messages(document, "too_many_bytes").pop()).encode() in too_large.body
    with application(Exemplary(), api_keys=[KEY], rate_limit=60) as locked:
        assert {locked.get("/v1/models").json()["error"]["message"]} == messages(document, "invalid_api_key")
        answers = [locked.get("/metrics", headers={"X-API-Key": KEY}) for _ in range(61)]
        assert {answers[-1].json()["message"]} == messages(document, "rate_limit_exceeded")


def test_a_busy_servers_message(document: dict[str, Any]) -> None:
    """As a full lane says it."""
    with pytest.raises(Busy) as refused:
        Lane(1, 0)._make_room()
    assert {str(refused.value)} == messages(document, "busy")


def test_errors_are_whole(document: dict[str, Any]) -> None:
    """Each status shows at least one error, with code, message and request id, and with the headers that it comes with."""
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            assert "X-Request-ID" in answer["headers"]
            if int(status) < 400 or name == "GET /ready":
                continue
            assert ("WWW-Authenticate" in answer["headers"]) is (status == "401")
            assert ("Retry-After" in answer["headers"]) is (status in ("429", "503"))
            for code, example in answer["content"]["application/json"]["examples"].items():
                shape = example["value"]
                assert shape.get("error", shape)["code"] == code
                assert "request_id" in shape or name.partition(" ")[2].startswith("/v1/")
