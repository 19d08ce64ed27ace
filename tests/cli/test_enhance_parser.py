"""The words of `auricle enhance`: values that options need not have, and numbers below zero."""

from __future__ import annotations

from pathlib import Path

import pytest

from auricle.cli.parser import build, parse
from auricle.errors import OptionError


@pytest.mark.parametrize("option", ["declick", "hum", "deess", "trim"])
def test_a_value_follows_with_a_sign(option: str) -> None:
    """``--trim a.wav`` names a file, ``--trim=-50`` has a value; an option that is not there is None."""
    bare = parse(["enhance", f"--{option}", "a.wav", "-o", "b.wav"])
    assert (bare.files, getattr(bare, option)) == (["a.wav"], True)
    assert getattr(parse(["enhance", "a.wav", "-o", "b.wav", f"--{option}=-0.5"]), option) == -0.5
    assert getattr(parse(["enhance", "a.wav", "-o", "b.wav"]), option) is None


@pytest.mark.parametrize(
    ("option", "word"),
    [
        *(("denoise", "12"), ("denoise", "rnnoise"), ("denoise", "spectral:9.5"), ("denoise", ":9")),
        *(("trim", "-50"), ("hum", "50"), ("declick", "0.7"), ("deess", "6")),
    ],
)
def test_a_value_that_lacks_its_sign(option: str, word: str) -> None:
    """It is not taken for a recording: what to write is said, with the option's name."""
    with pytest.raises(OptionError, match=f"write --{option}={word}\\.") as caught:
        parse(["enhance", "a.wav", "-o", "b.wav", f"--{option}", word])
    assert caught.value.field == option


def test_a_recording_may_be_named_like_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there is meant, and what looks like no value is a recording that may be missing."""
    monkeypatch.chdir(tmp_path)
    Path("12").touch()
    assert parse(["enhance", "-o", "b.wav", "--denoise", "12"]).files == ["12"]
    assert parse(["enhance", "-o", "b.wav", "--hum", "spectral", "--denoise", "talk.wav"]).files == ["spectral", "talk.wav"]


def test_help_does_not_break_the_steps(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The list of steps can be broken between them, never inside of one."""
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        build().parse_args(["enhance", "--help"])
    steps = " ".join(capsys.readouterr().out.split()).partition("another order than ")[2]
    assert steps.startswith("declip, declick, hum, denoise, eq, deess, level, trim, loudness, true-peak")


@pytest.mark.parametrize(("word", "value"), [("-16", -16.0), ("-16.5", -16.5), ("podcast", "podcast"), ("3", 3.0)])
def test_loudness_is_a_number_or_a_name(word: str, value: float | str) -> None:
    """A number below zero is no option, with and without the sign between."""
    assert parse(["enhance", "a.wav", "--loudness", word, "-o", "b.wav"]).loudness == value
    assert parse(["enhance", "a.wav", f"--loudness={word}", "-o", "b.wav"]).loudness == value


def test_a_true_peak_below_zero() -> None:
    """The same for --true-peak."""
    assert parse(["enhance", "a.wav", "-o", "b.wav", "--loudness", "ebu", "--true-peak", "-1.5"]).true_peak == -1.5


def test_bands_may_come_together_or_one_by_one() -> None:
    """--eq takes several, and may be there several times."""
    words = ["enhance", "a.wav", "-o", "b.wav", "--eq", "100:-3:1.0", "high_pass@80", "--eq", "3000:2"]
    assert parse(words).eq == ["100:-3:1.0", "high_pass@80", "3000:2"]


def test_files_on_both_sides() -> None:
    """Files may stand before and behind the options."""
    assert parse(["enhance", "a.wav", "--denoise", "-o", "out", "b.wav"]).files == ["a.wav", "b.wav"]


def test_other_commands_keep_their_words() -> None:
    """The text of another command is not touched."""
    assert parse(["speak", "--", "--denoise"]).text == ["--denoise"]
