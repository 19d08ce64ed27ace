"""Text that fits: columns as terminals count them."""

from __future__ import annotations

import io
import os
import shutil
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.cli.width import columns, cut, cut_before, flowed, padded, page

WORDS = st.text(st.characters(categories=("L", "N", "P", "S", "Mn")))


@pytest.mark.parametrize(("text", "taken"), [("", 0), ("song", 4), ("曲", 2), ("e\u0301", 1), ("…", 1)])
def test_columns(text: str, taken: int) -> None:
    """Wide letters take two, combining marks none."""
    assert columns(text) == taken


def test_padded() -> None:
    """Blanks up to the width, by columns and not by letters."""
    assert padded("曲", 4) + "|" == "曲  |"


@given(WORDS, st.integers(0, 40))
def test_cut_fits(text: str, room: int) -> None:
    """What is cut fits, what fits is not cut."""
    for cutting in (cut, cut_before):
        assert columns(cutting(text, room)) <= room
        if columns(text) <= room:
            assert cutting(text, room) == text


def test_which_end_stays() -> None:
    """The beginning, or the end, which says most of a path."""
    assert cut("music/song.mp3", 8) == "music/s…"
    assert cut_before("music/song.mp3", 9) == "…song.mp3"


@given(st.lists(st.text("abc", min_size=1, max_size=9)), st.integers(10, 40))
def test_flowed(pieces: list[str], room: int) -> None:
    """Every piece is there, in order and whole, and no line is too long."""
    lines = list(flowed(pieces, room))
    assert ", ".join(pieces) == " ".join(lines)
    assert all(len(line) <= room for line in lines)


class Tty(io.StringIO):
    """A standard output that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.mark.parametrize(("terminal", "expected"), [(80, 79), (60, 59), (20, 50), (300, 100)])
def test_page_of_a_terminal(monkeypatch: pytest.MonkeyPatch, terminal: int, expected: int) -> None:
    """One column less than the terminal has, within reason."""
    monkeypatch.setattr(sys, "stdout", Tty())
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: os.terminal_size((terminal, 24)))
    assert page() == expected


def test_page_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file gets 80 columns, whatever the terminal that asked for it."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert page() == 80
