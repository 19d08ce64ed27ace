"""The same text gives the same audio, whichever way it comes in: Python or any of the HTTP routes, whole or streamed."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator

import numpy as np
import pytest
from starlette.testclient import TestClient

from auricle import voice
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode, encode
from auricle.server.app import create_app
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings
from auricle.voice import Speech, Turn

TEXT = "Turn on the living room light. It is half past five, and the soup is nearly done."


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    """A client of an application over the engine that servers have."""
    settings = Settings(model="tiny.en")
    with TestClient(create_app(LocalEngine(settings), settings), "http://127.0.0.1:8000") as client:
        yield client


@pytest.fixture(scope="module")
def spoken() -> Speech:
    """What Python gives."""
    return voice.synthesize(TEXT, speed=1.25)


def heard(data: bytes) -> Audio:
    """What comes, decoded."""
    return decode(io.BytesIO(data))


def test_streamed(client: TestClient, spoken: Speech) -> None:
    """Sample by sample what a file of the verb's audio holds."""
    ours = client.post("/synthesize?speed=1.25", content=TEXT)
    theirs = client.post(
        "/v1/audio/speech", json={"model": "tts-1", "voice": "heart", "input": TEXT, "speed": 1.25, "response_format": "wav"}
    )
    assert ours.content == theirs.content
    assert np.array_equal(heard(ours.content).samples, heard(encode(spoken.audio)).samples)


def test_whole(client: TestClient, spoken: Speech) -> None:
    """The guide's answer is that file byte for byte, with the verb's words."""
    answer = client.post("/synthesize_text", json={"text": TEXT, "speed": 1.25}).json()
    assert base64.b64decode(answer["audio_base64"]) == encode(spoken.audio)
    assert answer["duration_seconds"] == pytest.approx(spoken.duration, abs=0.001)
    assert [word["word"] for word in answer["words"]] == [word.text for word in spoken.words]
    assert all(TEXT[slice(*word["span"])] == word["word"] for word in answer["words"])


def test_loudness(client: TestClient) -> None:
    """As the verb meets it."""
    answer = client.post("/synthesize", json={"text": TEXT, "loudness": -18.0})
    expected = voice.synthesize(TEXT, loudness=-18.0)
    assert np.array_equal(heard(answer.content).samples, heard(encode(expected.audio)).samples)


def test_a_conversation(client: TestClient) -> None:
    """With its pauses, and the times of its turns."""
    turns = [Turn("Are you there?", "heart", 300), Turn("I am.")]
    expected = voice.synthesize_turns(turns)
    sent = [{"text": turn.text, "speaker": turn.speaker, "pause_ms": turn.pause_ms} for turn in turns]
    answer = client.post("/synthesize_text", json={"turns": sent}).json()
    assert base64.b64decode(answer["audio_base64"]) == encode(expected.audio)
    assert [turn["start"] for turn in answer["turns"]] == [round(turn.start, 3) for turn in expected.turns]


def test_another_rate(client: TestClient) -> None:
    """And more channels and bits."""
    config = AudioProcessingConfig(output_format="flac", sample_rate=16_000, channels=2, bit_depth=24)
    answer = client.post("/synthesize", json={"text": TEXT, "output_format": "flac", "sample_rate": 16_000, "channels": 2, "bit_depth": 24})
    expected = voice.synthesize(TEXT, config=AudioProcessingConfig(sample_rate=16_000, channels=2))
    assert np.array_equal(heard(answer.content).samples, heard(encode(expected.audio, config)).samples)


@pytest.mark.parametrize("text", ["", "  \n", "\0", "🎉🎉", "Привет, мир", "<speak>Hi", "\ud800"])
def test_what_cannot_be_said(client: TestClient, text: str) -> None:
    """Is refused or spoken; never a 200 with silence."""
    answer = client.post("/synthesize", content=text.encode("utf-8", "surrogatepass"))
    assert answer.status_code in (200, 400, 422)
    if answer.status_code == 200:
        assert heard(answer.content).peak > 0.05
    else:
        assert answer.json()["message"].endswith(".")
