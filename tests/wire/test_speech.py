"""Speech and voices as JSON: the guide's names, OpenAI's types, and milliseconds."""

from __future__ import annotations

import base64
import json

from auricle.voice import SpokenTurn, SpokenWord, Voice
from auricle.wire import speech as wire

WORDS = (SpokenWord("Hi", 0.12345, 0.5, (0, 2)),)
TURNS = (SpokenTurn("heart", "Hi", 0.0, 1.23456),)


def shape(turns: tuple[SpokenTurn, ...] | None = None) -> wire.WireSpeech:
    """A speech."""
    return wire.speech(
        b"\x00\xff", voice="heart", language="en-US", output_format="wav", rate=24_000, channels=1, duration=1.23456,
        processing_time=0.0123456, words=WORDS, turns=turns,
    )  # fmt: skip


def test_a_speech() -> None:
    """The guide's four fields with their units in their names, then ours; and it is JSON."""
    found = shape()
    assert list(found)[:4] == ["audio_base64", "sample_rate", "duration_seconds", "processing_time_ms"]
    assert base64.b64decode(found["audio_base64"]) == b"\x00\xff"
    assert (found["sample_rate"], found["duration_seconds"], found["processing_time_ms"]) == (24_000, 1.235, 12.3)
    assert found["words"] == [{"word": "Hi", "start": 0.123, "end": 0.5, "span": [0, 2]}]
    assert json.loads(json.dumps(found)) == found


def test_turns_are_those_of_a_conversation() -> None:
    """A text has no such field, not even an empty one."""
    assert "turns" not in shape()
    assert shape(())["turns"] == []
    assert shape(TURNS)["turns"] == [{"speaker": "heart", "text": "Hi", "start": 0.0, "end": 1.235}]


def test_a_voice() -> None:
    """All that it says of itself."""
    voice = Voice("heart", "hibari", ("en-US", "en-GB"), "Apache-2.0", "female", (0.5, 2.0), ("neutral", "sad"), True, False, "Warm.")
    assert wire.voice(voice) == {
        "id": "heart", "name": "heart", "engine": "hibari", "languages": ["en-US", "en-GB"], "licence": "Apache-2.0", "gender": "female",
        "min_speed": 0.5, "max_speed": 2.0, "emotions": ["neutral", "sad"], "word_times": True, "cloning": False, "description": "Warm.",
    }  # fmt: skip
    assert wire.voices([], None) == {"voices": [], "default": None}


def test_events() -> None:
    """OpenAI's: audio in base64, and an end with usage."""
    assert wire.speech_delta(b"abc") == {"type": "speech.audio.delta", "audio": "YWJj"}
    assert wire.speech_done()["type"] == "speech.audio.done"
    assert set(wire.speech_done()["usage"]) == {"input_tokens", "output_tokens", "total_tokens"}
