"""How audio is read, and standard output for it: only where somebody can take it."""

from __future__ import annotations

import io
import sys

import pytest

from auricle.cli.parser import parse
from auricle.cli.targets import reading_of, standard_output
from auricle.errors import OptionError, OutputError


class Terminal(io.TextIOWrapper):
    """A standard output that is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes go straight to where standard output goes."""
    pipe = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe))
    assert standard_output() is pipe


def test_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal is refused, for audio would be noise on it."""
    monkeypatch.setattr(sys, "stdout", Terminal(io.BytesIO()))
    with pytest.raises(OptionError, match="audio is not for the eyes"):
        standard_output()


def test_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shell's `>&-` is an error with a sentence."""
    monkeypatch.setattr(sys, "stdout", None)
    with pytest.raises(OutputError, match="cannot write standard output: it is closed"):
        standard_output()


def test_raw_samples_are_described() -> None:
    """Rate, channels and bit depth are those of the samples; what has a header says its own."""
    raw = reading_of(parse(["analyze", "a.raw", "--input-format", "pcm", "--rate", "8000", "--channels", "2", "--bit-depth", "24"]))
    assert (raw.raw_demuxer is not None, raw.sample_rate, raw.channels, raw.bit_depth) == (True, 8000, 2, 24)
    assert reading_of(parse(["analyze", "a.flac", "--input-format", "flac"])).input_format == "flac"


@pytest.mark.parametrize(
    ("words", "field"), [(["--channels", "2"], "channels"), (["--input-format", "pcm"], "rate"), (["--bit-depth", "16"], "bit_depth")]
)
def test_raw_samples_are_not_described(words: list[str], field: str) -> None:
    """Half a description, or one of nothing, is refused."""
    with pytest.raises(OptionError) as caught:
        reading_of(parse(["analyze", "a.raw", *words]))
    assert caught.value.field == field
