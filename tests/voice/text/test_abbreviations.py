"""Abbreviations and roman numerals: expectations by hand."""

from __future__ import annotations

import pytest

from tests.voice.text.spoken import spoken

AMERICAN = [
    ("Dr. Smith", "Doctor Smith"),
    ("Mr. and Mrs. Brown", "Mr. and Missus Brown"),
    ("St. Paul", "Saint Paul"),
    ("5 Main St. is here", "five Main Street is here"),
    ("Elm St. The end.", "Elm Street. The end."),
    ("Martin Luther King Dr. is long", "Martin Luther King Drive is long"),
    ("Mt. Everest", "Mount Everest"),
    ("Prof. Lee", "Professor Lee"),
    ("e.g. cats", "for example cats"),
    ("i.e. cats", "that is cats"),
    ("cats, etc.", "cats, et cetera."),
    ("cats, etc. are", "cats, et cetera are"),
    ("A vs. B", "A versus B"),
    ("approx. 5", "approximately five"),
    ("Approx. 5", "Approximately five"),
    ("Mon-Fri, 8 to 5", "Monday to Friday, eight to five"),
    ("Sat – Sun", "Saturday to Sunday"),
    ("Sun-dried", "Sun-dried"),
    ("No. 5", "number five"),
    ("Nos. 5 and 6", "numbers five and six"),
    ("pp. 5-7", "pages five to seven"),
    ("vol. 3", "volume three"),
    ("Fig. 2", "figure two"),
    ("Acme Inc. said", "Acme Incorporated said"),
    ("John Jr. left", "John Junior left"),
    ("the U.S. Army", "the U S Army"),
    ("in the U.S. The end", "in the U S. The end"),
    ("in the U.S.", "in the U S."),
    ("J. R. R. Tolkien", "J R R Tolkien"),
    ("et al. say", "and others say"),
    ("with w/o", "with without"),
    ("Chapter IV", "Chapter four"),
    ("Chapter I", "Chapter one"),
    ("King Henry VIII", "King Henry the eighth"),
    ("Louis XIV", "Louis the fourteenth"),
    ("Queen Elizabeth II", "Queen Elizabeth the second"),
    ("Elizabeth II", "Elizabeth the second"),
    ("World War II", "World War two"),
    ("Super Bowl LVIII", "Super Bowl fifty-eight"),
    ("Pope John Paul II", "Pope John Paul the second"),
    ("I am", "I am"),
    ("Malcolm X", "Malcolm X"),
    ("MCMXCIX", "nineteen ninety-nine"),
    ("v2.1.3", "version two point one point three"),
    ("Jan. was cold", "January was cold"),
    ("no. That", "no. That"),
    ("Plan B. Then", "Plan B. Then"),
    ("123 N. Main St.", "one hundred twenty-three North Main Street."),
    ("Vol. II", "volume two"),
    ("Sales grew 5% YoY.", "Sales grew five percent year over year."),
    ("QoQ and MoM growth", "quarter over quarter and month over month growth"),
    ("for MOM", "for MOM"),
    ("in the 5 GHz band, not in kHz", "in the five gigahertz band, not in kilohertz"),
    ("measured in dB", "measured in decibels"),
    ("VoIP and SaaS", "voip and sass"),
    ("a NoSQL store", "a No S Q L store"),
]

BRITISH = [
    ("Mr Smith", "Mister Smith"),
    ("Dr Jones", "Doctor Jones"),
    ("St Paul", "Saint Paul"),
    ("up 5% YoY", "up five percent year on year"),
]


@pytest.mark.parametrize(("text", "said"), AMERICAN)
def test_abbreviations_are_read_as_a_person_does(text: str, said: str) -> None:
    """Abbreviations are said in full, and full stops that end sentences stay."""
    assert spoken(text) == said


@pytest.mark.parametrize(("text", "said"), BRITISH)
def test_abbreviations_are_british_in_british_english(text: str, said: str) -> None:
    """Where British readers differ, British voices do."""
    assert spoken(text, "en-GB") == said
