"""Music analysis over HTTP: the guide's JSON, ours, beats and chords as lines, and errors that name the client's fields."""

from __future__ import annotations

import asyncio
import base64
import json
import math
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from auricle import wire
from auricle.codec import AudioProcessingConfig
from auricle.errors import Busy, CorruptAudio, ModelUnavailable, OptionError, TooLong, UnsupportedFormat
from auricle.music.results import Harmony, MusicAnalysis, Rhythm
from auricle.server import examples
from auricle.server.analysing import Analysing
from auricle.server.app import create_app
from auricle.server.settings import Settings
from tests.server.asgi import Visitor
from tests.server.conftest import PlayedEngine, application

AUDIO = base64.b64encode(b"audio").decode()


def as_sent(shape: object) -> object:
    """As it comes out of JSON."""
    return json.loads(json.dumps(shape))


# The guide's


def test_the_guides_answer(client: TestClient, engine: PlayedEngine) -> None:
    """Its fields are all there, and first; then come ours."""
    answer = client.post("/analyze_music", json={"audio_base64": AUDIO})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    found = answer.json()
    assert list(found)[:6] == ["tempo", "beat_count", "beat_times", "key_signature", "spectral_features", "duration_seconds"]
    assert (found["tempo"], found["beat_count"], found["beat_times"], found["key_signature"]) == (128.0, 3, [0.12, 0.589, 1.058], "A minor")
    assert set(found["spectral_features"]) == {
        "spectral_centroid", "spectral_rolloff", "spectral_bandwidth", "zero_crossing_rate", "mfcc_features",
    }  # fmt: skip
    assert len(found["spectral_features"]["mfcc_features"]) == 13
    assert found == as_sent(wire.guide_analysis(examples.ANALYSIS))
    assert engine.looked_at == [(b"audio", Analysing())]


def test_the_guides_options(client: TestClient, engine: PlayedEngine) -> None:
    """Parts that cost more can be left out; those that the guide's fields are made of cannot."""
    body = {"audio_base64": AUDIO, "options": {"include": ["dynamics"], "frames": True}, "salvage": True}
    found = client.post("/analyze_music", json=body).json()
    assert engine.looked_at[0][1] == Analysing(("rhythm", "harmony", "spectrum", "dynamics"), frames=True, salvage=True)
    assert "dynamics" in found
    assert "tags" not in found


def test_nothing_is_found(client: TestClient, engine: PlayedEngine) -> None:
    """Silence is no error: what there is not is null, and it is said why."""
    silent = replace(examples.ANALYSIS, rhythm=Rhythm(None, 0.0), harmony=Harmony(None), notes=("No steady beat was found.",))
    engine.finds = silent
    found = client.post("/analyze_music", json={"audio_base64": AUDIO}).json()
    assert (found["tempo"], found["beat_count"], found["beat_times"], found["key_signature"]) == (None, 0, [], None)
    assert found["notes"] == ["No steady beat was found."]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "audio_base64"),
        ({"audio_base64": 3}, 422, "audio_base64"),
        ({"audio_base64": "?"}, 400, "audio_base64"),
        ({"audio_base64": ""}, 422, None),
        ({"audio_base64": AUDIO, "options": {"include": ["melody"]}}, 422, "options.include"),
        ({"audio_base64": AUDIO, "include": ["rhythm"]}, 422, "include"),
        ({"audio_base64": AUDIO, "sample_rate": 8000}, 422, "sample_rate"),
    ],
)
def test_what_the_guides_route_refuses(client: TestClient, body: dict[str, object], status: int, field: str | None) -> None:
    """It is said what is wrong."""
    answer = client.post("/analyze_music", json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field)


def test_what_the_engine_finds_wrong(client: TestClient, engine: PlayedEngine) -> None:
    """It is called as the client calls it."""
    engine.analysing_fails = OptionError("frames", "the recording is too long for that")
    answer = client.post("/analyze_music", json={"audio_base64": AUDIO, "options": {"frames": True}})
    assert (answer.status_code, answer.json()["field"]) == (422, "options.frames")


# Ours


def test_a_body_or_a_form(client: TestClient, engine: PlayedEngine) -> None:
    """The recording either way, options in the query, in the form, or in both."""
    answers = [
        client.post("/analyze?include=rhythm,spectrum&frames=true", content=b"audio"),
        client.post("/analyze?include=rhythm&include=spectrum&frames=true", content=b"audio"),
        client.post("/analyze?include=rhythm", data={"include": ["spectrum"], "frames": "true"}, files={"file": b"audio"}),
    ]
    assert engine.looked_at == [(b"audio", Analysing(("rhythm", "spectrum"), frames=True))] * 3
    for answer in answers:
        assert answer.json() == as_sent(wire.analysis(examples.analysed(("rhythm", "spectrum"))))
        assert int(answer.headers["content-length"]) == len(answer.content)


