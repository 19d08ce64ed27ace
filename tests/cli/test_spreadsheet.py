"""Tables for spreadsheets."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from auricle.cli.inputs import Input
from auricle.cli.spreadsheet import file_cell, spreadsheet, text_cell


def test_a_file(tmp_path: Path) -> None:
    """It has the mark that Excel needs, and whatever stands in a cell comes back."""
    path = tmp_path / "table.csv"
    with spreadsheet(str(path), ["a", "b"]) as add:
        add(['x, "y"', 1.5])
        add(["ü", None])
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [["a", "b"], ['x, "y"', "1.5"], ["ü", ""]]


def test_whole_or_not_at_all(tmp_path: Path) -> None:
    """What is interrupted leaves no file."""
    with pytest.raises(KeyboardInterrupt), spreadsheet(str(tmp_path / "table.csv"), ["a"]) as add:
        add([1])
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_standard_output_and_none(capsys: pytest.CaptureFixture[str]) -> None:
    """A hyphen is standard output, None is nowhere."""
    with spreadsheet("-", ["a"]) as add, spreadsheet(None, ["a"]) as drop:
        add([1])
        drop([2])
    assert capsys.readouterr().out == "a\n1\n"


@pytest.mark.parametrize("sign", "=+-@")
def test_no_formulas(sign: str) -> None:
    """What a spreadsheet would calculate is a path or a text to it."""
    assert file_cell(Input(Path(f"{sign}a.mp3"))) == f"./{sign}a.mp3"
    assert text_cell(f"{sign}SUM(A1)") == f"'{sign}SUM(A1)"
    assert text_cell("a\nb=c") == "a\N{REPLACEMENT CHARACTER}b=c"
