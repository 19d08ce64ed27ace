"""What changes a catalogue: each change is acknowledged by one transaction, after what it needs is on the disk (see `store`)."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from auricle.errors import CorruptCatalogue, OutputError, RecordingExists, UnknownRecording
from auricle.identification.hearing import Heard
from auricle.identification.merging import Live, crowded, grouped, merge
from auricle.identification.postings import PostingsFile, Written, write_landmarks
from auricle.identification.results import Entry
from auricle.identification.store import Store

__all__ = ["Addition", "add", "compact", "refuse_existing", "remove"]

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
        CatalogueError: the catalogue cannot be changed now, or at all.
        OutputError: the disk is full, for example; nothing was added.
    """
    with store.writing():
        with store.reading() as database:
            refusals = _refusals(database, additions)
            accepted = (one for one, refused in zip(additions, refusals, strict=True) if not refused)
            numbered = list(enumerate(accepted, _next_number(database)))  # for what is refused no number: the next one would have it again
        path = store.new_file()
        written = write_landmarks(path, [(number, one.heard.landmarks) for number, one in numbered])
        store.keep()
        with store.committing() as database:
            added = iter([_insert(database, number, one) for number, one in numbered])
            _enter(database, path, written)
        # It is added whether or not there is room for a merge, and a damaged file elsewhere is for `verify` to tell.
        with contextlib.suppress(OutputError, CorruptCatalogue):
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
            if not database.execute("DELETE FROM recordings WHERE id = ?", (name,)).rowcount:
                raise UnknownRecording(f"there is no recording {name!r} in the catalogue.")
        with contextlib.suppress(OutputError, CorruptCatalogue):
            _sparse(store)


def compact(store: Store) -> None:
    """Make few files of all, without what has been removed, and give the room back to the disk.

    Raises:
        CatalogueError: the catalogue cannot be changed now, or a file of it is damaged.
        OutputError: the disk is full, for example; nothing has changed.
    """
    with store.writing():
        store.sweep()
        sizes, numbers = _files(store)
        for names in grouped(sizes):
            files = [_checked(store, name) for name in names]
            if len(names) > 1 or not _live(files, numbers)[0].all():
                _merge(store, names, files, _live(files, numbers))
        store.vacuum()


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
        database.executemany("DELETE FROM files WHERE name = ?", [(name,) for name in names])
        _enter(database, path, written)
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
        raise CorruptCatalogue(f"{name} in the catalogue is damaged; add its recordings to a new catalogue.")
    return file


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


def _insert(database: sqlite3.Connection, number: int, new: Addition) -> Entry:
    database.execute("DELETE FROM recordings WHERE id = ?", (new.id,))
    landmarks, added = new.heard.landmarks, time.time()
    metadata = json.dumps(dict(new.metadata), ensure_ascii=False)
    row = (number, new.id, landmarks.duration, added, metadata, len(landmarks.hashes))
    database.execute("INSERT INTO recordings VALUES (?, ?, ?, ?, ?, ?)", row)
    database.execute("INSERT INTO chromaprints VALUES (?, ?)", (number, new.heard.chromaprint.astype("<u4").tobytes()))
    return Entry(new.id, landmarks.duration, MappingProxyType(dict(new.metadata)), added)


def _exists(database: sqlite3.Connection, name: str) -> bool:
    return database.execute("SELECT 1 FROM recordings WHERE id = ?", (name,)).fetchone() is not None


def _existing(name: str) -> RecordingExists:
    return RecordingExists(f"the catalogue already has a recording {name!r}; choose another id, or ask to replace it.")


def _enter(database: sqlite3.Connection, path: Path, written: Written) -> None:
    database.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (path.name, written.postings, written.size, written.sha256))
