"""Promises of auricle.identification.rows: what was stored of a recording comes back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auricle.errors import CorruptCatalogue
from auricle.identification.changes import add
from auricle.identification.rows import damaged, entries, entry, fingerprints, named
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
        assert entry(database, "bad\udcff.wav") is None
        assert [*damaged(database)] == []
        assert {name: known.raw.tolist() for name, known in fingerprints(database).items()} == {
            "ü'; DROP TABLE": [*range(1, 41)], "b": [*range(2, 42)]
        }  # fmt: skip
        assert named(database, {2, 7}) == {2: added[1]}
    store.close()


@pytest.mark.parametrize("metadata", ["{", "[1]", "5", None])
def test_rows_that_cannot_be_read(tmp_path: Path, metadata: str | None) -> None:
    """A damaged row is told as that by whoever meets it, with the recording's id."""
    store = Store(tmp_path, create=True, readonly=False)
    add(store, [addition("a", 1)])
    with store.committing() as database:
        database.execute("UPDATE recordings SET metadata = coalesce(?, CAST(x'ff' AS TEXT))", (metadata,))
    with pytest.raises(CorruptCatalogue, match=r"the recording 'a' is damaged; compact the catalogue"), store.reading() as database:
        entries(database)
    with pytest.raises(CorruptCatalogue, match="'a' is damaged"), store.reading() as database:
        fingerprints(database)
    store.close()


def test_half_a_fingerprint(tmp_path: Path) -> None:
    """Is damage, not half a word."""
    store = Store(tmp_path, create=True, readonly=False)
    add(store, [addition("a", 1)])
    with store.committing() as database:
        database.execute("UPDATE chromaprints SET words = x'010203'")
    with pytest.raises(CorruptCatalogue, match="'a' is damaged"), store.reading() as database:
        fingerprints(database)
    store.close()
