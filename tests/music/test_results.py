"""Tests of what an analysis says."""

from __future__ import annotations

from typing import Literal

import pytest

from auricle.music.results import PITCH_CLASSES, Beat, Chord, Harmony, Key, KeySpan, Rhythm


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


def test_keys_are_spelled_as_musicians_do() -> None:
    """With the fewer accidentals of the two names, on the circle of fifths; the name keeps the sharps that the guide has."""
    majors = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]
    minors = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"]
    assert [Key(tonic, "major", 1.0).spelled for tonic in PITCH_CLASSES] == [f"{tonic} major" for tonic in majors]
    assert [Key(tonic, "minor", 1.0).spelled for tonic in PITCH_CLASSES] == [f"{tonic} minor" for tonic in minors]
    assert [Key(tonic, "major", 1.0).symbol for tonic in PITCH_CLASSES] == majors
    assert [Key(tonic, "minor", 1.0).symbol for tonic in PITCH_CLASSES] == [f"{tonic}m" for tonic in minors]
    assert Key("A#", "minor", 1.0).name == "A# minor"


@pytest.mark.parametrize(
    ("tonic", "mode", "chords"),
    [
        ("C", "major", "C Dm Em F G Am | Eb Ab Bb Fm Db"),
        ("A", "minor", "Am Dm Em C F G E | Bb"),
        ("F", "major", "F Gm Am Bb C Dm | Ab Eb Db Bbm Gb"),
        ("D#", "major", "Eb Fm Gm Ab Bb Cm | Gb Db Abm"),
        ("G#", "major", "Ab Bbm Cm Db Eb Fm | Gb Dbm"),
        ("C#", "major", "Db Ebm Fm Gb Ab Bbm | Gbm"),
        ("G", "minor", "Gm Bb Cm Dm Eb F D | Ab"),
        ("A#", "minor", "Bbm Db Ebm Fm Gb Ab F"),
        ("D", "major", "D Em F#m G A Bm | Bb Gm"),
        ("A", "major", "A Bm C#m D E F#m | F C G"),
        ("E", "major", "E F#m G#m A B C#m | G D C"),
        ("B", "major", "B C#m D#m E F# G#m"),
        ("F#", "major", "F# G#m A#m B C# D#m"),
        ("G#", "minor", "G#m B C#m D#m E F# D#"),
        ("F#", "minor", "F#m A Bm C#m D E C#"),
    ],
)
def test_chords_have_the_accidentals_of_the_key(tonic: str, mode: Literal["major", "minor"], chords: str) -> None:
    """The triads of the scale as harmony books write them, and (behind the bar) those that are borrowed from its minor, as songbooks do."""
    key = Key(tonic, mode, 1.0)
    sharps = dict(zip(("Db", "Eb", "Gb", "Ab", "Bb"), ("C#", "D#", "F#", "G#", "A#"), strict=True))
    for written in chords.replace("|", " ").split():
        root = written.removesuffix("m")
        chord = Chord(0, 1, sharps.get(root, root), "min" if written.endswith("m") else "maj")
        assert chord.spelled(key) == written


def test_chords_without_a_key_are_spelled_as_keys_are() -> None:
    """As musicians write the key of that name; no chord stays none."""
    for tonic in PITCH_CLASSES:
        assert Chord(0, 1, tonic, "maj").spelled() == Key(tonic, "major", 1.0).symbol
        assert Chord(0, 1, tonic, "min").spelled() == Key(tonic, "minor", 1.0).symbol
    assert Chord(0, 1, None, None).spelled(Key("C", "major", 1.0)) == "N.C."


def test_symbols_follow_the_key_of_their_time() -> None:
    """One for each chord: sharps in E major, flats in Ab major, and where no key was found those of the whole."""
    keys = (KeySpan(0, 10, Key("E", "major", 1.0)), KeySpan(10, 20, Key("G#", "major", 1.0)), KeySpan(20, 30, None))
    chords = tuple(Chord(at, at + 5.0, "G#", "min") for at in range(0, 30, 5))
    found = Harmony(Key("G#", "major", 1.0), keys=keys, chords=chords)
    assert found.symbols == ("G#m", "G#m", "Abm", "Abm", "Abm", "Abm")
    assert Harmony(None, chords=chords).symbols == ("G#m",) * 6


def test_downbeats_are_the_first_beats_of_bars() -> None:
    """Position 1, and nothing where bars were not found."""
    beats = (Beat(0.5, 3), Beat(1.0, 1), Beat(1.5, 2), Beat(2.0, 3), Beat(2.5, 1))
    assert Rhythm(120.0, 0.9, beats).downbeats == (1.0, 2.5)
    assert Rhythm(120.0, 0.9, tuple(Beat(beat.time, 0) for beat in beats)).downbeats == ()
