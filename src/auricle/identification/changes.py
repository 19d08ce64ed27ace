"""What changes a catalogue: each change is acknowledged by one transaction, after what it needs is on the disk (see `store`)."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from auricle.errors import CorruptCatalogue, OutputError, RecordingExists, UnknownRecording
from auricle.identification.hearing import Heard
from auricle.identification.merging import Live, crowded, grouped, merge
from auricle.identification.naming import encodable
from auricle.identification.postings import MEND, PostingsFile, Written, write_landmarks
from auricle.identification.results import Entry
from auricle.identification.rows import damaged, insert
from auricle.identification.store import Store

__all__ = ["Addition", "add", "compact", "refuse_existing", "remove"]

_log = logging.getLogger(__name__)

_DEAD = 0.5  # of a file's recordings: from then on what is left of it is copied


@dataclass(frozen=True, slots=True, eq=False)
class Addition:
    """A recording that is to be added.

    Attributes:
        id: its name.
        metadata: what is to be kept of its owner's words.
        heard: what it sounds like.
        replace: whether it takes the place of one of the same id.
    """

    id: str
    metadata: Mapping[str, str]
    heard: Heard
    replace: bool = False


def refuse_existing(store: Store, name: str) -> None:
    """Raise `RecordingExists` if there is a recording of that id."""
    with store.reading() as database:
        if _exists(database, name):
            raise _existing(name)


def add(store: Store, additions: Sequence[Addition]) -> list[Entry | RecordingExists]:
    """Add what can be added of some recordings, in one transaction; for each its entry, or why not.

    Raises:
        CorruptCatalogue: a file is missing or cut off, and not everything is to be replaced, which is what mends it.
        CatalogueError: the catalogue cannot be changed now, or at all.
        OutputError: the disk is full, for example; nothing was added.
    """
    with store.writing():
        if not all(one.replace for one in additions):
            for name in _files(store)[0]:
                store.postings_file(name)
        with store.reading() as database:
            refusals = _refusals(database, additions)
            accepted = (one for one, refused in zip(additions, refusals, strict=True) if not refused)
            numbered = list(enumerate(accepted, _next_number(database)))  # for what is refused no number: the next one would have it again
        added = iter(_written(store, numbered) if numbered else ())
        with _done_anyway():
            _tidy(store)
    return [refused or next(added) for refused in refusals]


def remove(store: Store, name: str) -> None:
    """Forget a recording.

    Raises:
        UnknownRecording: there is none of that id.
        CatalogueError: the catalogue cannot be changed now, or at all.
    """
    with store.writing():
        with store.committing() as database:
            if not encodable(name) or not database.execute("DELETE FROM recordings WHERE id = ?", (name,)).rowcount:
                raise UnknownRecording(f"there is no recording {name!r} in the catalogue.")
            _forget_unneeded(database)
        with _done_anyway():
            _sparse(store)


def compact(store: Store) -> tuple[str, ...]:
    """Make few files of all that is sound, and give the room of what has been removed back to the disk.

    Returns:
        Ids of the recordings that were damaged, or whose landmarks were. They are forgotten; adding them again mends the catalogue.

    Raises:
        CatalogueError: the catalogue cannot be changed now, or its database is damaged.
        OutputError: the disk is full, for example; what was sound is still there.
    """
    with store.writing():
        lost = _forget_damaged(store)
        sizes, numbers = _files(store)
        for names in grouped(sizes):
            files = [store.postings_file(name) for name in names]
            if len(names) > 1 or not _live(files, numbers)[0].all():
                _merge(store, names, files, _live(files, numbers))
        store.vacuum()
    return lost


@contextlib.contextmanager
def _done_anyway() -> Iterator[None]:
    """After a change that is on the disk: whether there is room for a merge is not part of it, and damage that it meets is only told."""
    try:
        yield
    except OutputError:
        pass
    except CorruptCatalogue as error:
        _log.warning("%s", error)


def _written(store: Store, numbered: Sequence[tuple[int, Addition]]) -> list[Entry]:
    """The entries of recordings that are on the disk now."""
    path = store.new_file()
    written = write_landmarks(path, [(number, one.heard.landmarks) for number, one in numbered])
    store.keep()
    with store.committing() as database:
        _enter(database, path, written)
        added = [_insert(database, number, one, path.name) for number, one in numbered]
        _forget_unneeded(database)
    return added


def _forget_damaged(store: Store) -> tuple[str, ...]:
    """Forget damaged files, and the recordings that lie in them or are damaged themselves, whose ids these are."""
    sound = {name for name in _files(store)[0] if _is_sound(store, name)}
    with store.reading() as database:
        lost = dict(damaged(database))
        lost |= {number: name for number, name, file in database.execute("SELECT number, id, file FROM recordings") if file not in sound}
    with store.committing() as database:
        database.executemany("DELETE FROM recordings WHERE number = ?", [(number,) for number in lost])
        database.execute("DELETE FROM chromaprints WHERE number NOT IN (SELECT number FROM recordings)")
        _forget_unneeded(database)
    return tuple(name for _, name in sorted(lost.items()))


def _forget_unneeded(database: sqlite3.Connection) -> None:
    """Forget files that hold no recording any more, damaged ones as well; `Store.writing` deletes them in the end."""
    database.execute("DELETE FROM files WHERE name NOT IN (SELECT file FROM recordings)")


def _tidy(store: Store) -> None:
    """Merge until no files are crowded."""
    while True:
        sizes, numbers = _files(store)
        names = crowded(sizes)
        if not names:
            return
        files = [_checked(store, name) for name in names]
        if not _merge(store, names, files, _live(files, numbers)):
            return


def _sparse(store: Store) -> None:
    """Copy files most of whose recordings are gone."""
    sizes, numbers = _files(store)
    for name in sizes:
        live = _live([store.postings_file(name)], numbers)
        if live[0].sum() < _DEAD * len(live[0]):
            _merge(store, [name], [_checked(store, name)], live)


def _merge(store: Store, names: Sequence[str], files: Sequence[PostingsFile], live: Sequence[Live]) -> bool:
    """Put one file in the place of some; whether that could be."""
    path = store.new_file()
    written = merge(path, files, live)
    if written is None:
        return False
    store.keep()
    with store.committing() as database:
        _enter(database, path, written)
        database.executemany("UPDATE recordings SET file = ? WHERE file = ?", [(path.name, name) for name in names])
        database.executemany("DELETE FROM files WHERE name = ?", [(name,) for name in names])
    store.discard(names)
    return True


def _files(store: Store) -> tuple[dict[str, int], np.ndarray[tuple[int], np.dtype[np.uint32]]]:
    """Numbers of postings by the names of files, and the numbers of all recordings."""
    with store.reading() as database:
        sizes = dict(database.execute("SELECT name, postings FROM files ORDER BY name").fetchall())
        numbers = database.execute("SELECT number FROM recordings").fetchall()
    return sizes, np.array(numbers, np.uint32).reshape(-1)


def _live(files: Sequence[PostingsFile], numbers: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> list[Live]:
    return [np.isin(file.slots.numbers, numbers) for file in files]


def _checked(store: Store, name: str) -> PostingsFile:
    """A file whose content is what was written: a merge would give damage a new checksum."""
    with store.reading() as database:
        ((expected,),) = database.execute("SELECT sha256 FROM files WHERE name = ?", (name,)).fetchall()
    file = store.postings_file(name)
    if file.sha256() != expected:
        raise CorruptCatalogue(f"{name} in the catalogue is damaged; {MEND}.")
    return file


def _is_sound(store: Store, name: str) -> bool:
    try:
        _checked(store, name)
    except CorruptCatalogue:
        return False
    return True


def _refusals(database: sqlite3.Connection, additions: Sequence[Addition]) -> list[RecordingExists | None]:
    """For each: why it cannot be added."""
    refusals: list[RecordingExists | None] = []
    new: set[str] = set()
    for one in additions:
        there = one.id in new or _exists(database, one.id)
        refusals.append(_existing(one.id) if there and not one.replace else None)
        new.add(one.id)
    return refusals


def _next_number(database: sqlite3.Connection) -> int:
    row = database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'recordings'").fetchone()
    return row[0] + 1 if row else 1


def _insert(database: sqlite3.Connection, number: int, new: Addition, file: str) -> Entry:
    database.execute("DELETE FROM recordings WHERE id = ?", (new.id,))
    landmarks = new.heard.landmarks
    added = Entry(new.id, landmarks.duration, MappingProxyType(dict(new.metadata)), time.time(), len(landmarks.hashes))
    insert(database, number, added, new.heard.chromaprint, file)
    return added


def _exists(database: sqlite3.Connection, name: str) -> bool:
    return database.execute("SELECT 1 FROM recordings WHERE id = ?", (name,)).fetchone() is not None


def _existing(name: str) -> RecordingExists:
    return RecordingExists(f"the catalogue already has a recording {name!r}; choose another id, or ask to replace it.")


def _enter(database: sqlite3.Connection, path: Path, written: Written) -> None:
    database.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (path.name, written.postings, written.size, written.sha256))
