"""The words of identification."""

from __future__ import annotations

import pytest

from auricle.cli.parser import parse


def test_files_may_stand_on_both_sides() -> None:
    """Of options, for each command that takes several."""
    assert parse(["identify", "a", "--catalogue", "d", "b"]).files == ["a", "b"]
    assert parse(["catalogue", "add", "--catalogue", "d", "a", "--replace", "b"]).files == ["a", "b"]
    assert parse(["catalogue", "remove", "a", "--catalogue", "d", "b"]).ids == ["a", "b"]


def test_metadata() -> None:
    """Keys are those of tags, in lower case; values may hold the sign."""
    assert parse(["catalogue", "add", "a", "--meta", "Title=A=B", "--meta", "x="]).meta == [("title", "A=B"), ("x", "")]


@pytest.mark.parametrize(
    "words",
    [
        ["catalogue"],
        ["catalogue", "add"],
        ["catalogue", "remove"],
        ["catalogue", "sing"],
        ["catalogue", "list", "a"],
        ["catalogue", "add", "a", "--meta", "=b"],
        ["identify", "--catalogue", "d"],
        ["fingerprint", "a", "--length", "3", "--all"],
        ["duplicates"],
    ],
)
def test_wrong_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Gives 2 and says what is wrong."""
    with pytest.raises(SystemExit, match="2"):
        parse(words)
    assert "error: " in capsys.readouterr().err
