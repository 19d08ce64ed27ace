"""Analyses as a table for spreadsheets."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from auricle.cli.analyze_table import COLUMNS, row, table
from auricle.cli.inputs import Input
from auricle.errors import OutputError
from auricle.music import Key, MusicAnalysis, Rhythm, TempoCandidate
from auricle.wire.analysis import analysis
from tests.cli.songs import HARMONY, SILENCE, SONG, chords

UNITS = ("_s", "_hz", "_bpm", "_cents", "_lufs", "_lu", "_dbtp", "_db")


def cells(found: MusicAnalysis, name: str = "song.mp3") -> dict[str, str | float | None]:
    """Those of one recording, by column."""
    return dict(zip(COLUMNS, row(Input(Path(name)), analysis(found)), strict=True))


def test_a_song() -> None:
    """The figures are those of the JSON, rounded alike."""
    found = cells(SONG)
    assert {name: found[name] for name in COLUMNS[:15]} == {
        "file": "song.mp3",
        "duration_s": 205.37,
        "sample_rate_hz": 44_100,
        "channels": 2,
        "tempo_bpm": 120.0,
        "tempo_confidence": 0.934,
        "tempo_alternatives_bpm": "60.0 240.0",
        "meter": "4/4",
        "beats_per_bar": 4,
        "beats": 410,
        "bars": 103,
        "first_beat_s": 0.0,
        "first_downbeat_s": 0.0,
        "key": "A minor",
        "camelot": "8A",
    }
    assert (found["key_confidence"], found["key_alternatives"], found["tuning_cents"]) == (0.81, "C major, E minor", 4.7)
    assert (found["genre"], found["genre_probability"], found["sections"]) == ("disco", 0.55, "A B A C A B D A A B A C A B")
    assert (found["integrated_lufs"], found["true_peak_dbtp"], found["peak_to_loudness_lu"]) == (-9.41, 0.21, 9.62)
    assert (found["centroid_hz"], found["contrast_7_db"], found["mfcc_13"]) == (2132.3, 26.0, -188.0)


def test_flats() -> None:
    """Keys and chords are written as musicians write them."""
    keys = (Key("A#", "minor", 0.9), Key("D#", "major", 0.3))
    found = cells(replace(SONG, harmony=replace(HARMONY, key=keys[0], candidates=keys, keys=(), chords=chords("D#m", "A#"))))
    assert (found["key"], found["key_alternatives"], found["chords"]) == ("Bb minor", "Eb major", "Ebm Bb")


def test_no_tempo_but_candidates() -> None:
    """The tempo is empty, and they are there."""
    found = cells(replace(SONG, rhythm=Rhythm(None, 0.1, candidates=(TempoCandidate(92.0, 0.3), TempoCandidate(46.0, 0.2)))))
    assert (found["tempo_bpm"], found["tempo_alternatives_bpm"]) == (None, "92.0 46.0")


def test_every_cell_of_a_song_is_filled() -> None:
    """No column is there for nothing."""
    assert None not in cells(SONG).values()


def test_silence() -> None:
    """What was not found is an empty cell, and no figure is infinite."""
    found = cells(SILENCE)
    assert all(
        found[name] is None for name in ("tempo_bpm", "meter", "first_beat_s", "key", "camelot", "key_confidence", "integrated_lufs")
    )
    assert (found["beats"], found["bars"]) == (0, 0)


def test_units() -> None:
    """Names are words of small letters; what is measured has its unit at the end."""
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in COLUMNS)
    assert len(set(COLUMNS)) == len(COLUMNS)
    measured = [name for name in COLUMNS if any(word in name for word in ("lufs", "peak", "centroid", "duration", "rate_hz", "contrast"))]
    assert all(name.endswith(UNITS) for name in measured)


@pytest.mark.parametrize("name", ["=1+1.mp3", "+a.mp3", "-a.mp3", "@a.mp3"])
def test_a_name_is_no_formula(name: str) -> None:
    """It is another name of the same file, which no spreadsheet would calculate."""
    assert cells(SONG, name)["file"] == f"./{name}"


def test_a_file(tmp_path: Path) -> None:
    """Whatever parts were analysed, the columns are the same; the file reads as UTF-8 with its mark."""
    path = tmp_path / "table.csv"
    with table(str(path)) as add:
        add(Input(Path('größe, "live".mp3')), analysis(SONG))
        add(Input(Path("silence.wav")), analysis(MusicAnalysis(3.0, 8000, 1)))
        assert not path.exists()
    assert path.read_bytes().startswith(b"\xef\xbb\xbffile,")
    with path.open(encoding="utf-8-sig", newline="") as opened:
        first, second = csv.DictReader(opened)
    assert tuple(first) == tuple(second) == COLUMNS
    assert (first["file"], first["tempo_bpm"], second["tempo_bpm"], second["channels"]) == ('größe, "live".mp3', "120.0", "", "1")


def test_nothing_is_left_of_an_end_in_between(tmp_path: Path) -> None:
    """The table is there when it is whole."""
    with pytest.raises(KeyboardInterrupt), table(str(tmp_path / "table.csv")) as add:
        add(Input(Path("a.wav")), analysis(SONG))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_no_place(tmp_path: Path) -> None:
    """It is said before any work."""
    with pytest.raises(OutputError), table(str(tmp_path / "none" / "table.csv")):
        pytest.fail("there is nothing to add to")


def test_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    """Rows come as they are found, without a mark."""
    with table("-") as add:
        assert capsys.readouterr().out == ",".join(COLUMNS) + "\n"
        add(Input(Path("a.wav")), analysis(SONG))
        assert capsys.readouterr().out.startswith("a.wav,205.37,44100,2,120.0,")


def test_none() -> None:
    """No table is asked for."""
    with table(None) as add:
        add(Input(Path("a.wav")), analysis(SONG))
