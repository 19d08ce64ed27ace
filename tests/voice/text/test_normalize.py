"""Text → tokens: what holds for every text."""

from __future__ import annotations

import sys
from itertools import pairwise
from types import FrameType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auricle.voice.engine import Token
from auricle.voice.text.lexicon import Lexicon
from auricle.voice.text.markup import Run
from auricle.voice.text.normalize import tokens
from tests.voice.text.spoken import run, spoken

_PIECES = (
    "Dr. |$1,2|3/4|12:3|9|a@b.c|http://|2024-|Jan 5|IV|King |½|²|①|👍|'s|\"|(|)|-|–| |\n|\0|\ud800|\u0301|\u200d|/|.|,|#|@|x|É|π|&|%|°C"
)
_HOSTILE = st.lists(st.sampled_from(_PIECES.split("|")), max_size=30).map("".join)
_ANY = st.one_of(st.text(), _HOSTILE, st.text("0123456789.,:/-+$%eExXkm '", max_size=60))


def _tokens(text: str, language: str = "en-US") -> tuple[Token, ...]:
    return tokens(run(text), language, Lexicon())


@given(_ANY, st.sampled_from(["en-US", "en-GB"]))
@example("9" * 5000, "en-US")
@example("a\u0301" * 500, "en-US")
def test_no_digit_is_left_in_english(text: str, language: str) -> None:
    """Of no kind and in no script; nor any white space inside a token, nor an empty one."""
    for token in _tokens(text, language):
        assert token.text
        assert not any(char.isdigit() or char.isspace() for char in token.text)


@given(_ANY, st.sampled_from(["en-US", "de", "ja", "hi"]))
@example('"...and', "en-US")
def test_spans_lie_in_the_source_in_order(text: str, language: str) -> None:
    """They never go back, and never leave the text."""
    spans = [token.span for token in _tokens(text, language)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[0] <= other[0] for one, other in pairwise(spans))


@given(_ANY, st.sampled_from(["en-US", "de", "hi"]))
@example("http://:", "en-US")
@example("5\ufe0f\u20e3", "hi")
def test_no_letter_or_digit_is_lost(text: str, language: str) -> None:
    """Each is in the span of some token."""
    covered = {place for token in _tokens(text, language) for place in range(*token.span)}
    assert all(place in covered for place, char in enumerate(text) if char.isascii() and char.isalnum())


@given(st.lists(st.sampled_from(["cat", "Dog", "I", "don't", "well-known", "naïve"]), min_size=1))
def test_words_are_read_as_they_are(words: list[str]) -> None:
    """One token each, at its place."""
    text = " ".join(words)
    found = _tokens(text)
    assert [token.text for token in found] == words
    assert [text[slice(*token.span)] for token in found] == words


def test_tokens_of_one_reading_share_the_span() -> None:
    """With the punctuation that touches it; the words around keep their own."""
    text = 'Pay "$5.50", now'
    assert [(token.text, text[slice(*token.span)]) for token in _tokens(text)] == [
        ("Pay", "Pay"),
        ("“five", '"$5.50",'),
        ("dollars", '"$5.50",'),
        ("and", '"$5.50",'),
        ("fifty", '"$5.50",'),
        ("cents”,", '"$5.50",'),
        ("now", "now"),
    ]


def test_spans_point_into_the_source_of_the_run() -> None:
    """Where an entity, or what was replaced, is longer than what stands for it."""
    spans = ((10, 11), (11, 16), (16, 17))
    assert [token.span for token in tokens(Run("A&B", spans), "en", Lexicon())] == [(10, 11), (11, 16), (16, 17)]


def test_phonemes_of_markup_are_on_one_token() -> None:
    """However many words they stand for."""
    assert tokens(run("New York 5", phonemes="njuː"), "en", Lexicon()) == (Token("New-York-five", (0, 10), "njuː"),)


def test_the_language_of_the_run_counts_more() -> None:
    """A German passage in an English text keeps its figures for the German engine."""
    german = Run("12 km", tuple((place, place + 1) for place in range(5)), language="de")
    assert [token.text for token in tokens(german, "en-US", Lexicon())] == ["12", "km"]


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("de", "Am 3.4.2024 kamen 12 Gäste.", "Am 3.4.2024 kamen 12 Gäste."),
        ("fr", "J’ai 5 € 👍", "J’ai 5 € pouce vers le haut"),
        ("ja", "今日は。いい天気", "今日は。いい天気"),
        ("ru", "Привет,  мир", "Привет, мир"),
    ],
)
def test_other_languages_keep_their_words(language: str, text: str, said: str) -> None:
    """Their engines' own front ends read figures; emoji are named in the language."""
    assert spoken(text, language) == said


def test_endless_words_are_split() -> None:
    """No engine is given a word of thousands of letters, and no letter is lost."""
    found = _tokens("a" * 10_000)
    assert max(len(token.text) for token in found) <= 50
    assert "".join(token.text for token in found) == "a" * 10_000


def test_endless_figures_are_read_digit_by_digit() -> None:
    """Each of them."""
    assert spoken("9" * 5000) == " ".join(["nine"] * 5000)


def _calls(text: str) -> int:
    """How many functions of Python and of C are called to read ``text``."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        _tokens(text)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "unit",
    [
        "9",
        "1,",
        "1-",
        "a.",
        "a-",
        "'",
        '"',
        "(",
        "*",
        "@a",
        "/a",
        "A1-",
        "$",
        "X ",
        "a\u0301\u0327",
        "👩\u200d",
        "½",
        "Dr. ",
        "π",
        "<",
        "~",
        " ",
    ],
)
def test_work_grows_with_length_and_no_faster(unit: str) -> None:
    """Twice the text takes about twice the calls (by the square it would be four times), whatever it is made of."""
    _tokens(unit)  # tables of emoji names are made once
    assert _calls((unit * 4000)[:4000]) <= 2.5 * _calls((unit * 2000)[:2000])
