"""`auricle info` against libsndfile."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.cli.conftest import Run


@pytest.mark.parametrize("name", ["jfk.flac", "austen-0880.wav", "hungarian_dance.ogg"])
def test_facts(run: Run, recordings: Path, name: str) -> None:
    """Rate, channels, exact length and peak are those that libsndfile finds."""
    path = recordings / name
    facts = json.loads(run("info", path, "--json").out)
    samples, rate = soundfile.read(path)
    peak = float(np.abs(samples).max())
    assert (facts["sample_rate"], facts["channels"]) == (rate, soundfile.info(path).channels)
    assert facts["duration"] == pytest.approx(len(samples) / rate, abs=1e-3)
    assert facts["peak"] == pytest.approx(peak, rel=1e-3)
    assert facts["peak_dbfs"] == pytest.approx(20 * math.log10(peak), abs=0.01)
    assert (facts["size_bytes"], facts["cut_off"]) == (path.stat().st_size, False)


def test_bit_depth(run: Run, recordings: Path) -> None:
    """The bit depth is a lossless codec's; a lossy one has none."""
    depths = [
        json.loads(run("info", recordings / name, "--json").out)["bit_depth"] for name in ("jfk.flac", "goforward.wav", "vibe_ace.ogg")
    ]
    assert depths == [24, 16, None]


def test_text(run: Run, short: Path) -> None:
    """For people there is a line for each fact, under the name."""
    lines = run("info", short).out.splitlines()
    assert lines[0] == str(short)
    assert "  duration     2.990 s" in lines
    assert "  sample rate  16000 Hz" in lines
    assert any(line.startswith("  peak         -") and "dBFS" in line for line in lines)


def test_silence(run: Run, silence: Path) -> None:
    """Silence has no level in decibels."""
    assert json.loads(run("info", silence, "--json").out)["peak_dbfs"] is None
    assert "  peak         silence\n" in run("info", silence).out


def test_cut_off(run: Run, cut: Path, recordings: Path, tmp_path: Path) -> None:
    """A recording that is cut off is described as far as it goes, and said to be."""
    flac = tmp_path / "cut.flac"
    flac.write_bytes((recordings / "jfk.flac").read_bytes()[:500_000])
    assert "1.561 s (cut off)" in run("info", cut).out
    assert "(its header says 11.000 s; cut off)" in run("info", flac).out


def test_several(run: Run, short: Path, other: Path, tmp_path: Path) -> None:
    """Several give an object a line with their files, or blocks with a line between; a bad one gives 1 and is named."""
    outcome = run("info", short, tmp_path / "missing.wav", other, "--json")
    assert [json.loads(line)["file"] for line in outcome.out.splitlines()] == [str(short), str(other)]
    assert (outcome.code, outcome.err) == (1, f"auricle: {tmp_path / 'missing.wav'}: cannot read it: no such file or directory.\n")
    assert run("info", short, other).out.count("\n\n") == 1


def test_tags_cannot_command_the_terminal(run: Run, tmp_path: Path) -> None:
    """Tags are shown, their control characters are not."""
    with soundfile.SoundFile(tmp_path / "a.flac", "w", 8000, 1) as file:
        file.title = "red \x1b[31m\nline"
        file.write(np.zeros(8000))
    outcome = run("info", tmp_path / "a.flac").out
    assert "title: red " in outcome
    assert "\x1b" not in outcome
