"""Speech and voices as JSON objects, in our words, the guide's, and OpenAI's."""

from __future__ import annotations

import sys
from base64 import b64encode
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NotRequired

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # see wire.results
    from typing_extensions import TypedDict

if TYPE_CHECKING:  # these bring numpy
    from auricle.voice.engine import Voice
    from auricle.voice.speech import SpokenTurn, SpokenWord

__all__ = [
    "OpenAISpeechDelta",
    "OpenAISpeechDone",
    "WireSpeech",
    "WireSpokenTurn",
    "WireSpokenWord",
    "WireVoice",
    "WireVoices",
    "speech",
    "speech_delta",
    "speech_done",
    "spoken_turn",
    "spoken_word",
    "voice",
    "voices",
]


class WireSpokenWord(TypedDict):
    """A word as it stands in the text, and when it is said; `span` is its place in the text, in characters."""

    word: str
    start: float
    end: float
    span: list[int]


class WireSpokenTurn(TypedDict):
    """A turn of a conversation, and when it is said."""

    speaker: str
    text: str
    start: float
    end: float


class WireSpeech(TypedDict):
    """What `POST /synthesize_text` answers: the guide's fields, then ours; `turns` of a conversation."""

    audio_base64: str
    sample_rate: int
    duration_seconds: float
    processing_time_ms: float
    channels: int
    output_format: str
    voice: str
    language: str
    words: list[WireSpokenWord]
    turns: NotRequired[list[WireSpokenTurn]]


class WireVoice(TypedDict):
    """A voice and what it can do; `id` and `name` are what requests call it. Speeds are times the natural pace."""

    id: str
    name: str
    engine: str
    languages: list[str]
    licence: str
    gender: str | None
    min_speed: float
    max_speed: float
    emotions: list[str]
    word_times: bool
    cloning: bool
    description: str


class WireVoices(TypedDict):
    """All voices, and the one that speaks where none is named."""

    voices: list[WireVoice]
    default: str | None


class OpenAISpeechDelta(TypedDict):
    """An event of `stream_format=sse`: more audio."""

    type: Literal["speech.audio.delta"]
    audio: str


class OpenAISpeechUsage(TypedDict):
    """Tokens, of which there are none here."""

    input_tokens: int
    output_tokens: int
    total_tokens: int


class OpenAISpeechDone(TypedDict):
    """The last event of `stream_format=sse`."""

    type: Literal["speech.audio.done"]
    usage: OpenAISpeechUsage


def spoken_word(word: SpokenWord) -> WireSpokenWord:
    """A word of a speech."""
    return {"word": word.text, "start": round(word.start, 3), "end": round(word.end, 3), "span": list(word.span)}


def spoken_turn(turn: SpokenTurn) -> WireSpokenTurn:
    """A turn of a conversation."""
    return {"speaker": turn.speaker, "text": turn.text, "start": round(turn.start, 3), "end": round(turn.end, 3)}


def speech(
    data: bytes,
    *,
    voice: str,
    language: str,
    output_format: str,
    rate: int,
    channels: int,
    duration: float,
    processing_time: float,
    words: Iterable[SpokenWord] = (),
    turns: Iterable[SpokenTurn] | None = None,
) -> WireSpeech:
    """A speech whose encoded audio is ``data``; times in seconds, the rate in Hertz."""
    shape: WireSpeech = {
        "audio_base64": b64encode(data).decode("ascii"),
        "sample_rate": rate,
        "duration_seconds": round(duration, 3),
        "processing_time_ms": round(1000 * processing_time, 1),
        "channels": channels,
        "output_format": output_format,
        "voice": voice,
        "language": language,
        "words": list(map(spoken_word, words)),
    }
    if turns is not None:
        shape["turns"] = list(map(spoken_turn, turns))
    return shape


def voice(voice: Voice) -> WireVoice:
    """What a voice can do."""
    return {
        "id": voice.name,
        "name": voice.name,
        "engine": voice.engine,
        "languages": list(voice.languages),
        "licence": voice.licence,
        "gender": voice.gender,
        "min_speed": voice.speeds[0],
        "max_speed": voice.speeds[1],
        "emotions": list(voice.emotions),
        "word_times": voice.word_times,
        "cloning": voice.cloning,
        "description": voice.description,
    }


def voices(every: Iterable[Voice], default: str | None) -> WireVoices:
    """The list of voices."""
    return {"voices": list(map(voice, every)), "default": default}


def speech_delta(data: bytes) -> OpenAISpeechDelta:
    """More encoded audio."""
    return {"type": "speech.audio.delta", "audio": b64encode(data).decode("ascii")}


def speech_done() -> OpenAISpeechDone:
    """The end of the audio."""
    return {"type": "speech.audio.done", "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}}
