"""When a word is final."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.speech.agreement import _NEEDED, Heard, agreed, final, plausible


def said(text: str, *, start: float = 0.0, long: float = 0.3, probability: float = 0.9) -> list[Heard]:
    """Words that follow each other."""
    return [
        Heard(f" {word}", (index,), start + index * long, start + (index + 1) * long, probability)
        for index, word in enumerate(text.split())
    ]


def test_words_agree_up_to_the_first_that_differs() -> None:
    """Neither case nor punctuation makes a difference; a longer hypothesis is no disagreement."""
    assert agreed(said("And so, my"), said("and so my fellow")) == 3
    assert agreed(said("ask what"), said("ask not what")) == 1
    assert agreed(said("¿ que"), said("! que")) == 0
    assert agreed([], said("a")) == agreed(said("a"), []) == 0


@pytest.mark.parametrize(("probability", "needed"), _NEEDED)
def test_the_less_sure_the_longer_it_takes(probability: float, needed: float) -> None:
    """A word on which two hypotheses agree is final when so many seconds of audio follow it."""
    words = said("hello", probability=probability)
    assert final(words, words, words[-1].end + needed + 0.01) == 1
    assert final(words, words, words[-1].end + needed - 0.01) == 0


def test_sure_words_come_soonest() -> None:
    """Each step of certainty needs less, and the surest less than a word without agreement."""
    needed = [seconds for _, seconds in _NEEDED]
    assert needed == sorted(needed, reverse=True)
    assert needed[0] < 1.5


def test_without_agreement_enough_audio_decides() -> None:
    """After a second and a half more audio would not change a word."""
    words = said("hello world")
    assert final([], words, words[-1].end + 1.51) == 2
    assert final([], words, words[0].end + 1.51) == 1
    assert final([], words, words[0].end + 1.49) == 0


def test_no_word_is_final_before_the_one_before_it() -> None:
    """An unsure word holds up those after it."""
    words = said("one two three")
    words[1] = replace(words[1], probability=0.1)
    assert final(words, words, words[-1].end + 0.46) == 1


def test_a_probability_may_be_a_rounding_error_above_one() -> None:
    """As a softmax in single precision can be."""
    words = said("hello", probability=1.0000001)
    assert final(words, words, 9.0) == 1


@given(st.lists(st.floats(0, 1), max_size=8), st.integers(0, 8), st.floats(0, 5), st.floats(0, 5))
def test_more_audio_never_takes_a_word_back(probabilities: list[float], both: int, until: float, more: float) -> None:
    """What is final with less audio after it is final with more."""
    words = [replace(word, probability=probability) for word, probability in zip(said("a b c d e f g h"), probabilities, strict=False)]
    assert final(words[:both], words, until) <= final(words[:both], words, until + more) <= len(words)


def test_nothing_is_said_after_the_last_voice() -> None:
    """A word that begins clearly after it, and all that follow, are invented."""
    words = said("thank you for watching")
    assert plausible(words, 0.55) == words[:3]
    assert plausible(words, 5.0) == words
    assert plausible([], 5.0) == []


def test_a_run_in_no_time_was_not_said() -> None:
    """Four words in a fifth of a second are left out with all that follow; three may be short."""
    words = said("we go") + said("and so on and on", start=0.6, long=0.04) + said("again", start=0.9)
    assert plausible(words, 5.0) == words[:2]
    assert plausible(words[:5], 5.0) == words[:5]
