"""What OpenAI's realtime transcription API says over a WebSocket, field by field.

Source: the types of OpenAI's Python client, `openai.types.realtime` (and `openai.types.beta.realtime` for what is flat and older), and
https://developers.openai.com/api/reference/resources/realtime/server-events. Times are milliseconds where the name says so, else seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NotRequired, TypedDict

from auricle.wire.openai import OpenAIErrorBody, OpenAIUsage

__all__ = [
    "BetaSession",
    "Format",
    "RealtimeEvent",
    "RealtimeSession",
    "TurnDetection",
    "beta_session",
    "cleared",
    "committed",
    "completed",
    "delta",
    "error",
    "failed",
    "item",
    "session",
    "session_event",
    "speech_started",
    "speech_stopped",
    "turn_detection",
]

Format = Literal["audio/pcm", "audio/pcmu", "audio/pcma"]
Kind = Literal["added", "done", "created"]

_BETA_FORMATS: Mapping[Format, str] = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
_PCM_HZ = 24_000
_TRANSCRIBED = "conversation.item.input_audio_transcription"


class RealtimeFormat(TypedDict):
    """How the audio is sent; only PCM has a choice of rates, of one. Hertz."""

    type: Format
    rate: NotRequired[int]


class RealtimeTranscription(TypedDict):
    """What recognises, and what it is told before."""

    model: str
    language: str | None
    prompt: str | None


class TurnDetection(TypedDict):
    """When a turn begins and ends."""

    type: Literal["server_vad"]
    threshold: float
    prefix_padding_ms: int
    silence_duration_ms: int


class RealtimeInput(TypedDict):
    """The audio that comes in."""

    format: RealtimeFormat
    noise_reduction: None
    transcription: RealtimeTranscription
    turn_detection: TurnDetection | None


class RealtimeSession(TypedDict):
    """A session as it is in effect."""

    id: str
    object: Literal["realtime.transcription_session"]
    type: Literal["transcription"]
    audio: dict[Literal["input"], RealtimeInput]  # none goes out
    include: list[str]


class BetaSession(TypedDict):
    """The same in the older, flat words."""

    id: str
    object: Literal["realtime.transcription_session"]
    input_audio_format: str
    input_audio_noise_reduction: None
    input_audio_transcription: RealtimeTranscription
    turn_detection: TurnDetection | None
    include: list[str]
    client_secret: None  # the client's type has it, and nothing for it to hold here


class RealtimeEvent(TypedDict):
    """Any event of the server; the others have more fields."""

    type: str
    event_id: str


class SessionEvent(RealtimeEvent):
    """How the session is now."""

    session: RealtimeSession | BetaSession


class CommittedEvent(RealtimeEvent):
    """The buffer became an item."""

    item_id: str
    previous_item_id: str | None


class StartedEvent(RealtimeEvent):
    """Somebody begins to speak."""

    audio_start_ms: int
    item_id: str


class StoppedEvent(RealtimeEvent):
    """The speaker pauses."""

    audio_end_ms: int
    item_id: str


class RealtimeContent(TypedDict):
    """What an item holds: audio, which is not sent back, and text, which comes later."""

    type: Literal["input_audio"]
    transcript: None


class RealtimeItem(TypedDict):
    """A turn as a message of the conversation."""

    id: str
    object: Literal["realtime.item"]
    type: Literal["message"]
    status: Literal["completed"]
    role: Literal["user"]
    content: list[RealtimeContent]


class ItemEvent(RealtimeEvent):
    """The conversation has one more item."""

    previous_item_id: str | None
    item: RealtimeItem


class DeltaEvent(RealtimeEvent):
    """More text of an item."""

    item_id: str
    content_index: int
    delta: str


class CompletedEvent(RealtimeEvent):
    """The whole text of an item."""

    item_id: str
    content_index: int
    transcript: str
    usage: OpenAIUsage


class FailedEvent(RealtimeEvent):
    """An item that gets no text."""

    item_id: str
    content_index: int
    error: OpenAIErrorBody


class RealtimeError(OpenAIErrorBody):
    """What is wrong, and with which of the client's events."""

    event_id: str | None


class ErrorEvent(RealtimeEvent):
    """Something went wrong; the session goes on."""

    error: RealtimeError


