"""The local identifier: what it finds is what `Catalogue` finds, and a catalogue survives whatever happens to those who use it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TypeVar

import pytest

from auricle.errors import (
    Busy,
    CatalogueError,
    CatalogueLocked,
    CorruptAudio,
    NoCatalogue,
    OptionError,
    RecordingExists,
    TooLong,
    UnknownRecording,
    UnreadableInput,
    UnsupportedFormat,
)
from auricle.identification.catalogue import Catalogue
from auricle.identification.chromaprint import fingerprint
from auricle.server.identifier import LocalIdentifier
from auricle.server.identifying import Adding, Fingerprinting, Identifying
from auricle.server.settings import Settings
from auricle.server.task import Task

T = TypeVar("T")


async def at_once(job: Callable[[Task], T]) -> T:
    """In a thread, without a lane."""
    return await asyncio.to_thread(job, Task())


async def cancelled(job: Callable[[Task], T]) -> T:
    """The same for somebody who has gone already."""
    task = Task()
    task.cancel()
    return await asyncio.to_thread(job, task)


def with_identifier(
    directory: Path, test: Callable[[LocalIdentifier], Awaitable[None]], whole: Callable[..., Awaitable[T]] = at_once, **settings: object
) -> None:
    """Run a test with one that has started and will stop."""

    async def run() -> None:
        identifier = LocalIdentifier(Settings(**{"catalogue": str(directory), **settings}), whole)  # type: ignore[arg-type]
        await identifier.start()
        try:
            await test(identifier)
        finally:
            await identifier.stop()

    asyncio.run(run())


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where there is no catalogue yet."""
    return tmp_path / "recordings"


@pytest.fixture
def song(recordings: Path) -> Path:
    """A minute of music."""
    return recordings / "vibe_ace.ogg"


def test_from_the_first_to_the_last(directory: Path, song: Path) -> None:
    """What is added is recognised, listed, found twice, and gone; each time as `Catalogue` has it."""

    async def test(identifier: LocalIdentifier) -> None:
        with song.open("rb") as file:
            assert (await identifier.identify(file, Identifying())).match is None
            added = await identifier.add(file, Adding("song"))
            found = await identifier.identify(file, Identifying(timeline=True))
            assert await identifier.add(file, Adding("copy", {"title": "T"})) == await identifier.entry("copy")
        assert found.match is not None
        assert (found.match.entry, found.timeline) == (added, (found.match,))
        listed = await identifier.entries(0, 1)
        assert (listed.total, listed.entries) == (2, (added,))
        assert [entry.metadata for entry in (await identifier.entries(1, 10)).entries] == [{"title": "T"}]
        with Catalogue.open(directory) as catalogue:  # beside it, as its owner's other programs do
            assert catalogue.list() == (await identifier.entries(0, 10)).entries
            assert catalogue.duplicates() == await identifier.duplicates()
            await identifier.remove("copy")
            assert catalogue.identify(song, timeline=True) == found
            assert "copy" not in catalogue
        with pytest.raises(UnknownRecording):
            await identifier.remove("copy")

    with_identifier(directory, test)


def test_a_fingerprint(directory: Path, song: Path) -> None:
    """It is that of the recording, as much as is listened to."""

    async def test(identifier: LocalIdentifier) -> None:
        with song.open("rb") as file:
            for length in (120.0, 10.0, None):
                made = await identifier.fingerprint(file, Fingerprinting(length))
                assert made.encoded == fingerprint(song, length=length).encoded
                assert made.duration == pytest.approx(61.46, abs=0.01)

    with_identifier(directory, test, catalogue=None)


def test_it_stays(directory: Path, song: Path) -> None:
    """Another server finds what the last one has added."""

    async def add(identifier: LocalIdentifier) -> None:
        with song.open("rb") as file:
            await identifier.add(file, Adding("song"))

    async def look(identifier: LocalIdentifier) -> None:
        assert (await identifier.entry("song")).id == "song"

    with_identifier(directory, add)
    with_identifier(directory, look)


def test_many_at_once(directory: Path, recordings: Path) -> None:
    """Some add while others ask; everything is there in the end, and sound."""
    names = ["vibe_ace.ogg", "hungarian_dance.ogg", "solo_trumpet.ogg"]

    async def one(identifier: LocalIdentifier, name: str) -> None:
        with (recordings / name).open("rb") as file:
            await identifier.add(file, Adding(name))
        with (recordings / name).open("rb") as file:
            found = await identifier.identify(file, Identifying())
        assert found.match is not None
        assert found.match.entry.id == name

    async def test(identifier: LocalIdentifier) -> None:
        await asyncio.gather(*(one(identifier, name) for name in names))

    with_identifier(directory, test)
    with Catalogue.open(directory) as catalogue:
        assert catalogue.verify().sound
        assert {entry.id for entry in catalogue} == set(names)


