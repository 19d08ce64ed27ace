"""What was recognised, as a table for spreadsheets."""

from __future__ import annotations

from pathlib import Path

from auricle import wire
from auricle.cli.identify_table import COLUMNS, rows
from auricle.cli.inputs import Input
from auricle.identification.results import Entry, Identification, Match

MATCH = Match(Entry("=a", 60.0, {"title": "@Song", "artist": "Somebody"}), 0.04, 7.66, 20.0, 0.98765, 163, 1.02, 1.0)
FILE = Input(Path("clip.mp3"))


def test_a_match() -> None:
    """One row, rounded as the JSON is; what a spreadsheet would calculate is text."""
    (row,) = rows(FILE, wire.identification(Identification(8.0, MATCH)))
    assert row == ["clip.mp3", 0.04, 7.66, "'=a", "'@Song", "Somebody", 20.0, 0.9877, 163, 1.02, 1.0]


def test_a_timeline() -> None:
    """A row for each stretch."""
    found = wire.identification(Identification(8.0, MATCH, (MATCH, MATCH)), timeline=True)
    assert len(list(rows(FILE, found))) == 2


def test_unknown() -> None:
    """One row that has nothing but the file, with a timeline and without."""
    for timeline in (False, True):
        assert list(rows(FILE, wire.identification(Identification(8.0, None), timeline=timeline))) == [
            ["clip.mp3", *[None] * (len(COLUMNS) - 1)]
        ]
