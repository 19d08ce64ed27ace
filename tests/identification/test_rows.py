"""Promises of auricle.identification.rows: what was stored of a recording comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from auricle.identification.changes import add
from auricle.identification.rows import entries, entry, named
from auricle.identification.store import Store
from tests.identification.made import addition


def test_entries_come_back(tmp_path: Path) -> None:
    """By id, by number, all in order; any text in any language; those that are not there are left out."""
    store = Store(tmp_path, create=True, readonly=False)
    metadata = {"título": 'l\'"été"\n\\', "🎵": "", "a": "\0"}
    added = add(store, [replace(addition("ü'; DROP TABLE", 1), metadata=metadata), addition("b", 2)])
    with store.reading() as database:
        assert list(entries(database)) == added
        assert entry(database, "ü'; DROP TABLE") == added[0]
        assert entry(database, "c") is None
        assert named(database, {2, 7}) == {2: added[1]}
    store.close()
