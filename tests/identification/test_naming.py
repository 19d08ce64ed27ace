"""Promises of auricle.identification.naming: text that can be kept and shown; everything else is refused with a reason."""

from __future__ import annotations

import pytest

from auricle.errors import OptionError
from auricle.identification.naming import LONGEST_ID, LONGEST_VALUE, MOST_KEYS, checked_id, checked_metadata, from_tags


@pytest.mark.parametrize("name", ["a", "Беларусь/песня 1.flac", "x" * LONGEST_ID, " ", "👩‍🎤"])
def test_any_text_of_one_line_is_an_id(name: str) -> None:
    """In any language, with any punctuation."""
    checked_id(name)


@pytest.mark.parametrize("name", ["", "x" * (LONGEST_ID + 1), "a\nb", "a\0", "a\x1b[31m", "\ud800", "a\u2028b", 5, None])
def test_anything_else_is_not(name: object) -> None:
    """What a terminal obeys, what ends a line, what is not Unicode, what is no text."""
    with pytest.raises(OptionError, match="id") as caught:
        checked_id(name)  # type: ignore[arg-type]
    assert caught.value.field == "id"


def test_names_of_files_that_are_no_text() -> None:
    """Bytes that are not UTF-8 (PEP 383) are told as that, with what to do."""
    with pytest.raises(OptionError, match=r"the id 'bad\\udcff.wav' is not Unicode text, .*; give another id"):
        checked_id("bad\udcff.wav")


@pytest.mark.parametrize(
    "wrong", [{"a": 1}, {"": "b"}, {"a": "x" * (LONGEST_VALUE + 1)}, {"a" * 129: "b"}, {"a": "\udc80"}, "title", {1: "a"}]
)
def test_metadata_is_text(wrong: object) -> None:
    """Names and texts, of bounded length."""
    with pytest.raises(OptionError, match="metadata"):
        checked_metadata(wrong)  # type: ignore[arg-type]


def test_metadata_is_bounded_and_copied() -> None:
    """So many pairs; what the caller does to theirs later changes nothing."""
    given = {f"{place}": "line\nline" for place in range(MOST_KEYS)}
    kept = checked_metadata(given)
    given.clear()
    assert len(kept) == MOST_KEYS
    with pytest.raises(OptionError, match="64"):
        checked_metadata({f"{place}": "" for place in range(MOST_KEYS + 1)})


def test_tags_are_kept_as_far_as_they_fit() -> None:
    """A file's tags never keep it from being added: long ones are cut, impossible ones left out."""
    tags = {"title": "t", "lyrics": "la " * LONGEST_VALUE, "broken": "\udc80", "": "x", **{f"{place}": "" for place in range(99)}}
    kept = from_tags(tags)
    assert kept["title"] == "t"
    assert len(kept["lyrics"]) == LONGEST_VALUE
    assert "broken" not in kept
    assert checked_metadata(kept) == kept
