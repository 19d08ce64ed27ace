"""Enhancement over HTTP: the guide's JSON, audio with its report in a header or beside it, and errors that name the client's fields."""

from __future__ import annotations

import asyncio
import base64
import email
import json
import math
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from auricle import wire
from auricle.codec import AudioProcessingConfig
from auricle.enhancement.options import Band, EnhanceOptions
from auricle.enhancement.report import StepReport
from auricle.errors import AuricleError, Busy, CorruptAudio, ModelUnavailable, OptionError, TooLong
from auricle.server.app import create_app
from auricle.server.enhancing import Enhancing
from auricle.server.settings import Settings
from tests.server.asgi import Visitor
from tests.server.conftest import BETTER, PlayedEngine, application

AUDIO = base64.b64encode(b"audio").decode()
WAV = AudioProcessingConfig(output_format="wav")
REPORT = json.loads(json.dumps(wire.enhancement_report(BETTER.report)))


def parts_of(content_type: str, content: bytes) -> list[tuple[str, bytes]]:
    """The parts of a multipart answer, as a mail program reads them."""
    found = email.message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content)
    assert found.is_multipart()
    parts = [part for part in found.walk() if not part.is_multipart()]
    return [(part.get_content_type(), bytes(part.get_payload(decode=True))) for part in parts]


# The guide's


def test_the_guides_request(client: TestClient, engine: PlayedEngine) -> None:
    """All of its options reach the engine, and all of its answer's fields are there, with the report."""
    bands = [{"frequency": 100, "gain": -3.0, "q": 1.0}, {"frequency": 1000, "gain": 2.0, "q": 1.5}]
    options = {"reduce_noise": True, "normalize": True, "target_level": -20.0, "eq_bands": bands, "remove_clicks": True}
    answer = client.post("/enhance_audio", json={"audio_base64": AUDIO, "options": options})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    expected = EnhanceOptions(denoise="deepfilter", declick=0.5, loudness=-20.0, equalize=(Band(100, -3.0, 1.0), Band(1000, 2.0, 1.5)))
    assert engine.treated == [(b"audio", Enhancing(expected, config=WAV))]
    assert answer.json() == {
        "enhanced_audio_base64": base64.b64encode(b"better").decode(),
        "sample_rate": 44_100,
        "duration_seconds": 1.5,
        "channels": 2,
        "output_format": "wav",
        "report": REPORT,
    }


def test_only_the_recording_is_needed(client: TestClient, engine: PlayedEngine) -> None:
    """Without options it is measured."""
    assert client.post("/enhance_audio", json={"audio_base64": AUDIO}).status_code == 200
    assert engine.treated == [(b"audio", Enhancing(config=WAV))]


@pytest.mark.parametrize("size", [1, 2, 3, 3 * 2**16 - 1, 3 * 2**16, 3 * 2**16 + 1, 10**6])
def test_recordings_of_any_size_in_json(client: TestClient, engine: PlayedEngine, size: int) -> None:
    """The file is written into the JSON in pieces, and is whole base64, with the length that was said."""
    engine.better = bytes(range(251)) * (size // 251 + 1)
    engine.better = engine.better[:size]
    answer = client.post("/enhance_audio", json={"audio_base64": AUDIO})
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert base64.b64decode(answer.json()["enhanced_audio_base64"], validate=True) == engine.better


def test_silence_in_json(client: TestClient) -> None:
    """What has no level is null."""
    assert client.post("/enhance_audio", json={"audio_base64": AUDIO}).json()["report"]["after"]["noise_floor_dbfs"] is None


def test_a_long_recording_of_noise(client: TestClient, engine: PlayedEngine) -> None:
    """There is room for a megabyte of it beside the recording."""
    noise = bytes(10**6)
    options = {"reduce_noise": True, "noise_profile": base64.b64encode(noise).decode()}
    assert client.post("/enhance_audio", json={"audio_base64": AUDIO, "options": options}).status_code == 200
    assert engine.treated[0][1].noise == noise


@pytest.mark.parametrize(
    ("options", "raised", "field"),
    [
        ({"normalize": True, "target_level": 3}, None, "options.target_level"),
        ({"normalize": True}, OptionError("loudness", "too loud"), "options.target_level"),
        ({"loudness": "loud"}, OptionError("loudness", "no such preset"), "options.loudness"),
        ({"eq_bands": [{"frequency": 30_000, "gain": 3}]}, OptionError("equalize", "band 1: too high"), "options.eq_bands"),
        ({"dehum": True}, OptionError("dehum", "what?"), "options.dehum"),
        ({}, OptionError("bit_depth", "too deep"), "bit_depth"),
        ({"target_level": -20}, None, "options.target_level"),
        ({"eq_bands": [{"frequency": 100}]}, None, "options.eq_bands.0.gain"),
        ({"noise_profile": {"start": 0}}, None, "options.noise_profile.end"),
    ],
)
def test_errors_name_the_guides_fields(
    client: TestClient, engine: PlayedEngine, options: dict[str, object], raised: AuricleError | None, field: str
) -> None:
    """422, whoever finds it out."""
    engine.enhancing_fails = raised
    answer = client.post("/enhance_audio", json={"audio_base64": AUDIO, "options": options})
    assert (answer.status_code, answer.json()["field"]) == (422, field)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "audio_base64"),
        ({"audio_base64": 3}, 422, "audio_base64"),
        ({"audio_base64": "?"}, 400, "audio_base64"),
        ({"audio_base64": ""}, 422, None),
        ({"audio_base64": AUDIO, "options": {"noise_profile": "?"}}, 400, "options.noise_profile"),
    ],
)
def test_no_recording(client: TestClient, body: dict[str, object], status: int, field: str | None) -> None:
    """It is said what is missing."""
    answer = client.post("/enhance_audio", json=body)
    assert (answer.status_code, answer.json().get("field")) == (status, field)


