"""Errors in the words of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from auricle.cli import failures
from auricle.errors import CorruptAudio, OptionError
from tests.cli.conftest import Run


def said(capsys: pytest.CaptureFixture[str], name: str | None, error: CorruptAudio | OptionError, *, salvage: bool = False) -> str:
    """The line, without its end."""
    failures.report(name, error, salvage=salvage)
    return capsys.readouterr().err.removesuffix("\n")


def test_salvage_is_an_option_where_there_is_one(run: Run, cut: Path, tmp_path: Path) -> None:
    """What is cut off can be used with --salvage, in every command that has it."""
    for words in (("convert", cut, tmp_path / "a.wav"), ("enhance", cut, "-o", tmp_path / "a.wav", "--level"), ("loudness", cut)):
        outcome = run(*words)
        assert outcome.code == 1
        assert "add --salvage to use what there is" in outcome.err


def test_salvage_where_there_is_no_option(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody is told of an option that the command has not."""
    assert "--salvage" not in said(capsys, "a.wav", CorruptAudio("a.wav is cut off; ask for salvage to use what there is."))


@pytest.mark.parametrize("words", [("convert", "a.raw", "b.wav"), ("enhance", "a.raw", "-o", "b.wav", "--level")])
def test_raw_samples_are_described_by_options(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    """All three that may be needed are called as they are typed."""
    monkeypatch.chdir(tmp_path)
    Path("a.raw").write_bytes(bytes(4000))
    outcome = run(*words, "--input-format", "pcm")
    assert outcome.code == 2
    assert outcome.err.endswith("--rate: raw samples have no header; say their --rate (and --channels, --bit-depth).\n")
