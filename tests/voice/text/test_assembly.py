"""Words and punctuation → tokens."""

from __future__ import annotations

from auricle.voice.engine import Token
from auricle.voice.text.assembly import Assembly
from auricle.voice.text.legible import Legible


def _assembly(text: str) -> Assembly:
    return Assembly(Legible(text, tuple((place, place + 1) for place in range(len(text)))))


def test_punctuation_goes_to_the_word_that_it_touches() -> None:
    """Opening signs to the next, closing ones to the last."""
    made = _assembly("(a b).")
    made.open("(", 0)
    made.say(["a"], 1, 2)
    made.say(["b"], 3, 4)
    made.close(")", 4, 5)
    made.close(".", 5, 6)
    assert made.tokens() == (Token("(a", (0, 2)), Token("b).", (3, 6)))


def test_a_word_ends_where_its_letters_do() -> None:
    """The space behind an abbreviation, which a rule had to see, is not in its place."""
    made = _assembly("Dr. Lee")
    made.say(["Doctor"], 0, 4, read=True)
    assert made.tokens() == (Token("Doctor", (0, 3)),)


def test_a_sign_apart_does_not_stretch_the_word() -> None:
    """It is heard with the word, but the word's place stays."""
    made = _assembly("a — b")
    made.say(["a"], 0, 1)
    made.close("—", 2, 3)
    made.say(["b"], 4, 5)
    assert made.tokens() == (Token("a—", (0, 1)), Token("b", (4, 5)))


def test_a_sign_at_the_beginning_stands_for_itself() -> None:
    """There is no word before it."""
    made = _assembly(". a")
    made.close(".", 0, 1)
    made.say(["a"], 2, 3)
    assert made.tokens() == (Token(".", (0, 1)), Token("a", (2, 3)))


def test_empty_parentheses_are_not_heard() -> None:
    """As in the name of a function."""
    made = _assembly("f()")
    made.say(["f"], 0, 1)
    made.open("(", 1)
    made.close(")", 2, 3)
    assert made.tokens() == (Token("f", (0, 1)),)


def test_a_letter_of_a_reading_is_no_article() -> None:
    """As in "nine A M"; where it is a word of the text the engine decides."""
    made = _assembly("9am A")
    made.say(["nine", "A", "M"], 0, 3, read=True)
    made.say(["A"], 4, 5)
    assert [token.phonemes for token in made.tokens()] == [None, "ˈeɪ", None, None]


def test_where_a_reading_ends_is_known() -> None:
    """Until something comes after it."""
    made = _assembly("10, a")
    assert made.figures_end == -1
    made.say(["ten"], 0, 2, read=True)
    assert made.figures_end == 2
    made.close(",", 2, 3)
    assert made.figures_end == -1
