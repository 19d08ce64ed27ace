"""How rules are found."""

from __future__ import annotations

import re
from re import Match

import pytest

from auricle.voice.text.abbreviations import ABBREVIATIONS
from auricle.voice.text.dates import BY_MONTH, DATES, DECADES
from auricle.voice.text.figures import FIGURES, LAST_RESORT
from auricle.voice.text.quantities import CODED_MONEY, QUANTITIES
from auricle.voice.text.rules import Reading, Rule, ends_sentence, read, rule
from auricle.voice.text.spelling import MIXED
from auricle.voice.text.web import WEB

ALL = (*ABBREVIATIONS, *BY_MONTH, *DATES, *DECADES, *FIGURES, *LAST_RESORT, *CODED_MONEY, *QUANTITIES, *MIXED, *WEB)


@rule(r"[a-z]{1,9}!?", trailing="!")
def _shout(found: Match[str], british: bool) -> str | None:
    return None if found[0] == "no" else "colour" if british else "color"


@rule(r"[a-z]{1,9}")
def _otherwise(found: Match[str], british: bool) -> str | None:
    return "otherwise"


def test_the_first_rule_that_knows_reads() -> None:
    """One that declines leaves it to the next; trailing signs are no part of what is read."""
    assert read((_shout, _otherwise), "say hue!", 4, british=True) == Reading("colour", 7)
    assert read((_shout, _otherwise), "no", 0, british=False) == Reading("otherwise", 2)
    assert read((_shout, _otherwise), "5", 0, british=False) is None


@pytest.mark.parametrize("one", ALL)
def test_no_rule_looks_without_bound(one: Rule) -> None:
    """Every repetition has a limit, so that each attempt is of constant cost."""
    bare = re.sub(r"\[(?:\\.|[^\]\\])*\]|\\.", "x", one.pattern.pattern)
    assert not re.search(r"(?<![}])[+*]|\{\d*,\}", bare.replace("?+", ""))


@pytest.mark.parametrize(
    ("text", "surely", "ends"),
    [
        ("etc.", False, True),
        ("etc. Then", False, True),
        ("etc. then", False, False),
        ('etc." Then', False, True),
        ("U.S. Army", True, False),
        ("U.S. The", True, True),
        ("U.S.\nArmy", True, True),
    ],
)
def test_the_word_after_tells_whether_a_full_stop_ends_the_sentence(text: str, surely: bool, ends: bool) -> None:
    """A capital, or for what may precede a name a word that begins sentences."""
    assert ends_sentence(text, text.rindex(".") + 1, surely) is ends
