"""Numbers of every other kind → English words: telephone numbers, addresses, versions, fractions, ordinals, identifiers, plain numbers."""

from __future__ import annotations

import re
import unicodedata
from re import Match

from auricle.voice.text.numbers import amount, cardinal, digits, fraction, named, ordinal
from auricle.voice.text.rules import AMOUNT, END, rule

__all__ = ["FIGURES", "LAST_RESORT", "telephone"]

_SIGNS = {"-": "minus ", "−": "minus ", "+": "plus ", "±": "plus or minus ", "~": "about ", "≈": "about "}
_SIGN = r"([-−+±~≈])?"
_SPECIAL = {"24/7": "twenty-four seven", "9/11": "nine eleven", "50/50": "fifty-fifty", "20/20": "twenty twenty", "4/20": "four twenty"}
_CALLS = re.compile(r"\b(?:[Cc]all|[Dd]ial|[Rr]ing|[Tt]ext|[Pp]hone)(?:ed|ing|ling|s)?\s\Z")
_PLACES = re.compile(
    r"\b(?:Room|Rooms|Flight|Boeing|Airbus|Highway|Route|Interstate|Area|Suite|Apartment|Channel|Bus|Unit|Bay|Gate|Platform|Peugeot|BMW)\s\Z"
)
_HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOW = "₀₁₂₃₄₅₆₇₈₉"


@rule(
    r"\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{2,4}(?:[ .-]?\d{2,4}){1,4}(?![\d.-]?\d)"
    r"|(?:1[ .-])?(?:\(\d{3}\)[ .-]?|\d{3}[.-])\d{3}[ .-]\d{4}(?![.-]?\d)"
    r"|\d{3}-\d{4}(?![.-]?\d)"
    r"|0\d{2,4}[ -]\d{3,4}(?:[ -]\d{3,4})?(?![.-]?\d)|\(0\d{2,5}\)\s?\d{3,4}(?:[ -]?\d{3,4})?(?![.-]?\d)"
)
def _telephone(found: Match[str], british: bool) -> str | None:
    return telephone(found[0])


@rule(r"\d{1,6}(?:-\d{1,10}){2,7}(?![.-]?\d)" + END)
def _serial(found: Match[str], british: bool) -> str | None:
    return telephone(found[0])


@rule(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:/(\d{1,2}))?(?::(\d{1,5}))?(?![\d/:]|\.\d)" + END)
def _address(found: Match[str], british: bool) -> str | None:
    words = " dot ".join(named(part) for part in found.groups()[:4])
    mask = f" slash {cardinal(int(found[5]))}" if found[5] else ""
    return f"{words}{mask}" + (f" colon {named(found[6])}" if found[6] else "")


@rule(r"\d{1,8}(?:\.\d{1,8}){2,7}(?!\d|\.\d)" + END)
def _version(found: Match[str], british: bool) -> str | None:
    return " point ".join(amount(part, british) for part in found[0].split("."))


@rule(_SIGN + rf"({AMOUNT})\s?([eE]|[×x]\s?10\s?\^?)\s?([-−+]?\d{{1,4}}|[⁻⁺]?[{_HIGH}]{{1,4}})(?![.,]?\d)" + END)
def _scientific(found: Match[str], british: bool) -> str | None:
    power = _plain_digits(found[4])
    if found[3] not in "eE" and found[3][-1] != "^" and power == found[4]:
        return None  # 3 x 1024
    sign = "minus " if power[0] in "-−" else ""
    return f"{_signed(found)}{amount(found[2], british)} times ten to the power of {sign}{cardinal(int(power.lstrip('-−+')), british)}"


@rule(r"(\d{1,6}(?:\.\d{1,3})?)\s?x\s?(\d{1,6}(?:\.\d{1,3})?)(?:\s?x\s?(\d{1,6}))?(?!\.?\d)")
def _dimensions(found: Match[str], british: bool) -> str | None:
    return " by ".join(amount(side, british) for side in found.groups() if side)


@rule(rf"{_SIGN}(\d{{1,3}}(?:,\d{{3}}){{1,8}}|\d{{1,18}})(?:st|nd|rd|th|ST|ND|RD|TH)" + END)
def _ordinal(found: Match[str], british: bool) -> str | None:
    return _signed(found) + ordinal(int(found[2].replace(",", "")), british)


@rule(r"(24/7|9/11|50/50|20/20|4/20)(?![\d/]|[.,]\d)" + END)
def _special(found: Match[str], british: bool) -> str | None:
    return _SPECIAL[found[1]]


