"""English text → what is said for each stretch of it."""

from __future__ import annotations

import re

from auricle.voice.text.abbreviations import ABBREVIATIONS
from auricle.voice.text.assembly import Assembly
from auricle.voice.text.dates import BY_MONTH, DATES, DECADES
from auricle.voice.text.figures import FIGURES, LAST_RESORT
from auricle.voice.text.quantities import CODED_MONEY, QUANTITIES, rate
from auricle.voice.text.rules import Reading, read
from auricle.voice.text.spelling import MIXED
from auricle.voice.text.symbols import CLOSING, OPENING, OPERATORS, symbol
from auricle.voice.text.web import WEB

__all__ = ["Aloud"]

_LETTERS = r"[^\W\d_]"
_WORD = re.compile(  # fifty letters: no English word has more, and engines choke on thousands
    rf"{_LETTERS}{{1,50}}+(?:'{_LETTERS}{{1,20}}+){{0,3}}(?:-{_LETTERS}{{1,20}}+(?:'{_LETTERS}{{1,20}}+)?(?![^\W_])){{0,4}}"
)
_CLIPPED = re.compile(r"'(?:tis|twas|em|til|cause|n|bout|round)\b'?", re.IGNORECASE)
_DRAWN = re.compile(r"([-=*_~#+<>^|/\\])\1{2}[-=*_~#+<>^|/\\]{0,10000}+")
_DOTS = re.compile(r"\.{2,10000}+")
_OPERATOR = re.compile("|".join(re.escape(operator) for operator in sorted(OPERATORS, key=len, reverse=True)))
_STARTS = frozenset(" \n([{<\"'*_~`|=:,;/—–") | OPENING.keys()  # what may stand before the beginning of something

_FIGURES = (*DECADES, *QUANTITIES, *DATES, *FIGURES, *MIXED)
_WORDS = (*BY_MONTH, *ABBREVIATIONS, *CODED_MONEY, *MIXED)
_AT_START = {True: (*WEB, *_WORDS, *QUANTITIES[:1]), False: (*WEB, *_FIGURES)}  # by whether a letter is first
_INSIDE = {True: _WORDS, False: _FIGURES}


