"""The events of the realtime API against the types of OpenAI's client."""

from __future__ import annotations

from typing import Any

import pytest

from auricle.wire import openai, realtime
from tests.wire.official import check

DETECTION = realtime.turn_detection(0.5, 300, 500)
PROBLEM = openai.error(503, "busy", "no place.", None)["error"]
SESSION = realtime.session("sess_1", "audio/pcm", "whisper-1", "de", "Tür", DETECTION)


@pytest.mark.parametrize("beta", [False, True])
@pytest.mark.parametrize("coding", ["audio/pcm", "audio/pcmu", "audio/pcma"])
@pytest.mark.parametrize("detection", [DETECTION, None])
@pytest.mark.parametrize("happened", ["created", "updated"])
def test_sessions(beta: bool, coding: realtime.Format, detection: realtime.TurnDetection | None, happened: Any) -> None:
    """A session is theirs in whatever words, with and without turns, in every format."""
    session = realtime.session("sess_1", coding, "whisper-1", None, None, detection)
    check(realtime.session_event("event_1", happened, session, beta=beta))


def test_the_names_of_a_session() -> None:
    """As the examples of the API's reference have them."""
    assert SESSION == {
        "id": "sess_1",
        "object": "realtime.transcription_session",
        "type": "transcription",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24_000},
                "noise_reduction": None,
                "transcription": {"model": "whisper-1", "language": "de", "prompt": "Tür"},
                "turn_detection": {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300, "silence_duration_ms": 500},
            }
        },
        "include": [],
    }
    flat = realtime.beta_session(SESSION)
    assert (flat["input_audio_format"], flat["input_audio_transcription"]["model"]) == ("pcm16", "whisper-1")
    assert flat["turn_detection"] == DETECTION


@pytest.mark.parametrize(("coding", "older"), [("audio/pcm", "pcm16"), ("audio/pcmu", "g711_ulaw"), ("audio/pcma", "g711_alaw")])
def test_formats_have_older_names(coding: realtime.Format, older: str) -> None:
    """Those of the beta."""
    assert realtime.beta_session(realtime.session("sess_1", coding, "base", None, None, None))["input_audio_format"] == older


@pytest.mark.parametrize(
    "event",
    [
        realtime.speech_started("event_1", "item_1", 0.5),
        realtime.speech_stopped("event_1", "item_1", 1.75),
        realtime.cleared("event_1"),
        realtime.committed("event_1", "item_1", None),
        realtime.committed("event_1", "item_2", "item_1"),
        *[realtime.item("event_1", kind, "item_2", previous) for kind in ("added", "done", "created") for previous in (None, "item_1")],
        realtime.delta("event_1", "item_1", " there"),
        realtime.completed("event_1", "item_1", "Hello there.", 1.5),
        realtime.failed("event_1", "item_1", PROBLEM),
        realtime.error("event_1", PROBLEM, None),
        realtime.error("event_1", PROBLEM, "mine"),
    ],
    ids=lambda event: event["type"],
)
def test_events(event: dict[str, Any]) -> None:
    """Each is one that their client knows, and has all that it expects and nothing else."""
    check(event)


def test_units() -> None:
    """Times are whole milliseconds, durations seconds."""
    assert realtime.speech_started("e", "i", 0.4567)["audio_start_ms"] == 457
    assert realtime.speech_stopped("e", "i", 1.2344)["audio_end_ms"] == 1234
    assert realtime.completed("e", "i", "", 1.23456)["usage"] == {"type": "duration", "seconds": 1.235}
