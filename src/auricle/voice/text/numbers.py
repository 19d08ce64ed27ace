"""Numbers → English words. British English says "and" after hundreds; American English does not."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["amount", "cardinal", "decimals", "digits", "fraction", "named", "ordinal", "plural", "roman", "year"]

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen"),
    *("fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = (
    *("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion", "septillion"),
    *("octillion", "nonillion", "decillion"),
)
_LONGEST = 3 * len(_SCALES)  # digits of the greatest number that has a name here
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth"}
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_IS_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")


def cardinal(number: int, british: bool = False) -> str:
    """As in "one thousand two hundred thirty-four"; digit by digit where no name is known for one so great."""
    if number < 0:
        return f"minus {cardinal(-number, british)}"
    if number >= 10**_LONGEST:
        return digits(str(number)) if number < 10**4000 else "a very great number"  # Python writes no longer ones
    groups: list[str] = []
    for scale in reversed(range(len(_SCALES))):
        group = number // 1000**scale % 1000
        if group or not (groups or scale):
            both = british and bool(groups) and group < 100 and not scale
            groups.append(f"{'and ' * both}{_below_thousand(group, british)} {_SCALES[scale]}".strip())
    if len(groups) > 1 and number % 1000 == 0:
        groups = [group for group in groups if group not in {"zero", "and zero"}]
    return " ".join(groups)


def _below_thousand(number: int, british: bool) -> str:
    if number < 100:
        return _below_hundred(number)
    rest = number % 100
    return f"{_ONES[number // 100]} hundred" + (f" {'and ' * british}{_below_hundred(rest)}" if rest else "")


def _below_hundred(number: int) -> str:
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")


def ordinal(number: int, british: bool = False) -> str:
    """As in "twenty-third"."""
    head, mark, last = re.fullmatch(r"(?:(.*)([ -]))?(.*)", cardinal(number, british)).groups("")  # type: ignore[union-attr]
    regular = f"{last[:-1]}ieth" if last.endswith("y") else f"{last.removesuffix('t')}th"
    return head + mark + _ORDINALS.get(last, regular)


def digits(text: str) -> str:
    """Each digit of ``text`` by itself; whatever else it holds is left out."""
    return " ".join(_ONES[int(char)] for char in text if char in "0123456789")


def amount(text: str, british: bool = False) -> str:
    """A number as it is written, "1,249.50"; one that begins with idle zeros is an identifier and read digit by digit."""
    whole, point, rest = text.replace(",", "").partition(".")
    if (len(whole) > 1 and whole.startswith("0")) or len(whole) > _LONGEST:
        words = digits(whole)
    else:
        words = cardinal(int(whole), british) if whole else ""
    return f"{words} point {digits(rest)}".strip() if point else words


def year(number: int, british: bool = False) -> str:
    """As in "nineteen oh five", "two thousand five", "twenty twenty-six"."""
    high, low = divmod(number, 100)
    if not 10 <= high <= 99 or (high % 10 == 0 and low < 10):
        return cardinal(number, british)
    return f"{_below_hundred(high)} {f'oh {_ONES[low]}' if 0 < low < 10 else _below_hundred(low) if low else 'hundred'}"


def named(text: str) -> str:
    """A number that is a name, as in "Boeing 747", "RTX 4090" or an address: by pairs; a long one digit by digit."""
    if text.startswith("0") or len(text) > 4:
        return digits(text)
    high, low = divmod(int(text), 100)
    if not high or (low == 0 and high < 10) or (high % 10 == 0 and low < 10):
        return cardinal(int(text))
    return f"{_below_hundred(high)} {f'oh {_ONES[low]}' if 0 < low < 10 else _below_hundred(low) if low else 'hundred'}"


def fraction(above: int, below: int, british: bool = False) -> str:
    """As in "three quarters"; "one hundred twenty over eighty" where nobody would say "eightieths"."""
    if below not in range(2, 21) and below not in {32, 64, 100, 1000}:
        return f"{cardinal(above, british)} over {cardinal(below, british)}"
    part = {2: "half", 4: "quarter"}.get(below) or ordinal(below, british)
    whole = {2: "halves"}.get(below, f"{part}s")
    return f"{cardinal(above, british)} {part if above == 1 else whole}"


def plural(words: str) -> str:
    """Of a number's words: "nineteen nineties", "sixes"."""
    return f"{words[:-1]}ies" if words.endswith("y") else f"{words}{'es' * words.endswith('x')}s".replace("xess", "xes")


def decimals(text: str) -> str:
    """The text with figures of other kinds, such as ² and ⑦, as plain ones; a broken number is rounded to a whole one."""
    return text if text.isascii() else "".join(map(_decimal, text))


def _decimal(char: str) -> str:
    odd = char.isnumeric() and not char.isdecimal() and not char.isalpha()
    return str(round(unicodedata.numeric(char))) if odd else char


def roman(text: str) -> int | None:
    """The value of a roman numeral in capitals; None when it is none."""
    if not text or len(text) > 15 or not _IS_ROMAN.fullmatch(text):
        return None
    values = [_ROMAN[char] for char in text]
    return sum(-value if value < after else value for value, after in zip(values, [*values[1:], 0], strict=True))
