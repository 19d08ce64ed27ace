"""What a live session says, in our own words: over WebSocket as it is, as server-sent events with the type as the event's name."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal

from auricle.wire.results import WireSegment, WireWord, _score, _time, _word, segment

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # see results
    from typing_extensions import TypedDict

if TYPE_CHECKING:  # see results
    from collections.abc import Iterable

    from auricle.speech.events import LiveEvent

__all__ = [
    "WireFinal",
    "WireLiveEvent",
    "WireLiveResult",
    "WirePartial",
    "WireSpeechEnded",
    "WireSpeechStarted",
    "WireUtterance",
    "live_event",
    "live_result",
]


class WireSpeechStarted(TypedDict):
    """Somebody begins to speak, `at` seconds from the first sample."""

    type: Literal["speech_started"]
    at: float


class WirePartial(TypedDict):
    """What has been heard after the last final word, as far as can be said now; the next partial or final replaces it."""

    type: Literal["partial"]
    text: str
    language: str


class WireFinal(TypedDict):
    """Words that never change; all finals' texts, joined as they are, make the whole."""

    type: Literal["final"]
    text: str
    language: str
    words: list[WireWord]


class WireUtterance(TypedDict):
    """A segment is complete: all its words have come as finals before."""

    type: Literal["utterance"]
    segment: WireSegment


class WireSpeechEnded(TypedDict):
    """The speaker pauses, since `at` seconds from the first sample; all that was said is final."""

    type: Literal["speech_ended"]
    at: float


WireLiveEvent = WireSpeechStarted | WirePartial | WireFinal | WireUtterance | WireSpeechEnded


class WireLiveResult(TypedDict):
    """What came of a chunk of audio.

    `text` is what became final since the last result, `partial` what has been heard after it and may change; `segments` are those
    that became complete; `confidence` is the mean of the new words', 0 when there are none. `language` is null until there were words.
    """

    text: str
    partial: str
    language: str | None
    segments: list[WireSegment]
    confidence: float
    words: list[WireWord]


def live_event(event: LiveEvent) -> WireLiveEvent:
    """An event's object."""
    from auricle.speech import events  # whose package brings numpy

    match event:
        case events.SpeechStarted():
            return {"type": "speech_started", "at": _time(event.at)}
        case events.Partial():
            return {"type": "partial", "text": event.text, "language": event.language}
        case events.Final():
            words = [_word(word) for word in event.words]
            return {"type": "final", "text": event.text, "language": event.language, "words": words}
        case events.Utterance():
            return {"type": "utterance", "segment": segment(event.segment)}
        case events.SpeechEnded():
            return {"type": "speech_ended", "at": _time(event.at)}


def live_result(events: Iterable[LiveEvent], before: WireLiveResult | None = None) -> WireLiveResult:
    """A result's object.

    Args:
        events: those that have come since the last result.
        before: the last result, None for the first of a stream.
    """
    from auricle.speech.events import Final, Partial, Utterance  # see `live_event`

    partial, language = (before["partial"], before["language"]) if before else ("", None)
    finals, segments = list[Final](), list[WireSegment]()
    for event in events:
        match event:
            case Partial() | Final():
                partial, language = event.text if isinstance(event, Partial) else "", event.language
                finals += [event] if isinstance(event, Final) else []
            case Utterance():
                segments.append(segment(event.segment))
    words = [word for final in finals for word in final.words]
    return {
        "text": "".join(final.text for final in finals),
        "partial": partial,
        "language": language,
        "segments": segments,
        "confidence": _score(sum(word.confidence for word in words) / len(words)) if words else 0.0,
        "words": [_word(word) for word in words],
    }