def test_raw_samples(client: TestClient, engine: PlayedEngine) -> None:
    """What they are is said as on other routes."""
    client.post("/analyze?input_format=f32le&sample_rate=44100&channels=2", content=b"audio")
    assert engine.looked_at[0][1].config == AudioProcessingConfig(input_format="f32le", sample_rate=44_100, channels=2)


@pytest.mark.parametrize(
    ("query", "accept", "media", "text"),
    [
        ("?format=beats", "*/*", "text/plain", "0.120\t1\n0.589\t2\n1.058\t3\n"),
        ("?format=chords", "application/json", "text/plain", "0.000\t0.120\tN\n0.120\t3.000\tA:min\n"),
        ("", "application/json;q=0.5, text/plain", "text/plain", "0.120\t1\n0.589\t2\n1.058\t3\n"),
        ("?format=json", "text/plain", "application/json", None),
        ("", "*/*", "application/json", None),
        ("", "", "application/json", None),
    ],
)
def test_the_format(client: TestClient, query: str, accept: str, media: str, text: str | None) -> None:
    """As the field says, else as the client likes it, else JSON."""
    answer = client.post(f"/analyze{query}", content=b"audio", headers={"accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media
    assert answer.text == (text or answer.text)


@pytest.mark.parametrize("format_", ["beats", "chords"])
def test_lines_of_nothing(client: TestClient, engine: PlayedEngine, format_: str) -> None:
    """No line where there is no beat and no chord."""
    engine.finds = MusicAnalysis(1.0, 44_100, 2, rhythm=Rhythm(None, 0.0), harmony=Harmony(None))
    answer = client.post(f"/analyze?format={format_}", content=b"audio")
    assert (answer.status_code, answer.content) == (200, b"")


def test_it_is_counted(engine: PlayedEngine) -> None:
    """The seconds of what was analysed."""
    with application(engine) as client:
        client.post("/analyze", content=b"audio")
        client.post("/analyze_music", json={"audio_base64": AUDIO})
        assert "auricle_analysed_seconds_total 6.0" in client.get("/metrics").text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OptionError("frames", "too long"), 422, "invalid_option"),
        (UnsupportedFormat("it is no audio."), 415, "unsupported_format"),
        (CorruptAudio("it is damaged."), 422, "corrupt_audio"),
        (TooLong("it is too long."), 413, "recording_too_long"),
        (ModelUnavailable("it is not here."), 422, "model_not_available"),
        (Busy("all places are taken.", 7.0), 503, "busy"),
        (RuntimeError("secret"), 500, "internal_error"),
    ],
)
def test_what_can_go_wrong(client: TestClient, engine: PlayedEngine, error: Exception, status: int, code: str) -> None:
    """It is said as everywhere."""
    engine.analysing_fails = error
    answer = client.post("/analyze", content=b"audio")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_wrong_query_is_said_at_once(client: TestClient, engine: PlayedEngine) -> None:
    """Before the recording comes, with the parts that there are."""
    answer = client.post("/analyze?include=melody", content=b"")
    assert (answer.status_code, answer.json()["field"]) == (422, "include")
    assert "rhythm, harmony, spectrum, dynamics, tags, structure" in answer.json()["message"]
    assert engine.looked_at == []


def test_json_is_not_a_recording(client: TestClient) -> None:
    """It goes elsewhere."""
    answer = client.post("/analyze", json={})
    assert answer.status_code == 415
    assert "/analyze_music" in answer.json()["message"]


@pytest.mark.parametrize("sent", [{"content": b""}, {"files": {"file": b""}}])
def test_an_empty_recording(client: TestClient, engine: PlayedEngine, sent: dict[str, object]) -> None:
    """It is refused before anybody looks at it."""
    answer = client.post("/analyze", **sent)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "empty_audio")
    assert engine.looked_at == []


def test_too_late(engine: PlayedEngine) -> None:
    """What takes longer than a request may is given up."""
    engine.pause = math.inf
    with application(engine, deadline=1) as client:
        answer = client.post("/analyze", content=b"audio")
    assert (answer.status_code, answer.json()["code"], engine.left) == (503, "deadline_exceeded", 1)


@pytest.mark.parametrize("path", ["/analyze", "/analyze_music"])
def test_a_client_that_goes_away(engine: PlayedEngine, path: str) -> None:
    """Its work is stopped."""
    engine.pause = math.inf
    body = json.dumps({"audio_base64": AUDIO}).encode()

    async def test() -> None:
        visitor = Visitor(create_app(engine, Settings()))
        asking = asyncio.create_task(visitor.ask(path, body, headers={b"content-type": b"application/json"} if "_" in path else None))
        while not engine.looked_at:
            await asyncio.sleep(0)
        visitor.gone.set()
        await asking
        assert visitor.got == []

    asyncio.run(test())
    assert engine.left == 1
