"""`auricle fingerprint`: what fpcalc prints."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, spawn

# fpcalc 1.5.1 (Debian's libchromaprint-tools 1.5.1-2) of tests/recordings/austen-0880.wav and its -raw -length 3
FPCALC = "DURATION=2\nFINGERPRINT=AQAAA7mWaEkV4R_EJWFyAAAQAQ\n"
FPCALC_RAW = "DURATION=2\nFINGERPRINT=3023663745,3022746305,2955476451\n"


def test_as_fpcalc(run: Run, short: Path) -> None:
    """By default the output is fpcalc's, here to the letter."""
    outcome = run("fingerprint", short)
    assert (outcome.code, outcome.out, outcome.err) == (0, FPCALC, "")
    assert run("fingerprint", short, "--raw", "--length", "3").out == FPCALC_RAW


def test_several(run: Run, short: Path, cut: Path) -> None:
    """One after the other, each with its name; a bad file is named, too, and keeps no other from being heard."""
    again = short.parent / ".." / short.parent.name / short.name
    outcome = run("fingerprint", short, cut, again)
    assert (outcome.code, outcome.out) == (1, f"FILE={short}\n{FPCALC}FILE={again}\n{FPCALC}")
    assert outcome.err.startswith(f"auricle: {cut}: it is cut off")
    assert "it has no fingerprint" in run("fingerprint", cut, "--salvage").err


def test_json(run: Run, short: Path, other: Path) -> None:
    """One object, or one a line with the file's name; the numbers where they are asked for."""
    shape = json.loads(run("fingerprint", short, "--json").out)
    assert (shape["duration"], shape["algorithm"], shape["fingerprint"]) == (2.99, 2, FPCALC.splitlines()[1].partition("=")[2])
    first, second = map(json.loads, run("fingerprint", short, other, "--json", "--raw").out.splitlines())
    assert (first["file"], second["file"]) == (str(short), str(other))
    assert first["raw"] == [3023663745, 3022746305, 2955476451]


def test_length(run: Run, recordings: Path) -> None:
    """--length hears the beginning, --all and, as fpcalc's, --length 0 everything; the duration is the recording's all the same."""
    numbers = {}
    for words in (("--length", "10"), ("--all",), ("--length", "0")):
        shape = json.loads(run("fingerprint", recordings / "two_cities.flac", "--json", "--raw", *words).out)
        assert shape["duration"] == pytest.approx(44.374, abs=0.001)
        numbers[" ".join(words)] = shape["raw"]
    assert numbers["--all"] == numbers["--length 0"]
    assert numbers["--all"][: len(numbers["--length 10"])] == numbers["--length 10"]
    assert len(numbers["--all"]) > 4 * len(numbers["--length 10"])


def test_pipes(short: Path) -> None:
    """`-` is standard input."""
    process = spawn("fingerprint", "-", stdin=short.read_bytes())
    assert (process.returncode, process.stdout.decode()) == (0, FPCALC)


def test_usage(run: Run, short: Path) -> None:
    """A length that cannot be gives 2 and one sentence, which says what can be typed."""
    outcome = run("fingerprint", short, "--length", "-1")
    assert (outcome.code, outcome.out, len(outcome.complaints)) == (2, "", 1)
    assert outcome.err == "auricle: --length: the length is -1.0; give seconds, or 0 for the whole recording.\n"


def test_too_short(run: Run, silence: Path) -> None:
    """What is too short for a single number fails, for nothing can be looked up by it."""
    outcome = run("fingerprint", silence)
    sentence = "it has no fingerprint: that takes 3 s of it, and only 1.0 s are there or were asked for."
    assert (outcome.code, outcome.out, outcome.err) == (1, "", f"auricle: {silence}: {sentence}\n")
