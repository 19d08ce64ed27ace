"""Tables for spreadsheets: CSV that Excel opens as what it is."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from auricle.atomic import replacing
from auricle.cli import output
from auricle.cli.inputs import Input
from auricle.cli.trees import STANDARD

__all__ = ["Cell", "file_cell", "spreadsheet", "text_cell"]

Cell = str | float | None

_FORMULAS = ("=", "+", "-", "@")  # how what a spreadsheet would calculate begins


@contextlib.contextmanager
def spreadsheet(path: str | None, columns: Sequence[str]) -> Iterator[Callable[[Iterable[Cell]], None]]:
    """Gives what adds a row to the file, which is there, whole, when the block ends well; "-" is standard output, None nothing.

    A file has the byte order mark that Excel needs to read UTF-8.

    Raises:
        OutputError: it cannot be written.
    """
    if path is None:
        yield lambda cells: None
    elif path == STANDARD:
        output.say(_line(columns))
        yield lambda cells: output.say(_line(cells))
    else:
        with replacing(Path(path)) as opened:
            opened.write(_line(columns).encode("utf-8-sig"))

            def add(cells: Iterable[Cell]) -> None:
                opened.write(_line(cells).encode())

            yield add


def file_cell(file: Input) -> str:
    """The recording's path; a spreadsheet would take one that begins with such a sign for a formula."""
    word = output.printable(file.name)
    return f"./{word}" if word.startswith(_FORMULAS) else word


def text_cell(text: str) -> str:
    """A stranger's text, behind the sign that spreadsheets know text by where they would calculate it."""
    word = output.printable(text)
    return f"'{word}" if word.startswith(_FORMULAS) else word


def _line(cells: Iterable[Cell]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()
