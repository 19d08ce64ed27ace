"""The model's own scores → calibrated probabilities that the words are right.

A logistic curve over the score's log odds (Platt 1999, "Probabilistic Outputs for Support Vector Machines"), fitted by
`benchmarks/calibrate_confidence.py`, which also prints how far it can be trusted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from auricle.speech.transcript import Word

__all__ = ["of_segment", "of_word"]

# Slope and offset.
WORD_CURVE = (0.713, 0.428)
SEGMENT_CURVE = (2.018, 0.293)


def of_word(probability: float) -> float:
    """Probability that a word is right, from the mean probability of its tokens in the alignment."""
    return _on(WORD_CURVE, probability)


def of_segment(avg_logprob: float, words: Sequence[Word]) -> float:
    """Probability that a segment's average word is right: the mean over its words, or without them from the mean log-probability."""
    if words:
        return sum(word.confidence for word in words) / len(words)
    return _on(SEGMENT_CURVE, math.exp(avg_logprob))


def _on(curve: tuple[float, float], score: float) -> float:
    score = min(max(score, 0.001), 0.999)
    return 1 / (1 + math.exp(-(curve[0] * math.log(score / (1 - score)) + curve[1])))