class Aloud:
    """Reads an English text, step by step."""

    def __init__(self, text: str, british: bool, assembly: Assembly) -> None:
        self._text, self._british, self._assembly = text, british, assembly

    def step(self, place: int) -> int:
        """Reads what begins at ``place``; gives the place after it."""
        char, before = self._text[place], self._at(place - 1)
        joined = self._joined(char, place)
        if joined:
            return joined
        reading = None if before.isalnum() and (char.isalpha() or char.isdecimal()) else self._reading(char, before, place)
        if reading is None and char.isnumeric():
            reading = read(LAST_RESORT, self._text, place, self._british)
        if reading:
            self._assembly.say(reading.words.split(), place, reading.end, read=True)
            return reading.end
        return self._word(place) if char.isalpha() else self._sign(char, place)

    def _at(self, place: int) -> str:
        """The character there, a line break beyond either end."""
        return self._text[place] if 0 <= place < len(self._text) else "\n"

    def _reading(self, char: str, before: str, place: int) -> Reading | None:
        starts = before in _STARTS
        if char in "-+−~" and not starts:
            return None
        if char in "-=*_~#+<>^|/\\" and _DRAWN.match(self._text, place):
            return None
        return read((_AT_START if starts else _INSIDE)[char.isalpha()], self._text, place, self._british)

    def _joined(self, char: str, place: int) -> int:
        """What joins figures to what follows: "2019's", "10-12", "$5/month", "10 – 12", "5 - 3"; 0 when nothing does."""
        end, after = self._assembly.figures_end, self._at(place + 1)
        if end == place and char == "'" and after in "sS" and not self._at(place + 2).isalnum():
            self._assembly.close("'s", place, place + 2)
            return place + 2
        if end == place and char in "-–—−" and (after.isnumeric() or after in "$£€¥'"):
            return self._said("to", place, place + 1)
        per = rate(self._text, place) if end == place and char == "/" else None
        if per:
            return self._said(per[0], place, per[1])
        if end == place - 1 and after == " " and char in "-–*" and self._at(place + 2).isnumeric():
            return self._said({"-": "minus", "–": "to", "*": "times"}[char], place, place + 1)
        if end == place and char == "^" and (after.isalnum() or after in "-("):
            return self._said("to the power of", place, place + 1)
        return 0

    def _said(self, words: str, start: int, end: int) -> int:
        self._assembly.say(words.split(), start, end)
        return end

    def _word(self, place: int) -> int:
        name = self._name(place)
        if name:
            return self._said(name, place, place + 1)
        found = _WORD.match(self._text, place)
        end = found.end() if found else place + 1
        if not self._text[place:end].isascii():
            end = next((spot for spot in range(place + 1, end) if not self._goes_on(spot)), end)
        return self._said(self._text[place:end], place, end)

    def _name(self, place: int) -> str:
        """Of a letter that is a symbol: µ, or a letter of Greek that stands alone."""
        char = self._text[place]
        if char.isascii() or (_greek(char) and (_greek(self._at(place - 1)) or _greek(self._at(place + 1)))):
            return ""
        return symbol(char)

    def _goes_on(self, place: int) -> bool:
        """Whether a word that has other letters than those of ASCII does not end before ``place``."""
        char = self._text[place]
        return char in "'-" or (char.isalpha() and not self._name(place))

    def _sign(self, char: str, place: int) -> int:
        """Punctuation and symbols."""
        drawn = _DRAWN.match(self._text, place) or _DOTS.match(self._text, place)
        if drawn:
            self._assembly.close("…" if char == "." else "—" if self._at(drawn.end()).isalpha() and char == "-" else "", place, drawn.end())
            return drawn.end()
        operator = _OPERATOR.match(self._text, place)
        if operator:
            return self._said_or_seen(OPERATORS[operator[0]], place, operator.end())
        clipped = _CLIPPED.match(self._text, place) if char == "'" else None
        if clipped:
            return self._said(clipped[0].rstrip("'") if clipped[0].lower() != "'n'" else "and", place, clipped.end())
        if char in OPENING or (char == '"' and self._at(place - 1) in _STARTS and not self._at(place + 1).isspace()):
            self._assembly.open(OPENING.get(char, "“"), place)
            return place + 1
        return self._mark(char, place)

    def _mark(self, char: str, place: int) -> int:
        closing = "”" if char == '"' else CLOSING.get(char)
        if closing is not None:
            self._assembly.close(closing, place, place + 1)
            return place + 1
        special = _SPECIAL.get(char)
        return self._said_or_seen(special(self._at(place - 1), self._at(place + 1)) if special else symbol(char), place, place + 1)

    def _said_or_seen(self, words: str, start: int, end: int) -> int:
        if words == "—" or not words:
            self._assembly.close(words, start, end)
            return end
        return self._said(words, start, end)


def _greek(char: str) -> bool:
    return "\u0370" <= char <= "\u03ff"


def _hyphen(before: str, after: str) -> str:
    return "—" if before == " " and after.isspace() else ""


def _hash(before: str, after: str) -> str:
    if after.isdigit():
        return "number"
    return "sharp" if before.isalpha() else "" if before == "\n" else "hash"


def _star(before: str, after: str) -> str:
    """Emphasis and bullets are only seen."""
    return "asterisk" if before == " " and after.isspace() else "times" if before.isdigit() and after.isdigit() else ""


def _slash(before: str, after: str) -> str:
    if before.isspace() and after.isspace():
        return "—"
    return "" if before.isupper() and after.isupper() else "slash"


def _caret(before: str, after: str) -> str:
    return "to the power of" if before.isalnum() and after.isalnum() else "caret"


def _tilde(before: str, after: str) -> str:
    return "tilde" if before.isspace() and after.isspace() else ""


def _greater(before: str, after: str) -> str:
    """At the head of a line it marks a quotation."""
    return "" if before == "\n" else "greater than"


_SPECIAL = {"-": _hyphen, "#": _hash, "*": _star, "/": _slash, "~": _tilde, ">": _greater, "^": _caret}
