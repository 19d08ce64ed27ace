"""What recognition returns: a frozen `Transcript` of segments and words.

All times are seconds from the start of the recording; `start <= end`, and neither lies outside the recording.
Confidence is a calibrated probability in 0…1 that the word (or the average word of the segment) is right.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """One word with its time in the recording.

    Attributes:
        text: the word with its punctuation, without surrounding white space.
        start: where it begins. Seconds.
        end: where it ends. Seconds.
        confidence: probability that it is right, 0…1.
    """

    text: str
    start: float
    end: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of text as the model writes it: a word, part of one, or part of a character.

    Attributes:
        data: its bytes in UTF-8, with the space before a word.
        logprob: natural logarithm of the probability that the model gives it, knowing the audio and the text before it.
    """

    data: bytes
    logprob: float


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of speech, as the recogniser divides it: a sentence or a clause.

    Attributes:
        id: 0 for the first segment of a transcript, then one more each.
        start: where it begins. Seconds.
        end: where it ends. Seconds.
        text: its words, without surrounding white space.
        language: ISO 639-1 code of the language it was recognised in.
        confidence: probability that its average word is right, 0…1.
        words: its words with their times; empty unless word times were asked for.
        avg_logprob: mean log-probability of its tokens, as the model states it.
        no_speech_prob: the model's probability that the window held no speech.
        compression_ratio: length of the window's text over its zlib-compressed length; above 2.4 it repeats itself.
        temperature: the sampling temperature that gave it.
        tokens: the model's token ids, time stamps included.
        logprobs: its pieces of text with their log-probabilities; empty unless they were asked for.
    """

    id: int
    start: float
    end: float
    text: str
    language: str
    confidence: float
    words: tuple[Word, ...] = ()
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0
    compression_ratio: float = 1.0
    temperature: float = 0.0
    tokens: tuple[int, ...] = ()
    logprobs: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole recording's transcript.

    Attributes:
        text: all segments' text, joined by a space; empty when there was no speech.
        language: ISO 639-1 code of the language that most of the speech is in.
        language_probability: how sure its detection was, 0…1; 1 when the caller named the language.
        duration: length of the recording. Seconds.
        segments: in order, not overlapping.
        processing_time: from the call to the last segment. Seconds.
        model: name of the model that was used.
    """

    text: str
    language: str
    language_probability: float
    duration: float
    segments: tuple[Segment, ...]
    processing_time: float
    model: str

    @property
    def words(self) -> tuple[Word, ...]:
        """All words of all segments; empty unless word times were asked for."""
        return tuple(word for segment in self.segments for word in segment.words)
