"""What was recognised as a table for spreadsheets: a row for each query, or for each stretch of a timeline."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from auricle.cli.inputs import Input
from auricle.cli.spreadsheet import Cell, file_cell, text_cell

if TYPE_CHECKING:
    from auricle.wire.identification import WireIdentification, WireMatch

__all__ = ["COLUMNS", "rows"]

COLUMNS = ("file", "start_s", "end_s", "id", "title", "artist", "offset_s", "score", "votes", "speed", "pitch")


def rows(file: Input, found: WireIdentification) -> Iterator[list[Cell]]:
    """Of a query; what is unknown has one row, too, whose other cells are empty."""
    matches = found["timeline"] if "timeline" in found else [found["match"]]
    for match in matches or [None]:
        yield [file_cell(file), *(_cells(match) if match else [None] * (len(COLUMNS) - 1))]


def _cells(match: WireMatch) -> list[Cell]:
    known = match["metadata"]
    return [
        *(match["start"], match["end"], text_cell(match["id"])),
        *(text_cell(known.get("title", "")), text_cell(known.get("artist", ""))),
        *(match["offset"], match["score"], match["votes"], match["speed"], match["pitch"]),
    ]
