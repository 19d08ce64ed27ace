"""Numbers of other kinds: expectations by hand."""

from __future__ import annotations

import pytest

from tests.voice.text.spoken import spoken

AMERICAN = [
    ("0", "zero"),
    ("42", "forty-two"),
    ("1,234", "one thousand two hundred thirty-four"),
    ("1,000,000", "one million"),
    ("-7", "minus seven"),
    ("−7", "minus seven"),
    ("+7", "plus seven"),
    ("3.14", "three point one four"),
    (".5", "point five"),
    ("1,249.50", "one thousand two hundred forty-nine point five zero"),
    ("007", "zero zero seven"),
    ("1st", "first"),
    ("22nd", "twenty-second"),
    ("103rd", "one hundred third"),
    ("12th", "twelfth"),
    ("1,000th", "one thousandth"),
    ("10-12", "ten to twelve"),
    ("10 – 12", "ten to twelve"),
    ("5 - 3", "five minus three"),
    ("3/4", "three quarters"),
    ("1/2", "one half"),
    ("½", "one half"),
    ("2½", "two and a half"),
    ("1 1/2", "one and a half"),
    ("⅔", "two thirds"),
    ("⅒", "one tenth"),
    ("24/7", "twenty-four seven"),
    ("120/80", "one hundred twenty over eighty"),
    ("won 3-2", "won three to two"),
    ("16:9", "sixteen to nine"),
    ("555-123-4567", "five five five, one two three, four five six seven"),
    ("(555) 123-4567", "five five five, one two three, four five six seven"),
    ("+44 20 7946 0958", "plus four four, two zero, seven nine four six, zero nine five eight"),
    ("call 911", "call nine one one"),
    ("978-3-16-148410-0", "nine seven eight, three, one six, one four eight four one zero, zero"),
    ("192.168.0.1", "one ninety-two dot one sixty-eight dot zero dot one"),
    ("127.0.0.1:8080", "one twenty-seven dot zero dot zero dot one colon eighty eighty"),
    ("2.1.3", "two point one point three"),
    ("6.02×10²³", "six point zero two times ten to the power of twenty-three"),
    ("1.5e-10", "one point five times ten to the power of minus ten"),
    ("10^6", "ten to the power of six"),
    ("1920x1080", "one thousand nine hundred twenty by one thousand eighty"),
    ("x²", "x squared"),
    ("10³", "ten cubed"),
    ("H₂O", "H two O"),
    ("①", "one"),
    ("Ⅷ", "eight"),
    ("Room 101", "Room one oh one"),
    ("NY 10001", "NY one zero zero zero one"),
    ("Boeing 747", "Boeing seven forty-seven"),
    ("9999999999999999", "nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine nine"),
    ("1,23,456", "one hundred twenty-three thousand four hundred fifty-six"),
    ("٤٢", "forty-two"),
    ("１２", "twelve"),
]

BRITISH = [
    ("1,234", "one thousand two hundred and thirty-four"),
    ("1,005", "one thousand and five"),
    ("103rd", "one hundred and third"),
]


@pytest.mark.parametrize(("text", "said"), AMERICAN)
def test_figures_are_read_as_a_person_does(text: str, said: str) -> None:
    """Numbers become the words that their kind asks for."""
    assert spoken(text) == said


@pytest.mark.parametrize(("text", "said"), BRITISH)
def test_figures_are_british_in_british_english(text: str, said: str) -> None:
    """Where British readers differ, British voices do."""
    assert spoken(text, "en-GB") == said
