"""Tests of what an analysis says."""

from __future__ import annotations

from typing import Literal

import pytest

from auricle.music.results import PITCH_CLASSES, Beat, Chord, Key, Rhythm


@pytest.mark.parametrize(
    ("tonic", "mode", "place"),
    [
        ("C", "major", "8B"),
        ("A", "minor", "8A"),
        ("G", "major", "9B"),
        ("F", "major", "7B"),
        ("G#", "minor", "1A"),
        ("B", "major", "1B"),
        ("E", "major", "12B"),
    ],
)
def test_keys_have_their_place_on_the_camelot_wheel(tonic: str, mode: Literal["major", "minor"], place: str) -> None:
    """As disc jockeys know it: relative keys share a number, a fifth up is one further."""
    assert Key(tonic, mode, 1.0).camelot == place


def test_every_key_has_a_place_of_its_own() -> None:
    """24 keys, 24 places."""
    modes: tuple[Literal["major", "minor"], ...] = ("major", "minor")
    assert len({Key(tonic, mode, 1.0).camelot for tonic in PITCH_CLASSES for mode in modes}) == 24


def test_chords_are_written_in_harte_s_syntax_and_as_on_a_lead_sheet() -> None:
    """A minor, C major, none."""
    chords = (Chord(0, 1, "A", "min"), Chord(1, 2, "C#", "maj"), Chord(2, 3, None, None))
    assert [chord.label for chord in chords] == ["A:min", "C#:maj", "N"]
    assert [chord.symbol for chord in chords] == ["Am", "C#", "N.C."]


def test_downbeats_are_the_first_beats_of_bars() -> None:
    """Position 1, and nothing where bars were not found."""
    beats = (Beat(0.5, 3), Beat(1.0, 1), Beat(1.5, 2), Beat(2.0, 3), Beat(2.5, 1))
    assert Rhythm(120.0, 0.9, beats).downbeats == (1.0, 2.5)
    assert Rhythm(120.0, 0.9, tuple(Beat(beat.time, 0) for beat in beats)).downbeats == ()
