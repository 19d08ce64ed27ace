"""Readings that markup asks for: `say-as` of SSML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from auricle.voice.text.dates import BY_MONTH, DATES, DECADES, dated
from auricle.voice.text.figures import FIGURES, telephone
from auricle.voice.text.numbers import amount, cardinal, digits, ordinal, roman
from auricle.voice.text.quantities import QUANTITIES
from auricle.voice.text.rules import Rule, read
from auricle.voice.text.spelling import spelled

__all__ = ["Part", "readings"]

Part = tuple[str, int, int]
"""Words, and where what they stand for begins and ends in the text."""

_SPELLING = {"characters", "spell-out", "verbatim"}


def readings(text: str, kind: str, british: bool, english: bool) -> list[Part]:
    """What is said for ``text`` if read as ``kind``.

    Args:
        text: what markup has marked.
        kind: of `say-as`, "date:dmy" for a date in that order; an unknown one is nothing that can be followed.
        british: in British English.
        english: in other languages characters are only told apart, and everything else is left to the engine.

    Returns:
        Nothing where ``text`` is no such thing: it is then read as if it were not marked.
    """
    if kind in _SPELLING:
        return list(_spelled(text, english))
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    kind, _, order = kind.partition(":")
    say = _KINDS.get(kind) if english else None
    words = dated(text[start:end], order, british) if say and order else None
    words = words or (say(text[start:end], british) if say and end > start else None)
    return [(words, start, end)] if words else []


def _spelled(text: str, english: bool) -> Iterator[Part]:
    for place, char in enumerate(text):
        words = spelled(char) if english else char if char.isalnum() else ""
        if words:
            yield words, place, place + 1


def _number(text: str) -> int | None:
    """The whole number that ``text`` is, in figures or in roman capitals."""
    plain = re.fullmatch(r"([-−+]?)\s?(\d{1,3}(?:[, ]\d{3}){1,11}|\d{1,36})(?:st|nd|rd|th)?", text)
    if not plain:
        return roman(text)
    return int(re.sub(r"\D", "", plain[2])) * (-1 if plain[1] in {"-", "−"} else 1)


def _cardinal(text: str, british: bool) -> str | None:
    number = _number(text)
    return amount(text, british) if re.fullmatch(r"\d{1,36}\.\d{1,40}", text) else None if number is None else cardinal(number, british)


def _ordinal(text: str, british: bool) -> str | None:
    number = _number(text)
    return None if number is None else ordinal(number, british)


def _digits(text: str, british: bool) -> str | None:
    return digits(text) or None


def _telephone(text: str, british: bool) -> str | None:
    return telephone(text) if any(char in "0123456789" for char in text) else None


def _all_of(*rules: Rule) -> Callable[[str, bool], str | None]:
    def say(text: str, british: bool) -> str | None:
        reading = read(rules, text, 0, british)
        return reading.words if reading and reading.end == len(text) else None

    return say


_KINDS: dict[str, Callable[[str, bool], str | None]] = {
    "cardinal": _cardinal,
    "number": _cardinal,
    "ordinal": _ordinal,
    "digits": _digits,
    "telephone": _telephone,
    "date": _all_of(*DATES, *BY_MONTH, *DECADES),
    "time": _all_of(*DATES),
    "fraction": _all_of(*FIGURES),
    "unit": _all_of(*QUANTITIES),
}
