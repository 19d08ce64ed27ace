"""Promises of auricle.identification.store: a directory is a catalogue or it isn't, and nothing half-done is ever one."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from auricle.errors import CatalogueError, CatalogueLocked, CorruptCatalogue, OutputError
from auricle.identification.changes import add, compact
from auricle.identification.lock import writing
from auricle.identification.store import Store
from auricle.identification.verification import verify
from tests.identification.made import addition


def opened(directory: Path, *, create: bool = True, readonly: bool = False, wait: float = 20.0) -> Store:
    """A catalogue's store."""
    return Store(directory, create=create, readonly=readonly, wait=wait)


def test_no_catalogue(tmp_path: Path) -> None:
    """A directory without one is not made into one unless asked to, and never by a reader."""
    for readonly in (False, True):
        with pytest.raises(CatalogueError, match="no catalogue"):
            opened(tmp_path / "a", create=readonly, readonly=readonly)
    assert list(tmp_path.iterdir()) == []


def test_where_no_directory_can_be(tmp_path: Path) -> None:
    """Inside a file, for one."""
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        opened(tmp_path / "file" / "a")


def test_another_version(tmp_path: Path) -> None:
    """An index that was made with other landmarks says so, instead of recognising nothing."""
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "catalogue.sqlite") as database:
        database.execute("UPDATE about SET value = '0' WHERE key = 'landmarks'")
    database.close()
    with pytest.raises(CatalogueError, match=r"another version of auricle .*landmarks 0"):
        opened(tmp_path)


def test_no_database(tmp_path: Path) -> None:
    """A file that is something else is damage, named."""
    (tmp_path / "catalogue.sqlite").write_bytes(b"something else" * 100)
    with pytest.raises(CorruptCatalogue, match="damaged"):
        opened(tmp_path)


def test_readers_change_nothing(tmp_path: Path) -> None:
    """A store that is open for reading says so when asked for a change."""
    opened(tmp_path).close()
    store = opened(tmp_path, readonly=True)
    with pytest.raises(CatalogueError, match="reading only"):
        add(store, [addition("a", 1)])
    store.close()


def test_one_writer(tmp_path: Path) -> None:
    """A second one gets a sentence after a moment, in this process as in another; reading goes on."""
    store = opened(tmp_path, wait=0.05)
    with writing(tmp_path / "writer.lock"):
        with pytest.raises(CatalogueLocked, match=r"another process has been writing to .* try again"):
            add(store, [addition("a", 1)])
        assert verify(store).recordings == 0
    add(store, [addition("a", 1)])
    assert verify(store).recordings == 1
    store.close()


def test_a_transaction_is_whole_or_nothing(tmp_path: Path) -> None:
    """An error within it takes everything back."""
    store = opened(tmp_path)
    with pytest.raises(ZeroDivisionError), store.committing() as database:
        database.execute("INSERT INTO recordings VALUES (1, 'a', 1.0, 1.0, '{}', 0)")
        1 / 0  # noqa: B018 any error
    assert (verify(store).recordings, store.generation()) == (0, 0)
    store.close()


def test_leftovers_are_swept(tmp_path: Path) -> None:
    """What no transaction names goes when somebody writes, and what is not ours stays."""
    store = opened(tmp_path)
    add(store, [addition("a", 1)])
    for name in ("0123.postings", ".4567.part", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    compact(store)
    assert verify(store).problems == ()
    assert {path.name for path in tmp_path.iterdir()} >= {"notes.txt", "catalogue.sqlite", "writer.lock"}
    assert len(list(tmp_path.iterdir())) == 4
    store.close()


def test_threads(tmp_path: Path) -> None:
    """Many threads may add through one store and through stores of their own, and nothing is lost."""
    store = opened(tmp_path)

    def work(first: int) -> None:
        own = opened(tmp_path)
        for number in range(first, first + 4):
            add(own if number % 2 else store, [addition(f"{number}", number, 50)])
        own.close()

    threads = [threading.Thread(target=work, args=(10 * place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (verify(store).recordings, verify(store).problems) == (16, ())
    store.close()
