"""Rows of a catalogue's database ↔ entries.

SQLite sees to its pages' structure, not to their content: each recording's row has a checksum of what is kept of it.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

import numpy as np

from auricle.errors import CorruptCatalogue
from auricle.identification.chromaprint import Fingerprint
from auricle.identification.index import Words
from auricle.identification.naming import encodable
from auricle.identification.postings import MEND
from auricle.identification.results import Entry

__all__ = ["damaged", "entries", "entry", "fingerprints", "insert", "named"]

_COLUMNS = "number, id, duration, metadata, added, landmarks"
_SELECT = f"SELECT {_COLUMNS} FROM recordings"  # noqa: S608 our own words
_ALL = f"SELECT {_COLUMNS}, checksum, words FROM recordings LEFT JOIN chromaprints USING (number) ORDER BY number"  # noqa: S608

_Row = tuple[int, str, float, str, float, int]


def entries(database: sqlite3.Connection, offset: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
    """Those after the first ``offset``, ``limit`` at most, in the order in which they were added."""
    rows = database.execute(f"{_SELECT} ORDER BY number LIMIT ? OFFSET ?", (-1 if limit is None else limit, offset))
    return tuple(_entry(row) for row in rows)


def entry(database: sqlite3.Connection, name: str) -> Entry | None:
    """The one of that id, if there is one."""
    row = database.execute(f"{_SELECT} WHERE id = ?", (name,)).fetchone() if encodable(name) else None
    return _entry(row) if row else None


def named(database: sqlite3.Connection, numbers: Collection[int]) -> dict[int, Entry]:
    """Those of some numbers, as far as they are there still."""
    rows = (database.execute(f"{_SELECT} WHERE number = ?", (number,)).fetchone() for number in numbers)
    return {row[0]: _entry(row) for row in rows if row}


def insert(database: sqlite3.Connection, number: int, new: Entry, chromaprint: Words, file: str) -> None:
    """Keep a recording, whose landmarks are in a ``file`` that the database names."""
    words = chromaprint.astype("<u4").tobytes()
    row = (number, new.id, float(new.duration), json.dumps(dict(new.metadata), ensure_ascii=False), new.added, new.landmarks)
    kept = f"INSERT INTO recordings ({_COLUMNS}, checksum, file) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 our own words
    database.execute(kept, (*row, _checksum(row, words), file))
    database.execute("INSERT INTO chromaprints VALUES (?, ?)", (number, words))


def fingerprints(database: sqlite3.Connection) -> dict[str, Fingerprint]:
    """Of all recordings, by their ids.

    Raises:
        CorruptCatalogue: one is not as it was written.
    """
    return {row[1]: Fingerprint(row[2], np.frombuffer(words, "<u4")) for row, words in map(_sound, database.execute(_ALL))}


def damaged(database: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Numbers and ids of the recordings that are not as they were written."""
    for *row, checksum, words in database.execute(_ALL):
        if checksum != _checksum(tuple(row), words):
            yield row[0], str(row[1])


def _sound(columns: tuple[object, ...]) -> tuple[_Row, bytes]:
    *row, checksum, words = columns
    if checksum != _checksum(tuple(row), words):
        raise _corrupt(row[1])
    return tuple(row), words  # type: ignore[return-value]  # what has its checksum has its types


def _checksum(row: tuple[object, ...], words: object) -> int:
    """CRC-32 of a recording's columns as Python writes them, and of its fingerprint; damage can have changed their types, too."""
    return zlib.crc32(words if isinstance(words, bytes) else b"", zlib.crc32(ascii(row).encode()))


def _entry(row: _Row) -> Entry:
    _, name, duration, text, added, landmarks = row
    try:
        metadata: Mapping[str, str] = json.loads(text)
        return Entry(name, float(duration), MappingProxyType(metadata), float(added), int(landmarks))
    except (TypeError, ValueError) as error:
        raise _corrupt(name) from error


def _corrupt(name: object) -> CorruptCatalogue:
    return CorruptCatalogue(f"what the catalogue says of the recording {name!r} is damaged; {MEND}.")
