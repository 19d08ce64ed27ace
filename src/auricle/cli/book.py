"""A text's chapters: Markdown headings, lines such as "Chapter 3", or else what form feeds divide."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Part", "parts"]

_LONGEST_TITLE = 80  # characters
_FENCE = re.compile(r"^ {0,3}(```|~~~)", re.MULTILINE)
# CommonMark 0.31, section 4.2, "ATX headings"; the first two levels are chapters, those below are read without their marks.
_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+(#+))?[ \t]*$", re.MULTILINE)
_CHAPTER_LEVELS = 2
_WORDS = (
    "chapter|part|book|kapitel|teil|buch|chapitre|partie|livre|capítulo|capitulo|parte|libro|capitolo|hoofdstuk|deel|kapittel|kapitola|rozdział|"
    "глава|часть"
)
_NAMED = (
    "prologue|epilogue|introduction|preface|foreword|afterword|prolog|epilog|einleitung|vorwort|nachwort|épilogue|préface|prólogo|epílogo"
)
# Behind the word comes a number in figures, Roman or spelled out, and then nothing, punctuation, or a title with a capital, so that
# "Chapter 1 was easy." is none.
_NUMBER = r"(?i:the[ \t]+)?(?:\d+|(?i:[a-zà-ž-]+))"
_CHAPTER = re.compile(rf"((?i:{_WORDS})[ \t]+{_NUMBER}(?:[ \t]*[.:—–-].*|[ \t]+[^\Wa-zà-ž_].*)?|(?i:{_NAMED})\.?)")
_BLOCK = re.compile(r"(?:^[^\S\n]*\S.*\n?)+", re.MULTILINE)  # lines between blank ones
_BLOCK_LINES = 2  # of a heading: "CHAPTER I" and its title


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter, or a whole text that has none.

    Attributes:
        title: None where the text has no chapters.
        start: place of its first character in the text.
        text: what is read: as long as in the source, with blanks in place of the marks of headings.
    """

    title: str | None
    start: int
    text: str


@dataclass(frozen=True, slots=True)
class _Heading:
    start: int
    end: int
    title: str


def parts(text: str) -> tuple[Part, ...]:
    """Divide a text into its chapters, in order and with nothing left out.

    Of several headings with nothing between them, as in a table of contents, the last one counts.
    """
    headings = sorted([*_markdown(text), *_chapter_lines(text)], key=lambda one: one.start) or list(_form_feeds(text))
    readable = _HEADING.sub(_without_marks, text)
    if not headings:
        return (Part(None, 0, readable),)
    begins = list(_followed(text, headings))
    if text[: begins[0][0]].strip():
        begins.insert(0, (0, _first_line(readable)))
    ends = [*begins[1:], (len(text), "")]
    return tuple(Part(title, start, readable[start:end]) for (start, title), (end, _) in zip(begins, ends, strict=True))


def _followed(text: str, headings: list[_Heading]) -> Iterator[tuple[int, str]]:
    """Where each chapter begins, and its title."""
    start = headings[0].start
    for heading, after in pairwise([*headings, _Heading(len(text), len(text), "")]):
        if text[heading.end : after.start].strip() or after.start == len(text):
            yield start, heading.title[:_LONGEST_TITLE]
            start = after.start


def _markdown(text: str) -> Iterator[_Heading]:
    fences = [found.start() for found in _FENCE.finditer(text)]
    for found in _HEADING.finditer(text):
        in_code = bisect(fences, found.start()) % 2
        if not in_code and len(found[1]) <= _CHAPTER_LEVELS and found[2]:
            yield _Heading(found.start(), found.end(), found[2])


def _chapter_lines(text: str) -> Iterator[_Heading]:
    for block in _BLOCK.finditer(text):
        lines = [line for line in block[0].splitlines() if line.strip()]  # a form feed is a line's end too
        if len(lines) <= _BLOCK_LINES and max(map(len, lines)) <= _LONGEST_TITLE and (found := _CHAPTER.fullmatch(lines[0].strip())):
            yield _Heading(block.start(), block.end(), " ".join([found[1], *(line.strip() for line in lines[1:])]))


def _form_feeds(text: str) -> Iterator[_Heading]:
    feeds = [found.start() for found in re.finditer("\f", text)]
    for start, end in pairwise([0, *feeds, len(text)]):
        if feeds and text[start:end].strip():
            yield _Heading(start, start, _first_line(text[start:end]))


def _without_marks(found: re.Match[str]) -> str:
    line = found[0]
    for start, end in map(found.span, (1, 3)):
        if start >= 0:
            line = line[: start - found.start()] + " " * (end - start) + line[end - found.start() :]
    return line


def _first_line(text: str) -> str:
    return next(line.strip() for line in text.splitlines() if line.strip())[:_LONGEST_TITLE]
