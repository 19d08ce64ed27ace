"""What OpenAI's audio API answers, field by field: its clients read it without knowing that it is not theirs."""

from __future__ import annotations

import sys
from typing import Literal, NotRequired

from auricle.speech.names import NAMES
from auricle.speech.transcript import Segment, Transcript, Word
from auricle.wire.results import WireToken, token

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # pydantic cannot look into Python 3.11's own
    from typing_extensions import TypedDict

__all__ = [
    "OpenAIDelta",
    "OpenAIDone",
    "OpenAIError",
    "OpenAIErrorBody",
    "OpenAIModel",
    "OpenAIModelDeleted",
    "OpenAIModelList",
    "OpenAISegment",
    "OpenAITranscription",
    "OpenAIUsage",
    "OpenAIVerbose",
    "OpenAIWord",
    "deleted",
    "delta",
    "done",
    "error",
    "model",
    "models",
    "transcription",
    "verbose",
]


class OpenAIUsage(TypedDict):
    """What was worked on. Seconds."""

    type: Literal["duration"]
    seconds: float


class OpenAITranscription(TypedDict):
    """`response_format=json`; `logprobs` only when they were included."""

    text: str
    languages: list[OpenAILanguage]
    logprobs: NotRequired[list[WireToken]]
    usage: OpenAIUsage


class OpenAILanguage(TypedDict):
    """A language that was heard."""

    code: str


class OpenAISegment(TypedDict):
    """A segment of `verbose_json`; `seek` is its start in hundredths of a second."""

    id: int
    seek: int
    start: float
    end: float
    text: str
    tokens: list[int]
    temperature: float
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float


class OpenAIWord(TypedDict):
    """A word of `verbose_json`."""

    word: str
    start: float
    end: float


class OpenAIVerbose(TypedDict):
    """`response_format=verbose_json`; `segments` and `words` as `timestamp_granularities[]` asks."""

    task: Literal["transcribe", "translate"]
    language: str
    duration: float
    text: str
    segments: NotRequired[list[OpenAISegment]]
    words: NotRequired[list[OpenAIWord]]
    usage: OpenAIUsage


class OpenAIDelta(TypedDict):
    """An event of `stream=true`: more text."""

    type: Literal["transcript.text.delta"]
    delta: str
    logprobs: NotRequired[list[WireToken]]


class OpenAIDone(TypedDict):
    """The last event of `stream=true`: the whole text."""

    type: Literal["transcript.text.done"]
    text: str
    languages: list[OpenAILanguage]
    logprobs: NotRequired[list[WireToken]]


class OpenAIModel(TypedDict):
    """A model that requests may name."""

    id: str
    object: Literal["model"]
    created: int
    owned_by: str


class OpenAIModelList(TypedDict):
    """All of them."""

    object: Literal["list"]
    data: list[OpenAIModel]


class OpenAIModelDeleted(TypedDict):
    """Whether a model was in memory, and now is not."""

    id: str
    object: Literal["model"]
    deleted: bool


class OpenAIErrorBody(TypedDict):
    """What is wrong: `param` is the field, where one is to blame."""

    message: str
    type: str
    param: str | None
    code: str


class OpenAIError(TypedDict):
    """OpenAI's shape of an error."""

    error: OpenAIErrorBody


def transcription(result: Transcript, *, logprobs: bool) -> OpenAITranscription:
    """The object of `response_format=json`."""
    shape: OpenAITranscription = {
        "text": result.text,
        "languages": _languages(result),
        "usage": _usage(result),
    }
    if logprobs:
        shape["logprobs"] = _logprobs(*result.segments)
    return shape


def verbose(result: Transcript, task: Literal["transcribe", "translate"], *, segments: bool, words: bool) -> OpenAIVerbose:
    """The object of `response_format=verbose_json`."""
    code = "en" if task == "translate" else result.language
    shape: OpenAIVerbose = {
        "task": task,
        "language": NAMES.get(code, code),
        "duration": round(result.duration, 3),
        "text": result.text,
        "usage": _usage(result),
    }
    if segments:
        shape["segments"] = [_segment(segment) for segment in result.segments]
    if words:
        shape["words"] = [_word(word) for word in result.words]
    return shape


def delta(segment: Segment, *, logprobs: bool) -> OpenAIDelta:
    """The event of a new segment; the deltas together are the text of `done`."""
    shape: OpenAIDelta = {"type": "transcript.text.delta", "delta": segment.text if segment.id == 0 else f" {segment.text}"}
    if logprobs:
        shape["logprobs"] = _logprobs(segment)
    return shape


def done(result: Transcript, *, logprobs: bool) -> OpenAIDone:
    """The last event."""
    shape: OpenAIDone = {"type": "transcript.text.done", "text": result.text, "languages": _languages(result)}
    if logprobs:
        shape["logprobs"] = _logprobs(*result.segments)
    return shape


def model(name: str, created: int) -> OpenAIModel:
    """A model's object."""
    return {"id": name, "object": "model", "created": created, "owned_by": "auricle"}


def models(shapes: list[OpenAIModel]) -> OpenAIModelList:
    """The list of models."""
    return {"object": "list", "data": shapes}


def deleted(name: str, *, was_loaded: bool) -> OpenAIModelDeleted:
    """What became of a model that was to be unloaded."""
    return {"id": name, "object": "model", "deleted": was_loaded}


def error(status: int, code: str, message: str, field: str | None) -> OpenAIError:
    """An error's object; its type is what OpenAI calls errors of that status."""
    types = {401: "authentication_error", 429: "rate_limit_error"}
    kind = types.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": field, "code": code}}


def _languages(result: Transcript) -> list[OpenAILanguage]:
    """The languages in the order in which they are first heard."""
    return [{"code": code} for code in dict.fromkeys(segment.language for segment in result.segments)]


def _usage(result: Transcript) -> OpenAIUsage:
    return {"type": "duration", "seconds": round(result.duration, 3)}


def _logprobs(*segments: Segment) -> list[WireToken]:
    return [token(piece) for segment in segments for piece in segment.logprobs]


def _word(word: Word) -> OpenAIWord:
    return {"word": word.text, "start": round(word.start, 3), "end": round(word.end, 3)}


def _segment(segment: Segment) -> OpenAISegment:
    return {
        "id": segment.id,
        "seek": round(100 * segment.start),
        "start": round(segment.start, 3),
        "end": round(segment.end, 3),
        "text": f" {segment.text}",  # whose clients join the texts as they are
        "tokens": list(segment.tokens),
        "temperature": round(segment.temperature, 4),
        "avg_logprob": round(segment.avg_logprob, 4),
        "compression_ratio": round(segment.compression_ratio, 4),
        "no_speech_prob": round(segment.no_speech_prob, 4),
    }
