"""`Catalogue`: recordings that can be recognised, in a directory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from auricle.codec import Recording
from auricle.errors import UnknownRecording
from auricle.identification import changes
from auricle.identification.duplicates import duplicate_groups
from auricle.identification.hearing import hear, hear_peaks
from auricle.identification.importing import Import, Outcome, import_all
from auricle.identification.matching import ACCEPTED, Candidate, find
from auricle.identification.naming import checked_id, checked_metadata, from_tags
from auricle.identification.results import DuplicateGroup, Entry, Identification, Match
from auricle.identification.rows import entries, entry, fingerprints, named
from auricle.identification.snapshot import Snapshot, current
from auricle.identification.spans import prevailing
from auricle.identification.spans import timeline as timeline_of
from auricle.identification.store import Store
from auricle.identification.verification import Verification, verify

__all__ = ["LONG_S", "Catalogue"]

LONG_S = 30.0  # of a query: from here on it is looked at stretch by stretch, for it may hold more than one recording


class Catalogue:
    """Recordings that can be recognised. Open one with `Catalogue.open`; any number of threads may use it, and other processes open theirs.

    Whoever asks sees the catalogue as it is when asking: a change is seen whole or not at all, and by all who ask after it. One changes it
    at a time; others who want to wait a moment.

    A query reads a bounded number of postings, those of its rarest hashes (`snapshot.BUDGET`). With 122 landmarks a second these are all
    up to some 50 hours, and a third at 1,000 hours, beyond which noisy queries are lost: an index that outgrows this, or its machine,
    is cut up by recordings: a catalogue each. A query asks each of them; what they answer merges in
    either of two ways. Each finds its candidates, and the best of all is the answer: little goes over the line. Or `Index.postings` of
    all are put one after the other, with numbers of recordings that tell the catalogues apart (number · catalogues + catalogue), and one
    matching sees them all: the very answer of one large index, for `snapshot.BUDGET` · 16 bytes from each at most. Every other verb
    goes to the catalogue that an id's hash names, or to all.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._mutex = threading.Lock()
        self._last: Snapshot | None = None

    @classmethod
    def open(cls, directory: str | Path, *, create: bool = True, readonly: bool = False) -> Self:
        """The catalogue in a directory.

        Args:
            directory: where it is, or will be.
            create: make one where there is none.
            readonly: change nothing; the directory need not be writable.

        Raises:
            CatalogueError: there is none, or one that another version of auricle made; see the subclasses.
            OutputError: the directory could not be made.
        """
        return cls(Store(Path(directory), create=create, readonly=readonly))

    def close(self) -> None:
        """Give everything back; the catalogue is of no more use."""
        self._last = None
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __len__(self) -> int:
        with self._store.reading() as database:
            count: int = database.execute("SELECT count(*) FROM recordings").fetchone()[0]
        return count

    def __contains__(self, name: object) -> bool:
        with self._store.reading() as database:
            return isinstance(name, str) and entry(database, name) is not None

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.list())

    def list(self, *, offset: int = 0, limit: int | None = None) -> tuple[Entry, ...]:
        """The recordings, in the order in which they were added: ``limit`` of them at most, after the first ``offset``."""
        with self._store.reading() as database:
            return entries(database, offset, limit)

    def entry(self, id: str) -> Entry:  # noqa: A002 the word of `Entry`
        """The recording of that id.

        Raises:
            UnknownRecording: there is none.
        """
        with self._store.reading() as database:
            found = entry(database, id)
        if found is None:
            raise UnknownRecording(f"there is no recording {id!r} in the catalogue.")
        return found

    def add(
        self,
        recording: Recording,
        id: str,  # noqa: A002 the word of `Entry`
        metadata: Mapping[str, str] | None = None,
        *,
        rate: int | None = None,
        replace: bool = False,
    ) -> Entry:
        """Add a recording; when this returns it is on the disk. What has no landmarks can be added, and found again only by its id.

        Args:
            recording: path, bytes, binary file object, an opened decoder, `Audio`, or an array of shape (frames,) or (channels, frames).
            id: its name in the catalogue: text of one line.
            metadata: what to keep of it; None: the tags that the recording has.
            rate: sample rate of an array. Hertz.
            replace: take the place of a recording of the same id, if there is one.

        Raises:
            RecordingExists: there is a recording of that id.
            InputError: the recording cannot be used; see the subclasses.
            OptionError: the id or the metadata cannot be kept.
            CorruptCatalogue: a file of the catalogue is missing or cut off, and ``replace``, which can mend that, is not asked for.
            CatalogueError: the catalogue cannot be changed; see the other subclasses.
            OutputError: it could not be written.
        """
        checked_id(id)
        given = None if metadata is None else checked_metadata(metadata)
        if not replace:
            changes.refuse_existing(self._store, id)
        heard = hear(recording, rate=rate)
        (added,) = changes.add(self._store, [changes.Addition(id, from_tags(heard.tags) if given is None else given, heard, replace)])
        if isinstance(added, Exception):
            raise added
        return added

    def add_many(
        self,
        recordings: Iterable[str | Path | Import],
        *,
        workers: int | None = None,
        replace: bool = False,
        progress: Callable[[Outcome], None] | None = None,
    ) -> tuple[Outcome, ...]:
        """Add recordings, several at a time. One that cannot be used keeps none of the others from being added.

        Args:
            recordings: paths, which are the ids, too, with the files' tags as metadata; or whatever else an `Import` says.
            workers: how many are decoded at once; None: one for every processor core.
            replace: take the place of recordings of the same ids.
            progress: called, in the caller's thread, with what became of each one as soon as it is on the disk or has failed.

        Returns:
            What became of each, in the order in which they were done.

        Raises:
            OptionError: fewer than one worker.
            CatalogueError: the catalogue cannot be changed; see the subclasses.
            OutputError: it could not be written. What `progress` was told of is safe.
        """
        return import_all(self._store, recordings, workers, replace, progress)

    def remove(self, id: str) -> None:  # noqa: A002 the word of `Entry`
        """Forget a recording.

        Raises:
            UnknownRecording: there is none of that id.
            CatalogueError: the catalogue cannot be changed; see the other subclasses.
        """
        changes.remove(self._store, id)

    def compact(self) -> tuple[str, ...]:
        """Make the catalogue as small and fast as it can be (which adding does, too, as far as needed), and whole again if it is damaged.

        Returns:
            Ids of the recordings that were damaged, or lay in a file that is or is missing. They are forgotten: add them again.

        Raises:
            CatalogueError: the catalogue cannot be changed, or its database is damaged beyond this; see the subclasses.
            OutputError: it could not be written; what was sound is still there.
        """
        return changes.compact(self._store)

    def verify(self) -> Verification:
        """Read everything and see whether it is as it was written."""
        return verify(self._store)

    def snapshot(self) -> Snapshot:
        """The landmarks as they are now: an `Index`, whose numbers of recordings stay valid as long as the recordings are there."""
        with self._mutex:
            self._last = current(self._store, self._last)
            return self._last

    def identify(self, recording: Recording, *, rate: int | None = None, timeline: bool = False) -> Identification:
        """What recording a query is of.

        Args:
            recording: as for `add`.
            rate: sample rate of an array. Hertz.
            timeline: also say what is where in a long query: a mix, a broadcast.

        Raises:
            InputError: the recording cannot be used; see the subclasses.
            OptionError: an array without ``rate``, or ``rate`` for something else.
            CatalogueError: the catalogue cannot be read; see the subclasses.
        """
        query = hear_peaks(recording, rate=rate)
        index = self.snapshot()
        long = query.duration > LONG_S
        spans = timeline_of(query, index) if timeline or long else []
        best = prevailing(spans, query.duration) if long else next(iter(find(query, index)), None)
        match = self._matches([best] if best is not None and best.score >= ACCEPTED else [])
        return Identification(query.duration, next(iter(match), None), self._matches(spans) if timeline else ())

    def duplicates(self) -> tuple[DuplicateGroup, ...]:
        """Recordings of the catalogue that hold the same sound, in whatever format, rate and loudness, the largest groups first.

        Raises:
            CatalogueError: the catalogue cannot be read; see the subclasses.
        """
        with self._store.reading() as database:
            known = fingerprints(database)
        return duplicate_groups(known)

    def _matches(self, candidates: Iterable[Candidate]) -> tuple[Match, ...]:
        """Candidates with their entries; without those whose recording was removed meanwhile."""
        found = list(candidates)
        with self._store.reading() as database:
            known = named(database, {candidate.recording for candidate in found})
        return tuple(_match(candidate, known[candidate.recording]) for candidate in found if candidate.recording in known)


def _match(found: Candidate, known: Entry) -> Match:
    return Match(known, found.start, found.end, found.offset, found.score, found.votes, found.speed, found.pitch)