@rule(rf"(?<!/){_SIGN}(?:(\d{{1,9}})(?:\s|-))?(\d{{1,4}})[/⁄](\d{{1,4}})(?:ths?|rds?)?(?![\d/]|[.,]\d)" + END)
def _fraction(found: Match[str], british: bool) -> str | None:
    above, below = int(found[3]), int(found[4])
    if not below or (found[2] and above >= below):
        return None
    if found[2]:
        return f"{_signed(found)}{cardinal(int(found[2]), british)} and {_part(above, below, british)}"
    words = fraction(above, below, british)
    return _signed(found) + ("one half" if words == "one half" else words)


@rule(_SIGN + r"(\d{1,9})?\s?([¼½¾⅐-⅞↉])")
def _vulgar(found: Match[str], british: bool) -> str | None:
    above, below = map(int, unicodedata.normalize("NFKC", found[3]).split("⁄"))
    part = _part(above, below, british) if found[2] else fraction(above, below, british)
    return _signed(found) + (f"{cardinal(int(found[2]), british)} and {part}" if found[2] else part)


@rule(r"(\d{1,5}):(\d{1,5})(?:[:](\d{1,5}))?(?![\d:]|[.,]\d)" + END)
def _ratio(found: Match[str], british: bool) -> str | None:
    return " to ".join(amount(part, british) for part in found.groups() if part)


@rule(r"(\d{5})(?:-(\d{4}))?(?![\d,:%]|\.\d)" + END)
def _postcode(found: Match[str], british: bool) -> str | None:
    """New York, NY 10001."""
    state = re.search(r"\b[A-Z]{2}\s\Z", found.string[max(0, found.start() - 4) : found.start()])
    return telephone(found[0]) if state else None


@rule(r"(?:(\d{3,4})|\d{10,36})(?![\d,:%]|\.\d)" + END)
def _spoken_singly(found: Match[str], british: bool) -> str | None:
    if found[1] and not _CALLS.search(found.string[max(0, found.start() - 10) : found.start()]) and found[1] != "911":
        return None
    return digits(found[0])


@rule(r"(\d{3,4})(?![\d,:%]|\.\d)" + END)
def _name(found: Match[str], british: bool) -> str | None:
    """Room 101, Boeing 747."""
    return named(found[1]) if _PLACES.search(found.string[max(0, found.start() - 12) : found.start()]) else None


@rule(rf"{_SIGN}({AMOUNT}|\.\d{{1,40}}(?!\d))" + END)
def _number(found: Match[str], british: bool) -> str | None:
    return _signed(found) + amount(found[2], british)


@rule(rf"[⁺⁻]?[{_HIGH}]{{1,20}}")
def _power(found: Match[str], british: bool) -> str | None:
    value = _plain_digits(found[0])
    before = found.string[max(0, found.start() - 2) : found.start()]
    if not re.search(r"(?:\A|[\W\d])[^\W\d_]\Z|[\d)]\Z", before):
        return amount(value.lstrip("-+"))  # a footnote
    return {"2": "squared", "3": "cubed"}.get(value) or f"to the power of {'minus ' * (value[0] == '-')}{amount(value.lstrip('-+'))}"


@rule(rf"[{_LOW}]{{1,20}}")
def _index(found: Match[str], british: bool) -> str | None:
    return amount(_plain_digits(found[0]))


@rule(r"\d{1,60}")
def _digits(found: Match[str], british: bool) -> str | None:
    alone = found.end() == len(found.string) or not found.string[found.end()].isdigit()
    return (
        amount(found[0], british)
        if alone and len(found[0]) <= 4 and not found.string[found.start() - 1 : found.start()].isdigit()
        else digits(found[0])
    )


@rule(r"[^\x00-\x7f]")
def _numeral(found: Match[str], british: bool) -> str | None:
    """①, Ⅷ, ㊿ and their like."""
    if unicodedata.category(found[0]) not in {"No", "Nl"}:
        return None
    value = unicodedata.numeric(found[0])
    return cardinal(int(value), british) if value == int(value) else amount(str(round(value, 4)), british)


def telephone(written: str) -> str:
    """Digit by digit, with a pause after each group."""
    groups = re.findall(r"\d+", written)
    return ("plus " if written.startswith("+") else "") + ", ".join(digits(group) for group in groups)


def _signed(found: Match[str]) -> str:
    return _SIGNS.get(found[1] or "", "")


def _part(above: int, below: int, british: bool) -> str:
    """Of a mixed number: "two and a half"."""
    words = fraction(above, below, british)
    return f"a {words.removeprefix('one ')}" if words in {"one half", "one quarter", "one third"} else words


def _plain_digits(text: str) -> str:
    return text.translate(str.maketrans(f"{_HIGH}{_LOW}⁻⁺", "01234567890123456789-+"))


FIGURES = (
    *(_postcode, _telephone, _address, _version, _serial, _special, _scientific, _dimensions, _ordinal, _vulgar, _fraction),
    *(_ratio, _spoken_singly, _name, _number, _power, _index),
)
LAST_RESORT = (_digits, _numeral)
