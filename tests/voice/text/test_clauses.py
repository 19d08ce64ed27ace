"""Sentences are parted where a reader would breathe."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.voice.engine import Token
from auricle.voice.text.clauses import brief, clauses, is_word, length

WORDS = st.lists(st.text(st.sampled_from("ab,.—é"), min_size=1, max_size=80).map(lambda word: word + "x"), max_size=40)


def words(text: str) -> list[Token]:
    """A text's words."""
    return [Token(found[0], found.span()) for found in re.finditer(r"\S+", text)]


def parted(text: str, longest: int = 200, first: bool = False, language: str = "en-US") -> list[str]:
    """The parts of a sentence."""
    return [" ".join(token.text for token in part) for part in clauses(words(text), language, longest, first)]


@pytest.mark.parametrize(
    ("text", "beginning"),
    [
        ("It was late, and everyone in the house had gone to bed.", "It was late,"),
        ("However, nobody had told the old man; he waited until the morning.", "However, nobody had told the old man;"),
        ("The road was closed – a tree had fallen across it in the night.", "The road was closed –"),
        ("Hello, how are you?", "Hello, how are you?"),
        ("The old bridge over the river would never hold again.", "The old bridge over the river would never hold again."),
        ("The train leaves at seven A M and arrives at the old harbour before noon.", "The train leaves at seven A M"),
        ("x" * 80, "x" * 80),
        ("The tall man walked slowly home from the old harbour to the new one.",) * 2,
        (
            "The committee that was appointed by the mayor will publish its report when the members have agreed on it",
            "The committee that was appointed",
        ),
        (
            "Professor Maria Elena Fernandez Gutierrez visited Captain Jonathan Smithson every single year of her life",
            "Professor Maria Elena Fernandez Gutierrez visited",
        ),
    ],
)
def test_speech_begins_with_a_clause(text: str, beginning: str) -> None:
    """Of two words or more, within 60 characters; else the whole if it is short, else up to a small word, but no title without its name."""
    assert parted(text, first=True)[0] == beginning


def test_later_sentences_are_whole() -> None:
    """What fits is not parted, however many clauses it has."""
    text = "It was late, and everyone in the house had gone to bed; the dog, too, was asleep."
    assert parted(text) == [text]


def test_what_is_too_long_is_parted_between_clauses() -> None:
    """Else before a conjunction, else between words, else inside a word."""
    assert parted("the rain fell in torrents, except now and then, when it was checked", 50) == [
        "the rain fell in torrents, except now and then,",
        "when it was checked",
    ]
    assert parted("the tall man walked home and the small dog followed him", 40) == [
        "the tall man walked home",
        "and the small dog followed him",
    ]
    assert parted("red green blue white black brown", 18) == ["red green blue", "white black brown"]
    assert parted("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert parted("今日は寒いですね、でも明日は暖かい", 10, language="ja") == ["今日は寒いですね、", "でも明日は暖かい"]


def test_numbers_are_not_parted() -> None:
    """Words that come from the same characters, such as those of a number, stay together where that is possible."""
    number = [Token(word, (0, 5)) for word in ("one", "thousand", "two", "hundred", "and", "one")]
    (one, other) = clauses([*words("apples"), *number, *words("pears, plums")], "en", 40, False)
    assert " ".join(token.text for token in one + other) == "apples one thousand two hundred and one pears, plums"
    assert one[-1].text in ("apples", "one")


def test_a_reading_is_not_repeated() -> None:
    """A word with phonemes that is too long is said once: by them."""
    ((token,),) = clauses([Token("x" * 30, (0, 30), "eks")], "en", 10, False)
    assert token == Token("x" * 10, (0, 30), "eks")


def test_punctuation_alone_is_no_word() -> None:
    """A word has letters, digits, or phonemes that say it."""
    assert [is_word(Token(text, (0, 1))) for text in ("a", "é!", "5", "—", "...")] == [True, True, True, False, False]
    assert is_word(Token("—", (0, 1), "dæʃ"))


def test_letters_that_are_syllables_count_more() -> None:
    """A short text of Japanese or Chinese has a third of the characters."""
    assert [brief(60, language) for language in ("en-US", "ja", "zh-CN")] == [60, 20, 20]


@settings(deadline=None)
@given(WORDS, st.integers(1, 100), st.booleans())
def test_every_word_is_in_one_part_that_fits(texts: list[str], longest: int, first: bool) -> None:
    """Nothing is lost, said twice, or longer than it may be."""
    tokens = [Token(text, (index, index + 1)) for index, text in enumerate(texts)]
    parts = list(clauses(tokens, "en", longest, first))
    assert all(0 < length(part) <= longest for part in parts)
    spoken = re.sub(r"[^abéx]", "", "".join(token.text for part in parts for token in part))
    assert spoken == re.sub(r"[^abéx]", "", "".join(texts))
    assert not first or not parts or length(parts[0]) <= 90
