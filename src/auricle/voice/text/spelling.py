"""Letters and signs by their names: what is spelled out, and names that mix letters with figures."""

from __future__ import annotations

import re
from re import Match

from auricle.voice.text.numbers import cardinal, decimals, named, plural
from auricle.voice.text.rules import END, rule
from auricle.voice.text.symbols import sign

__all__ = ["MIXED", "letters", "pieces", "spelled"]

_PIECES = re.compile(r"[A-Z]{2,12}(?![a-z])s?|[A-Z]?[^\W\d_A-Z]{1,40}|[^\W\d_]|\d{1,12}")
_VOWELS = re.compile("[aeiouyAEIOUY]")


@rule(r"(?=[A-Za-z]{0,20}+\d|\d{1,12}[A-Za-z])[A-Za-z0-9]{2,60}(?:-(?=[A-Za-z]{0,20}\d)[A-Za-z0-9]{1,20}){0,4}")
def _mixed(found: Match[str], british: bool) -> str | None:
    """MP3, H2O, 4K, B2B, COVID-19, x86."""
    if re.search(r"\ds\Z", found[0]):
        return plural(pieces(found[0][:-1]))
    return pieces(found[0])


@rule(r"([A-Z]{1,4}[b-df-hj-tv-xz][A-Z]{1,4})(s?)" + END)
def _initials(found: Match[str], british: bool) -> str | None:
    """IoT, PwC, DoD: one small letter, that of "of" or a consonant, between capitals. With another vowel it is likely a word: ReLU."""
    return letters(found[1]) + found[2]


def pieces(text: str) -> str:
    """A name by its parts: words as words, letters that make none by their names, figures as in the names of things."""
    return " ".join(_piece(part[0]) for part in _PIECES.finditer(decimals(text)))


def _piece(part: str) -> str:
    if part[0].isdigit():
        return named(part)
    return part if len(part) > 1 and _VOWELS.search(part) and (len(part) > 4 or not part.isupper()) else letters(part)


def letters(text: str) -> str:
    """Letters, one by one, as capitals."""
    return " ".join(text.upper())


def spelled(char: str) -> str:
    """The name of one character."""
    if char.isalpha():
        return char.upper() if len(char.upper()) == 1 else char
    return cardinal(int(char)) if char in "0123456789" else sign(char) or ""


MIXED = (_mixed, _initials)
