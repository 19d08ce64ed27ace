"""`auricle voices`: what is there, what it can do, and how to get what is not."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace

import pytest

from auricle import weights
from auricle.cli import voices as command
from auricle.voice import Voice, voices
from tests.cli.conftest import Run

EVA = Voice(
    "eva", "piper", ("de-DE", "de-AT", "en-GB", "fr-FR", "it-IT"), "CC0-1.0", emotions=("neutral", "angry"), speeds=(0.5, 2.0), cloning=True
)


@pytest.fixture
def eva(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another voice."""
    monkeypatch.setattr(command, "voices", lambda: (*voices(), EVA))


def test_table(run: Run) -> None:
    """Every voice has a line with its languages and its licence; the first one is marked as the default."""
    outcome = run("voices")
    lines = outcome.out.splitlines()[1:]
    assert (outcome.code, [line.split()[0] for line in lines]) == (0, [voice.name for voice in voices()])
    assert [line.split()[0] for line in lines if "the default" in line] == ["heart"]
    assert all(voice.licence in line and voice.languages[0] in line for voice, line in zip(voices(), lines, strict=True))


@pytest.mark.usefixtures("eva")
def test_what_a_voice_can_do(run: Run) -> None:
    """Speeds, emotions, word times and cloning are said; of many languages some."""
    line = run("voices").out.splitlines()[-1]
    cells = [cell for cell in line.split("  ") if cell]
    assert [cell.strip() for cell in cells] == [
        *("eva", "de-DE, de-AT, en-GB, fr-FR and 1 more", "-", "0.5-2", "neutral, angry", "no", "piper", "CC0-1.0", "imitates a recording")
    ]


@pytest.mark.usefixtures("eva")
@pytest.mark.parametrize("language", ["de", "de-AT", "DE_at"])
def test_by_language(run: Run, language: str) -> None:
    """Only those that speak a language, or one of its kinds, however it is written."""
    assert [line.split()[0] for line in run("voices", "--language", language).out.splitlines()[1:]] == ["eva"]


def test_a_language_that_nobody_speaks(run: Run) -> None:
    """It is refused with those that somebody does; as JSON it is an empty list."""
    outcome = run("voices", "--language", "tlh")
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.complaints[0].startswith("auricle: --language: no voice on this machine speaks 'tlh'; use one of: ")
    assert json.loads(run("voices", "--language", "tlh", "--json").out)["voices"] == []


@pytest.mark.usefixtures("eva")
def test_as_json(run: Run) -> None:
    """As JSON, the same facts and nothing else."""
    outcome = run("voices", "--json")
    shape = json.loads(outcome.out)
    assert (outcome.err, shape["default"]) == ("", voices()[0].name)
    assert [voice["name"] for voice in shape["voices"]] == [*(voice.name for voice in voices()), "eva"]
    assert shape["voices"][-1]["languages"] == list(EVA.languages)


def test_what_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What could speak too is said with the line that brings it, on standard error."""
    monkeypatch.setattr(command, "voices", lambda: ())
    monkeypatch.setattr(weights, "status", lambda name: weights.Presence("absent", 0))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    outcome = run("voices")
    assert (outcome.code, outcome.out) == (0, "")
    for hint in (
        'pip install "auricle[voice]"',
        "auricle models pull kokoro",
        'pip install "auricle[piper]"',
        'pip install "auricle[xtts]"',
    ):
        assert hint in outcome.err


def test_what_is_there_is_not_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all is there nothing is said but what may be added."""
    here = (*voices(), EVA, replace(EVA, name="af_eva", engine="kokoro"))
    monkeypatch.setattr(command, "voices", lambda: here)
    monkeypatch.setattr(weights, "status", lambda name: weights.Presence("cache", 0))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert run("voices").err == ""


def test_a_model_without_voices(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kokoro's network says nothing without one of its voices: where they go is said."""
    here = [voice for voice in voices() if voice.engine != "kokoro"]
    monkeypatch.setattr(command, "voices", lambda: here)
    monkeypatch.setattr(weights, "status", lambda name: weights.Presence("package", 0))
    assert "folder kokoro of AURICLE_MODELS" in run("voices").err