def test_whoever_has_gone(directory: Path, song: Path) -> None:
    """Nothing comes of a recording whose sender has gone, and nothing of it is kept."""

    async def test(identifier: LocalIdentifier) -> None:
        with song.open("rb") as file:
            for work in (
                lambda: identifier.add(file, Adding("song")),
                lambda: identifier.identify(file, Identifying()),
                lambda: identifier.fingerprint(file, Fingerprinting()),
            ):
                with pytest.raises(UnreadableInput):
                    await work()
        assert (await identifier.entries(0, 1)).total == 0

    with_identifier(directory, test, cancelled)


@pytest.mark.parametrize("blocks", [1, 20, 60])
def test_whoever_goes_while_it_is_added(directory: Path, song: Path, monkeypatch: pytest.MonkeyPatch, blocks: int) -> None:
    """However far it has come: the recording is not there, or all of it is."""
    from auricle.codec import isolated

    task, read, given = Task(), isolated.IsolatedDecoder._next_block, iter(range(1, 10_000))

    def next_block(decoder: isolated.IsolatedDecoder, rate: int, channels: int) -> object:
        if next(given) == blocks:
            task.cancel()
        return read(decoder, rate, channels)

    async def whole(job: Callable[[Task], T]) -> T:
        return await asyncio.to_thread(job, task)

    async def test(identifier: LocalIdentifier) -> None:
        with song.open("rb") as file, suppress(UnreadableInput):
            await identifier.add(file, Adding("song"))
        entries = (await identifier.entries(0, 1)).entries
        assert [entry.duration for entry in entries] in ([], [pytest.approx(61.46, abs=0.01)])

    monkeypatch.setattr(isolated.IsolatedDecoder, "_next_block", next_block)
    with_identifier(directory, test, whole)
    with Catalogue.open(directory) as catalogue:
        assert catalogue.verify().sound


@pytest.mark.parametrize(
    ("content", "settings", "kind"),
    [
        (b"no audio at all", {}, UnsupportedFormat),
        (None, {"recording_seconds": 10}, TooLong),
        (b"fLaC" + bytes(1000), {}, CorruptAudio),
    ],
)
def test_what_cannot_be_used(
    directory: Path, song: Path, tmp_path: Path, content: bytes | None, settings: dict[str, object], kind: type[Exception]
) -> None:
    """It is said as of every recording, and nothing is added."""
    path = song
    if content is not None:
        path = tmp_path / "broken"
        path.write_bytes(content)

    async def test(identifier: LocalIdentifier) -> None:
        with path.open("rb") as file, pytest.raises(kind):
            await identifier.add(file, Adding("song"))
        assert (await identifier.entries(0, 1)).total == 0

    with_identifier(directory, test, at_once, **settings)


def test_checks(directory: Path, song: Path) -> None:
    """What would be refused is, before the recording has come."""

    async def test(identifier: LocalIdentifier) -> None:
        with song.open("rb") as file:
            await identifier.check(Adding("song"))
            await identifier.add(file, Adding("song"))
        await identifier.check(Adding("song", replace=True))
        with pytest.raises(RecordingExists):
            await identifier.check(Adding("song"))
        for wrong in (Adding(""), Adding("a\nb"), Adding("a", {"": "x"})):
            with pytest.raises(OptionError):
                await identifier.check(wrong)

    with_identifier(directory, test)


class Locked:
    """A catalogue to which something else is writing."""

    def add(self, recording: IO[bytes], id: str, metadata: object, *, replace: bool) -> None:  # noqa: A002 - the word of `Entry`
        """Wait for ever."""
        raise CatalogueLocked("/srv/recordings is locked.")

    def remove(self, id: str) -> None:  # noqa: A002 - the word of `Entry`
        """Wait for ever."""
        raise CatalogueLocked("/srv/recordings is locked.")

    def close(self) -> None:
        """Close it."""


def test_another_writer(directory: Path, song: Path) -> None:
    """Who wants to write too is to come again, and learns nothing of where the catalogue is."""

    async def test(identifier: LocalIdentifier) -> None:
        identifier._catalogue = Locked()  # type: ignore[assignment]
        with song.open("rb") as file, pytest.raises(Busy, match="something else is writing") as refused:
            await identifier.add(file, Adding("song"))
        assert refused.value.retry_after > 0
        with pytest.raises(Busy, match="something else is writing"):
            await identifier.remove("song")

    with_identifier(directory, test)


def test_no_catalogue(directory: Path) -> None:
    """Where none is set there is none; where one is set there is none yet before the start."""

    async def test(identifier: LocalIdentifier) -> None:
        for work in (
            identifier.entries(0, 1),
            identifier.entry("a"),
            identifier.remove("a"),
            identifier.check(Adding("a")),
            identifier.duplicates(),
        ):
            with pytest.raises(NoCatalogue):
                await work
        with pytest.raises(Busy, match="starting"):
            await LocalIdentifier(Settings(catalogue=str(directory)), at_once).entry("a")

    with_identifier(directory, test, catalogue=None)


def test_what_is_no_catalogue(directory: Path) -> None:
    """The server does not start."""
    directory.mkdir()
    (directory / "catalogue.sqlite").write_bytes(b"no database" * 1000)
    files = set(directory.iterdir())
    try:
        with pytest.raises(CatalogueError):
            with_identifier(directory, lambda _: asyncio.sleep(0))
    finally:
        assert files <= set(directory.iterdir())
