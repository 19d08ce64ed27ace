"""The model's own scores → calibrated probabilities that the words are right."""

from __future__ import annotations

import math
from collections.abc import Sequence

from auricle.speech.transcript import Word

__all__ = ["of_segment", "of_word"]


def of_word(probability: float) -> float:
    """Probability that a word is right, from the mean probability of its tokens in the alignment."""
    return probability


def of_segment(avg_logprob: float, words: Sequence[Word]) -> float:
    """Probability that a segment's average word is right: the mean over its words, or without them from the mean log-probability."""
    if words:
        return sum(word.confidence for word in words) / len(words)
    return math.exp(avg_logprob)
