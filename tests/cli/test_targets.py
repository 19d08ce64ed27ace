"""Audio on standard output: only where somebody can take it."""

from __future__ import annotations

import io
import sys

import pytest

from auricle.cli.targets import standard_output
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
