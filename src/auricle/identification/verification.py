"""Is a catalogue as it was written?"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auricle.atomic import as_output_error
from auricle.errors import CorruptCatalogue, UnreadableInput
from auricle.identification.postings import PostingsFile
from auricle.identification.rows import damaged
from auricle.identification.store import Store

__all__ = ["Verification", "verify"]


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading a whole catalogue has shown.

    Attributes:
        recordings: how many there are.
        duration: of all of them. Seconds.
        postings: how many belong to them.
        removed: how many belong to none any more; `Catalogue.compact` takes them out.
        size: of all files. Bytes.
        problems: a sentence for each thing that is not as it should be; none: all is well.
    """

    recordings: int
    duration: float
    postings: int
    removed: int
    size: int
    problems: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether all is well."""
        return not self.problems


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    postings: int
    size: int
    sha256: str


def verify(store: Store) -> Verification:
    """Read everything: the database, checksums of recordings and files, the files' order, and that every recording has its landmarks.

    Others may change the catalogue meanwhile: what is read is what it was at the beginning.

    Raises:
        CorruptCatalogue: the database cannot be read.
        CatalogueLocked: somebody is writing to it, and went on doing so.
    """
    now = store.generation()
    with store.reading() as database:
        problems = [*_of_the_database(database)]
        recordings = {
            number: (name, landmarks) for number, name, landmarks in database.execute("SELECT number, id, landmarks FROM recordings")
        }
        duration = database.execute("SELECT total(duration) FROM recordings").fetchone()[0]
        expected = [_File(*row) for row in database.execute("SELECT name, postings, size, sha256 FROM files ORDER BY name")]
    opened = [_opened(store, file.name) for file in expected]
    if any(isinstance(file, str) for file in opened) and store.generation() != now:
        return verify(store)  # a merge took a file away before it was open
    found: Counter[int] = Counter()
    for wanted, file in zip(expected, opened, strict=True):
        problems += [file] if isinstance(file, str) else _read(file, wanted, found)
    problems += _compared(recordings, found)
    owned = sum(count for number, count in found.items() if number in recordings)
    return Verification(len(recordings), duration, owned, found.total() - owned, _size(store), tuple(problems))


def _of_the_database(database: sqlite3.Connection) -> Iterator[str]:
    yield from (f"the database: {words}." for (words,) in database.execute("PRAGMA integrity_check") if words != "ok")
    for table, *_ in database.execute("PRAGMA foreign_key_check"):
        yield f"the database: a row of {table} names something that is not there."
    yield from (f"what the catalogue says of the recording {name!r} is not as it was written." for _, name in damaged(database))


def _opened(store: Store, name: str) -> PostingsFile | str:
    """A file, or why it cannot be read."""
    try:
        return store.postings_file(name)
    except (CorruptCatalogue, UnreadableInput) as error:
        return str(error)


def _size(store: Store) -> int:
    with as_output_error(str(store.directory)):
        return sum(entry.stat().st_size for entry in os.scandir(store.directory) if entry.is_file())


def _read(file: PostingsFile, expected: _File, found: Counter[int]) -> Iterator[str]:
    """What is wrong with a file; counts what it has of each recording."""
    if (file.size, file.sha256()) != (expected.size, expected.sha256):
        yield f"{expected.name} is not as it was written."
    elif len(file.places) != expected.postings or not _in_order(file):
        yield f"{expected.name} is not in order."
    else:
        numbers = file.slots.numbers.tolist()
        yield from (f"recording number {number} is in more than one file." for number in numbers if number in found)
        found.update(dict(zip(numbers, _counts(file).tolist(), strict=True)))


def _in_order(file: PostingsFile) -> bool:
    """Whether the dictionary ascends and ends with the places, and all places lie within a recording."""
    ascending = bool(np.all(file.hashes[1:] > file.hashes[:-1]) and np.all(file.ends[1:] > file.ends[:-1]))
    whole = int(file.ends[-1]) == len(file.places) if len(file.ends) else not len(file.places)
    edges = file.slots.edges
    return ascending and whole and bool(np.all(edges[1:] > edges[:-1])) and all((places < edges[-1]).all() for places in file.blocks())


def _counts(file: PostingsFile) -> npt.NDArray[np.intp]:
    """Postings of each of a file's recordings."""
    counts = np.zeros(len(file.slots.numbers), np.intp)
    for places in file.blocks():
        counts += np.bincount(file.slots.of(places), minlength=len(counts))
    return counts


def _compared(recordings: Mapping[int, tuple[str, int]], found: Counter[int]) -> Iterator[str]:
    for number, (name, landmarks) in recordings.items():
        if number not in found or found[number] != landmarks:
            yield f"the recording {name!r} should have {landmarks} landmarks and has {found[number]}."
