"""An analysis as people read it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from auricle.cli.analyze_report import report_text
from auricle.loudness import Loudness
from auricle.music import Dynamics, Key, MusicAnalysis, Rhythm, Tag, Tags, TempoCandidate
from auricle.music.results import GENRES
from tests.cli.songs import HARMONY, SILENCE, SONG, beats, chords
from tests.cli.terminal import Terminal


def rows(found: MusicAnalysis, width: int = 80) -> dict[str, list[str]]:
    """The lines behind each label."""
    shown: dict[str, list[str]] = {}
    label = ""
    for text in report_text("song.mp3", found, width).splitlines()[1:]:
        if text.startswith("  ") and text[:13].strip():
            label = text[:13].strip()
        if not text.startswith("- "):
            shown.setdefault(label, []).append(text[13:])
    return shown


def test_a_song() -> None:
    """All that a musician asks first, with how sure it is and what else it may be."""
    shown = rows(replace(SONG, notes=()))
    assert shown["duration"] == ["3:25.3, 44100 Hz, stereo"]
    assert shown["tempo"] == ["120.00 BPM, confidence 0.93", "or 60.00 (half), 240.00 (double)", "locally 119.6 to 120.3 BPM"]
    assert shown["meter"] == ["4/4, 103 bars, 410 beats, the first downbeat at 0.00 s"]
    assert shown["key"] == [
        "A minor (8A), confidence 0.81",
        "or C major (8B) 0.44, E minor (9A) 0.20",
        "from 0:00 A minor, 1:00 no key, 1:40 C major",
    ]
    assert shown["tuning"] == ["A = 441.2 Hz (+5 cents)"]
    assert shown["genre"] == ["disco 0.55, blues 0.05, classical 0.05"]
    assert shown["loudness"] == ["-9.4 LUFS, range 3.1 LU, true peak 0.2 dBTP, PLR 9.6 LU"]
    assert shown["spectrum"][0].startswith("centroid 2132 Hz, roll-off 4512 Hz")
    assert shown["sections"][0].startswith("0:00 A, 0:15 B, 0:30 A, 0:45 C")
    assert len(" ".join(shown["tags"]).split(", ")) == 8


def test_chords() -> None:
    """The first bars, and where the rest is."""
    shown = rows(SONG)["chords"]
    assert shown[0] == "0:00 | Am | F  | C  | G  | Am | F  | C  | G  |"
    assert (len(shown), shown[-1]) == (5, "… until 3:20; --json has all chords")


def test_chords_without_bars() -> None:
    """They are listed with their times, and not all of hundreds."""
    shown = rows(replace(SONG, rhythm=None))["chords"]
    assert shown[0].startswith("0:00 Am, 0:02 F, 0:04 C")
    assert len(shown) == 4
    assert shown[-1].endswith("more")


def test_silence() -> None:
    """What was not found is said, nothing is invented, and no figure is infinite."""
    shown = rows(SILENCE)
    for label in ("tempo", "key", "chords", "sections", "genre", "tags"):
        assert shown[label] == ["none found"]
    assert shown["loudness"] == ["silence"]
    assert "inf" not in report_text("song.mp3", SILENCE, 80)
    assert report_text("song.mp3", SILENCE, 80).endswith("- No steady beat was found, so there are no tempo, beats and bars.\n")


def test_other_tempi() -> None:
    """Half and double, which are taken for the tempo most often, without figures that look like the confidence."""
    candidates = tuple(TempoCandidate(bpm, 0.1) for bpm in (130.0, 86.7, 195.0, 65.1, 259.0, 43.3))
    found = replace(SONG, rhythm=Rhythm(130.0, 0.9, beats(8), candidates=candidates))
    assert rows(found)["tempo"][1] == "or 65.10 (half), 259.00 (double)"
    assert len(rows(replace(SONG, rhythm=Rhythm(130.0, 0.9, beats(8), candidates=candidates[:3])))["tempo"]) == 1


def test_no_tempo_but_candidates() -> None:
    """It was not found, and the nearest are named."""
    found = replace(SONG, rhythm=Rhythm(None, 0.1, candidates=tuple(TempoCandidate(bpm, 0.3) for bpm in (92.0, 46.0, 184.0))))
    assert rows(found)["tempo"] == ["none found", "nearest 92.00, 46.00"]


def test_flats() -> None:
    """Keys and chords are written as musicians write them."""
    keys = (Key("A#", "minor", 0.9), Key("D#", "major", 0.3))
    harmony = replace(HARMONY, key=keys[0], candidates=keys, keys=(), chords=chords("D#m", "A#"))
    found = replace(SONG, harmony=harmony, rhythm=Rhythm(120.0, 0.9, beats(9)))
    assert rows(found)["key"] == ["Bb minor (3A), confidence 0.90", "or Eb major (5B) 0.30"]
    assert rows(found)["chords"] == ["0:00 | Ebm | Bb  |"]
    assert rows(replace(found, rhythm=None))["chords"] == ["0:00 Ebm, 0:02 Bb"]


def test_an_uncertain_genre() -> None:
    """It is said what it may be."""
    genres = (Tag("metal", 0.3), Tag("rock", 0.2), *(Tag(name, 0.0625) for name in GENRES if name not in ("metal", "rock")))
    assert rows(replace(SONG, tags=Tags((), "uncertain", genres)))["genre"] == ["uncertain: metal 0.30, rock 0.20, blues 0.06"]


def test_words_that_do_not_fit() -> None:
    """They are left out, and so are other genres that are as good as impossible."""
    found = replace(SONG, tags=Tags((Tag("guitar", 0.6), Tag("slow", 0.01)), "rock", (Tag("rock", 0.999), Tag("pop", 0.001))))
    assert rows(found)["tags"] == ["guitar 0.60"]
    assert rows(found)["genre"] == ["rock 1.00"]


def test_a_click() -> None:
    """What is too short for a loudness has a peak all the same."""
    found = replace(SONG, dynamics=Dynamics(Loudness(-math.inf, -math.inf, -math.inf, 0.0, -3.0), None))
    assert rows(found)["loudness"] == ["too short or too quiet for a figure, true peak -3.0 dBTP"]


def test_beats_without_bars() -> None:
    """The meter is what was not found."""
    found = replace(SONG, rhythm=Rhythm(120.0, 0.5, beats(8, per_bar=0)))
    assert rows(found)["meter"] == ["none found, 8 beats, the first at 0.00 s"]


def test_only_what_was_asked_for() -> None:
    """Parts that were left out are not there, rather than not found."""
    assert set(rows(MusicAnalysis(3.0, 8000, 1, dynamics=SONG.dynamics))) == {"duration", "loudness"}


@pytest.mark.parametrize("width", [50, 60, 79, 100])
@pytest.mark.parametrize("found", [SONG, SILENCE, replace(SONG, harmony=replace(HARMONY, chords=chords(*("D#m", "A#m") * 60)))])
def test_it_fits(found: MusicAnalysis, width: int) -> None:
    """On a terminal of this width no line is broken by it, and what goes on in a second line is indented."""
    text = report_text("song.mp3", found, width)
    terminal = Terminal(width + 1, 200)
    terminal.write(text)
    assert terminal.text()[:-1] == [shown.rstrip() for shown in text.splitlines()]
    assert all(shown.startswith(("  ", "- ")) for shown in text.splitlines()[1:])


def test_names_are_harmless() -> None:
    """A name that would move the cursor is only a name."""
    assert "\x1b" not in report_text("\x1b[2J.mp3", SONG, 80)
