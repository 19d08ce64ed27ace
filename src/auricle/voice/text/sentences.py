"""Where sentences end in text as people write it, and how long a reader pauses there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auricle.voice.text.stops import BEFORE_A_NAME, BEFORE_A_NUMBER, ORDINALS, SHORTENED, STARTERS, is_listed

__all__ = ["CLAUSE", "LINE", "PARAGRAPH", "SENTENCE", "Sentence", "sentences"]

# Pauses at natural pace, in seconds, on top of the silence of up to 50 ms that engines leave. Readers of English pause for some 0.4 s
# between sentences and about twice as long between paragraphs; a heading or an item of a list stands between them. Inside a sentence the
# voice speaks the comma itself.
CLAUSE = 0.0
SENTENCE = 0.35
LINE = 0.5
PARAGRAPH = 0.7

_LONGEST = 1000  # characters; nobody writes such sentences, but text without stops must not be worked on as a whole
_NARROWEST = 45  # characters of a line that may have been broken because it was full: narrower columns are not set in plain text

_EOL = r"(?:\r\n?+|\n)"
_WRITTEN = re.compile(r"\S")
_PARAGRAPH = re.compile(rf"{_EOL}[^\S\r\n]*{_EOL}\s*|[\f\N{{PARAGRAPH SEPARATOR}}]\s*")
_CLOSING = r"[\"'”’»›)\]}」』）】》〉*_]*(?:[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}][»›])?"  # and markup of emphasis
_MARK = re.compile(
    rf"(?P<wide>[。！？｡]+{_CLOSING})"
    rf"|(?P<stop>[.!?…‥‼⁇⁈⁉؟۔।॥։።]+){_CLOSING}"
    rf"|(?P<line>{_EOL})|(?P<separator>\N{{LINE SEPARATOR}})"
)
_ENDED = re.compile(rf"[.!?…‥‼⁇⁈⁉؟۔।॥։።。！？｡]{_CLOSING}\Z")
_QUOTED = re.compile(r"[」』）】》〉]\Z")
_FOLLOWING = re.compile(r"[\s\"'“‘„«‹(\[{¿¡*_—–-]*(\w*)")  # the next word, behind what opens before it
_PRECEDING = re.compile(r"(?:\w|[.'’&-](?=\w))+\Z")
_DOTTED = re.compile(r"(?:[^\W\d]{1,2}\.)+[^\W\d]{1,2}")
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
_ITEM = re.compile(r"\s*(?:[-*+•‣▪◦·–—]|#{1,6}|\(?(?:\d{1,3}|[A-Za-z]|[ivxIVX]{1,4})[.)])\s")
_GOES_ON = tuple(",;，、；،-")
_LONGEST_SHORTENED = 20  # characters looked at before a stop


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or what is read as one: a heading, an item of a list, a part of what is too long.

    Attributes:
        start: place of its first character.
        end: place after its last.
        pause: silence after it, at natural pace. Seconds.
    """

    start: int
    end: int
    pause: float


def sentences(text: str, language: str) -> Iterator[Sentence]:
    """The sentences of a text, one by one, each found when it is asked for. Between them is white space only.

    Blank lines part paragraphs, as does U+2029; U+2028 parts sentences. A line's end parts headings, items and verses from what follows,
    but not lines that were broken because they were full.

    Args:
        text: any.
        language: BCP 47 tag, which decides about abbreviations.
    """
    start = _behind_blanks(text, 0)
    for gap in _PARAGRAPH.finditer(text, start):
        yield from _Paragraph(text, start, gap.start(), language).sentences(PARAGRAPH)
        start = gap.end()
    end = len(text.rstrip())
    yield from _Paragraph(text, start, end, language).sentences(SENTENCE if _ENDED.search(text[start:end][-10:]) else CLAUSE)


