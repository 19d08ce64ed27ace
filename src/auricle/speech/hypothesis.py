"""One decoding of a window, and the checks that find those that went wrong."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Hypothesis", "loops", "reads_as_english", "stutters"]

_MAX_COMPRESSION_RATIO = 2.4  # above: the text repeats itself
_MIN_AVG_LOGPROB = -1.0  # below: the model did not believe what it wrote
_MAX_NO_SPEECH_PROB = 0.6  # above, with the log-probability below: nothing was said
_MOST_CHARACTERS = (10, 40)  # more than 10 and 40 a second nobody can say: the model invents what it did not hear
_LEAST_BYTES = 6  # of text in a second of speech: with fewer, words are missing
_LONE_SIGNS = re.compile(r"(?:[^\w\s]\s+){5}[^\w\s]")  # six signs in a row with nothing between them
_ENGLISH = frozenset({  # frequent English words that French, German and Spanish do not have
    "about", "all", "and", "are", "been", "but", "by", "can", "could", "did", "do", "does", "for", "from", "get", "had", "have",
    "he", "her", "him", "his", "how", "i", "if", "is", "it", "its", "my", "not", "now", "of", "or", "our", "out", "please", "said",
    "she", "some", "than", "that", "the", "their", "then", "there", "they", "this", "to", "up", "we", "were", "what", "when",
    "which", "who", "will", "with", "would", "you", "your",
})  # fmt: skip


@dataclass(slots=True)
class Hypothesis:
    """What the model wrote for a window, with what its checks look at.

    Attributes:
        tokens: the model's token ids, time stamps included, the end of the text not.
        text: what they say, without surrounding white space.
        avg_logprob: mean log-probability of the tokens and the end.
        no_speech_prob: the model's probability that the window held no speech.
        temperature: the sampling temperature.
        duration: audio in the window. Seconds.
        translated: it was written in English from another language.
        ended: the model came to an end of its own; otherwise it was stopped.
    """

    tokens: list[int]
    text: str
    avg_logprob: float
    no_speech_prob: float
    temperature: float
    duration: float
    translated: bool = False
    ended: bool = True
    compression_ratio: float = field(init=False)

    def __post_init__(self) -> None:
        data = self.text.encode()
        self.compression_ratio = len(data) / len(zlib.compress(data)) if data else 0.0

    @property
    def repeats(self) -> bool:
        """Whether it is caught in a loop."""
        return self.compression_ratio > _MAX_COMPRESSION_RATIO or loops(self.text)

    @property
    def hurried(self) -> bool:
        """Whether it says more than can be said in that time."""
        return len(self.text) > _MOST_CHARACTERS[0] + _MOST_CHARACTERS[1] * self.duration

    @property
    def foreign(self) -> bool:
        """Whether a translation was asked for, and this is none."""
        return self.translated and not reads_as_english(self.text)

    @property
    def sparse(self) -> bool:
        """Whether it says less than anybody says in that time; a second or less may hold one word."""
        return not self.silent and self.duration > 1 and len(self.text.encode()) < _LEAST_BYTES * self.duration

    @property
    def silent(self) -> bool:
        """Whether nothing was said."""
        return self.no_speech_prob > _MAX_NO_SPEECH_PROB and self.avg_logprob < _MIN_AVG_LOGPROB

    @property
    def good(self) -> bool:
        """Whether it can be used."""
        return self.silent or not (self.repeats or self.hurried or self.foreign or self.avg_logprob < _MIN_AVG_LOGPROB)

    @property
    def sure(self) -> bool:
        """Whether it can be used even though the model saw less silence after the audio than it was trained with.

        Then it tends to say things twice, to go on after the end, or not to end, which in full context hardly happens.
        """
        return (
            self.ended
            and self.avg_logprob >= _MIN_AVG_LOGPROB
            and not (self.repeats or self.hurried or self.foreign or stutters(self.text))
        )


def loops(text: str) -> bool:
    """Whether a phrase comes six times in a row, or four times when it has four words or more.

    A window can hold a loop without compressing well, when the loop is only part of it.
    """
    units, spaced = _units(text)
    phrases = any(_in_a_row(units, length, 4 if length >= (4 if spaced else 8) else 6) for length in range(1, 1 + len(units) // 4))
    return phrases or bool(_LONE_SIGNS.search(text))


def stutters(text: str) -> bool:
    """Whether a phrase of three words or more is said twice in a row, one of two thrice, or a word four times."""
    units, spaced = _units(text)
    least = 3 if spaced else 6
    return any(
        _in_a_row(units, length, 2 if length >= least else 3 if length * 2 >= least else 4) for length in range(1, 1 + len(units) // 2)
    )


def _units(text: str) -> tuple[Sequence[str], bool]:
    """The words, or where there are no spaces (Chinese, Japanese, Thai) the characters, two or so a word; and which it is."""
    words = re.findall(r"[\w'’]+", text.lower())
    spaced = len(text) <= 15 * len(words)
    return (words, True) if spaced else ("".join(words), False)


def _in_a_row(units: Sequence[str], length: int, times: int) -> bool:
    """Whether any ``length`` units come so many times in a row."""
    run = 0
    for left, right in zip(units, units[length:], strict=False):
        run = run + 1 if left == right else 0
        if run >= length * (times - 1):
            return True
    return False


def reads_as_english(text: str) -> bool:
    """Whether ``text`` can be English: it has one of its commonest words that French, German and Spanish lack, or is short and plain."""
    words = re.findall(r"\w+", text.lower())
    return not _ENGLISH.isdisjoint(words) or (len(words) < 4 and text.isascii())
