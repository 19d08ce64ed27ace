"""Analyses of several recordings as people read them: a line for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.cli.analyze_lines import head, line
from auricle.cli.width import columns
from auricle.music import PARTS, Key, MusicAnalysis, Tags
from tests.cli.songs import HARMONY, SILENCE, SONG

EVERYTHING = ["TIME", "BPM", "METER", "KEY", "GENRE", "LUFS", "FILE"]


def test_a_line() -> None:
    """The figures that a disc jockey sorts by, aligned below their names."""
    text, names = line("song.mp3", SONG, PARTS, None), head(PARTS)
    assert text.split() == ["3:25", "120.0", "4/4", "A", "minor", "8A", "disco", "-9.4", "song.mp3"]
    assert names.split() == EVERYTHING
    for shown in (text, line("song.mp3", SILENCE, PARTS, None)):
        assert shown.index("song.mp3") == names.index("FILE")
    assert text.index("A minor") == names.index("KEY")


def test_nothing_found() -> None:
    """A dash."""
    assert line("a.wav", SILENCE, PARTS, None).split() == ["0:03", "-", "-", "-", "-", "-", "-inf", "a.wav"]
    assert line("a.wav", MusicAnalysis(3.0, 8000, 1), PARTS, None).split() == ["0:03", *"------", "a.wav"]


@pytest.mark.parametrize(
    ("parts", "names", "cells"),
    [
        (["rhythm"], ["BPM", "METER"], ["120.0", "4/4"]),
        (["harmony", "dynamics"], ["KEY", "LUFS"], ["A", "minor", "8A", "-9.4"]),
        (["tags", "structure"], ["GENRE", "SECTIONS"], ["disco", "14"]),
        (["spectrum"], ["CENTROID"], ["2132", "Hz"]),
    ],
)
def test_only_what_was_looked_for(parts: Sequence[str], names: list[str], cells: list[str]) -> None:
    """Other columns are not there; sections and spectrum have one where there is room for it."""
    assert head(parts).split() == ["TIME", *names, "FILE"]
    assert line("a.wav", SONG, parts, None).split() == ["3:25", *cells, "a.wav"]


@given(st.sets(st.sampled_from(PARTS), min_size=1))
def test_every_column_is_below_its_name(parts: set[str]) -> None:
    """Whatever is looked for."""
    assert line("song.mp3", SONG, parts, None).index("song.mp3") == head(parts).index("FILE")


def test_flats() -> None:
    """A key is written as musicians write it."""
    assert "Bb minor  3A " in line("a.wav", replace(SONG, harmony=replace(HARMONY, key=Key("A#", "minor", 0.9))), PARTS, None)


def test_names_are_harmless() -> None:
    """A name that would move the cursor is only a name."""
    assert "\x1b" not in line("\x1b[2J.mp3", SONG, PARTS, 80)


@pytest.mark.parametrize("name", ["music/of/somebody/in/a/deep/folder/song.mp3", "日本語の曲の名前がとても長いのですが.mp3"])
def test_a_line_fits(name: str) -> None:
    """A long name keeps its end; elsewhere than on a terminal it is whole."""
    text = line(name, replace(SONG, tags=Tags((), "classical", ())), PARTS, 79).rstrip("\n")
    assert columns(text) <= 79
    assert text.endswith(name[-9:])
    assert line(name, SONG, PARTS, None).endswith(f"{name}\n")