def turn_detection(threshold: float, prefix_padding_ms: int, silence_duration_ms: int) -> TurnDetection:
    """How turns are found."""
    return {
        "type": "server_vad",
        "threshold": threshold,
        "prefix_padding_ms": prefix_padding_ms,
        "silence_duration_ms": silence_duration_ms,
    }


def session(
    name: str, coding: Format, model: str, language: str | None, prompt: str | None, detection: TurnDetection | None
) -> RealtimeSession:
    """A session's object."""
    sent: RealtimeFormat = {"type": coding, "rate": _PCM_HZ} if coding == "audio/pcm" else {"type": coding}
    heard: RealtimeInput = {
        "format": sent,
        "noise_reduction": None,
        "transcription": {"model": model, "language": language, "prompt": prompt},
        "turn_detection": detection,
    }
    return {"id": name, "object": "realtime.transcription_session", "type": "transcription", "audio": {"input": heard}, "include": []}


def beta_session(current: RealtimeSession) -> BetaSession:
    """The same session in the older words."""
    heard = current["audio"]["input"]
    return {
        "id": current["id"],
        "object": current["object"],
        "input_audio_format": _BETA_FORMATS[heard["format"]["type"]],
        "input_audio_noise_reduction": None,
        "input_audio_transcription": heard["transcription"],
        "turn_detection": heard["turn_detection"],
        "include": current["include"],
        "client_secret": None,
    }


def session_event(event_id: str, happened: Literal["created", "updated"], current: RealtimeSession, *, beta: bool) -> SessionEvent:
    """The session was created or updated."""
    if beta:
        return {"type": f"transcription_session.{happened}", "event_id": event_id, "session": beta_session(current)}
    return {"type": f"session.{happened}", "event_id": event_id, "session": current}


def speech_started(event_id: str, item_id: str, start: float) -> StartedEvent:
    """Somebody begins to speak, in an item that is yet to be."""
    return {"type": "input_audio_buffer.speech_started", "event_id": event_id, "audio_start_ms": round(1000 * start), "item_id": item_id}


def speech_stopped(event_id: str, item_id: str, end: float) -> StoppedEvent:
    """The speaker pauses; the item is about to come."""
    return {"type": "input_audio_buffer.speech_stopped", "event_id": event_id, "audio_end_ms": round(1000 * end), "item_id": item_id}


def cleared(event_id: str) -> RealtimeEvent:
    """The buffer is empty."""
    return {"type": "input_audio_buffer.cleared", "event_id": event_id}


def committed(event_id: str, item_id: str, previous: str | None) -> CommittedEvent:
    """The buffer is an item now."""
    return {"type": "input_audio_buffer.committed", "event_id": event_id, "item_id": item_id, "previous_item_id": previous}


def item(event_id: str, kind: Kind, item_id: str, previous: str | None) -> ItemEvent:
    """The item: "added" and "done", which was once "created"."""
    message: RealtimeItem = {
        "id": item_id,
        "object": "realtime.item",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_audio", "transcript": None}],
    }
    return {"type": f"conversation.item.{kind}", "event_id": event_id, "previous_item_id": previous, "item": message}


def delta(event_id: str, item_id: str, text: str) -> DeltaEvent:
    """More of the item's text, which never changes."""
    return {"type": f"{_TRANSCRIBED}.delta", "event_id": event_id, "item_id": item_id, "content_index": 0, "delta": text}


def completed(event_id: str, item_id: str, transcript: str, seconds: float) -> CompletedEvent:
    """All of the item's text, and how much audio it is of."""
    return {
        "type": f"{_TRANSCRIBED}.completed",
        "event_id": event_id,
        "item_id": item_id,
        "content_index": 0,
        "transcript": transcript,
        "usage": {"type": "duration", "seconds": round(seconds, 3)},
    }


def failed(event_id: str, item_id: str, problem: OpenAIErrorBody) -> FailedEvent:
    """Why the item has no (more) text."""
    return {"type": f"{_TRANSCRIBED}.failed", "event_id": event_id, "item_id": item_id, "content_index": 0, "error": problem}


def error(event_id: str, problem: OpenAIErrorBody, cause: str | None) -> ErrorEvent:
    """What is wrong with the client's event ``cause``, or with the session."""
    return {"type": "error", "event_id": event_id, "error": {**problem, "event_id": cause}}