# Ours


def test_a_body_or_a_form(client: TestClient, engine: PlayedEngine) -> None:
    """The recording either way, options in the query, in the form, or in both."""
    first = client.post("/enhance?denoise=rnnoise&eq=100:-3:1.0&eq=high_pass@80", content=b"audio")
    second = client.post("/enhance?denoise=rnnoise", data={"eq": ["100:-3:1.0", "high_pass@80"]}, files={"file": b"audio"})
    assert (first.status_code, second.status_code) == (200, 200)
    options = EnhanceOptions(denoise="rnnoise", equalize=(Band(100, -3.0, 1.0), Band(80, kind="high_pass")))
    assert engine.treated == [(b"audio", Enhancing(options, config=WAV))] * 2
    assert first.content == second.content == b"better"
    assert first.headers["content-type"] == "audio/wav"
    assert first.headers["content-length"] == "6"


@pytest.mark.parametrize(
    ("query", "accept", "format_", "media"),
    [
        ("", "*/*", "wav", "audio/wav"),
        ("?format=flac", "*/*", "flac", "audio/flac"),
        ("", "audio/mpeg;q=0.5, audio/ogg", "opus", "audio/ogg"),
        ("?format=aac", "audio/ogg", "aac", "audio/mp4"),
        ("", "audio/mp4", "m4a", "audio/mp4"),
        ("?format=pcm", "", "pcm", "audio/pcm; rate=44100; channels=2"),
    ],
)
def test_the_format(client: TestClient, engine: PlayedEngine, query: str, accept: str, format_: str, media: str) -> None:
    """As the field says, else as the client likes it, else WAV; bare samples say what they are."""
    answer = client.post(f"/enhance{query}", content=b"audio", headers={"accept": accept})
    assert answer.headers["content-type"] == media
    assert engine.treated[0][1].config.output_format == format_


def test_the_report_in_a_header(client: TestClient) -> None:
    """Compact JSON, in ASCII."""
    value = client.post("/enhance", content=b"audio").headers["x-auricle-report"]
    assert json.loads(value) == REPORT
    assert " " not in value.partition('"notes"')[0]


def test_a_long_report(client: TestClient, engine: PlayedEngine) -> None:
    """No more than a header can be: notes are left out first, then steps; what came of it is always there. A part has all."""
    steps = tuple(StepReport(f"step {number}", {"gain_db": 1.0}) for number in range(100))
    for report, left in (
        (replace(BETTER.report, notes=("Größe 🎵 " * 500,)), {"before", "after", "steps"}),
        (replace(BETTER.report, steps=steps), {"before", "after"}),
    ):
        engine.did = replace(BETTER, report=report)
        value = client.post("/enhance", content=b"audio").headers["x-auricle-report"]
        assert value.isascii()
        assert len(value) <= 4000
        assert json.loads(value).keys() == left
        in_parts = client.post("/enhance?report=multipart", content=b"audio")
        ((_, whole), _) = parts_of(in_parts.headers["content-type"], in_parts.content)
        assert json.loads(whole) == json.loads(json.dumps(wire.enhancement_report(report)))


