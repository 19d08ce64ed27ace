"""From phrases to sound, piece by piece: the asked pace, pauses, no clicks, and when each word is said."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import unescape
from itertools import groupby
from types import TracebackType
from typing import Self

import numpy as np

from auricle.audio import Audio, Mono
from auricle.codec import AudioProcessingConfig
from auricle.resample import Resampler
from auricle.voice.engine import Engine, Phrase, Spoken, Voice
from auricle.voice.pace import stretched
from auricle.voice.speech import SpeechPiece, SpokenTurn, SpokenWord
from auricle.voice.text.tags import bare

__all__ = ["Saying", "SpeechStream"]

_TAG = re.compile(r"<[^>]*>?")
_FADE_S = 0.005  # at both ends of a phrase, so that it neither begins nor ends with a click
_NEAR = 0.005  # of the asked pace: not worth stretching for


@dataclass(frozen=True, slots=True)
class Saying:
    """What one voice says.

    Attributes:
        engine: the voice's.
        voice: who speaks.
        language: BCP 47 tag, one of the voice's.
        speed: times the natural pace.
        emotion: one of the voice's.
        source: the text.
        phrases: what is to be said of it; their spans point into it.
        speaker: the voice as it was asked for.
        pause: silence after it. Seconds.
        marked: the text is SSML, whose tags and entities are not part of its words.
    """

    engine: Engine
    voice: Voice
    language: str
    speed: float
    emotion: str
    source: str
    phrases: Iterable[Phrase]
    speaker: str = ""
    pause: float = 0.0
    marked: bool = False

    def say(self, phrase: Phrase) -> tuple[Mono, list[SpokenWord]]:
        """Samples at the engine's rate, and the words in them; times count from the first sample."""
        rate, speed = self.engine.rate, self.speed * phrase.pace
        spoken = _at_pace(self.engine.say(phrase, self.voice, speed, self.emotion), rate, speed)
        lead = phrase.lead / speed
        words = [replace(word, start=word.start + lead, end=word.end + lead) for word in self._words(phrase, spoken.times)]
        parts = [_silence(lead, rate), _faded(spoken.samples, rate), _silence(phrase.pause / speed, rate)]
        return np.concatenate(parts), words

    def _words(self, phrase: Phrase, times: Sequence[tuple[float, float]]) -> Iterator[SpokenWord]:
        """One for each stretch of the source that is read as one: "3/4", whatever it is read as."""
        timed = zip(phrase.tokens, times, strict=bool(times))
        for span, group in groupby(timed, key=lambda one: one[0].span):
            said = [time for _, time in group]
            written = self.source[slice(*span)]
            text = unescape(_TAG.sub("", written)) if self.marked else bare(written)
            yield SpokenWord(text, said[0][0], said[-1][1], span)


class SpeechStream:
    """A speech that is being made: iterate for its pieces, once.

    A context manager: leaving it early stops the work before the next piece.

    Args:
        sayings: at least one; what is said, one after the other.
        config: rate and channels of the pieces.

    Attributes:
        voice: who speaks first.
        language: BCP 47 tag of what is spoken first.
        rate: of the pieces' audio. Hertz.
        channels: of the pieces' audio.
        turns: the sayings that have been said so far.
    """

    def __init__(self, sayings: Sequence[Saying], config: AudioProcessingConfig | None = None) -> None:
        config = config or AudioProcessingConfig()
        self.voice, self.language = sayings[0].voice, sayings[0].language
        self.rate, self.channels = config.sample_rate or sayings[0].engine.rate, config.channels or 1
        self.turns: list[SpokenTurn] = []
        self._frames = 0  # given so far
        self._pieces = self._said(sayings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[SpeechPiece]:
        return self

    def __next__(self) -> SpeechPiece:
        return next(self._pieces)

    def close(self) -> None:
        """Stop: there are no more pieces. For the thread that iterates."""
        self._pieces.close()

    def _said(self, sayings: Sequence[Saying]) -> Generator[SpeechPiece]:
        for saying in sayings:
            start = self._frames / self.rate
            for phrase in saying.phrases:
                yield self._piece(saying, *saying.say(phrase))
            self.turns.append(SpokenTurn(saying.speaker, saying.source, start, self._frames / self.rate))
            if pause := round(saying.pause * self.rate):
                self._frames += pause
                yield SpeechPiece(Audio(np.zeros((self.channels, pause), np.float32), self.rate))

    def _piece(self, saying: Saying, samples: Mono, words: Sequence[SpokenWord]) -> SpeechPiece:
        """At the stream's rate, and with times from its beginning. Each phrase ends in silence: it can be resampled by itself."""
        start = self._frames / self.rate
        resampler = Resampler(saying.engine.rate, self.rate, 1)
        there = np.concatenate([resampler.feed(samples[None]), resampler.finish()], axis=1)
        self._frames += there.shape[1]
        audio = Audio(there, self.rate).remix(self.channels)
        return SpeechPiece(audio, tuple(replace(word, start=start + word.start, end=start + word.end) for word in words))


def _at_pace(spoken: Spoken, rate: int, speed: float) -> Spoken:
    """What the engine said at exactly that speed: the rest is stretched."""
    length = len(spoken.samples) / rate
    factor = (length if spoken.natural is None else spoken.natural) / speed / length if length else 1.0
    if abs(factor - 1) < _NEAR:
        return spoken
    times = tuple((start * factor, end * factor) for start, end in spoken.times)
    return Spoken(stretched(spoken.samples, rate, factor), times)


def _faded(samples: Mono, rate: int) -> Mono:
    """From silence to silence: half a cosine at both ends."""
    length = min(round(_FADE_S * rate), len(samples) // 2)
    rise = ((1 - np.cos(np.pi * (np.arange(length) + 0.5) / max(length, 1))) / 2).astype(np.float32)
    faded = samples.copy()
    faded[:length] *= rise
    faded[len(samples) - length :] *= rise[::-1]
    return faded


def _silence(seconds: float, rate: int) -> Mono:
    return np.zeros(round(seconds * rate), np.float32)
