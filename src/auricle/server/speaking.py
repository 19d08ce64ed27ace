"""What the server asks of whoever speaks, and what comes of it: plain, picklable values."""

from __future__ import annotations

from dataclasses import dataclass, field

from auricle.codec import AudioProcessingConfig
from auricle.voice import Lexicon, SpokenTurn, SpokenWord, Turn

__all__ = ["Closing", "Opening", "Sound", "SpeechEvent", "Spoken", "Synthesis"]


@dataclass(frozen=True, slots=True)
class Synthesis:
    """What is wanted to be said, and how.

    Attributes:
        turns: what to say: one turn is a text, several are a conversation.
        conversation: whether the answer has the times of the turns.
        voice: a voice's name; None for the engine's default.
        model: the speaking engine whose voice it must be; None for any.
        language: BCP 47 tag; None for the voice's first.
        speed: times the natural pace.
        emotion: one of the voice's; None for neutral.
        ssml: whether the texts are SSML; None: if they begin with a `<speak>` element.
        lexicon: how to say certain words.
        loudness: integrated loudness, LUFS; None leaves it as the voice is. It is known only when all is said.
        config: how to encode it.
        consent: whoever asks states that the person in the recording to be imitated agrees, or is the one who asks.
        whole: encode a file that comes as a whole, with its length in its header, rather than what can be heard while it comes.
    """

    turns: tuple[Turn, ...]
    conversation: bool = False
    voice: str | None = None
    model: str | None = None
    language: str | None = None
    speed: float = 1.0
    emotion: str | None = None
    ssml: bool | None = None
    lexicon: Lexicon | None = None
    loudness: float | None = None
    config: AudioProcessingConfig = field(default_factory=AudioProcessingConfig)
    consent: bool = False
    whole: bool = False

    @property
    def characters(self) -> int:
        """How long the texts are, together."""
        return sum(len(turn.text) for turn in self.turns)


@dataclass(frozen=True, slots=True)
class Opening:
    """It can be said; all that was asked for has been checked.

    Attributes:
        voice: who speaks first: a voice's name.
        engine: what makes that voice speak.
        language: BCP 47 tag.
        rate: of the encoded audio. Hertz.
        channels: of the encoded audio.
    """

    voice: str
    engine: str
    language: str
    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Sound:
    """The next piece.

    Attributes:
        data: what the codec gave for it; perhaps nothing yet.
    """

    data: bytes


@dataclass(frozen=True, slots=True)
class Closing:
    """All is said.

    Attributes:
        duration: of the audio. Seconds.
        words: when each is said; none where the voice has no word times.
        turns: when each is said.
        processing_time: what it took, the waiting for whoever listens left out. Seconds.
    """

    duration: float
    words: tuple[SpokenWord, ...] = ()
    turns: tuple[SpokenTurn, ...] = ()
    processing_time: float = 0.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """All of a speech.

    Attributes:
        opening: who speaks, and how it is encoded.
        data: the encoded audio.
        closing: what else there is to say about it.
    """

    opening: Opening
    data: bytes
    closing: Closing


SpeechEvent = Opening | Sound | Closing
