"""OpenAI's objects, field by field, and as its client's own types read them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from openai.types import ErrorObject, Model, ModelDeleted
from openai.types.audio import Transcription, TranscriptionTextDeltaEvent, TranscriptionTextDoneEvent, TranscriptionVerbose
from pydantic import BaseModel, ConfigDict

from auricle.speech.transcript import Segment, Token, Transcript, Word
from auricle.wire import openai

SPOKEN = Segment(
    0,
    0.12345,
    0.98765,
    "Grüß dich.",
    "de",
    0.9,
    words=(Word("Grüß", 0.12345, 0.5, 0.9), Word("dich.", 0.5, 0.98765, 0.8)),
    avg_logprob=-0.123456,
    no_speech_prob=0.000049,
    compression_ratio=1.23456,
    temperature=0.2,
    tokens=(50364, 1, 50414),
    logprobs=(Token(b" Gr\xc3", -0.111111), Token(b"\xbc\xc3\x9f", -0.2)),
)
OTHER = Segment(1, 1.0, 2.0, "Bye.", "en", 0.8)
RESULT = Transcript("Grüß dich. Bye.", "de", 0.99, 2.00049, (SPOKEN, OTHER, replace(OTHER, id=2, language="de")), 0.5, "base")
LOGPROBS = [
    {"token": " Gr\ufffd", "bytes": [32, 71, 114, 0xC3], "logprob": -0.1111},
    {"token": "\ufffd\xdf", "bytes": [0xBC, 0xC3, 0x9F], "logprob": -0.2},
]
USAGE = {"type": "duration", "seconds": 2.0}


def reads(kind: type[BaseModel], shape: Any) -> None:
    """That their type takes it, and knows all that is in it."""

    class Strict(kind):  # type: ignore[misc, valid-type]  # a type at runtime
        model_config = ConfigDict(extra="forbid")

    Strict.model_validate(shape)


@pytest.mark.parametrize("logprobs", [False, True])
def test_json(logprobs: bool) -> None:
    """Text, languages in the order in which they are heard, usage, and log-probabilities where they are wanted."""
    shape = openai.transcription(RESULT, logprobs=logprobs)
    expected = {"text": "Grüß dich. Bye.", "languages": [{"code": "de"}, {"code": "en"}], "usage": USAGE}
    assert shape == (expected | {"logprobs": LOGPROBS} if logprobs else expected)
    reads(Transcription, shape)


def test_verbose_json() -> None:
    """Language by its English name, times to the millisecond, a segment's text with the space before it."""
    shape = openai.verbose(RESULT, "transcribe", segments=True, words=True)
    assert {name: value for name, value in shape.items() if name != "segments"} == {
        "task": "transcribe",
        "language": "german",
        "duration": 2.0,
        "text": "Grüß dich. Bye.",
        "usage": USAGE,
        "words": [{"word": "Grüß", "start": 0.123, "end": 0.5}, {"word": "dich.", "start": 0.5, "end": 0.988}],
    }
    assert shape["segments"][0] == {
        "id": 0,
        "seek": 12,
        "start": 0.123,
        "end": 0.988,
        "text": " Grüß dich.",
        "tokens": [50364, 1, 50414],
        "temperature": 0.2,
        "avg_logprob": -0.1235,
        "compression_ratio": 1.2346,
        "no_speech_prob": 0.0,
    }
    reads(TranscriptionVerbose, {name: value for name, value in shape.items() if name != "task"})  # which OpenAI sends, but doesn't type


@pytest.mark.parametrize(("segments", "words"), [(False, False), (True, False), (False, True)])
def test_verbose_json_has_what_is_asked_for(segments: bool, words: bool) -> None:
    """What is not asked for is not there, rather than empty."""
    shape = openai.verbose(RESULT, "transcribe", segments=segments, words=words)
    assert (("segments" in shape), ("words" in shape)) == (segments, words)


def test_a_translation_is_in_english() -> None:
    """Whatever was spoken."""
    assert openai.verbose(RESULT, "translate", segments=False, words=False)["language"] == "english"
    unknown = replace(RESULT, language="xx")
    assert openai.verbose(unknown, "transcribe", segments=False, words=False)["language"] == "xx"


def test_events() -> None:
    """Deltas that together are the text of the last event."""
    deltas = [openai.delta(segment, logprobs=False) for segment in RESULT.segments[:2]]
    assert deltas == [
        {"type": "transcript.text.delta", "delta": "Grüß dich."},
        {"type": "transcript.text.delta", "delta": " Bye."},
    ]
    done = openai.done(RESULT, logprobs=True)
    assert done == {
        "type": "transcript.text.done",
        "text": "".join(delta["delta"] for delta in deltas),
        "languages": [{"code": "de"}, {"code": "en"}],
        "logprobs": LOGPROBS,
    }
    assert openai.delta(SPOKEN, logprobs=True)["logprobs"] == LOGPROBS
    for kind, shape in ((TranscriptionTextDeltaEvent, openai.delta(SPOKEN, logprobs=True)), (TranscriptionTextDoneEvent, done)):
        reads(kind, shape)


def test_silence() -> None:
    """Nothing said is no error: empty lists and texts."""
    silent = replace(RESULT, text="", segments=())
    whole, last = openai.transcription(silent, logprobs=True), openai.done(silent, logprobs=False)
    assert (whole["text"], whole["languages"], whole["logprobs"]) == ("", [], [])
    assert (last["text"], last["languages"]) == ("", [])
    assert openai.verbose(silent, "transcribe", segments=True, words=True)["segments"] == []


def test_models() -> None:
    """A model, all of them, and one that was unloaded."""
    model = openai.model("base", 1_700_000_000)
    assert model == {"id": "base", "object": "model", "created": 1_700_000_000, "owned_by": "auricle"}
    assert openai.models([model]) == {"object": "list", "data": [model]}
    assert openai.deleted("base", was_loaded=False) == {"id": "base", "object": "model", "deleted": False}
    reads(Model, model)
    reads(ModelDeleted, openai.deleted("base", was_loaded=True))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (404, "invalid_request_error"),
        (413, "invalid_request_error"),
        (429, "rate_limit_error"),
        (500, "server_error"),
        (503, "server_error"),
    ],
)
def test_errors(status: int, kind: str) -> None:
    """Message, type, param and code, of which param may be null."""
    shape = openai.error(status, "busy", "no place.", None)
    assert shape == {"error": {"message": "no place.", "type": kind, "param": None, "code": "busy"}}
    reads(ErrorObject, shape["error"])
