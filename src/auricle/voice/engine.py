"""The narrow interface behind which each engine is one file: a phrase in, samples out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from auricle.audio import Mono

__all__ = ["Engine", "Phrase", "Spoken", "Token", "Voice"]


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice, and what it can do. Nothing else may be asked of it.

    Attributes:
        name: what users call it.
        engine: what makes it speak: "hibari", "kokoro", "piper" or "xtts".
        languages: BCP 47 tags, such as "en-US"; the first is spoken where none is asked for.
        licence: SPDX identifier of the weights.
        gender: "female" or "male"; None when unknown.
        speeds: the slowest and the fastest, times the natural pace.
        emotions: which; "neutral" is the first.
        word_times: whether it tells when each word is said.
        cloning: whether it imitates a recording of a speaker.
        description: one line, for lists.
    """

    name: str
    engine: str
    languages: tuple[str, ...]
    licence: str
    gender: str | None = None
    speeds: tuple[float, float] = (0.25, 4.0)
    emotions: tuple[str, ...] = ("neutral",)
    word_times: bool = False
    cloning: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is read aloud, with the punctuation that touches it. Tokens joined by single spaces are the text to read.

    Attributes:
        text: letters only, but for apostrophes, hyphens and punctuation at its ends: numbers and symbols are words by now.
        span: place in the source text of the first character that it comes from, and after the last. Several tokens may share one.
        phonemes: how to say it (IPA), where markup or the user's lexicon says so; punctuation is not part of it.
    """

    text: str
    span: tuple[int, int]
    phonemes: str | None = None


@dataclass(frozen=True, slots=True)
class Phrase:
    """What an engine is given at once: a sentence, or a clause of one.

    Attributes:
        tokens: at least one, and at least one of them has a letter.
        language: BCP 47 tag, one of the voice's.
        pace: times the asked speed, by markup.
        pause: silence after it, at natural pace. Seconds.
        lead: silence before it, at natural pace: only of the first phrase, where markup begins with a break. Seconds.
    """

    tokens: tuple[Token, ...]
    language: str
    pace: float = 1.0
    pause: float = 0.0
    lead: float = 0.0

    @property
    def text(self) -> str:
        """What is read."""
        return " ".join(token.text for token in self.tokens)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What an engine gives for a phrase.

    Attributes:
        samples: shape (frames,), at the engine's rate, without more than 50 ms of silence at either end.
        times: for each of the phrase's tokens when it begins and ends in ``samples`` (seconds), non-decreasing; none where unknown.
        natural: how long it would be at speed 1, without any rounding by the engine (seconds); None where unknown: then the
            engine has spoken at speed 1, whatever it was asked.
    """

    samples: Mono
    times: tuple[tuple[float, float], ...] = ()
    natural: float | None = None


class Engine(Protocol):
    """A loaded engine; any number of threads may share it.

    Attributes:
        rate: of its samples. Hertz.
        longest: characters of a phrase's text, at most.
        soon: characters that it says quickly enough for a first sentence of that length to be one phrase.
    """

    rate: int
    longest: int
    soon: int

    def say(self, phrase: Phrase, voice: Voice, speed: float, emotion: str) -> Spoken:
        """Speak.

        Args:
            phrase: what to say; the language is one of the voice's.
            voice: one of the engine's own, or for blends one with a blend's name.
            speed: times the natural pace, within the voice's limits; what is asked for need not be met, but ``natural`` must say so.
            emotion: one of the voice's.

        Raises:
            OptionError: the text has nothing that this voice can say; names the field "text".
        """
