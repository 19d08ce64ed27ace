"""When a word that was heard is final: pure functions over successive hypotheses of the same audio.

LocalAgreement-2 of Liu et al. 2020, "Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis
Selection" (https://arxiv.org/abs/2005.11185), as used with Whisper by Macháček, Dabre and Bojar 2023, "Turning Whisper into Real-Time
Transcription System" (https://arxiv.org/abs/2307.14743), section 3: what two successive hypotheses begin with is final. Two changes:
the less sure the model is of a word, the more audio has to follow it; and with enough audio after it a word is final in any case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Heard", "agreed", "final", "plausible"]

# Below a probability, so many seconds of audio must have followed a word: most of the words that two hypotheses agree on and that are
# wrong are improbable, few of those that are right.
_NEEDED = ((0.3, 1.4), (0.7, 1.0), (1.0, 0.45))
_ENOUGH_S = 1.5  # of audio after a word, for which no agreement is needed: more would not change it
_COLLAPSED = (4, 0.22)  # so many words in less than so many seconds are put anywhere by the aligner: nobody said them
_LATE_S = 0.1  # a word may begin so long after the last voiced frame, which the detector sees late or early


@dataclass(frozen=True, slots=True)
class Heard:
    """One word of a hypothesis.

    Attributes:
        text: as it is written, with the space before it.
        tokens: the model's.
        start: seconds in the stream.
        end: seconds in the stream.
        probability: mean of its tokens'.
    """

    text: str
    tokens: tuple[int, ...]
    start: float
    end: float
    probability: float

    @property
    def key(self) -> str:
        """What makes it the same word in another hypothesis: neither case nor punctuation."""
        return re.sub(r"[^\w]+", "", self.text.lower()) or self.text.strip()


def agreed(before: Sequence[Heard], now: Sequence[Heard]) -> int:
    """How many words two hypotheses have in common at their beginning."""
    same = (old.key == new.key for old, new in zip(before, now, strict=False))
    return next((count for count, one in enumerate(same) if not one), min(len(before), len(now)))


def final(before: Sequence[Heard], now: Sequence[Heard], until: float) -> int:
    """How many words at the beginning of a hypothesis are final.

    Args:
        before: the hypothesis before this one, from the same word on.
        now: this hypothesis.
        until: end of the audio that was heard. Seconds in the stream.
    """
    count = 0
    both = agreed(before, now)
    while count < len(now):
        word = now[count]
        needed = next((seconds for below, seconds in _NEEDED if word.probability <= below), _NEEDED[-1][1])
        if until - word.end < (needed if count < both else _ENOUGH_S):
            break
        count += 1
    return count


def plausible(words: Sequence[Heard], voiced_until: float) -> list[Heard]:
    """The words up to the first that cannot have been said: after the last voice, or in a run that the aligner collapses.

    Args:
        words: in order.
        voiced_until: end of the last voiced frame. Seconds in the stream.
    """
    count, shortest = _COLLAPSED
    for index, word in enumerate(words):
        run = words[index : index + count]
        if word.start > voiced_until + _LATE_S or (len(run) == count and run[-1].end - word.start < shortest):
            return list(words[:index])
    return list(words)
