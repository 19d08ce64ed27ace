"""`auricle duplicates`: groups, the best copy, and nothing that changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig
from tests.cli.conftest import Run


@pytest.fixture
def library(tmp_path: Path, recordings: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a piece as it was recorded, as softer MP3, and another piece; it is the current directory."""
    piece = Audio.read(recordings / "vibe_ace.ogg").slice(0.0, 30.0)
    piece.write(tmp_path / "piece.flac")
    (tmp_path / "old").mkdir()
    Audio(0.4 * piece.samples, piece.rate).write(tmp_path / "old" / "piece.mp3", AudioProcessingConfig(bit_rate=128_000))
    shutil.copy(recordings / "hungarian_dance.ogg", tmp_path / "dance.ogg")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder(run: Run, library: Path) -> None:
    """Copies are found across folders, formats and levels; the best is first; every file is there afterwards."""
    before = sorted(library.rglob("*"))
    outcome = run("duplicates", ".")
    head, best, other = outcome.out.splitlines()
    assert (outcome.code, head[:9]) == (0, "2 copies,")
    assert best.split()[:5] == ["best", "0:30", "flac", "44.1", "kHz"]
    assert best.endswith("piece.flac")
    assert other.split()[:2] == ["0:30", "mp3"]
    assert other.endswith("old/piece.mp3")
    assert outcome.complaints[-1].startswith("there more than once: 1; copies beside the best: 1 (")
    assert sorted(library.rglob("*")) == before


def test_json(run: Run, library: Path) -> None:
    """As JSON, the files of each group with what their headers say."""
    outcome = run("duplicates", ".", "--json")
    (group,) = json.loads(outcome.out)["groups"]
    assert outcome.err == ""
    assert group["similarity"] > 0.7
    assert [(copy["file"], copy["codec"], copy["bit_depth"]) for copy in group["copies"]] == [
        ("piece.flac", "flac", 16),
        ("old/piece.mp3", "mp3", None),
    ]


def test_none(run: Run, library: Path) -> None:
    """A library without copies is no failure."""
    outcome = run("duplicates", "dance.ogg", "piece.flac")
    assert (outcome.code, outcome.out, outcome.complaints) == (0, "", ["no recording is there more than once."])
    assert json.loads(run("duplicates", "dance.ogg", "--json").out) == {"groups": []}


def test_a_bad_file(run: Run, library: Path) -> None:
    """It is named, as is standard input, which holds no copies; the others are compared."""
    (library / "bad.mp3").write_bytes(b"no sound")
    outcome = run("duplicates", ".", "-", "nowhere.mp3")
    assert (outcome.code, len(outcome.out.splitlines())) == (1, 3)
    assert {line.split(": ")[1] for line in outcome.complaints[:-1]} == {"bad.mp3", "standard input", "nowhere.mp3"}


def test_usage(run: Run, library: Path) -> None:
    """Fewer than one worker cannot be."""
    outcome = run("duplicates", ".", "--workers", "0")
    assert (outcome.code, outcome.out, len(outcome.complaints)) == (2, "", 1)