class _Paragraph:
    """The part of a text from ``start`` to ``end``, which is worked through once."""

    def __init__(self, text: str, start: int, end: int, language: str) -> None:
        self._text = text
        self._start = start  # of the sentence that is being read
        self._end = end
        self._language = language
        self._line = start  # where the line that is being read begins
        self._width = max([_NARROWEST, *map(len, text[start:end].splitlines())])

    def sentences(self, last: float) -> Iterator[Sentence]:
        """The sentences of the paragraph; the pause after the last of them is given."""
        for mark in _MARK.finditer(self._text, self._start, self._end):
            pause = self._pause(mark)
            if pause is not None and self._start < mark.start() and mark.end() < self._end:
                yield from self._sentence(mark.end(), pause)
            if mark["line"]:
                self._line = mark.end()
        if self._start < self._end:
            yield from self._sentence(self._end, last)

    def _pause(self, mark: re.Match[str]) -> float | None:
        """The pause at a mark; None where no sentence ends."""
        if mark["separator"]:
            return SENTENCE
        if mark["line"]:
            return LINE if self._line_ends(mark) else None
        return SENTENCE if (self._wide_ends(mark) if mark["wide"] else self._stop_ends(mark)) else None

    def _wide_ends(self, mark: re.Match[str]) -> bool:
        """Whether a stop ends a sentence where letters have no case and no spaces between them: not when 「it is quoted。」と goes on."""
        return not (_QUOTED.search(mark[0]) and self._text.startswith(("と", "って"), mark.end()))

    def _line_ends(self, mark: re.Match[str]) -> bool:
        """Whether a line was ended on purpose."""
        line = self._text[self._line : mark.start()].rstrip()
        if _ITEM.match(self._text, mark.end(), self._end):
            return True
        word = self._word_after(mark.end())
        if word[:1].islower() or line.endswith(_GOES_ON):
            return False
        return line.lstrip().startswith("#") or len(line) + 1 + len(word) <= self._width

    def _stop_ends(self, mark: re.Match[str]) -> bool:
        """Whether a stop, question or exclamation mark ends a sentence."""
        after = self._text[mark.end() : min(mark.end() + 1, self._end)]
        if not after.isspace():
            return bool(_IDEOGRAPH.match(after))
        word = self._word_after(mark.end())
        if word[:1].islower() and (len(mark[0]) > 1 or not self._word_after(self._start)[:1].islower()):
            return False  # it goes on with a small letter, and is not a text that begins its sentences with them
        return mark["stop"] != "." or self._full_stop_ends(mark.start(), word)

    def _full_stop_ends(self, place: int, word: str) -> bool:
        """Whether the full stop at ``place`` is more than that of an abbreviation, an initial or a number, by the ``word`` after it."""
        found = _PRECEDING.search(self._text, max(self._start, place - _LONGEST_SHORTENED), place)
        if found is None:
            return True
        shortened = found[0].lower()
        if is_listed(shortened, BEFORE_A_NAME, self._language):
            return False
        if word[:1].isdigit() and is_listed(shortened, BEFORE_A_NUMBER, self._language):
            return False
        if shortened.isdigit() and len(shortened) <= 3 and not self._text[self._line : found.start()].strip(" \t("):
            return False  # the number of an item
        if self._may_be_shortened(found[0]):
            return is_listed(word.lower(), STARTERS, self._language)
        return True

    def _may_be_shortened(self, word: str) -> bool:
        initial = len(word) == 1 and word.lower() != word.upper()
        ordinal = word.isdigit() and len(word) <= 2 and self._language.partition("-")[0] in ORDINALS
        dotted = _DOTTED.fullmatch(word) is not None
        return initial or ordinal or dotted or is_listed(word.lower(), SHORTENED, self._language)

    def _word_after(self, place: int) -> str:
        found = _FOLLOWING.match(self._text, place, self._end)
        return found[1] if found else ""

    def _sentence(self, end: int, pause: float) -> Iterator[Sentence]:
        """What ends at ``end``, in parts if it is too long; the next begins behind the white space."""
        while end - self._start > _LONGEST:
            middle = _break(self._text, self._start, self._start + _LONGEST)
            yield self._trimmed(middle, CLAUSE)
        yield self._trimmed(end, pause)

    def _trimmed(self, end: int, pause: float) -> Sentence:
        start = self._start
        self._start = _behind_blanks(self._text, end)
        return Sentence(start, start + len(self._text[start:end].rstrip()), pause)


def _behind_blanks(text: str, place: int) -> int:
    written = _WRITTEN.search(text, place)
    return written.start() if written else len(text)


def _break(text: str, start: int, end: int) -> int:
    """Where to part text that is too long: behind the last clause in its second half, else the last word, else at ``end``."""
    clause = max(text.rfind(mark, (start + end) // 2, end) for mark in (", ", "; ", ": ", " – ", "—", "，", "、"))
    if clause > 0:
        return clause + 1
    space = max(text.rfind(blank, start, end) for blank in " \n\t")
    return space + 1 if space > start else end
