"""Chords bar by bar, as on a lead sheet."""

from __future__ import annotations

from auricle.cli.lead_sheet import lead_sheet
from auricle.music import Beat, Chord, Harmony, Key, KeySpan, Rhythm
from tests.cli.songs import BEAT_S, beats, chords

ROOM = 60


def rhythm(*positions: int) -> Rhythm:
    """Beats of these positions, half a second each."""
    return Rhythm(120.0, 1.0, tuple(Beat(BEAT_S * number, position) for number, position in enumerate(positions)), 4, "4/4")


def sheet(chorded: tuple[Chord, ...], heard: Rhythm, room: int = ROOM) -> list[str]:
    """Its lines."""
    return list(lead_sheet(Harmony(None, chords=chorded), heard, room))


def test_bars() -> None:
    """One cell a bar, as many in a line as a musician reads at once, each line with its time."""
    song = chords("Am", "F", "C", "G", "Em")
    assert sheet(song, Rhythm(120.0, 1.0, beats(21), 4, "4/4"), 40) == ["0:00 | Am | F  | C  | G  |", "0:08 | Em |"]


def test_two_in_a_bar() -> None:
    """Both are there, in order; a change is heard where it falls on a beat."""
    assert sheet(chords("Am", "F", seconds=1.0), rhythm(1, 2, 3, 4, 1)) == ["0:00 | Am  F |"]


def test_the_same_once_more() -> None:
    """A bar like the one before is a mark, but never the first of a line."""
    song = chords(*["Am"] * 5)
    assert sheet(song, Rhythm(120.0, 1.0, beats(21), 4, "4/4"), 40) == ["0:00 | Am | %  | %  | %  |", "0:08 | Am |"]


def test_an_upbeat() -> None:
    """Beats before the first downbeat are a bar of their own."""
    song = (*chords("G", seconds=1.0), Chord(1.0, 3.0, "C", "maj"))
    assert sheet(song, rhythm(3, 4, 1, 2, 3, 4, 1)) == ["0:00 | G | C |"]


def test_flats() -> None:
    """Chords are written in the key that they are in."""
    song = chords("A#m", "F#", "C#", "B", seconds=2.0)
    harmony = Harmony(None, keys=(KeySpan(0.0, 6.0, Key("A#", "minor", 1.0)), KeySpan(6.0, 8.0, Key("E", "major", 1.0))), chords=song)
    assert list(lead_sheet(harmony, Rhythm(120.0, 1.0, beats(17), 4, "4/4"), 60)) == ["0:00 | Bbm | Gb  | Db  | B   |"]


def test_no_chord() -> None:
    """Where there is none, that is written, too."""
    assert sheet(chords("-", "C"), Rhythm(120.0, 1.0, beats(9), 4, "4/4")) == ["0:00 | N.C. | C    |"]


def test_a_blip_between_beats_is_left_out() -> None:
    """A chord that sounds in no beat's middle is none that anybody plays."""
    blip = (Chord(0.0, 0.3, "C", "maj"), Chord(0.3, 0.7, "F", "maj"), Chord(0.7, 2.0, "C", "maj"))
    assert sheet(blip, rhythm(1, 2, 3, 4, 1)) == ["0:00 | C |"]


def test_nothing() -> None:
    """No beats, no lines; one beat has no length."""
    assert sheet(chords("C"), rhythm()) == sheet(chords("C"), rhythm(1)) == []


def test_a_line_fits() -> None:
    """Wherever two bars fit."""
    song = Rhythm(120.0, 1.0, beats(401), 4, "4/4")
    for room in range(30, 100):
        assert all(len(line) <= room for line in sheet(chords(*("A#m", "D#m") * 50), song, room))
