"""Many recordings into a catalogue at once: several are listened to at a time, and what is ready goes to the disk together."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from auricle.codec import Recording
from auricle.errors import AuricleError, InputError, OptionError, RecordingExists
from auricle.identification import changes
from auricle.identification.hearing import hear
from auricle.identification.naming import checked_id, checked_metadata, from_tags
from auricle.identification.results import Entry
from auricle.identification.store import Store

__all__ = ["Import", "Outcome", "import_all"]

_AHEAD = 4  # for each worker: recordings that may be heard before those that were ready have been written


@dataclass(frozen=True, slots=True)
class Import:
    """A recording that is to be added.

    Attributes:
        recording: path, bytes, binary file object, or `Audio`.
        id: its name in the catalogue.
        metadata: what to keep of it; None: the tags that the recording has.
    """

    recording: Recording
    id: str
    metadata: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a recording that was to be added: either an entry or an error.

    Attributes:
        id: of the recording.
        entry: what the catalogue says of it; it is on the disk.
        error: why it was not added; `RecordingExists` if one of that id was there already, or has come from elsewhere meanwhile.
    """

    id: str
    entry: Entry | None = None
    error: AuricleError | None = None


def import_all(
    store: Store,
    recordings: Iterable[str | Path | Import],
    workers: int | None,
    replace: bool,
    progress: Callable[[Outcome], None] | None,
) -> tuple[Outcome, ...]:
    """See `Catalogue.add_many`."""
    if workers is not None and workers < 1:
        raise OptionError("workers", f"workers is {workers}; give a whole number, at least 1, or None")
    outcomes: list[Outcome] = []
    for ready in _heard(store, recordings, workers or os.cpu_count() or 1, replace):
        for outcome in _written(store, ready):
            outcomes.append(outcome)
            if progress is not None:
                progress(outcome)
    return tuple(outcomes)


def _heard(
    store: Store, recordings: Iterable[str | Path | Import], workers: int, replace: bool
) -> Iterator[list[changes.Addition | Outcome]]:
    """What is ready, together, whenever something is. Decoding and the spectra's arithmetic leave the interpreter to other threads."""
    waiting = iter(recordings)
    pool = ThreadPoolExecutor(workers, "auricle-import")
    running: set[Future[changes.Addition | Outcome]] = set()
    try:
        while True:
            more = islice(waiting, workers * _AHEAD - len(running))
            running |= {pool.submit(_hear, store, _as_import(one), replace) for one in more}
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield [future.result() for future in done]
    finally:
        pool.shutdown(cancel_futures=True)


def _as_import(recording: str | Path | Import) -> Import:
    return recording if isinstance(recording, Import) else Import(recording, str(recording))


def _hear(store: Store, new: Import, replace: bool) -> changes.Addition | Outcome:
    try:
        checked_id(new.id)
        given = None if new.metadata is None else checked_metadata(new.metadata)
        if not replace:
            changes.refuse_existing(store, new.id)
        heard = hear(new.recording)
    except (InputError, OptionError, RecordingExists) as error:
        return Outcome(new.id, error=error)
    return changes.Addition(new.id, from_tags(heard.tags) if given is None else given, heard, replace)


def _written(store: Store, ready: list[changes.Addition | Outcome]) -> Iterator[Outcome]:
    yield from (one for one in ready if isinstance(one, Outcome))
    additions = [one for one in ready if not isinstance(one, Outcome)]
    if additions:
        for addition, result in zip(additions, changes.add(store, additions), strict=True):
            yield Outcome(addition.id, entry=result) if isinstance(result, Entry) else Outcome(addition.id, error=result)
