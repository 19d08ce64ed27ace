"""Rows of a catalogue's database → entries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from types import MappingProxyType

from auricle.identification.results import Entry

__all__ = ["entries", "entry", "named"]

_COLUMNS = "SELECT number, id, duration, metadata, added FROM recordings"


def entries(database: sqlite3.Connection, offset: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
    """Those after the first ``offset``, ``limit`` at most, in the order in which they were added."""
    rows = database.execute(f"{_COLUMNS} ORDER BY number LIMIT ? OFFSET ?", (-1 if limit is None else limit, offset))
    return tuple(_entry(row) for row in rows)


def entry(database: sqlite3.Connection, name: str) -> Entry | None:
    """The one of that id, if there is one."""
    row = database.execute(f"{_COLUMNS} WHERE id = ?", (name,)).fetchone()
    return _entry(row) if row else None


def named(database: sqlite3.Connection, numbers: Collection[int]) -> dict[int, Entry]:
    """Those of some numbers, as far as they are there still."""
    rows = (database.execute(f"{_COLUMNS} WHERE number = ?", (number,)).fetchone() for number in numbers)
    return {row[0]: _entry(row) for row in rows if row}


def _entry(row: tuple[int, str, float, str, float]) -> Entry:
    _, name, duration, metadata, added = row
    return Entry(name, duration, MappingProxyType(json.loads(metadata)), added)
