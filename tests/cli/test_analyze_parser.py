"""The words of `auricle analyze`."""

from __future__ import annotations

import pytest

from auricle import music
from auricle.cli import analyze_parser
from auricle.cli.completion import candidates
from auricle.cli.parser import parse


def test_the_parser_knows_what_the_library_knows() -> None:
    """The parts are the library's own."""
    assert analyze_parser.PARTS == music.PARTS


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ([], None),
        (["--include", "rhythm"], ("rhythm",)),
        (["--include=rhythm, harmony"], ("rhythm", "harmony")),
        (["--include", "rhythm,"], ("rhythm",)),
        (["--include", "Rhythm,HARMONY"], ("rhythm", "harmony")),
        (["--include", ","], ()),
        (["--include", ""], None),
    ],
)
def test_include(words: list[str], parts: tuple[str, ...] | None) -> None:
    """Names with commas between, and perhaps blanks, in any letters; an empty word, as of an unset variable, is all of them."""
    assert parse(["analyze", "a.wav", *words]).include == parts


def test_files_on_both_sides() -> None:
    """Files may stand before and behind the options."""
    assert parse(["analyze", "a.wav", "--json", "b.wav"]).files == ["a.wav", "b.wav"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("h", ["harmony"]),
        ("rhythm,h", ["rhythm,harmony"]),
        ("rhythm,harmony,", [f"rhythm,harmony,{part}" for part in ("spectrum", "dynamics", "tags", "structure")]),
        ("rhythm,r", []),
    ],
)
def test_parts_complete(typed: str, expected: list[str]) -> None:
    """Also behind a comma, and none twice."""
    assert candidates(["analyze", "--include", typed]) == expected
    assert candidates(["analyze", f"--include={typed}"]) == [f"--include={word}" for word in expected]
