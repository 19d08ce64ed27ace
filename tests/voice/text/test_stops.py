"""Lists of words by language."""

from __future__ import annotations

from auricle.voice.text.stops import BEFORE_A_NAME, BEFORE_A_NUMBER, SHORTENED, STARTERS, is_listed, listed


def test_a_language_has_its_own_words_and_those_of_all() -> None:
    """What all languages share holds for those without a list too; the region does not matter."""
    assert is_listed("messrs", BEFORE_A_NAME, "en-GB")
    assert is_listed("dr", BEFORE_A_NAME, "en-GB")
    assert is_listed("dr", BEFORE_A_NAME, "sw")
    assert not is_listed("messrs", BEFORE_A_NAME, "de")


def test_lists_hold_what_is_looked_up() -> None:
    """Words are looked up in small letters and without the stop after them."""
    for words in (BEFORE_A_NAME, BEFORE_A_NUMBER, SHORTENED, STARTERS):
        for word in frozenset().union(*words.values()):
            assert word == word.lower()
            assert not word.endswith(".")


def test_lists_are_written_with_spaces() -> None:
    """However many, and over lines."""
    assert listed({"en": "a  b\n c"}) == {"en": {"a", "b", "c"}}
