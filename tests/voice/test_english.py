"""English phonemes, one string a word."""

from __future__ import annotations

import pytest
from hibari.g2p import G2P
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.voice.engine import Token
from auricle.voice.english import phonemes

SENTENCES = [
    "Hello there, this is a test.",
    "I didn't know that the well-known actor can't sing!",
    '"We\'ll read the book that you read," she said.',
    "Mister Smith's re-election (in the spring) wasn't sure...",
    "They lead the way with a lead pipe; it's close - close the door.",
]


def tokens(text: str) -> list[Token]:
    """One for each word."""
    return [Token(word, (0, 0)) for word in text.split()]


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("british", [False, True])
def test_words_joined_are_the_sentence(text: str, british: bool) -> None:
    """As hibari says the whole of it."""
    heard = phonemes(tokens(text), british)
    assert len(heard) == len(text.split())
    assert " ".join(" ".join(heard).split()) == " ".join(G2P(british=british)(text, normalize_text=False).split())


def test_context_counts() -> None:
    """The same letters sound different beside others."""
    heard = phonemes(tokens("He read the car and the apple"), False)
    assert heard[2] != heard[5]


def test_a_word_may_bring_its_own() -> None:
    """Between its punctuation, as it is."""
    given = [Token("I", (0, 1)), Token('"GIF,"', (2, 8), "ʤˈɪf"), Token("too", (9, 12))]
    assert phonemes(given, False)[1] == '"ʤˈɪf,"'


def test_text_is_no_markup() -> None:
    """What hibari would take for phonemes is read."""
    assert "zzz" not in "".join(phonemes(tokens("[cat](/zzz/) sat"), False))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.text("abcdefghijklmnopqrstuvwxyzABCÉ'’-.,;:!?()[]\"…—/", min_size=1, max_size=12), min_size=1, max_size=8))
def test_every_token_gets_one(words: list[str]) -> None:
    """Whatever it is made of."""
    assert len(phonemes([Token(word, (0, 0)) for word in words], False)) == len(words)
