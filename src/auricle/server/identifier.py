"""Recognising recordings on this machine: in threads, with one catalogue that they share; each is decoded in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Protocol, TypeVar

from auricle.codec import IsolatedDecoder
from auricle.errors import Busy, CatalogueLocked, NoCatalogue, RecordingExists
from auricle.identification.catalogue import Catalogue
from auricle.identification.chromaprint import Fingerprint, fingerprint
from auricle.identification.naming import checked_id, checked_metadata
from auricle.identification.results import DuplicateGroup, Entry, Identification
from auricle.server.decoding import limits_of
from auricle.server.identifying import Adding, Fingerprinting, Identifying, Listed
from auricle.server.problems import shown
from auricle.server.settings import Settings
from auricle.server.task import Task

__all__ = ["LocalIdentifier"]

T = TypeVar("T")

_READERS = 4  # threads that look things up, so that one who waits to write keeps nobody from that
_WRITING_S = 5.0  # after which another writer may be done


class _Whole(Protocol):
    """Does a job in a thread that has a place for it; see `LocalEngine`."""

    def __call__(self, job: Callable[[Task], T]) -> Awaitable[T]: ...


class LocalIdentifier:
    """The local engine's `Identifier`.

    Args:
        settings: the operator's, which say where the catalogue is.
        whole: does a recording's work.
    """

    def __init__(self, settings: Settings, whole: _Whole) -> None:
        self._settings, self._whole = settings, whole
        self._limits = limits_of(settings)
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="catalogue")
        self._catalogue: Catalogue | None = None

    async def start(self) -> None:
        """Open the catalogue, if one is to be kept; where there is none, make it.

        Raises:
            CatalogueError: it cannot be used; see the subclasses.
            OutputError: the directory could not be made.
        """
        if self._settings.catalogue is not None:
            self._catalogue = await asyncio.to_thread(Catalogue.open, self._settings.catalogue)

    async def stop(self) -> None:
        """Close it, once nobody looks things up any more."""
        await asyncio.to_thread(self._threads.shutdown)
        if self._catalogue is not None:
            self._catalogue.close()

    async def fingerprint(self, recording: IO[bytes], wanted: Fingerprinting) -> Fingerprint:
        """The recording's Chromaprint; see `Identifier.fingerprint`."""
        return await self._heard(recording, wanted, lambda decoder: fingerprint(decoder, length=wanted.length))

    async def identify(self, recording: IO[bytes], wanted: Identifying) -> Identification:
        """What the recording is of; see `Identifier.identify`."""
        catalogue = self._opened()
        return await self._heard(recording, wanted, lambda decoder: catalogue.identify(decoder, timeline=wanted.timeline))

    async def add(self, recording: IO[bytes], wanted: Adding) -> Entry:
        """Add a recording; see `Identifier.add`."""
        catalogue = self._opened()

        def add(decoder: IsolatedDecoder) -> Entry:
            return _changing(lambda: catalogue.add(decoder, wanted.id, wanted.metadata, replace=wanted.replace))

        return await self._heard(recording, wanted, add)

    async def check(self, wanted: Adding) -> None:
        """Whether a recording might be kept so; see `Identifier.check`."""
        catalogue = self._opened()
        checked_id(wanted.id)
        checked_metadata(wanted.metadata or {})
        if not wanted.replace and await self._soon(lambda: wanted.id in catalogue):
            raise RecordingExists(f"there is a recording {shown(wanted.id)} in the catalogue; say replace=true, or choose another id.")

    async def remove(self, id: str) -> None:  # noqa: A002 - the word of `Entry`
        """Forget a recording; see `Identifier.remove`."""
        catalogue = self._opened()
        await self._soon(lambda: _changing(lambda: catalogue.remove(id)))

    async def entry(self, id: str) -> Entry:  # noqa: A002 - the word of `Entry`
        """A recording of the catalogue; see `Identifier.entry`."""
        catalogue = self._opened()
        return await self._soon(lambda: catalogue.entry(id))

    async def entries(self, offset: int, limit: int) -> Listed:
        """So many recordings of the catalogue, after so many others."""
        catalogue = self._opened()
        return await self._soon(lambda: Listed(len(catalogue), catalogue.list(offset=offset, limit=limit)))

    async def duplicates(self) -> tuple[DuplicateGroup, ...]:
        """Recordings of the catalogue that hold the same sound."""
        catalogue = self._opened()
        return await self._whole(lambda _: catalogue.duplicates())

    def _opened(self) -> Catalogue:
        if self._settings.catalogue is None:
            raise NoCatalogue
        if self._catalogue is None:
            raise Busy("the server is starting; try again in a moment.", 1)
        return self._catalogue

    async def _soon(self, job: Callable[[], T]) -> T:
        """What comes of a short job."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, job)

    async def _heard(
        self, recording: IO[bytes], wanted: Adding | Fingerprinting | Identifying, listen: Callable[[IsolatedDecoder], T]
    ) -> T:
        """What comes of a recording; the decoder fails when the task is cancelled, so nothing comes of half a recording."""
        memory = self._settings.decode_memory

        def job(task: Task) -> T:
            with IsolatedDecoder(recording, wanted.config, self._limits, salvage=wanted.salvage, memory=memory) as decoder:
                task.decodes_with(decoder)  # before the header is waited for, which may never come
                return listen(decoder)

        return await self._whole(job)


def _changing(change: Callable[[], T]) -> T:
    """Change the catalogue, for which its owner's other programs may have to be waited."""
    try:
        return change()
    except CatalogueLocked as error:
        raise Busy("something else is writing to the catalogue; try again in a moment.", _WRITING_S) from error
