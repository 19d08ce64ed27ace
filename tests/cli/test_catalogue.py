"""`auricle catalogue`: what a catalogue has, and what is done with it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from auricle import wire
from auricle.identification import Catalogue
from tests.cli.conftest import Run

DANCE, ACE = "hungarian_dance.ogg", "vibe_ace.ogg"


@pytest.fixture
def mine(known: Path, tmp_path: Path) -> Path:
    """A catalogue that may be changed."""
    return Path(shutil.copytree(known, tmp_path / "mine"))


def test_list(run: Run, known: Path) -> None:
    """A line for each in the order of adding: duration, day, id, and who plays what."""
    outcome = run("catalogue", "list", "--catalogue", known)
    head, first, second = outcome.out.splitlines()
    assert (outcome.code, head.split()) == (0, ["TIME", "ADDED", "ID"])
    assert first.startswith("    1:01  ")
    assert first.endswith(f"{ACE}  (Kevin MacLeod – Vibe Ace)")
    assert second.endswith(f"{DANCE}  (The U.S. Army Strings – Hungarian Dance No. 5)")


def test_list_as_json(run: Run, known: Path) -> None:
    """As JSON, what `wire` says of it."""
    with Catalogue.open(known, readonly=True) as catalogue:
        expected = wire.recordings(catalogue, 2)
    assert json.loads(run("catalogue", "list", "--json", "--catalogue", known).out) == expected


def test_the_variable(run: Run, known: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AURICLE_CATALOGUE stands for --catalogue, which goes before it; without either the usage is wrong."""
    monkeypatch.setenv("AURICLE_CATALOGUE", str(known))
    assert ACE in run("catalogue", "list").out
    assert run("catalogue", "list", "--catalogue", known / "none").code == 1
    monkeypatch.delenv("AURICLE_CATALOGUE")
    outcome = run("catalogue", "list")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.complaints == ["auricle: --catalogue: name the catalogue's directory here, or in the variable AURICLE_CATALOGUE."]


@pytest.mark.parametrize("words", [["list"], ["verify"], ["compact"], ["duplicates"], ["remove", "a"]])
def test_no_catalogue(run: Run, tmp_path: Path, words: list[str]) -> None:
    """What asks, or takes away, makes no catalogue where there is none; it says so."""
    outcome = run("catalogue", *words, "--catalogue", tmp_path / "none")
    assert (outcome.code, outcome.out, len(outcome.complaints)) == (1, "", 1)
    assert "there is no catalogue in" in outcome.err
    assert not (tmp_path / "none").exists()


def test_remove(run: Run, mine: Path) -> None:
    """What is removed is gone; an id that is not there is named, and keeps no other from being removed, before or behind options."""
    outcome = run("catalogue", "remove", "nobody", "--catalogue", mine, ACE)
    assert (outcome.code, outcome.out) == (1, f"removed {ACE}\n")
    assert outcome.complaints == ["auricle: there is no recording 'nobody' in the catalogue."]
    assert run("catalogue", "list", "--catalogue", mine).out.count("\n") == 2


def test_an_empty_catalogue(run: Run, mine: Path) -> None:
    """An empty list is no failure, and says what would fill it."""
    run("catalogue", "remove", ACE, DANCE, "--catalogue", mine)
    outcome = run("catalogue", "list", "--catalogue", mine)
    assert (outcome.code, outcome.out) == (0, "")
    assert "auricle catalogue add" in outcome.err


def test_verify(run: Run, known: Path) -> None:
    """An undamaged catalogue is sound, in words and as JSON."""
    outcome = run("catalogue", "verify", "--catalogue", known)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[:2] == ["sound", "  recordings  2 (1:47)"]
    shape = json.loads(run("catalogue", "verify", "--json", "--catalogue", known).out)
    assert (shape["sound"], shape["recordings"], shape["problems"]) == (True, 2, [])


def test_verify_damage(run: Run, mine: Path) -> None:
    """Damage gives 1 and a sentence for each thing that is wrong."""
    for file in mine.glob("*.postings"):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
    outcome = run("catalogue", "verify", "--catalogue", mine)
    assert (outcome.code, outcome.out.splitlines()[0]) == (1, "damaged")
    assert outcome.complaints
    assert all(line.startswith("auricle: ") and line.endswith(".") for line in outcome.complaints)


def test_compact(run: Run, mine: Path) -> None:
    """After it, nothing of what was removed is left."""
    run("catalogue", "remove", DANCE, "--catalogue", mine)
    outcome = run("catalogue", "compact", "--catalogue", mine)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.endswith(" now\n")
    assert json.loads(run("catalogue", "verify", "--json", "--catalogue", mine).out)["removed"] == 0


def test_compact_mends(run: Run, mine: Path) -> None:
    """What was lost is named, so that it can be added again; the rest is sound."""
    for file in mine.glob("*.postings"):
        file.unlink()
    outcome = run("catalogue", "compact", "--catalogue", mine)
    assert outcome.code == 1
    assert sorted(outcome.complaints) == [f"auricle: {name}: it was damaged, and is taken out; add it again." for name in (DANCE, ACE)]
    assert run("catalogue", "verify", "--catalogue", mine).code == 0


def test_duplicates(run: Run, mine: Path, recordings: Path) -> None:
    """A recording that was added under two names is found; without such, it is said that there is none."""
    assert run("catalogue", "duplicates", "--catalogue", mine).complaints == ["no recording is there more than once."]
    with Catalogue.open(mine) as catalogue:
        catalogue.add(recordings / ACE, "again")
    outcome = run("catalogue", "duplicates", "--catalogue", mine)
    assert outcome.out.splitlines() == ["2 times, 1.00 alike", "     1:01  again", f"     1:01  {ACE}"]
    shape = json.loads(run("catalogue", "duplicates", "--json", "--catalogue", mine).out)
    assert shape == {"groups": [{"ids": ["again", ACE], "similarity": 1.0}]}
