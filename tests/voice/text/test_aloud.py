"""Words and punctuation in running English text."""

from __future__ import annotations

import pytest

from tests.voice.text.spoken import spoken

AMERICAN = [
    ("Hello, world!", "Hello, world!"),
    ('"Hello," she said.', "“Hello,” she said."),
    ("wait... what?!", "wait… what?!"),
    ("yes — no", "yes— no"),
    ("yes--no", "yes— no"),
    ("yes - no", "yes— no"),
    ("well-known", "well-known"),
    ("O'Brien’s", "O'Brien's"),
    ("(see [1])", "(see (one))"),
    ("«oui»", "“oui”"),
    ("no!!!!!!", "no!!!"),
    ("rock 'n' roll", "rock and roll"),
    ("'tis", "'tis"),
    ("- item", "item"),
    ("foo()", "foo"),
    ("TCP/IP", "TCP IP"),
    ("he/she", "he slash she"),
    ("snake_case", "snake case"),
    ("naïve café", "naïve café"),
    ("9:00am - 5:30pm", "nine A M to five thirty P M"),
    ("1990 - 1995", "nineteen ninety to nineteen ninety-five"),
    ("5 - 3", "five minus three"),
    ("DO IT NOW! GO!", "do it NOW! GO!"),
    ("WHY ME?", "WHY me?"),
    ("ask HR or IT", "ask HR or IT"),
    ("the US IT market", "the US IT market"),
    ("10%-20%", "ten percent to twenty percent"),
    ("!", "!"),
]


@pytest.mark.parametrize(("text", "said"), AMERICAN)
def test_aloud_are_read_as_a_person_does(text: str, said: str) -> None:
    """Punctuation touches its word, in the few signs that engines know."""
    assert spoken(text) == said
