"""Readings that markup asks for: expectations by hand, after the W3C note on say-as."""

from __future__ import annotations

import pytest

from auricle.voice.text.lexicon import Lexicon
from auricle.voice.text.normalize import tokens
from tests.voice.text.spoken import run, spoken

CASES = [
    ("NASA", "characters", "N A S A"),
    ("a1-b", "spell-out", "A one dash B"),
    ("x@y.z", "verbatim", "X at Y dot Z"),
    ("1,234", "cardinal", "one thousand two hundred thirty-four"),
    ("XIV", "cardinal", "fourteen"),
    ("2005", "cardinal", "two thousand five"),
    ("1984", "cardinal", "one thousand nine hundred eighty-four"),
    ("-12", "cardinal", "minus twelve"),
    ("12", "ordinal", "twelfth"),
    ("XXI", "ordinal", "twenty-first"),
    ("3rd", "ordinal", "third"),
    ("1984", "digits", "one nine eight four"),
    ("3/4/2024", "date", "March fourth, twenty twenty-four"),
    ("2024-03-04", "date", "March fourth, twenty twenty-four"),
    ("3/4/2025", "date:dmy", "April third, twenty twenty-five"),
    ("3/4/2025", "date:mdy", "March fourth, twenty twenty-five"),
    ("2025.4.3", "date:ymd", "April third, twenty twenty-five"),
    ("3 Apr 99", "date:dmy", "April third, nineteen ninety-nine"),
    ("3/4", "date:dm", "April third"),
    ("4/1999", "date:my", "April nineteen ninety-nine"),
    ("12", "date:m", "December"),
    ("12", "date:d", "twelfth"),
    ("1066", "date:y", "ten sixty-six"),
    ("31/3/2025", "date:mdy", "March thirty-first, twenty twenty-five"),
    ("2:30", "time", "two thirty"),
    ("5551234", "telephone", "five five five one two three four"),
    ("3/4", "fraction", "three quarters"),
    ("5km", "unit", "five kilometers"),
]


@pytest.mark.parametrize(("text", "kind", "said"), CASES)
def test_text_is_read_as_markup_says(text: str, kind: str, said: str) -> None:
    """Also where it would be read otherwise without."""
    assert spoken(text, say_as=kind) == said


@pytest.mark.parametrize("kind", ["cardinal", "ordinal", "digits", "date", "time", "telephone", "fraction", "unit", "nonsense"])
def test_what_is_no_such_thing_is_read_as_usual(kind: str) -> None:
    """Nothing is lost by markup that does not fit."""
    assert spoken("Hello, world", say_as=kind) == "Hello, world"


def test_spelled_characters_know_their_places() -> None:
    """Each has the span of its own; a lone A is the letter, not the article."""
    found = tokens(run("A B", "characters"), "en-US", Lexicon())
    assert [(token.text, token.span, token.phonemes) for token in found] == [("A", (0, 1), "ˈeɪ"), ("B", (2, 3), None)]


def test_other_languages_tell_characters_apart() -> None:
    """Their names are the engine's to say."""
    assert spoken("ab1", "de", "characters") == "a b 1"
    assert spoken("12 km", "de", "unit") == "12 km"
