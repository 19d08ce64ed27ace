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


def test_an_empty_database(tmp_path: Path) -> None:
    """A file of no bytes is not called damaged, for nothing is in it: it says what to do."""
    (tmp_path / "catalogue.sqlite").touch()
    with pytest.raises(CorruptCatalogue, match=r"is empty; .* or delete it to begin a new catalogue"):
        opened(tmp_path)


@pytest.mark.parametrize("create", [True, False])
def test_a_file_instead_of_a_directory(tmp_path: Path, create: bool) -> None:
    """Says that a directory is wanted, and leaves the file alone."""
    (tmp_path / "song.wav").write_bytes(b"song")
    with pytest.raises(CatalogueError, match=r"song\.wav is a file; a catalogue is a directory"):
        opened(tmp_path / "song.wav", create=create)
    assert (tmp_path / "song.wav").read_bytes() == b"song"


def test_a_closed_store(tmp_path: Path) -> None:
    """It says that it is closed, not that anything is damaged; closing it again is nothing."""
    store = opened(tmp_path)
    store.close()
    store.close()
    for use in (store.generation, lambda: verify(store), lambda: add(store, [addition("a", 1)]), lambda: compact(store)):
        with pytest.raises(CatalogueError, match="is closed; open it again") as caught:
            use()
        assert not isinstance(caught.value, CorruptCatalogue)


def test_a_lost_generation(tmp_path: Path) -> None:
    """A damaged number of changes is damage, named."""
    store = opened(tmp_path)
    for change in ("UPDATE about SET value = '\x02?' WHERE key = 'generation'", "DELETE FROM about WHERE key = 'generation'"):
        with sqlite3.connect(tmp_path / "catalogue.sqlite") as database:
            database.execute(change)
        database.close()
        with pytest.raises(CorruptCatalogue, match="generation"):
            verify(store)
    store.close()


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
        database.execute("INSERT INTO files VALUES ('a', 0, 0, '')")
        1 / 0  # noqa: B018 any error
    assert (verify(store).problems, store.generation()) == ((), 0)
    store.close()


def test_leftovers_are_swept(tmp_path: Path) -> None:
    """What no transaction names goes when somebody writes, and what is not ours stays."""
    store = opened(tmp_path)
    add(store, [addition("a", 1)])
    for name in ("0123.postings", ".4567.part", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    add(store, [addition("b", 2)])
    compact(store)
    assert verify(store).problems == ()
    assert {path.name for path in tmp_path.iterdir()} >= {"notes.txt", "catalogue.sqlite", "writer.lock"}
    assert len(list(tmp_path.iterdir())) == 4
    store.close()


def test_a_change_that_fails_leaves_no_file(tmp_path: Path) -> None:
    """When the disk is full after the postings were written, they do not stay there; what is there already does."""
    store = opened(tmp_path)
    add(store, [addition("a", 1)])
    before = {path.name for path in tmp_path.iterdir()}
    with sqlite3.connect(tmp_path / "catalogue.sqlite", isolation_level=None) as database:
        (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.close()
    with store.reading() as database:
        database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(OutputError):
        add(store, [addition(f"{number}" * 1000, number) for number in range(9)])
    assert {path.name for path in tmp_path.iterdir()} == before
    assert (verify(store).recordings, verify(store).problems) == (1, ())
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
