"""`auricle fingerprint`: what fpcalc prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auricle.identification.chromaprint import decode
from tests.cli.conftest import Run, spawn

# fpcalc 1.5.1 (Debian's libchromaprint-tools 1.5.1-2) of tests/recordings/austen-0880.wav and its -raw -length 3
FPCALC = "DURATION=2\nFINGERPRINT=AQAAA7mWaEkV4R_EJWFyAAAQAQ\n"
FPCALC_RAW = "DURATION=2\nFINGERPRINT=3023663745,3022746305,2955476451\n"


def test_as_fpcalc(run: Run, short: Path) -> None:
    """By default the output is fpcalc's, to the letter."""
    outcome = run("fingerprint", short)
    assert (outcome.code, outcome.out, outcome.err) == (0, FPCALC, "")
    assert run("fingerprint", short, "--raw", "--length", "3").out == FPCALC_RAW


def test_several(run: Run, short: Path, cut: Path) -> None:
    """One after the other, with nothing between, as with fpcalc; a bad file is named and keeps no other from being heard."""
    outcome = run("fingerprint", short, cut, short.parent / ".." / short.parent.name / short.name)
    assert (outcome.code, outcome.out) == (1, FPCALC + FPCALC)
    assert outcome.err.startswith(f"auricle: {cut}: it is cut off")
    assert run("fingerprint", cut, "--salvage").code == 0


def test_json(run: Run, short: Path, silence: Path) -> None:
    """One object, or one a line with the file's name; the numbers where they are asked for."""
    shape = json.loads(run("fingerprint", short, "--json").out)
    assert (shape["duration"], shape["algorithm"], shape["fingerprint"]) == (2.99, 2, FPCALC.splitlines()[1].partition("=")[2])
    first, second = map(json.loads, run("fingerprint", short, silence, "--json", "--raw").out.splitlines())
    assert (first["file"], second["file"]) == (str(short), str(silence))
    assert first["raw"] == [3023663745, 3022746305, 2955476451]


def test_length(run: Run, recordings: Path) -> None:
    """--length hears the beginning, --all everything; the duration is that of the recording all the same."""
    numbers = {}
    for words in (("--length", "10"), ("--all",)):
        shape = json.loads(run("fingerprint", recordings / "two_cities.flac", "--json", "--raw", *words).out)
        assert shape["duration"] == pytest.approx(44.374, abs=0.001)
        numbers[words[0]] = shape["raw"]
    assert numbers["--all"][: len(numbers["--length"])] == numbers["--length"]
    assert len(numbers["--all"]) > 4 * len(numbers["--length"])


def test_pipes(short: Path) -> None:
    """`-` is standard input."""
    process = spawn("fingerprint", "-", stdin=short.read_bytes())
    assert (process.returncode, process.stdout.decode()) == (0, FPCALC)


def test_usage(run: Run, short: Path) -> None:
    """A length that cannot be gives 2 and one sentence."""
    outcome = run("fingerprint", short, "--length", "0")
    assert (outcome.code, outcome.out, len(outcome.complaints)) == (2, "", 1)
    assert outcome.err.startswith("auricle: --length: ")


def test_too_short(run: Run, silence: Path) -> None:
    """What is too short for a single number has an empty fingerprint, which can be decoded as such."""
    encoded = run("fingerprint", silence).out.splitlines()[1].partition("=")[2]
    assert len(decode(encoded)) == 0
