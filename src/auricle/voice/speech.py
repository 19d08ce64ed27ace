"""What speaking comes to: `Speech`, and the `SpeechPiece`s that it comes in."""

from __future__ import annotations

from dataclasses import dataclass

from auricle.audio import Audio

__all__ = ["Speech", "SpeechPiece", "SpokenTurn", "SpokenWord"]


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word of the text that was given, and when it is said.

    Attributes:
        text: as it stands in the text.
        start: seconds from the beginning of the speech.
        end: seconds from the beginning of the speech.
        span: place of its first character in the text, and after its last.
    """

    text: str
    start: float
    end: float
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class SpokenTurn:
    """One turn of a conversation.

    Attributes:
        speaker: the voice that says it, as it was asked for.
        text: what it says.
        start: seconds from the beginning of the speech.
        end: seconds from the beginning of the speech.
    """

    speaker: str
    text: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class SpeechPiece:
    """The next stretch of a speech: all pieces, joined as they are, are the speech.

    Attributes:
        audio: at least one frame, at the speech's rate.
        words: those that are said in it; none where the voice has no word times.
    """

    audio: Audio
    words: tuple[SpokenWord, ...] = ()


@dataclass(frozen=True, slots=True)
class Speech:
    """A text that was spoken.

    Attributes:
        audio: how it sounds.
        voice: the voice's name.
        language: BCP 47 tag of what was spoken.
        words: when each word is said; none where the voice has no word times.
        turns: of a conversation.
        processing_time: what it took. Seconds.
    """

    audio: Audio
    voice: str
    language: str
    words: tuple[SpokenWord, ...]
    turns: tuple[SpokenTurn, ...]
    processing_time: float

    @property
    def sample_rate(self) -> int:
        """Of the audio. Hertz."""
        return self.audio.rate

    @property
    def duration(self) -> float:
        """Of the audio. Seconds."""
        return self.audio.duration
