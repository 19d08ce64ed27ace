"""Dates, times and years: expectations by hand, after the Chicago Manual of Style and the Guardian's style guide."""

from __future__ import annotations

import pytest

from tests.voice.text.spoken import spoken

AMERICAN = [
    ("March 3rd", "March third"),
    ("March 3", "March third"),
    ("Mar. 3", "March third"),
    ("March 3rd, 2024", "March third, twenty twenty-four"),
    ("3 Nov 2024", "the third of November, twenty twenty-four"),
    ("the 4th of July", "the fourth of July"),
    ("July 1776", "July seventeen seventy-six"),
    ("2026-11-23", "November twenty-third, twenty twenty-six"),
    ("2026-11-23T14:05:00Z", "November twenty-third, twenty twenty-six, fourteen oh five U T C"),
    ("2026-11-23T14:05:00+02:00", "November twenty-third, twenty twenty-six, fourteen oh five U T C plus two"),
    ("2026-11-23 09:30", "November twenty-third, twenty twenty-six, nine thirty"),
    ("3/4/2024", "March fourth, twenty twenty-four"),
    ("12/25/99", "December twenty-fifth, nineteen ninety-nine"),
    ("2024/03/04", "March fourth, twenty twenty-four"),
    ("2005-06-31x", "two thousand five to zero six to thirty-one X"),
    ("14:05", "fourteen oh five"),
    ("2:30 pm", "two thirty P M"),
    ("2:30pm", "two thirty P M"),
    ("9:00", "nine o'clock"),
    ("9 a.m. sharp", "nine A M sharp"),
    ("We met at 9 a.m. Then we left.", "We met at nine A M. Then we left."),
    ("00:00", "midnight"),
    ("14:05:09", "fourteen oh five and nine seconds"),
    ("from 9:00-17:00", "from nine o'clock to seventeen hundred"),
    ("2:30–3:30 pm", "two thirty to three thirty P M"),
    ("1990s", "nineteen nineties"),
    ("the '90s", "the nineties"),
    ("the 1900s", "the nineteen hundreds"),
    ("mid-1980s", "mid nineteen eighties"),
    ("in her 30s", "in her thirties"),
    ("2005", "two thousand five"),
    ("1905", "nineteen oh five"),
    ("1800", "eighteen hundred"),
    ("2000", "two thousand"),
    ("2026", "twenty twenty-six"),
    ("in 1066", "in ten sixty-six"),
    ("1500 people", "one thousand five hundred people"),
    ("in 2030 countries", "in twenty thirty countries"),
    ("2024's best", "twenty twenty-four's best"),
    ("class of '05", "class of oh five"),
    ("March 5-7, 2020", "March fifth to seventh, twenty twenty"),
    ("Mon, 3 March", "Monday, the third of March"),
    ("1914–1918", "nineteen fourteen to nineteen eighteen"),
    ("1914-18", "nineteen fourteen to eighteen"),
    ("2005-06", "two thousand five to oh six"),
    ("May I go?", "May I go?"),
]

BRITISH = [
    ("3/4/2024", "the third of April, twenty twenty-four"),
    ("March 3rd", "March the third"),
    ("2026-11-23", "the twenty-third of November, twenty twenty-six"),
    ("2005", "two thousand and five"),
    ("3 Nov", "the third of November"),
]


@pytest.mark.parametrize(("text", "said"), AMERICAN)
def test_dates_are_read_as_a_person_does(text: str, said: str) -> None:
    """Dates, times, years and decades become words."""
    assert spoken(text) == said


@pytest.mark.parametrize(("text", "said"), BRITISH)
def test_dates_are_british_in_british_english(text: str, said: str) -> None:
    """Where British readers differ, British voices do."""
    assert spoken(text, "en-GB") == said
