"""Promises of the routes that speak: what the guide, OpenAI's clients and people with curl send, and what they get."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import IO, Any

import openai
import pytest
from starlette.testclient import TestClient

from auricle.codec import AudioProcessingConfig
from auricle.errors import Busy, CorruptWeights, DeadlineExceeded, OptionError
from auricle.server.speaking import SpeechEvent, Synthesis
from auricle.voice import Turn
from tests.server.conftest import CLOSING, PlayedEngine, application, in_thread

SAID = b"first second third"
HI = (Turn("Hi"),)


def config(name: str, **given: Any) -> AudioProcessingConfig:
    """What is asked of the codec."""
    return AudioProcessingConfig(output_format=name, **given)


def test_the_guides_request(engine: PlayedEngine, client: TestClient) -> None:
    """As it stands in the guide, and the answer has its four fields, and ours."""
    body = {"text": "Hi", "speaker": "heart", "language": "en", "speed": 1.5, "emotion": "neutral"}
    answer = client.post("/synthesize_text", json=body)
    assert answer.status_code == 200
    assert answer.json() == {
        "audio_base64": base64.b64encode(SAID).decode(),
        "sample_rate": 24_000,
        "duration_seconds": 1.25,
        "processing_time_ms": 20.0,
        "channels": 1,
        "output_format": "wav",
        "voice": "heart",
        "language": "en-US",
        "words": [{"word": "Hi", "start": 0.1, "end": 0.9, "span": [0, 2]}],
    }
    assert engine.asked == [
        Synthesis(HI, voice="heart", language="en", speed=1.5, emotion="neutral", config=config("wav"), whole=True),
    ]


def test_a_conversation(engine: PlayedEngine, client: TestClient) -> None:
    """Turns instead of a text, with their times in the answer."""
    turns = [{"speaker": "heart", "text": "Hi", "pause_ms": 250}, {"text": "Ho"}]
    answer = client.post("/synthesize_text", json={"turns": turns, "output_format": "mp3"})
    assert answer.json()["turns"] == [{"speaker": "heart", "text": "Hi", "start": 0.0, "end": 1.25}]
    (asked,) = engine.asked
    assert (asked.turns, asked.conversation) == ((Turn("Hi", "heart", 250), Turn("Ho")), True)
    assert client.post("/synthesize", data={"turns": json.dumps(turns)}).content == SAID
    assert engine.asked[1].turns == asked.turns


@pytest.mark.parametrize(
    ("sent", "query"),
    [
        ({"json": {"text": "Hi", "output_format": "opus", "speed": 2, "ssml": False}}, ""),
        ({"data": {"text": "Hi", "output_format": "opus", "speed": "2", "ssml": "false"}}, ""),
        ({"files": {"text": ("hi.txt", b"\xef\xbb\xbfHi")}, "data": {"output_format": "opus", "speed": "2.0", "ssml": "false"}}, ""),
        ({"content": b"Hi", "headers": {"content-type": "text/plain; charset=utf-8"}}, "?output_format=opus&speed=2&ssml=false"),
        ({"content": b"Hi"}, "?output_format=opus&speed=2&ssml=false"),
        ({"data": {"text": "Hi"}}, "?output_format=opus&speed=2&ssml=false"),
    ],
)
def test_the_same_in_any_body(engine: PlayedEngine, client: TestClient, sent: dict[str, Any], query: str) -> None:
    """JSON, either kind of form, a file, or the bare text with a query: one request."""
    answer = client.post(f"/synthesize{query}", **sent)
    assert (answer.status_code, answer.content) == (200, SAID)
    assert answer.headers["content-type"] == "audio/ogg"
    assert answer.headers["content-language"] == "en-US"
    assert engine.asked == [Synthesis(HI, speed=2.0, ssml=False, config=config("opus"))]


def test_all_that_may_be_chosen(engine: PlayedEngine, client: TestClient) -> None:
    """Format, rate, channels, depth, loudness, words."""
    body = {
        "text": "Hi", "voice": "heart", "output_format": "pcm", "sample_rate": 16_000, "channels": 2, "bit_depth": "24", "loudness": -16,
        "lexicon": {"Nguyen": {"ipa": "wɪn"}, "auricle": "oracle"}, "ssml": True,
    }  # fmt: skip
    answer = client.post("/synthesize", json=body)
    assert answer.headers["content-type"] == "audio/pcm; rate=24000; channels=1"  # as the engine says
    (asked,) = engine.asked
    assert asked.config == config("pcm", sample_rate=16_000, channels=2, bit_depth=24)
    assert (asked.loudness, asked.ssml, asked.whole) == (-16, True, False)
    found = asked.lexicon.find("Nguyen", 0, "en-US") if asked.lexicon else None
    assert found
    assert found.entry.ipa == "wɪn"


@pytest.mark.parametrize(
    ("body", "field", "part"),
    [
        ({}, "text", "text is missing"),
        ({"text": "Hi", "turns": [{"text": "Ho"}]}, "turns", "both text and turns"),
        ({"turns": []}, "turns", "at least 1 item"),
        ({"turns": [{"speaker": "heart"}]}, "turns", "turns.0.text is missing"),
        ({"turns": [{"text": "Hi", "pitch": 2}]}, "turns", "no field 'turns.0.pitch'"),
        ({"turns": "Hi"}, "turns", "should be JSON"),
        ({"text": 5}, "text", "valid string"),
        ({"text": "Hi", "speed": 9}, "speed", "less than or equal to 4"),
        ({"text": "Hi", "speed": "fast"}, "speed", "number"),
        ({"text": "Hi", "voice": "a", "speaker": "b"}, "speaker", "different voices"),
        ({"text": "Hi", "output_format": "ogg"}, "output_format", "use one of: wav, "),
        ({"text": "Hi", "bit_depth": 12}, "bit_depth", "use one of: 16, 24, 32"),
        ({"text": "Hi", "sample_rate": 10}, "sample_rate", "8000"),
        ({"text": "Hi", "loudness": 3}, "loudness", "-5"),
        ({"text": "Hi", "lexicon": {"a": {"xsampa": "a"}}}, "lexicon", ""),
        ({"text": "Hi", "lexicon": {"": "nothing"}}, "lexicon", "1 to 200 characters"),
        ({"text": "Hi", "pitch": 2}, "pitch", "there is no field 'pitch'"),
    ],
)
def test_what_cannot_be_asked(engine: PlayedEngine, client: TestClient, body: dict[str, Any], field: str, part: str) -> None:
    """Is refused before the engine hears of it, with the field to blame, by both routes."""
    for path in ("/synthesize", "/synthesize_text"):
        answer = client.post(path, content=json.dumps(body), headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json().get("field")) == (422, field)
        assert part in answer.json()["message"]
    assert engine.asked == []


@pytest.mark.parametrize(
    ("content", "type_", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"text": NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'["Hi"]', "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"\xff", "text/plain", 400),
        (b"", "text/plain", 422),
        (b"text=%ff", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=1"] * 100), "application/x-www-form-urlencoded", 400),
        (b"--X", "multipart/form-data; boundary=X", 400),
        (b"Hi", "audio/wav", 415),
        (b"Hi", "text/html", 415),
    ],
)
def test_bodies_that_are_none(client: TestClient, content: bytes, type_: str, status: int) -> None:
    """A body that is not what its content type says, or of a kind that has no text, is told so."""
    answer = client.post("/synthesize", content=content, headers={"content-type": type_})
    assert answer.status_code == status
    assert answer.json()["message"].endswith(".")


def test_a_query_beside_json(client: TestClient) -> None:
    """Would be passed over, so it is refused."""
    answer = client.post("/synthesize?speed=2", json={"text": "Hi"})
    assert (answer.status_code, answer.json()["field"]) == (422, "speed")


def test_a_body_that_is_too_large(engine: PlayedEngine) -> None:
    """Is not read to its end."""
    with application(engine, speech_characters=10) as client:
        answer = client.post("/synthesize", content=b"x" * 300_000)
    assert answer.status_code == 413
    assert answer.json()["message"].endswith("send a shorter text.")


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OptionError("voice", "there is no voice 'x'", ("heart",)), 422, "invalid_option"),
        (Busy("the server is busy.", 3.0), 503, "busy"),
        (DeadlineExceeded("too long.", 60.0), 503, "deadline_exceeded"),
        (CorruptWeights("a file is damaged."), 503, "unavailable"),
        (ZeroDivisionError(), 500, "internal_error"),
    ],
)
def test_what_fails_before_the_first_sound(client: TestClient, engine: PlayedEngine, error: Exception, status: int, code: str) -> None:
    """Has a status of its own, whichever route it is; whoever may come back is told when."""
    engine.speaking_fails = error
    body = {"model": "tts-1", "input": "Hi", "voice": "alloy"}
    for path, sent in (("/synthesize", {"text": "Hi"}), ("/synthesize_text", {"text": "Hi"}), ("/v1/audio/speech", body),
                       ("/v1/audio/speech", {**body, "stream_format": "sse"})):  # fmt: skip
        answer = client.post(path, json=sent)
        theirs = path.startswith("/v1")
        assert answer.status_code == (400 if theirs and status == 422 else status)
        assert (answer.json()["error"] if theirs else answer.json())["code"] == code
        assert ("retry-after" in answer.headers) is (status == 503)


def test_voices(client: TestClient) -> None:
    """Both lists, with all that a voice can do."""
    ours, theirs = client.get("/voices").json(), client.get("/v1/audio/voices").json()
    assert ours == theirs
    assert ours["default"] == "heart"
    (heart,) = ours["voices"]
    assert (heart["id"], heart["name"], heart["languages"], heart["licence"]) == ("heart", "heart", ["en-US"], "Apache-2.0")
    assert (heart["min_speed"], heart["max_speed"], heart["emotions"], heart["word_times"]) == (0.25, 4.0, ["neutral"], True)


def test_keys(engine: PlayedEngine) -> None:
    """Are asked for everywhere."""
    with application(engine, api_keys=["correct-horse-battery"]) as client:
        for method, path in (("POST", "/synthesize"), ("POST", "/synthesize_text"), ("POST", "/v1/audio/speech"), ("GET", "/voices"),
                             ("GET", "/v1/audio/voices")):  # fmt: skip
            assert client.request(method, path).status_code == 401
            assert client.request(method, path, headers={"X-API-Key": "correct-horse-battery"}).status_code != 401


def official(url: str) -> openai.OpenAI:
    """Their client."""
    return openai.OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0)


def test_the_official_client(engine: PlayedEngine) -> None:
    """`create` as in their documentation; MP3 unless another format is asked for."""
    with in_thread(engine) as server, official(server.url) as client:
        assert client.audio.speech.create(model="tts-1", voice="alloy", input="Hi").content == SAID
        assert (
            client.audio.speech.create(model="hibari", voice={"id": "heart"}, input="Hi", response_format="pcm", speed=0.5).content == SAID
        )
        assert [model.id for model in client.models.list()] == ["base", "tiny.en", "hibari"]
        assert client.models.retrieve("hibari").owned_by == client.models.retrieve("base").owned_by
    first, second = engine.asked
    assert first == Synthesis(HI, voice="alloy", config=config("mp3"))
    assert second == Synthesis(HI, voice="heart", model="hibari", speed=0.5, config=config("pcm", sample_rate=24_000))


def test_the_official_client_streaming(engine: PlayedEngine) -> None:
    """`with_streaming_response` gets each piece, and its content type."""
    with in_thread(engine) as server, official(server.url) as client:
        speech = client.audio.speech.with_streaming_response
        with speech.create(model="tts-1", voice="nova", input="Hi", response_format="opus") as answer:
            assert answer.headers["content-type"] == "audio/ogg"
            assert b"".join(answer.iter_bytes()) == SAID


def test_the_official_client_with_events(engine: PlayedEngine) -> None:
    """`stream_format="sse"` gives deltas with audio in base64, and at last `speech.audio.done` with its usage."""
    with in_thread(engine) as server, official(server.url) as client:
        speech = client.audio.speech.with_streaming_response
        with speech.create(model="gpt-4o-mini-tts", voice="nova", input="Hi", stream_format="sse") as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            events = [json.loads(line.removeprefix("data: ")) for line in answer.iter_lines() if line]
    *deltas, done = events
    assert {event["type"] for event in deltas} == {"speech.audio.delta"}
    assert b"".join(base64.b64decode(event["audio"]) for event in deltas) == SAID
    assert done == {"type": "speech.audio.done", "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"instructions": "Speak like a pirate."}, "instructions"),
        ({"speed": 5}, "speed"),
        ({"response_format": "vox"}, "response_format"),
        ({"voice": {"name": "heart"}}, "voice"),
        ({"voice": None}, "voice"),
        ({"input": None}, "input"),
        ({"stream_format": "websocket"}, "stream_format"),
    ],
)
def test_what_openais_clients_cannot_ask(client: TestClient, given: dict[str, Any], field: str) -> None:
    """Is 400 in their shape, with the parameter to blame."""
    answer = client.post("/v1/audio/speech", json={"model": "tts-1", "input": "Hi", "voice": "alloy", **given})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, field)


def test_fields_go_by_their_names_there(client: TestClient, engine: PlayedEngine) -> None:
    """What the engine says of the text is said of the `input`."""
    engine.speaking_fails = OptionError("text", "the text has nothing to say")
    answer = client.post("/v1/audio/speech", json={"model": "tts-1", "input": "…", "voice": "alloy", "instructions": " "})
    assert answer.json()["error"]["param"] == "input"


def test_events_that_break_off(client: TestClient, engine: PlayedEngine) -> None:
    """Say so in their last event; there is no `done`."""
    for error, code in ((CorruptWeights("a file is damaged."), "unavailable"), (ZeroDivisionError(), "internal_error")):
        engine.speaking_fails_late = error
        answer = client.post("/v1/audio/speech", json={"model": "tts-1", "input": "Hi", "voice": "alloy", "stream_format": "sse"})
        events = [json.loads(line.removeprefix("data: ")) for line in answer.text.splitlines() if line]
        assert [event.get("type", "error") for event in events] == ["speech.audio.delta", "error"]
        assert events[1]["error"]["code"] == code


def test_a_voice_without_word_times(client: TestClient, engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has an empty list of words."""
    monkeypatch.setattr("tests.server.conftest.CLOSING", replace(CLOSING, words=()))
    assert client.post("/synthesize_text", json={"text": "Hi"}).json()["words"] == []


