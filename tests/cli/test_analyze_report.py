"""An analysis as people read it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from auricle.cli.analyze_report import HEAD, line, report_text
from auricle.cli.width import columns
from auricle.loudness import Loudness
from auricle.music import Dynamics, MusicAnalysis, Rhythm, Tags
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
    assert shown["tempo"] == ["120.00 BPM, confidence 0.93", "or 60.00 (0.21), 240.00 (0.04)", "locally 119.6 to 120.3 BPM"]
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
    for label in ("tempo", "key", "chords", "sections"):
        assert shown[label] == ["none found"]
    assert shown["loudness"] == ["silence"]
    assert shown["genre"][0].startswith("uncertain: ")
    assert "inf" not in report_text("song.mp3", SILENCE, 80)
    assert report_text("song.mp3", SILENCE, 80).endswith("- No steady beat was found, so there are no tempo, beats and bars.\n")


def test_a_click() -> None:
    """What is too short for a loudness has a peak all the same."""
    found = replace(SONG, dynamics=Dynamics(Loudness(-math.inf, -math.inf, -math.inf, 0.0, -3.0), 0.0))
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
    assert "\x1b" not in report_text("\x1b[2J.mp3", SONG, 80) + line("\x1b[2J.mp3", SONG, 80)


def test_a_line() -> None:
    """The figures that a disc jockey sorts by, aligned below their names."""
    assert line("song.mp3", SONG, None).split() == ["3:25", "120.0", "4/4", "A", "minor", "8A", "disco", "-9.4", "song.mp3"]
    assert HEAD.split() == ["TIME", "BPM", "METER", "KEY", "GENRE", "LUFS", "FILE"]
    for text in (line("song.mp3", SONG, None), line("song.mp3", SILENCE, None)):
        assert text.index("song.mp3") == HEAD.index("FILE")
    assert line("song.mp3", SONG, None).index("A minor") == HEAD.index("KEY")


def test_a_line_of_silence() -> None:
    """A dash where nothing was found, or nothing was looked for."""
    assert line("a.wav", SILENCE, None).split() == ["0:03", "-", "-", "-", "-", "uncertain", "-inf", "a.wav"]
    assert line("a.wav", MusicAnalysis(3.0, 8000, 1), None).split() == ["0:03", *"------", "a.wav"]


@pytest.mark.parametrize("name", ["music/of/somebody/in/a/deep/folder/song.mp3", "日本語の曲の名前がとても長いのですが.mp3"])
def test_a_line_fits(name: str) -> None:
    """A long name keeps its end; elsewhere than on a terminal it is whole."""
    text = line(name, replace(SONG, tags=Tags((), "classical", ())), 79).rstrip("\n")
    assert columns(text) <= 79
    assert text.endswith(name[-9:])
    assert line(name, SONG, None).endswith(f"{name}\n")
