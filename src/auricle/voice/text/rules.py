"""How the readings of written things are found: rules, tried in order at one place of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from re import Match, Pattern

__all__ = ["AMOUNT", "END", "Reading", "Rule", "ends_sentence", "read", "rule"]

# Every pattern is bounded: however long and hostile the text is, a rule looks at no more than some hundred characters of it.
AMOUNT = r"(?:\d{1,3}(?:,\d{3}){1,11}|\d{1,2}(?:,\d\d){1,5},\d{3}|\d{1,36})(?:\.\d{1,40}+)?(?![\d]|[.,]\d)"
END = r"(?![^\W_])"

_AFTER = re.compile(r"[\"”')\]]{0,4}(?:\s[\"“'(]{0,2}(?:[A-Z][a-z']{0,12})|\n|\s?\Z)")
_STARTS = re.compile(
    r"[\"”')\]]{0,4}(?:\s[\"“'(]{0,2}(?:The|It|He|She|They|We|I|You|But|And|In|On|At|A|An|This|That|These|Those|However|There|His|Her|Its"
    r"|Their|Our|My|Your|When|While|If|So|As|For|Then|What|Who|Why|How|Where|Not|After|Before|Now|Please|See)\b|\n|\s?\Z)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody says for a stretch of text.

    Attributes:
        words: separated by spaces; a comma after one is a short pause.
        end: place after the last character that they stand for.
    """

    words: str
    end: int


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of thing and how it is read.

    Attributes:
        pattern: what it looks like.
        say: its words, given what was found and whether in British English; None or nothing when it is something else after all.
        trailing: characters that are no part of it when they are last.
    """

    pattern: Pattern[str]
    say: Callable[[Match[str], bool], str | None]
    trailing: str = ""


def rule(pattern: str, trailing: str = "") -> Callable[[Callable[[Match[str], bool], str | None]], Rule]:
    """Decorates the function that reads what ``pattern`` finds."""
    return lambda say: Rule(re.compile(pattern), say, trailing)


def read(rules: Sequence[Rule], text: str, place: int, british: bool) -> Reading | None:
    """By the first of ``rules`` that knows what stands at ``place``; None when none does."""
    for one in rules:
        found = one.pattern.match(text, place)
        if found:
            words = one.say(found, british)
            if words:
                return Reading(words, place + len(found[0].rstrip(one.trailing) if one.trailing else found[0]))
    return None


def ends_sentence(text: str, place: int, surely: bool = False) -> bool:
    """Whether the full stop of an abbreviation, which ends at ``place``, ends its sentence too.

    Args:
        text: all of it.
        place: after the full stop.
        surely: a name may follow ("U.S. Army"): only a word that usually begins a sentence tells.
    """
    return bool((_STARTS if surely else _AFTER).match(text, place))
