"""`auricle loudness`: the figures of EBU R 128, as a table and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.conftest import Run


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """EBU Tech 3341, case 1: a stereo sine wave of 1 kHz at -23 dBFS, 20 s long, which is -23 LUFS however it is measured."""
    path = tmp_path / "tone.wav"
    wave = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1000 * np.arange(20 * 48_000) / 48_000)
    soundfile.write(path, np.stack([wave, wave], axis=1), 48_000, subtype="FLOAT")
    return path


def test_the_table(run: Run, tone: Path, silence: Path) -> None:
    """A line for each recording, aligned below the names and units of the figures."""
    outcome = run("loudness", tone, silence)
    assert (outcome.code, outcome.err) == (0, "")
    head, units, first, second = outcome.out.splitlines()
    assert head.split() == ["INTEGRATED", "SHORT-TERM", "MOMENTARY", "RANGE", "TRUE", "PEAK", "DURATION", "FILE"]
    assert units.split()[0] == "LUFS"
    assert first.split() == ["-23.0", "-23.0", "-23.0", "0.0", "-23.0", "20.00", str(tone)]
    assert second.split() == ["-inf", "-inf", "-inf", "0.0", "-inf", "1.00", str(silence)]
    assert first.index("-23.0") + 5 == head.index("INTEGRATED") + len("INTEGRATED")


def test_json(run: Run, tone: Path, silence: Path) -> None:
    """One object, or for several one a line; what has no figure is null."""
    assert json.loads(run("loudness", tone, "--json").out) == {
        "integrated_lufs": pytest.approx(-23, abs=0.1),
        "short_term_lufs": pytest.approx(-23, abs=0.1),
        "momentary_lufs": pytest.approx(-23, abs=0.1),
        "loudness_range_lu": 0.0,
        "true_peak_dbtp": pytest.approx(-23, abs=0.1),
        "duration": 20.0,
    }
    first, second = map(json.loads, run("loudness", tone, silence, "--json").out.splitlines())
    assert (first["file"], second["file"], second["integrated_lufs"]) == (str(tone), str(silence), None)


def test_a_folder_with_a_bad_file(run: Run, tone: Path, cut: Path) -> None:
    """What cannot be measured is named, the rest is in the table, and the code is 1; --salvage takes what there is."""
    outcome = run("loudness", tone.parent)
    assert (outcome.code, len(outcome.out.splitlines())) == (1, 3)
    assert outcome.err.startswith(f"auricle: {cut}: it is cut off")
    assert run("loudness", cut, "--salvage").code == 0


def test_a_missing_file(run: Run, tmp_path: Path) -> None:
    """One line, no table."""
    outcome = run("loudness", tmp_path / "missing.wav")
    assert (outcome.code, outcome.out, len(outcome.complaints)) == (1, "", 1)