def base64_of(content: bytes) -> str:
    """As clients write it."""
    return base64.b64encode(content).decode()


@dataclass
class Imitator(PlayedEngine):
    """Keeps the files with the recordings."""

    files: list[IO[bytes]] = field(default_factory=list)

    async def speak(self, wanted: Synthesis, recording: IO[bytes] | None = None) -> AsyncGenerator[SpeechEvent, None]:
        """Make some sounds."""
        assert recording
        self.files.append(recording)
        async with aclosing(super().speak(wanted, recording)) as events:
            async for event in events:
                yield event


@pytest.mark.parametrize("path", ["/synthesize", "/synthesize_text"])
@pytest.mark.parametrize("size", [1000, 2_000_000])
def test_a_recording_to_imitate(path: str, size: int) -> None:
    """By either route, as base64 or a data URL, much larger than any text may be; it is closed at the end, whatever that is."""
    recording = bytes(range(250)) * (size // 250)
    engine = Imitator()
    with application(engine) as client:
        for sent in (base64_of(recording), "data:audio/wav;base64," + base64_of(recording)):
            assert client.post(path, json={"text": "Hi", "speaker_wav": sent, "consent": True}).status_code == 200
        engine.speaking_fails = OptionError("speaker_wav", "the recording is silent")
        answer = client.post(path, json={"speaker_wav": base64_of(recording), "text": "Hi", "consent": True})
        assert (answer.status_code, answer.json()["field"]) == (422, "speaker_wav")
    assert engine.imitated == [recording] * 3
    assert all(asked.consent and asked.voice is None for asked in engine.asked)
    assert [file.closed for file in engine.files] == [True] * 3


@pytest.mark.parametrize(
    ("body", "status", "field", "part"),
    [
        ({}, 422, "consent", "the person in the recording agrees to it, or is you"),
        ({"consent": False}, 422, "consent", "agrees"),
        ({"consent": None}, 422, "consent", "valid boolean"),
        ({"consent": "yes"}, 422, "consent", "valid boolean"),
        ({"consent": True, "voice": "heart"}, 422, "voice", "give one of them"),
        ({"consent": True, "speaker": "heart"}, 422, "speaker", "give one of them"),
        ({"consent": True, "speaker_wav": 5}, 422, "speaker_wav", "valid string"),
        ({"consent": True, "speaker_wav": "/etc/passwd.wav"}, 400, "speaker_wav", "speaker_wav"),
        ({"consent": True, "speaker_wav": ["/me.wav"]}, 422, "speaker_wav", "valid string"),
        ({"consent": True, "speaker_wav": ""}, 422, None, "recording is empty"),
        ({"consent": True, "text": None}, 422, "text", "text is missing"),
    ],
)
def test_what_is_not_imitated(
    engine: PlayedEngine, client: TestClient, body: dict[str, Any], status: int, field: str | None, part: str
) -> None:
    """Is refused before the engine hears of it, by both routes; a path is no recording."""
    for path in ("/synthesize", "/synthesize_text"):
        answer = client.post(path, json={"text": "Hi", "speaker_wav": base64_of(b"RIFF"), **body})
        assert (answer.status_code, answer.json().get("field")) == (status, field)
        assert part in answer.json()["message"]
    assert engine.asked == []


def test_no_recording_in_forms(engine: PlayedEngine, client: TestClient) -> None:
    """JSON is where it belongs, and the answer says so; what is null is not given."""
    for answer in (
        client.post("/synthesize", data={"text": "Hi", "speaker_wav": "UklGRg=="}),
        client.post("/synthesize?speaker_wav=a", content="Hi"),
    ):
        assert (answer.status_code, answer.json()["field"]) == (422, "speaker_wav")
        assert "send application/json" in answer.json()["message"]
    assert client.post("/synthesize", json={"text": "Hi", "speaker_wav": None}).status_code == 200
    assert [asked.consent for asked in engine.asked] == [False]


def test_more_than_the_operator_allows(engine: PlayedEngine) -> None:
    """Is not received: the recording by its own limit, all else by that of texts."""
    with application(engine, upload_bytes=1000, speech_characters=10) as client:
        for body in ({"speaker_wav": base64_of(bytes(400_000))}, {"speaker_wav": "UklG", "text": "x" * 300_000}):
            assert client.post("/synthesize", json={"text": "Hi", "consent": True, **body}).status_code == 413
    assert engine.asked == []


def test_imitation_is_documented(client: TestClient) -> None:
    """Both fields, where JSON is sent, and nowhere else."""
    document = client.get("/openapi.json").json()
    for path in ("/synthesize", "/synthesize_text"):
        operation = document["paths"][path]["post"]
        schemas = {media: content["schema"].get("properties", {}) for media, content in operation["requestBody"]["content"].items()}
        assert [media for media, properties in schemas.items() if {"speaker_wav", "consent"} <= properties.keys()] == ["application/json"]
        assert "agrees" in schemas["application/json"]["consent"]["description"]
        assert not {"speaker_wav", "consent"} & {parameter["name"] for parameter in operation.get("parameters", ())}


@pytest.mark.parametrize("name", ["voice", "speaker"])
def test_the_field_that_was_sent_is_to_blame(engine: PlayedEngine, client: TestClient, name: str) -> None:
    """For a wrong voice, by whichever of its two names it was asked for."""
    engine.speaking_fails = OptionError("voice", "there is no voice 'x'", ("heart",))
    for path in ("/synthesize", "/synthesize_text"):
        assert client.post(path, json={"text": "Hi", name: "x"}).json()["field"] == name
