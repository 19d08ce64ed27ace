"""Symbols and emoji: expectations by hand, emoji by their Unicode short names."""

from __future__ import annotations

import pytest

from tests.voice.text.spoken import spoken

AMERICAN = [
    ("A & B", "A and B"),
    ("1 + 1 = 2", "one plus one equals two"),
    ("x > 3", "x greater than three"),
    ("a < b", "a less than b"),
    ("3 × 4", "three times four"),
    ("10 ÷ 2", "ten divided by two"),
    ("±", "plus or minus"),
    ("§ 5", "section five"),
    ("© 2024", "copyright twenty twenty-four"),
    ("™", "trademark"),
    ("A → B", "A to B"),
    ("a -> b", "a to b"),
    ("C#", "C sharp"),
    ("C++", "C plus plus"),
    ("#5", "number five"),
    ("~50", "about fifty"),
    ("π", "pi"),
    ("Δx", "delta x"),
    ("90°", "ninety degrees"),
    ("√2", "the square root of two"),
    ("∞", "infinity"),
    ("5 ≤ 6", "five is at most six"),
    ("I ❤️ you", "I red heart you"),
    ("👍", "thumbs up"),
    ("🇫🇷", "France"),
    ("5️⃣", "five"),
    ("👋🏽!", "waving hand!"),
    ("*bold* _it_", "bold it"),
    ("* item", "item"),
    ("# Title", "Title"),
    ("=====", ""),
    ("a | b", "a, b"),
    ("№ 5", "number five"),
]


@pytest.mark.parametrize(("text", "said"), AMERICAN)
def test_symbols_are_read_as_a_person_does(text: str, said: str) -> None:
    """Symbols are said, and ornaments are not."""
    assert spoken(text) == said
