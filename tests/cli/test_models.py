"""`auricle models`: list, pull, verify."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auricle import weights
from auricle.weights import CATALOGUE
from tests.cli.conftest import Run


@pytest.fixture
def damaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A user's own tiny.en that is not what the catalogue says."""
    folder = tmp_path / "tiny.en"
    folder.mkdir()
    for file in weights.find("tiny.en").files:
        (folder / file.name).write_bytes(b"{}")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path))
    monkeypatch.setenv("AURICLE_CACHE", str(tmp_path / "cache"))


def test_list(run: Run) -> None:
    """Every model has a line with its size, place and licence; one is marked as the default."""
    lines = run("models", "list").out.splitlines()[1:]
    assert [line.split()[0] for line in lines] == list(CATALOGUE)
    assert [line.split()[0] for line in lines if "default" in line] == ["base"]
    assert "also called turbo" in next(line for line in lines if line.startswith("large-v3-turbo"))
    assert all(weights.find(line.split()[0]).licence in line for line in lines)


def test_list_as_json(run: Run) -> None:
    """As JSON, the same facts in an array."""
    shapes = {shape["id"]: shape for shape in json.loads(run("models", "list", "--json").out)}
    assert list(shapes) == list(CATALOGUE)
    assert shapes["tiny.en"]["source"] == weights.status("tiny.en").source
    assert shapes["large-v3"]["aliases"] == ["large"]


def test_pull(run: Run) -> None:
    """A model that is here is not fetched again; its place is said."""
    outcome = run("models", "pull", "tiny.en")
    assert (outcome.code, outcome.out, outcome.err) == (0, f"tiny.en: {weights.locate('tiny.en')}\n", "")


def test_verify(run: Run) -> None:
    """An undamaged model is said to be intact."""
    assert run("models", "verify", "tiny.en").out == "tiny.en: 4 files are intact (78.1 MB).\n"


def test_verify_damage(run: Run, damaged: None) -> None:
    """A damaged model gives 1 and one line that names the file."""
    outcome = run("models", "verify", "tiny.en")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("auricle: tiny.en: ")
    assert "is damaged" in outcome.err
    assert len(outcome.complaints) == 1


def test_verify_what_is_here(run: Run, damaged: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without names every model that is on this machine is checked, and a damaged one does not stop the others."""
    here, absent = weights.Presence("directory", 0), weights.Presence("absent", 0)
    monkeypatch.setattr(weights, "status", lambda name: here if name in ("tiny.en", "tiny") else absent)
    outcome = run("models", "verify")
    assert [line.split(": ")[1] for line in outcome.complaints] == ["tiny.en", "tiny"]


def test_absent(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that cannot be had gives 1 and says what to do; the others are done."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    outcome = run("models", "pull", "medium", "tiny.en")
    assert outcome.code == 1
    assert outcome.out.startswith("tiny.en: ")
    assert outcome.err.startswith("auricle: medium: ")
