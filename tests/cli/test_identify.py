"""`auricle identify`: files, folders and pipes in, recordings and offsets out."""

from __future__ import annotations

import csv
import io
import json
import wave
from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.cli.identify import UNKNOWN
from tests.cli.conftest import Run, spawn

ACE = "vibe_ace.ogg"


@pytest.fixture
def mix(tmp_path: Path, recordings: Path) -> Path:
    """Twenty seconds of each of two pieces, one after the other."""
    pieces = [Audio.read(recordings / name).slice(10.0, 30.0) for name in (ACE, "hungarian_dance.ogg")]
    path = tmp_path / "mix.wav"
    Audio(np.concatenate([piece.samples.mean(axis=0, keepdims=True) for piece in pieces], axis=1), pieces[0].rate).write(path)
    return path


def test_a_file(run: Run, known: Path, clip: Path) -> None:
    """Who plays what, where in it, how sure that is, and the code 0."""
    outcome = run("identify", clip, "--catalogue", known)
    assert (outcome.code, outcome.err) == (0, "")
    head, *rows = outcome.out.splitlines()
    found = {label: text for label, _, text in (row.strip().partition("  ") for row in rows)}
    assert head == str(clip)
    assert found["recording"].strip() == "Kevin MacLeod – Vibe Ace"
    assert found["id"].strip() == ACE
    assert found["offset"].strip() in ("0:20.0 of 1:01", "0:20.1 of 1:01")
    assert found["speed"].strip().startswith("1.000")


def test_unknown(run: Run, known: Path, short: Path) -> None:
    """What is no recording of the catalogue is called unknown, and a script can tell by the code."""
    outcome = run("identify", short, "--catalogue", known)
    assert (outcome.code, outcome.err) == (UNKNOWN, "")
    assert outcome.out.splitlines()[1].split()[0] == "unknown"


def test_several(run: Run, known: Path, clip: Path, short: Path) -> None:
    """A line for each below the names of the figures; one that is unknown gives its code to the whole."""
    outcome = run("identify", clip, short, "--catalogue", known)
    head, first, second = outcome.out.splitlines()
    assert (outcome.code, head.split()) == (UNKNOWN, ["SCORE", "OFFSET", "SPEED", "RECORDING", "FILE"])
    assert first.split()[1:3] == ["0:20", "1.000"]
    assert first.endswith(str(clip))
    assert second.split() == ["-", "-", "-", "unknown", str(short)]


def test_a_bad_file(run: Run, known: Path, clip: Path, short: Path, cut: Path) -> None:
    """It is named, the rest is identified, and its code goes before that of what is unknown; --salvage hears what there is."""
    outcome = run("identify", cut, clip, short, "--catalogue", known)
    assert (outcome.code, len(outcome.out.splitlines())) == (1, 3)
    assert outcome.err.startswith(f"auricle: {cut}: it is cut off")
    assert run("identify", cut, "--salvage", "--catalogue", known).code == UNKNOWN


def test_json(run: Run, known: Path, clip: Path, short: Path) -> None:
    """One object, or one a line with the file's name; what is unknown has no match."""
    found = json.loads(run("identify", clip, "--json", "--catalogue", known).out)
    assert found["match"]["id"] == ACE
    assert found["match"]["offset"] - found["match"]["start"] == pytest.approx(20.0, abs=0.05)
    first, second = map(json.loads, run("identify", clip, short, "--json", "--catalogue", known).out.splitlines())
    assert first == {"file": str(clip), **found}
    assert (second["file"], second["match"]) == (str(short), None)


def test_timeline(run: Run, known: Path, mix: Path, short: Path) -> None:
    """Each stretch of a mix has a line, in order; what holds nothing known is unknown."""
    outcome = run("identify", mix, "--timeline", "--catalogue", known)
    head, columns, *rows = outcome.out.splitlines()
    assert (outcome.code, head) == (0, f"{mix} (0:40)")
    assert columns.split() == ["FROM", "TO", "OFFSET", "SCORE", "SPEED", "RECORDING"]
    assert [row.split("  ")[-1] for row in rows] == [
        "Kevin MacLeod – Vibe Ace (vibe_ace.ogg)",
        "The U.S. Army Strings – Hungarian Dance No. 5 (hungarian_dance.ogg)",
    ]
    outcome = run("identify", short, "--timeline", "--catalogue", known)
    assert (outcome.code, outcome.out) == (UNKNOWN, f"{short} (0:02)\n  unknown\n")


def test_csv(run: Run, known: Path, mix: Path, short: Path, tmp_path: Path) -> None:
    """A row for each recording, or with --timeline for each stretch; on standard output in place of what is for people."""
    table = tmp_path / "table.csv"
    outcome = run("identify", mix, short, "--timeline", "--csv", table, "--catalogue", known)
    assert outcome.out
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["id"]) for row in rows] == [(str(mix), ACE), (str(mix), "hungarian_dance.ogg"), (str(short), "")]
    printed = run("identify", mix, short, "--csv", "-", "--catalogue", known).out
    assert [row["file"] for row in csv.DictReader(io.StringIO(printed))] == [str(mix), str(short)]


def test_pipes(known: Path, clip: Path) -> None:
    """`-` is standard input, which may be raw samples, too."""
    process = spawn("identify", "-", "--json", "--catalogue", known, stdin=clip.read_bytes())
    assert (process.returncode, json.loads(process.stdout)["match"]["id"]) == (0, ACE)
    part = Audio.read(clip)
    raw = (part.samples.mean(axis=0) * 32767).astype("<i2").tobytes()
    words = ("--input-format", "pcm", "--rate", str(part.rate), "--json", "--catalogue", known)
    process = spawn("identify", "-", *words, stdin=raw)
    assert (process.returncode, json.loads(process.stdout)["match"]["id"]) == (0, ACE)


@pytest.mark.parametrize("frames", [0, 1, 100])
def test_hardly_anything(run: Run, known: Path, tmp_path: Path, frames: int) -> None:
    """A recording that is too short to be recognised is unknown; one without any sample is bad."""
    path = tmp_path / "short.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, frames, "NONE", ""))
        file.writeframes(bytes(2 * frames))
    outcome = run("identify", path, "--catalogue", known)
    assert outcome.code == (UNKNOWN if frames else 1)
    assert len(outcome.complaints) == (0 if frames else 1)


def test_usage(run: Run, clip: Path, tmp_path: Path) -> None:
    """No catalogue is wrong usage; a directory without one is made into none."""
    assert run("identify", clip).code == 2
    outcome = run("identify", clip, "--catalogue", tmp_path)
    assert (outcome.code, len(outcome.complaints)) == (1, 1)
    assert list(tmp_path.iterdir()) == []
