"""What of a text can be read."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.voice.text.legible import legible
from tests.voice.text.spoken import run


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("hel\0lo", "hello"),
        ("a\ud800b", "ab"),
        ("zero\u200bwidth \u202ebidi\u202c", "zerowidth bidi"),
        ("soft\u00adhyphen", "softhyphen"),
        ("cafe\u0301", "café"),
        ("\uff28\uff45\uff4c\uff4c\uff4f", "Hello"),
        ("\ufb01ne", "fine"),
        ("a \t\u00a0\u3000 b", "a b"),
        ("a \r\n\n b", "a\nb"),
        ("\u0664\u0662", "42"),
        ("it\u2019s", "it's"),
        ("Z\u0337a", "Za"),
    ],
)
def test_english_keeps_what_can_be_read(text: str, read: str) -> None:
    """Invisible characters go; letters, digits and spaces get one form each."""
    assert legible(run(text), "en-US").text == read


def test_marks_that_carry_sound_stay_in_other_languages() -> None:
    """Vowel signs of Hindi, and joiners, are part of the word."""
    assert legible(run("हिन्दी क्\u200dष"), "hi").text == "हिन्दी क्\u200dष"


@pytest.mark.parametrize(("language", "name"), [("en-US", "thumbs up"), ("fr-FR", "pouce vers le haut"), ("de", "daumen hoch")])
def test_emoji_are_named_in_the_language(language: str, name: str) -> None:
    """As Unicode's short names have it, without underscores."""
    assert legible(run("ok 👍"), language).text == f"ok {name}"


def test_emoji_without_a_name_in_the_language_are_left_out() -> None:
    """Nobody hears an English name in a Hindi sentence."""
    assert legible(run("ठीक 👍 है"), "hi").text == "ठीक है"


def test_an_emoji_of_several_characters_is_one() -> None:
    """Joined pictures, flags and skins have one span for the whole name."""
    source = legible(run("a 👋🏽 b"), "en")
    assert source.text == "a waving hand b"
    assert set(source.spans[2:14]) == {(2, 4)}


@given(st.text(), st.sampled_from(["en-US", "de", "ja", "hi"]))
def test_spans_lie_in_the_source_in_order(text: str, language: str) -> None:
    """Whatever the text is, each character knows where it comes from."""
    source = legible(run(text), language)
    assert len(source.spans) == len(source.text)
    assert all(0 <= start < end <= len(text) for start, end in source.spans)
    assert all(one[0] <= other[0] for one, other in pairwise(source.spans))


@given(st.text())
def test_nothing_invisible_is_left_in_english(text: str) -> None:
    """Neither control nor format characters, surrogates, marks or digits of other scripts."""
    left = {unicodedata.category(char) for char in legible(run(text), "en").text.replace("\n", "")}
    assert not left & {"Cc", "Cf", "Cs", "Cn", "Co", "Mn", "Me", "Mc"}
