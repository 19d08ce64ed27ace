"""What OpenAI's own client takes for an event of its server, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from openai.types.beta.realtime import ConversationItemCreatedEvent, TranscriptionSessionUpdatedEvent
from openai.types.realtime import RealtimeServerEvent
from openai.types.realtime.realtime_transcription_session_create_response import RealtimeTranscriptionSessionCreateResponse
from pydantic import BaseModel

UNDECLARED = {"id", "object"}  # of a session: the type of the request stands for it in the events, that of the response has them


def kinds() -> dict[str, type[BaseModel]]:
    """Their types of the server's events, by name."""
    found: dict[str, type[BaseModel]] = {
        get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(get_args(RealtimeServerEvent)[0])
    }
    return found | {
        "transcription_session.updated": TranscriptionSessionUpdatedEvent,
        "transcription_session.created": TranscriptionSessionUpdatedEvent,  # which their server sends and their client has no type for
        "conversation.item.created": ConversationItemCreatedEvent,
    }


def check(event: Mapping[str, Any]) -> None:
    """Refuse an event with a field that is missing, unknown or of another type than theirs."""
    name = event["type"]
    if name.startswith("transcription_session."):
        assert event["session"]["client_secret"] is None
        # Their type demands what its description says is "not present when a session is updated via the WebSocket API".
        session = event["session"] | {"client_secret": {"expires_at": 0, "value": ""}}
        event = {**event, "session": session, "type": "transcription_session.updated"}
    elif name.startswith("session."):
        RealtimeTranscriptionSessionCreateResponse.model_validate(event["session"], strict=True)
    read = kinds()[name].model_validate(event, strict=True)
    assert unknown(read) <= UNDECLARED | ({"include", "input_audio_noise_reduction"} if "transcription_session" in name else set())
    assert event["event_id"]


def unknown(read: BaseModel) -> set[str]:
    """The fields, at any depth, that their type does not have."""
    inner = [value for value in dict(read).values() if isinstance(value, BaseModel)]
    return set(read.model_extra or {}).union(*map(unknown, inner))
