"""The guide's API, field by field."""

from __future__ import annotations

import base64

from starlette.testclient import TestClient

from auricle import wire
from auricle.server.engine import Recognition
from auricle.speech.whisper import TranscribeOptions
from tests.server.conftest import HELLO, PlayedEngine

AUDIO = base64.b64encode(b"audio").decode()


def test_the_guides_request(client: TestClient, engine: PlayedEngine) -> None:
    """All of its fields reach the engine, and all of its answer's are there."""
    body = {"audio_base64": AUDIO, "language": "de", "task": "translate", "temperature": 0.2, "word_timestamps": True}
    answer = client.post("/transcribe_speech", json=body)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert engine.heard == [
        (b"audio", Recognition(TranscribeOptions(language="de", task="translate", temperature=0.2, word_timestamps=True)))
    ]
    assert answer.json() == wire.transcript(HELLO)
    assert {"text", "language", "segments", "processing_time_ms"} <= set(answer.json())
    assert answer.json()["processing_time_ms"] == 350.0


def test_only_the_recording_is_needed(client: TestClient, engine: PlayedEngine) -> None:
    """As a data URL, too, and wherever it stands in the object."""
    for body in ({"audio_base64": AUDIO}, {"language": None, "audio_base64": f"data:audio/wav;base64,{AUDIO}"}):
        assert client.post("/transcribe_speech", json=body).status_code == 200
    assert engine.heard == [(b"audio", Recognition())] * 2


def test_text_in_any_script(client: TestClient, engine: PlayedEngine) -> None:
    """What a client writes arrives as it is, escaped or not."""
    for text in (rb"\u6253\u5f00\ud83c\udfb5", "打开🎵".encode()):
        client.post("/transcribe_speech", content=b'{"prompt": "%b", "audio_base64": "%b"}' % (text, AUDIO.encode()))
    assert [wanted.options.prompt for _, wanted in engine.heard] == ["打开🎵"] * 2


def test_what_is_wrong_with_a_field(client: TestClient, engine: PlayedEngine) -> None:
    """422 with the field's name; nothing is recognised."""
    answer = client.post("/transcribe_speech", json={"audio_base64": AUDIO, "word_timestamps": "yes"})
    assert (answer.status_code, answer.json()["field"]) == (422, "word_timestamps")
    assert engine.heard == []
