"""Scores become probabilities."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.speech import confidence
from auricle.speech.transcript import Word


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_better_score_is_a_better_probability(low: float, high: float) -> None:
    """The curves rise, and stay strictly between 0 and 1."""
    low, high = sorted((low, high))
    assert 0 < confidence.of_word(low) <= confidence.of_word(high) < 1
    by_logprob = [confidence.of_segment(math.log(max(score, 1e-9)), ()) for score in (low, high)]
    assert 0 < by_logprob[0] <= by_logprob[1] < 1


def test_a_segment_is_the_mean_of_its_words() -> None:
    """With words, their mean; without, the window's log-probability."""
    words = [Word("a", 0, 1, 0.9), Word("b", 1, 2, 0.5)]
    assert confidence.of_segment(-3.0, words) == pytest.approx(0.7)
    assert confidence.of_segment(-3.0, ()) < 0.1
