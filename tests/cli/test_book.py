"""Chapters of texts: what is one, what only looks like one, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.cli.book import parts

MARKDOWN = """\
# The Book

By nobody.

## One

It began. #1 of all, in C#.

```sh
# not a chapter
```

### A detail

More.

## Two ##

It ended.
"""
GUTENBERG = """\
THE BOOK

Contents

CHAPTER I. The Start
CHAPTER II. The End

CHAPTER I. The Start

Chapter 1 was easy.

Part of it, at least.

CHAPTER II
The End

Book him, he said.
"""


def titles(text: str) -> list[str | None]:
    """The titles alone."""
    return [part.title for part in parts(text)]


def test_markdown() -> None:
    """Headings of the first two levels are chapters, others and code are not."""
    assert titles(MARKDOWN) == ["The Book", "One", "Two"]


def test_the_marks_are_not_read() -> None:
    """Marks of headings, of any level, are blanks in what is read; other ones stay."""
    text = "".join(part.text for part in parts(MARKDOWN))
    assert len(text) == len(MARKDOWN)
    assert "##" not in text
    assert "#1 of all, in C#." in text
    assert "   A detail" in text


def test_chapter_lines() -> None:
    """A line that numbers a chapter is one, with the title in the next line; a table of contents and a sentence are not."""
    assert titles(GUTENBERG) == ["THE BOOK", "CHAPTER I. The Start", "CHAPTER II The End"]


@pytest.mark.parametrize(
    "line",
    [
        "Chapter 1", "CHAPTER IV.", "Chapter Twenty-One", "chapter the first", "Chapter 3: The Return", "Chapter 3 — The Return",
        "Chapter 7 Loomings", "Kapitel 3", "Buch Eins", "Chapitre II", "Capítulo uno", "Capitolo 4", "Part One", "Prologue",
        "EPILOGUE.", "Vorwort",
    ],
)  # fmt: skip
def test_a_chapter(line: str) -> None:
    """Numbers are figures, Roman or words, in several languages."""
    assert titles(f"Before.\n\n{line}\n\nAfter.\n") == ["Before.", line]


@pytest.mark.parametrize(
    "line",
    [
        "Chapter 1 was easy.", "Chapters 1 and 2", "He read chapter 1.", "Part of the ship, part of the crew", "Chapter", "#hashtag",
        "####### seven", "Chapter 1: " + "long " * 20, "Prologue to a farce",
    ],
)  # fmt: skip
def test_no_chapter(line: str) -> None:
    """Sentences about chapters are text."""
    assert titles(f"Before.\n\n{line}\n\nAfter.\n") == [None]


def test_form_feeds() -> None:
    """Without headings form feeds divide, and each part is called by its first line."""
    assert titles("One\nfirst\n\fTwo\nsecond\f\n\n  Three") == ["One", "Two", "Three"]
    assert titles("# A\n\none\f\n\n# B\n\ntwo") == ["A", "B"]


def test_headings_in_a_row() -> None:
    """Of headings with nothing between them the last is the chapter's, and it begins with the first."""
    found = parts("# Book\n\n## Chapter one\n\nText.\n\n## Chapter two\n\nText.\n")
    assert [(part.title, part.start) for part in found] == [("Chapter one", 0), ("Chapter two", 31)]


def test_a_heading_at_the_end() -> None:
    """A last heading with nothing behind it is a chapter still."""
    assert titles("# A\n\ntext\n\n# B\n") == ["A", "B"]


@given(
    st.lists(st.sampled_from(["# A\n", "\n", "text\n", "Chapter 2\n", "\f", "```\n", "## ", " ", "é#", "Prologue\n"]), max_size=20).map(
        "".join
    )
)
def test_nothing_is_lost(text: str) -> None:
    """Every part is at its place in the text, with its length; together they are all of it, but for blanks before the first."""
    found = parts(text)
    place = found[0].start
    assert not text[:place].strip()
    for part in found:
        assert part.start == place
        place += len(part.text)
        source = text[part.start : place]
        assert all(read in (char, " ") for read, char in zip(part.text, source, strict=True))
        assert part.text.replace(" ", "") == "".join(char for char, read in zip(source, part.text, strict=True) if read != " ")
    assert place == len(text)
