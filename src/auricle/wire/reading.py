"""What `auricle speak --json` says of a recording that it made: the fields of `WireSpeech`, but for the audio, and chapters."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, NotRequired

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # see wire.results
    from typing_extensions import TypedDict

from auricle.wire.speech import WireSpokenTurn, WireSpokenWord, spoken_turn, spoken_word

if TYPE_CHECKING:  # these bring numpy
    from auricle.codec.chapters import Chapter
    from auricle.voice.speech import SpokenTurn, SpokenWord

__all__ = ["WireChapter", "WireReading", "reading"]


class WireChapter(TypedDict):
    """A chapter, and when it begins."""

    title: str
    start: float


class WireReading(TypedDict):
    """A recording of a text; `turns` of a conversation, `chapters` of a text that has them."""

    output: str | None
    voice: str
    language: str
    sample_rate: int
    duration_seconds: float
    processing_time_ms: float
    words: list[WireSpokenWord]
    turns: NotRequired[list[WireSpokenTurn]]
    chapters: NotRequired[list[WireChapter]]


def reading(
    output: str | None,
    *,
    voice: str,
    language: str,
    rate: int,
    duration: float,
    processing_time: float,
    words: Iterable[SpokenWord],
    turns: Iterable[SpokenTurn] = (),
    chapters: Iterable[Chapter] = (),
) -> WireReading:
    """A recording that was written to ``output``, or only played; times in seconds, the rate in Hertz."""
    shape: WireReading = {
        "output": output,
        "voice": voice,
        "language": language,
        "sample_rate": rate,
        "duration_seconds": round(duration, 3),
        "processing_time_ms": round(1000 * processing_time, 1),
        "words": [spoken_word(word) for word in words],
    }
    if said := [spoken_turn(turn) for turn in turns]:
        shape["turns"] = said
    if found := [WireChapter(title=chapter.title, start=round(chapter.start, 3)) for chapter in chapters]:
        shape["chapters"] = found
    return shape
