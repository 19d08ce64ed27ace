"""What of a text is there to be read: no invisible characters, one form per letter, emoji by their names; and where each comes from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from auricle.errors import MissingDependency
from auricle.voice.text.markup import Run

__all__ = ["Legible", "legible"]

Span = tuple[int, int]

_MARKS = 8  # accents on one letter: nobody writes more, and sorting thousands of them takes Unicode quadratic time
_PICTURE = re.compile("[#*0-9]\ufe0f?\u20e3|[\u203c-\u3299\U0001f000-\U0001faff]")  # how every emoji begins
_LONGEST_PICTURE = 10  # characters: a kiss between two people of given skin
_SIGNS = frozenset("‼⁉™ℹ↔↕↖↗↘↙↩↪")  # ordinary signs, unless a variation selector asks for a picture
_FOLDED = {"<wide>", "<narrow>", "<font>", "<initial>", "<medial>", "<final>", "<isolated>", "<noBreak>"}
_LIGATURES = range(0xFB00, 0xFB07)
_JOINERS = {"\u200c", "\u200d"}  # letters of Indic and Arabic scripts change their shape and sound by them
_WRITTEN_ALIKE = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-", "\u2012": "\u2013", "\u2015": "\u2014"}
)
_SILENT = re.compile(r"_(?:light|medium-light|medium|medium-dark|dark)_skin_tone")


@dataclass(frozen=True, slots=True)
class Legible:
    """A text that can be read.

    Attributes:
        text: single spaces between words, or a line break where the text has one.
        spans: for each character of ``text`` where it comes from in the source: the first place, and after the last.
    """

    text: str
    spans: tuple[Span, ...]

    def span(self, start: int, end: int) -> Span:
        """Where the characters from ``start`` to ``end`` come from."""
        return self.spans[start][0], max(self.spans[start][1], self.spans[end - 1][1])


def legible(run: Run, language: str) -> Legible:
    """Everything in ``run`` that can be read.

    Args:
        run: as it was given; anything may be in it.
        language: BCP 47 tag; emoji get their names in it, or are left out where they have none. English has no digits but 0…9 and no
            letters with accents that stand alone.
    """
    text: list[str] = []
    spans: list[Span] = []
    for char, span in _collapsed(_composed(_pictures_named(run, language), language.split("-")[0].lower() == "en")):
        text += char
        spans += [span] * len(char)
    return Legible("".join(text), tuple(spans))


def _pictures_named(run: Run, language: str) -> Iterator[tuple[str, Span]]:
    """The characters, emoji by their names; a name is one word or several, with spaces around."""
    done = 0
    for start, end, name in _pictures(run.text, language):
        yield from zip(run.text[done:start], run.spans[done:start], strict=True)
        span = run.spans[start][0], run.spans[end - 1][1]
        yield from ((char, span) for char in f" {name} ")
        done = end
    yield from zip(run.text[done:], run.spans[done:], strict=True)


def _pictures(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    """The emoji in ``text``: where they begin and end, and their names."""
    found = _PICTURE.search(text)
    if not found:
        return
    names = _names(language.split("-")[0].lower())
    while found:
        start = found.start()
        lengths = (length for length in range(min(_LONGEST_PICTURE, len(text) - start), 0, -1) if text[start : start + length] in names)
        length = next(lengths, 0)
        if length:
            yield start, start + length, names[text[start : start + length]]
        found = _PICTURE.search(text, start + (length or 1))


@cache
def _names(language: str) -> dict[str, str]:
    """What each emoji is called; "" where it has no name in ``language``, but a key of the telephone is always what stands on it."""
    try:
        import emoji
    except ImportError as error:
        raise MissingDependency("speaking", "voice") from error
    if language in emoji.LANGUAGES:
        emoji.config.load_language(language)
    return {
        sign: _name(str(known.get(language, sign[0] if sign[0].isascii() else "")))
        for sign, known in emoji.EMOJI_DATA.items()
        if sign not in _SIGNS
    }


def _name(name: str) -> str:
    """Its words, without what only tells pictures apart."""
    return re.sub(r"[:_“”\"!()]+", " ", _SILENT.sub("", name)).strip().removeprefix("keycap ")


def _composed(chars: Iterable[tuple[str, Span]], english: bool) -> Iterator[tuple[str, Span]]:
    """The characters in one form each, accents on their letters, without those that nobody sees."""
    cluster, span, marks = "", (0, 0), 0
    for char, place in chars:
        if cluster and not char.isascii() and unicodedata.combining(char):
            marks += 1
            cluster += char * (marks <= _MARKS)
            span = span[0], max(span[1], place[1])
            continue
        if cluster:
            yield from _settled(cluster, span, english)
        cluster, span, marks = _seen(char, english), place, 0
    if cluster:
        yield from _settled(cluster, span, english)


def _settled(cluster: str, span: Span, english: bool) -> Iterator[tuple[str, Span]]:
    if len(cluster) > 1:
        cluster = unicodedata.normalize("NFC", cluster)
    for char in cluster:
        if not (english and unicodedata.combining(char)):
            yield char, span


def _seen(char: str, english: bool) -> str:
    """A character in its plain form: "" when it is invisible, a space when it is any kind of space."""
    if char.isascii() and char.isprintable():
        return char
    if char.isspace():
        return "\n" if char in "\n\r\v\f\x1c\x1d\x85\u2028\u2029" else " "
    kind = unicodedata.category(char)
    if kind in {"Cc", "Cf", "Cs", "Cn", "Co"}:
        return char if char in _JOINERS and not english else ""
    if kind == "Nd" and english:
        return str(unicodedata.decimal(char))
    if "\ufe00" <= char <= "\ufe0f" or (english and kind in {"Mn", "Me", "Mc"}):
        return ""
    decomposed = unicodedata.decomposition(char)
    if decomposed.partition(" ")[0] in _FOLDED or ord(char) in _LIGATURES:
        return unicodedata.normalize("NFKC", char)
    return unicodedata.normalize("NFC", char.translate(_WRITTEN_ALIKE) if english else char)


def _collapsed(chars: Iterable[tuple[str, Span]]) -> Iterator[tuple[str, Span]]:
    """One space, or line break, where there are several."""
    gap: tuple[str, Span] | None = None
    for char, span in chars:
        if char in {" ", "\n"}:
            gap = ("\n" if char == "\n" or (gap and gap[0] == "\n") else " "), (gap[1] if gap else span)
            continue
        if gap:
            yield gap
            gap = None
        yield char, span
