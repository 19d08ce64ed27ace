"""Sentences end where a reader of the language would say so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.voice.text.sentences import CLAUSE, LINE, PARAGRAPH, SENTENCE, sentences

MIXED = st.text(st.sampled_from("aB1. !?,\"')\n\r\u2028\u2029。」と-#") | st.characters(exclude_categories=["Cs"]), max_size=200)


def split(text: str, language: str = "en-US") -> list[str]:
    """The sentences of a text."""
    return [text[one.start : one.end] for one in sentences(text, language)]


# Each is written with a bar where a sentence ends; the space behind it belongs to the text.
@pytest.mark.parametrize(
    "marked",
    [
        "It rained.| We went home!| Why?| Nobody knows…",
        "Dr. Ann Lee met Mr. and Mrs. Brown at St. Paul's.| They talked.",
        "J. R. R. Tolkien and George R. R. Martin wrote.| I read.",
        "He paid 3.50 in all, i.e. nothing, e.g. to Acme Inc. and to others etc. and left.| Good.",
        "The U.S. Army left the U.S. in Jan. 1990.| It was late.",
        "He came at 5 p.m. on Monday.| She came at 6 p.m.| They left.",
        "See No. 5, Fig. 3, pp. 7 and vol. 2.| He said no.| Twice.",
        "He chose plan B.| It worked.| So did I.| We won.",
        "“Stop!” he cried.| “Never,” she said.| “Why not?”| He wept.",
        '"Is it true?" she asked.| "It is."| He left.',
        "(He knew it.)| Nobody else did (not even I).| Right.",
        "What?!| Really...| Well... perhaps... no.| OK.",
        "Visit https://example.com/a.b?c=d.e or write to a.b@c.org.| Then call www.example.org.| Thanks.",
        "Version 2.0.1 is out.| Pi is 3.14.| True.",
        "we write small. and smaller still? yes.".replace(". ", ".| ").replace("? ", "?| "),
        "**Bold ends.**| _So does this._| Plain.",
        "Yahoo! is a name, and so is Jeopardy! too.| Yes.",
    ],
)
def test_english(marked: str) -> None:
    """Abbreviations, initials, numbers, addresses and quotations are not cut."""
    assert split(marked.replace("|", "")) == marked.split("| ")


@pytest.mark.parametrize(
    ("marked", "language"),
    [
        ("Am 3. Oktober kam Hr. Maier z. B. nach Bonn.| Es war kalt.| Das war 1990.| Dann ging er.", "de-DE"),
        ("« Bonjour\N{NO-BREAK SPACE}!\N{NARROW NO-BREAK SPACE}»| Puis M. Dupont partit.| Fin\N{NO-BREAK SPACE}?", "fr"),
        ("¿Qué pasa?| ¡Nada!| El Sr. López vive aquí.| Adiós.", "es"),
        ("यह पहला है।| यह दूसरा है।", "hi"),
        ("هل هذا صحيح؟| نعم.", "ar"),
    ],
)
def test_other_languages(marked: str, language: str) -> None:
    """Each language has its own stops and abbreviations; German and its neighbours write ordinals with a stop."""
    assert split(marked.replace("|", ""), language) == marked.split("| ")


@pytest.mark.parametrize(
    ("marked", "language"),
    [
        ("「そうです。」と彼は言った。|今日は寒い！|明日は？", "ja"),
        ("你好！|我是小明。|你呢？|很好。", "zh-CN"),
        ("他说“好。”|然后走了！？|完", "zh"),
        ("OK!|我来了.|再见", "zh"),
    ],
)
def test_languages_without_spaces(marked: str, language: str) -> None:
    """Their stops end sentences without white space, but not where a quotation goes on with と."""
    assert split(marked.replace("|", ""), language) == marked.split("|")


def test_pauses() -> None:
    """A paragraph's pause is longer than that of a line that ends on purpose, and this than a sentence's; what is cut off has none."""
    text = "Chapter One\n\nIt rained. We left.\n\nBuy:\n- milk\n- two eggs\n\nand then"
    assert [(text[one.start : one.end], one.pause) for one in sentences(text, "en")] == [
        ("Chapter One", PARAGRAPH),
        ("It rained.", SENTENCE),
        ("We left.", PARAGRAPH),
        ("Buy:", LINE),
        ("- milk", LINE),
        ("- two eggs", PARAGRAPH),
        ("and then", CLAUSE),
    ]
    assert CLAUSE < SENTENCE < LINE < PARAGRAPH


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_that_were_full_go_on(end: str) -> None:
    """Text that was broken into lines is one text, however lines end; headings, verses and items are not."""
    wrapped = [
        "The river had been rising since the early morning, and",
        "nobody in the village believed that the old bridge, built",
        "by Captain Moore's grandfather, would hold through another",
        "night. Then the rain stopped.",
    ]
    assert split(end.join(wrapped)) == [end.join(wrapped).rpartition(" Then")[0], "Then the rain stopped."]
    verses = ["Tall is the tower", "Deep is the well", "# A Heading", "1. Wash the rice", "2. Boil the water", "a) Some salt"]
    assert split(end.join(verses)) == verses


def test_separators() -> None:
    """Unicode's own separators part sentences and paragraphs, whatever stands around them."""
    text = "one\u2028two\u2029three"
    assert [(text[one.start : one.end], one.pause) for one in sentences(text, "en")] == [
        ("one", SENTENCE),
        ("two", PARAGRAPH),
        ("three", CLAUSE),
    ]


def test_what_never_stops_is_parted() -> None:
    """Text without stops comes in parts of at most 1,000 characters: behind a comma, else a word, else anywhere."""
    for text, ends in (("word and word, " * 200, ","), ("word " * 500, "d"), ("x" * 2500, "x")):
        parts = split(text)
        assert max(map(len, parts)) <= 1000
        assert all(part.endswith(ends) for part in parts)
        assert "".join(parts).replace(" ", "") == text.replace(" ", "")


def test_each_sentence_is_found_when_it_is_asked_for() -> None:
    """A book's first sentence is there although the rest of its paragraphs has not been looked at."""
    book = sentences("It begins. It goes on.\n\n" + "A sentence of the book. " * 100_000, "en")
    assert next(book).end == len("It begins.")


@settings(deadline=None)
@given(MIXED)
def test_only_white_space_lies_between_sentences(text: str) -> None:
    """Sentences lie in their order, hold something, begin and end with it, and leave out white space only."""
    place = 0
    for one in sentences(text, "en"):
        assert text[place : one.start].strip() == ""
        assert one.start < one.end
        assert text[one.start : one.end].strip() == text[one.start : one.end]
        place = one.end
    assert text[place:].strip() == ""
