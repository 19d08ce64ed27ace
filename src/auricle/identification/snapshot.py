"""A catalogue as it is at one moment, which matching asks: the files of that moment, and which of their recordings there are.

What is added, removed or merged meanwhile changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auricle.errors import CorruptCatalogue
from auricle.identification.index import Postings, Words
from auricle.identification.postings import Occurrences, PostingsFile, ramps
from auricle.identification.store import Store

__all__ = ["BUDGET", "Snapshot", "current"]

BUDGET = 1_000_000  # postings: what one query reads at most, so that a hash that occurs everywhere costs no more than its share


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """An `Index` over some files.

    Attributes:
        generation: of the catalogue: the number of changes before this moment.
        files: by name.
        live: which of the recordings of each file there are, shape (recordings of the file,).
    """

    generation: int
    files: Mapping[str, PostingsFile]
    live: Mapping[str, npt.NDArray[np.bool_]]

    @classmethod
    def of(cls, generation: int, files: Mapping[str, PostingsFile], recordings: Iterable[int]) -> Snapshot:
        """Of the catalogue's files and the numbers of its recordings."""
        numbers = np.fromiter(recordings, np.uint32)
        return cls(generation, files, {name: np.isin(file.slots.numbers, numbers) for name, file in files.items()})

    def postings(self, hashes: Words) -> Postings:
        """See `Index`. When there are more than `BUDGET`, those of the rarest hashes, which say most; all of a hash or none."""
        asked, back = np.unique(hashes, return_inverse=True)
        found = {name: file.find(asked) for name, file in self.files.items()}
        affordable = _affordable(sum((one.counts for one in found.values()), np.zeros(len(asked), np.int64)), np.bincount(back))
        parts = [self._read(name, occurrences, affordable, back) for name, occurrences in found.items()]
        nothing = (np.zeros(0, np.intp), np.zeros(0, np.uint32), np.zeros(0, np.uint32))
        return Postings(*(np.concatenate(columns) for columns in zip(nothing, *parts, strict=True)))

    def _read(self, name: str, occurrences: Occurrences, affordable: npt.NDArray[np.bool_], back: npt.NDArray[np.intp]) -> Postings:
        """What one file holds of the asked hashes; ``back`` says which of the distinct hashes each asked one is."""
        file = self.files[name]
        counts = np.where(affordable, occurrences.counts, 0)[back]
        places = file.places[ramps(occurrences.starts[back], counts)]
        asked = np.repeat(np.arange(len(back)), counts)
        slots = file.slots.of(places)
        frames = places - file.slots.edges[slots]
        if not self.live[name].all():
            kept = self.live[name][slots]
            asked, slots, frames = asked[kept], slots[kept], frames[kept]
        return Postings(asked, file.slots.numbers[slots], frames)


def _affordable(counts: npt.NDArray[np.int64], times: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Of hashes that occur so often and are asked so many times: which are read, the rarest first, within `BUDGET`."""
    order = np.argsort(counts, kind="stable")
    kept = np.zeros(len(counts), np.bool_)
    kept[order] = np.cumsum((counts * times)[order]) <= BUDGET
    return kept


def current(store: Store, last: Snapshot | None) -> Snapshot:
    """The catalogue as it is now; ``last`` if nothing has changed since.

    Raises:
        CatalogueError: it cannot be read; see the subclasses.
    """
    while True:
        generation = store.generation()
        if last is not None and last.generation == generation:
            return last
        with store.reading() as database:
            names = [name for (name,) in database.execute("SELECT name FROM files ORDER BY name")]
            numbers = [number for (number,) in database.execute("SELECT number FROM recordings")]
        opened = last.files if last is not None else {}
        try:
            return Snapshot.of(generation, {name: opened.get(name) or store.postings_file(name) for name in names}, numbers)
        except CorruptCatalogue:
            if store.generation() == generation:  # otherwise a merge may have taken the file away before it was open
                raise
