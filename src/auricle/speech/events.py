"""What a live session says while somebody speaks. Times are seconds from the first sample that was fed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from auricle.audio import Mono
from auricle.speech.transcript import Segment, Word

__all__ = ["Final", "LiveEvent", "Partial", "Session", "SpeechEnded", "SpeechStarted", "Utterance"]


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody begins to speak.

    Attributes:
        at: when. Seconds.
    """

    at: float


@dataclass(frozen=True, slots=True)
class Partial:
    """What has been heard after the last final word, as far as can be said now; the next `Partial` or `Final` replaces it.

    Attributes:
        text: the words, perhaps none, as they continue what is final.
        language: ISO 639-1 code.
    """

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Final:
    """Words that never change and are never repeated; each begins where the one before has ended, or later.

    Attributes:
        words: at least one.
        text: the same as it is written. It begins with a space where one belongs, so that all finals, joined as they are, make the text.
        language: ISO 639-1 code.
    """

    words: tuple[Word, ...]
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """A segment is complete: all its words have come as `Final` before.

    Attributes:
        segment: its words, text, times and confidence; ids count from 0.
    """

    segment: Segment


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The speaker pauses; all that was said is final.

    Attributes:
        at: when the speech ended. Seconds.
    """

    at: float


LiveEvent = SpeechStarted | Partial | Final | Utterance | SpeechEnded


class Session(Protocol):
    """What gives them: `auricle.speech.live.LiveSession`."""

    @property
    def due(self) -> bool:
        """Whether an update would say something new."""

    def hear(self, samples: Mono) -> Sequence[LiveEvent]:
        """Take audio at 16 kHz, shape (frames,), without recognising it; cheap."""

    def update(self) -> Sequence[LiveEvent]:
        """Recognise what has been heard."""

    def finish(self) -> Sequence[LiveEvent]:
        """No more audio comes: recognise the rest."""
