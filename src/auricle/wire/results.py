"""What the verbs return, in our own words."""

from __future__ import annotations

import json
import math
import sys
from typing import TYPE_CHECKING, Literal, NotRequired

from auricle.errors import OptionError
from auricle.weights import ALIASES, Model, Presence

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # pydantic, which describes these in the API's documentation, cannot look into Python 3.11's own
    from typing_extensions import TypedDict

if TYPE_CHECKING:  # these bring numpy, which takes longer to import than the rest of a small command
    from auricle.codec import AudioInfo
    from auricle.speech.transcript import Segment, Token, Transcript, Word

__all__ = [
    "FORMATS",
    "WireInfo",
    "WireModel",
    "WireProgress",
    "WireSegment",
    "WireToken",
    "WireTranscript",
    "WireWord",
    "info",
    "model",
    "progress",
    "render",
    "segment",
    "token",
    "transcript",
]

FORMATS = ("text", "json", "srt", "vtt", "tsv", "lrc")


class WireWord(TypedDict):
    """A word of a segment; `probability` is its confidence once more, by the name that Whisper and the guide have for it."""

    word: str
    start: float
    end: float
    confidence: float
    probability: float


class WireToken(TypedDict):
    """A piece of text with its log-probability; a piece may be part of a character, which only `bytes` shows whole."""

    token: str
    bytes: list[int]
    logprob: float


class WireSegment(TypedDict):
    """A segment of a transcript; `words` and `logprobs` only when they were asked for.

    `seek` is its start in hundredths of a second, which Whisper and the guide have.
    """

    id: int
    seek: int
    start: float
    end: float
    text: str
    language: str
    confidence: float
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    temperature: float
    tokens: list[int]
    words: NotRequired[list[WireWord]]
    logprobs: NotRequired[list[WireToken]]


class WireTranscript(TypedDict):
    """A transcript."""

    text: str
    language: str
    language_probability: float
    duration: float
    segments: list[WireSegment]
    processing_time_ms: float
    model: str


class WireProgress(TypedDict):
    """How far a recording has been read, and its length by its header (null when that doesn't say). Seconds."""

    position: float
    duration: float | None


class WireInfo(TypedDict):
    """What a recording is, by its header and by its content.

    `duration` is what was decoded, `declared_duration` what the header says (null when it doesn't); `cut_off` when the
    content ends before the header says. `peak` is linear, `peak_dbfs` null for silence.
    """

    container: str
    codec: str
    sample_rate: int
    channels: int
    duration: float
    declared_duration: float | None
    cut_off: bool
    bit_depth: int | str | None
    size_bytes: int
    peak: float
    peak_dbfs: float | None
    tags: dict[str, str]


class WireModel(TypedDict):
    """A model of the catalogue and where it is on this machine."""

    id: str
    aliases: list[str]
    task: str
    description: str
    licence: str
    parameters: int
    size_bytes: int
    source: Literal["package", "directory", "cache", "absent"]
    default: bool


def transcript(result: Transcript) -> WireTranscript:
    """A transcript's object."""
    return {
        "text": result.text,
        "language": result.language,
        "language_probability": _score(result.language_probability),
        "duration": _time(result.duration),
        "segments": [segment(each) for each in result.segments],
        "processing_time_ms": _time(1000 * result.processing_time),
        "model": result.model,
    }


def segment(found: Segment) -> WireSegment:
    """A segment's object."""
    shape: WireSegment = {
        "id": found.id,
        "seek": round(100 * found.start),
        "start": _time(found.start),
        "end": _time(found.end),
        "text": found.text,
        "language": found.language,
        "confidence": _score(found.confidence),
        "avg_logprob": _score(found.avg_logprob),
        "no_speech_prob": _score(found.no_speech_prob),
        "compression_ratio": _score(found.compression_ratio),
        "temperature": _score(found.temperature),
        "tokens": list(found.tokens),
    }
    if found.words:
        shape["words"] = [_word(word) for word in found.words]
    if found.logprobs:
        shape["logprobs"] = [token(piece) for piece in found.logprobs]
    return shape


def token(piece: Token) -> WireToken:
    """A token's object."""
    return {"token": piece.data.decode(errors="replace"), "bytes": list(piece.data), "logprob": _score(piece.logprob)}


def progress(position: float, duration: float | None) -> WireProgress:
    """Progress's object."""
    return {"position": _time(position), "duration": None if duration is None else _time(duration)}


def _word(word: Word) -> WireWord:
    confidence = _score(word.confidence)
    return {"word": word.text, "start": _time(word.start), "end": _time(word.end), "confidence": confidence, "probability": confidence}


def info(header: AudioInfo, *, duration: float, peak: float, cut_off: bool) -> WireInfo:
    """A recording's object.

    Args:
        header: what its header says.
        duration: decoded length. Seconds.
        peak: largest absolute sample, 1 is full scale.
        cut_off: whether its content ends before its header says.
    """
    return {
        "container": header.container,
        "codec": header.codec,
        "sample_rate": header.sample_rate,
        "channels": header.channels,
        "duration": _time(duration),
        "declared_duration": None if header.duration is None else _time(header.duration),
        "cut_off": cut_off,
        "bit_depth": header.bit_depth,
        "size_bytes": header.size_bytes,
        "peak": round(float(peak), 6),
        "peak_dbfs": round(20 * math.log10(peak), 2) if peak > 0 else None,
        "tags": dict(header.tags),
    }


def model(entry: Model, presence: Presence, *, default: bool) -> WireModel:
    """A model's object; ``default`` marks the one that is used when none is named."""
    return {
        "id": entry.id,
        "aliases": [alias for alias, name in ALIASES.items() if name == entry.id],
        "task": entry.task,
        "description": entry.description,
        "licence": entry.licence,
        "parameters": entry.parameters,
        "size_bytes": presence.size,
        "source": presence.source,
        "default": default,
    }


def _time(value: float) -> float:
    return round(float(value), 3)


def _score(value: float) -> float:
    return round(float(value), 4)


def render(result: Transcript, format: str) -> str:  # noqa: A002 - the option is called so everywhere
    """Write a transcript as text, JSON, SubRip, WebVTT, TSV or LRC; see `auricle.speech.subtitles`.

    Raises:
        OptionError: there is no such format.
    """
    from auricle.speech import subtitles

    if format not in FORMATS:
        raise OptionError("format", f"there is no transcript format {format!r}", FORMATS)
    if format == "json":
        return json.dumps(transcript(result), ensure_ascii=False, indent=2) + "\n"
    return subtitles.render(result, format)
