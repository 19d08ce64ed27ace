"""Number words: expectations by hand, and hibari's as another implementation where it knows better than to differ."""

from __future__ import annotations

import pytest
from hibari.g2p import numbers as reference
from hypothesis import given
from hypothesis import strategies as st

from auricle.voice.text.numbers import amount, cardinal, digits, fraction, named, ordinal, plural, roman, year


@given(st.integers(0, 10**36 - 1))
def test_british_cardinals_are_those_of_another_implementation(number: int) -> None:
    """British English has the words that num2words has, as hibari gives them."""
    assert cardinal(number, british=True) == reference.cardinal(number).replace(",", "")


@given(st.integers(0, 10**36 - 1))
def test_american_cardinals_have_no_and(number: int) -> None:
    """American English leaves out the "and", and nothing else."""
    assert cardinal(number) == cardinal(number, british=True).replace(" and ", " ")


@given(st.integers(1, 10**9))
def test_ordinals_are_those_of_another_implementation(number: int) -> None:
    """As num2words has them, as hibari gives them."""
    assert ordinal(number, british=True) == reference.ordinal(number).replace(",", "")


@given(st.integers(1, 3999))
def test_roman_numerals_of_all_values_are_read(number: int) -> None:
    """Written by the rule of subtraction, a numeral gives its value back."""
    pairs = [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")]
    written, rest = "", number
    for value, sign in [*pairs, (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]:
        written += sign * (rest // value)
        rest %= value
    assert roman(written) == number


@pytest.mark.parametrize("text", ["", "IIII", "VX", "ABC", "IC", "I" * 1000])
def test_what_is_no_roman_numeral_has_no_value(text: str) -> None:
    """Only well-formed numerals count."""
    assert roman(text) is None


@pytest.mark.parametrize(
    ("number", "said"),
    [(1066, "ten sixty-six"), (1900, "nineteen hundred"), (1905, "nineteen oh five"), (2000, "two thousand"), (2005, "two thousand five"),
     (2026, "twenty twenty-six"), (44, "forty-four"), (10000, "ten thousand")],
)  # fmt: skip
def test_years_are_read_by_halves(number: int, said: str) -> None:
    """The Chicago Manual of Style's way."""
    assert year(number) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [("747", "seven forty-seven"), ("101", "one oh one"), ("200", "two hundred"), ("4090", "forty ninety"), ("8000", "eight thousand"),
     ("007", "zero zero seven"), ("12345", "one two three four five"), ("66", "sixty-six"), ("1900", "nineteen hundred")],
)  # fmt: skip
def test_numbers_that_are_names_are_read_by_pairs(text: str, said: str) -> None:
    """Flights, rooms and models are named, not counted."""
    assert named(text) == said


def test_fractions_have_their_own_words() -> None:
    """Halves and quarters are irregular; what nobody says is read as a quotient."""
    said = [fraction(1, 2), fraction(3, 2), fraction(3, 4), fraction(2, 3), fraction(1, 8), fraction(7, 20), fraction(5, 37)]
    assert said == ["one half", "three halves", "three quarters", "two thirds", "one eighth", "seven twentieths", "five over thirty-seven"]


def test_decades_and_tens_take_their_plural() -> None:
    """As in "the nineteen nineties"."""
    assert [plural(word) for word in ("nineteen ninety", "six", "ten", "two thousand")] == [
        "nineteen nineties",
        "sixes",
        "tens",
        "two thousands",
    ]


def test_decimals_are_read_digit_by_digit_after_the_point() -> None:
    """Trailing zeros are said: they were written."""
    assert amount("1,249.50") == "one thousand two hundred forty-nine point five zero"
    assert digits("4-0-7") == "four zero seven"


@given(st.integers(10**36, 10**60))
def test_numbers_without_a_name_are_read_digit_by_digit(number: int) -> None:
    """Beyond decillions nobody knows the words."""
    assert cardinal(number) == digits(str(number))
    assert cardinal(-number).startswith("minus ")