@pytest.mark.parametrize(("query", "accept"), [("?report=multipart", "*/*"), ("", "multipart/mixed"), ("?format=wav", "multipart/mixed")])
def test_two_parts(client: TestClient, engine: PlayedEngine, query: str, accept: str) -> None:
    """The report, then the audio byte for byte, whatever is in it."""
    engine.better = b"RIFF\r\n--\r\n\x00\xff\r\n"
    answer = client.post(f"/enhance{query}", content=b"audio", headers={"accept": accept})
    (kind, report), (media, _) = parts_of(answer.headers["content-type"], answer.content)
    assert (kind, json.loads(report), media) == ("application/json", REPORT, "audio/wav")
    assert int(answer.headers["content-length"]) == len(answer.content)
    boundary = answer.headers["content-type"].partition("boundary=")[2].encode()
    assert answer.content.split(b"\r\n\r\n", 2)[2] == engine.better + b"\r\n--" + boundary + b"--\r\n"
    assert "x-auricle-report" not in answer.headers


def test_the_report_is_asked_for_in_a_header(client: TestClient) -> None:
    """Whatever the client accepts."""
    answer = client.post("/enhance?report=header", content=b"audio", headers={"accept": "multipart/mixed"})
    assert (answer.headers["content-type"], answer.content) == ("audio/wav", b"better")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OptionError("equalize", "band 1: too high"), 422, "invalid_option"),
        (CorruptAudio("it is damaged."), 422, "corrupt_audio"),
        (TooLong("it is too long."), 413, "recording_too_long"),
        (ModelUnavailable("it is not here."), 422, "model_not_available"),
        (Busy("all places are taken.", 7.0), 503, "busy"),
        (RuntimeError("secret"), 500, "internal_error"),
    ],
)
def test_what_can_go_wrong(client: TestClient, engine: PlayedEngine, error: Exception, status: int, code: str) -> None:
    """It is said before anything is sent, as everywhere."""
    engine.enhancing_fails = error
    answer = client.post("/enhance?eq=100:3", content=b"audio")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json().get("field") == {"invalid_option": "eq", "model_not_available": "model"}.get(code)
    assert answer.headers.get("retry-after") == ("7" if code == "busy" else None)


def test_a_wrong_query_is_said_at_once(client: TestClient, engine: PlayedEngine) -> None:
    """Before the recording comes."""
    answer = client.post("/enhance?denoise=magic", content=b"")
    assert (answer.status_code, answer.json()["field"]) == (422, "denoise")
    assert engine.treated == []


def test_json_is_not_a_recording(client: TestClient) -> None:
    """It goes elsewhere."""
    answer = client.post("/enhance", json={})
    assert answer.status_code == 415
    assert "/enhance_audio" in answer.json()["message"]


def test_a_form_without_recording(client: TestClient) -> None:
    """It is said what is missing."""
    answer = client.post("/enhance", files={"denoise": (None, "rnnoise")})
    assert (answer.status_code, answer.json()["field"]) == (422, "file")


def test_too_late(engine: PlayedEngine) -> None:
    """What takes longer than a request may is given up."""
    engine.pause = math.inf
    with application(engine, deadline=1) as client:
        answer = client.post("/enhance", content=b"audio")
    assert (answer.status_code, answer.json()["code"], engine.left) == (503, "deadline_exceeded", 1)


@pytest.mark.parametrize("path", ["/enhance", "/enhance_audio"])
def test_a_client_that_goes_away(engine: PlayedEngine, path: str) -> None:
    """Its work is stopped."""
    engine.pause = math.inf
    body = json.dumps({"audio_base64": AUDIO}).encode()

    async def test() -> None:
        visitor = Visitor(create_app(engine, Settings()))
        asking = asyncio.create_task(visitor.ask(path, body, headers={b"content-type": b"application/json"} if "_" in path else None))
        while not engine.treated:
            await asyncio.sleep(0)
        visitor.gone.set()
        await asking
        assert visitor.got == []

    asyncio.run(test())
    assert engine.left == 1


def test_a_client_that_goes_away_while_it_is_answered(engine: PlayedEngine) -> None:
    """The rest of the file is not read."""
    engine.better = bytes(10**6)

    async def test() -> Visitor:
        visitor = Visitor(create_app(engine, Settings()), hold=asyncio.Event())
        asking = asyncio.create_task(visitor.ask("/enhance", b"audio"))
        while len(visitor.got) < 2:
            await asyncio.sleep(0)
        visitor.gone.set()
        await asking
        return visitor

    visitor = asyncio.run(test())
    assert visitor.status == 200
    assert not visitor.complete


def test_it_is_counted(client: TestClient) -> None:
    """In seconds of what came."""
    client.post("/enhance", content=b"audio")
    assert "auricle_enhanced_seconds_total 2.0" in client.get("/metrics").text


def test_pages_may_read_the_report(engine: PlayedEngine) -> None:
    """Those of origins that are let in."""
    with application(engine, cors_origins=("https://example.com",)) as client:
        answer = client.post("/enhance", content=b"audio", headers={"origin": "https://example.com"})
    assert "X-Auricle-Report" in answer.headers["access-control-expose-headers"]
