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
_SHORT = re.compile(r"(?:A[HMNST]|B[EY]|[DGNS]O|H[EI]|I[FNST]|M[EY]|O[FHNR]|TO|UP|WE)\Z")  # words that engines may spell when in capitals
_LOUD_BEFORE = re.compile(r"(?:(\b[A-Z]+)|[.!?:;,\n]|\A)[\s\"“'(,;:]{0,3}\Z")
_LOUD_AFTER = re.compile(r"[\"”',;:)]{0,2}(?:\s[\"“'(]{0,2}([A-Z]+)\b|[.!?]|\s?\Z)")
_FROM = re.compile(r"(?:\d:\d\d|\d\s?[AaPp]\.?[Mm]\.?|\b([12]\d{3}))\s\Z")
_UNTIL = re.compile(r"\s(?:\d{1,2}:\d|\d{1,2}(?::\d\d)?\s?[AaPp]\.?[Mm]|([12]\d{3})\b)")
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
            sign = "–" if char == "-" and self._until(place) else char
            return self._said({"-": "minus", "–": "to", "*": "times"}[sign], place, place + 1)
        if end == place and char == "^" and (after.isalnum() or after in "-("):
            return self._said("to the power of", place, place + 1)
        return 0

    def _until(self, place: int) -> bool:
        """Whether the hyphen there stands between two times or two years, and is no minus."""
        before, after = _FROM.search(self._text[max(0, place - 9) : place]), _UNTIL.match(self._text, place + 1)
        return bool(before and after and (before[1] or "") <= (after[1] or ""))

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
        word = self._text[place:end]
        return self._said(word.lower() if self._shouted(word, place, end) else word, place, end)

    def _shouted(self, word: str, place: int, end: int) -> bool:
        """Whether it is in capitals because all is: "DO IT NOW!"."""
        if not _SHORT.match(word):
            return False
        before, after = _LOUD_BEFORE.search(self._text[max(0, place - 12) : place]), _LOUD_AFTER.match(self._text, end)
        return bool(before and after and (before[1] or after[1]))

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
