"""The checks on what the model wrote."""

from __future__ import annotations

import pytest

from auricle.speech.hypothesis import Hypothesis, loops, reads_as_english, stutters


@pytest.mark.parametrize(
    ("text", "looping"),
    [
        ("the best of times it was the worst of times it was the age of wisdom it was the age of foolishness", False),
        ("no no no no, said he", False),
        ("ha ha ha ha ha ha ha", True),
        ("we will go. " * 6, True),
        ("a quick start and then thank you for watching. " + "thank you very much indeed " * 4 + "goodbye", True),
        ("thank you very much indeed " * 3, False),
        ("はい、はい、はい、はい、はい、はい、はい、はい、", True),
        ("今日は天気がいいので、公園まで散歩に行きましょう。", False),
        ("", False),
    ],
)
def test_loops_are_told_from_rhetoric(text: str, looping: bool) -> None:
    """A phrase that comes again and again is a loop; one that poets repeat is not."""
    assert loops(text) is looping


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Turn on the living room light.", True),
        ("How do you call yourself?", True),
        ("Yes.", True),
        ("Enciende la luz del salón.", False),
        ("Schalte das Wohnzimmerlicht ein.", False),
        ("Comment vous appelez-vous aujourd'hui, mon ami?", False),
        ("¿Cómo?", False),
    ],
)
def test_a_translation_is_told_from_what_was_said(text: str, english: bool) -> None:
    """English is recognised by its function words."""
    assert reads_as_english(text) is english


@pytest.mark.parametrize(
    ("text", "twice"),
    [
        ("And so my fellow Americans, and so my fellow Americans.", True),
        ("I think I think I think so.", True),
        ("No, no, no, no.", True),
        ("No, no, no.", False),
        ("It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness.", False),
        ("Ask not what your country can do for you, ask what you can do for your country.", False),
        ("今日は天気がいいので今日は天気がいいので", True),
        ("今日は天気がいいので、公園まで散歩に行きましょう。", False),
        ("", False),
    ],
)
def test_what_is_said_twice_in_a_row_is_suspect(text: str, twice: bool) -> None:
    """Which costs no more than a second look, so that it may be found sooner than a loop."""
    assert stutters(text) is twice


def heard(
    text: str,
    duration: float = 10.0,
    avg_logprob: float = -0.2,
    no_speech_prob: float = 0.0,
    *,
    translated: bool = False,
    ended: bool = True,
) -> Hypothesis:
    """A hypothesis at temperature 0."""
    return Hypothesis([], text, avg_logprob, no_speech_prob, 0.0, duration, translated, ended)


def test_a_plain_sentence_passes_all_checks() -> None:
    """The checks have no objection to ordinary speech."""
    assert heard("The quick brown fox jumps over the lazy dog.").good
    assert heard("The quick brown fox jumps over the lazy dog.").sure


@pytest.mark.parametrize(
    "wrong",
    [
        heard("a phrase of its own again and " * 12),
        heard("so many words that nobody can say them. ", duration=0.1),
        heard("mumble", avg_logprob=-1.2),
        heard("Das ist kein Englisch, sondern Deutsch.", translated=True),
    ],
)
def test_what_fails_a_check_is_not_good(wrong: Hypothesis) -> None:
    """Loops, inventions, mumbling and what should have been translated are decoded again."""
    assert not wrong.good
    assert not wrong.sure


def test_silence_is_good_but_not_sure() -> None:
    """That nobody spoke is an answer, but not one that a shortened window may give."""
    silence = heard("you", avg_logprob=-1.4, no_speech_prob=0.9)
    assert silence.silent
    assert silence.good
    assert not silence.sure


def test_what_did_not_end_is_not_sure() -> None:
    """A text that was cut off at the most tokens is likely a loop that has not come round yet."""
    assert not heard("one and two and three and", ended=False).sure


def test_signs_without_words_are_a_loop() -> None:
    """Six in a row; an ellipsis, a list of initials or a quotation's end is none."""
    assert loops("About 2 . . . . . . . .")
    assert loops("♪ ♪ ♪ ♪ ♪ ♪")
    assert not loops('He said: "No..." (And so on.) - J. R. R. T. K. L.')


@pytest.mark.parametrize(
    ("text", "seconds", "sparse"),
    [("Could", 2.2, True), ("Yes.", 0.9, False), ("", 3.0, True), ("Could you tell me?", 2.2, False), ("今日は晴れ", 2.2, False)],
)
def test_too_few_words_for_the_time(text: str, seconds: float, sparse: bool) -> None:
    """By their bytes, for a character of Chinese is a word or half of one."""
    assert Hypothesis([], text, -0.3, 0.0, 0.0, seconds).sparse is sparse
