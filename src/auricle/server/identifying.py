"""What the server asks of whoever recognises recordings: plain, picklable values, and a narrow interface that can be awaited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import IO, Protocol

from auricle.codec import AudioProcessingConfig
from auricle.identification.chromaprint import LENGTH_S, Fingerprint
from auricle.identification.results import DuplicateGroup, Entry, Identification

__all__ = ["Adding", "Fingerprinting", "Identifier", "Identifying", "Listed"]


@dataclass(frozen=True, slots=True)
class Fingerprinting:
    """What is wanted of a recording whose Chromaprint is asked for.

    Attributes:
        length: how much from the start is listened to; None is all. Seconds.
        salvage: use what can be decoded of a damaged recording.
        config: format of raw samples without a header.
    """

    length: float | None = LENGTH_S
    salvage: bool = False
    config: AudioProcessingConfig = field(default_factory=AudioProcessingConfig)


@dataclass(frozen=True, slots=True)
class Identifying:
    """What is wanted of a recording that is to be recognised.

    Attributes:
        timeline: also say what is where in it.
        salvage: use what can be decoded of a damaged recording.
        config: format of raw samples without a header.
    """

    timeline: bool = False
    salvage: bool = False
    config: AudioProcessingConfig = field(default_factory=AudioProcessingConfig)


@dataclass(frozen=True, slots=True)
class Adding:
    """How a recording is to be kept.

    Attributes:
        id: its name in the catalogue.
        metadata: what to keep of it; None: the tags that the recording has.
        replace: take the place of a recording of the same id, if there is one.
        salvage: use what can be decoded of a damaged recording.
        config: format of raw samples without a header.
    """

    id: str
    metadata: Mapping[str, str] | None = None
    replace: bool = False
    salvage: bool = False
    config: AudioProcessingConfig = field(default_factory=AudioProcessingConfig)


@dataclass(frozen=True, slots=True)
class Listed:
    """A stretch of a catalogue's list.

    Attributes:
        total: how many recordings there are in all.
        entries: those of the stretch, in the order in which they were added.
    """

    total: int
    entries: tuple[Entry, ...]


class Identifier(Protocol):
    """Whoever recognises recordings, and keeps the catalogue. Methods are called on one event loop, and never block it.

    Files must stay open until what they were given to returns. All methods but `fingerprint` raise `NoCatalogue` where none is kept.
    """

    async def fingerprint(self, recording: IO[bytes], wanted: Fingerprinting) -> Fingerprint:
        """The recording's Chromaprint. Cancelling this cancels the work.

        Raises:
            AuricleError: `Busy` when there is no place; otherwise as for `auricle.fingerprint`.
        """

    async def identify(self, recording: IO[bytes], wanted: Identifying) -> Identification:
        """What the recording is of. Cancelling this cancels the work.

        Raises:
            AuricleError: `Busy` when there is no place; otherwise as for `Catalogue.identify`.
        """

    async def add(self, recording: IO[bytes], wanted: Adding) -> Entry:
        """Add a recording to the catalogue. Cancelling this cancels the work: then it is there whole, or not at all.

        Raises:
            AuricleError: `Busy` when there is no place, or somebody else writes; otherwise as for `Catalogue.add`.
        """

    async def check(self, wanted: Adding) -> None:
        """Whether a recording might be kept so, before it has come.

        Raises:
            OptionError: the id or the metadata cannot be kept.
            RecordingExists: there is a recording of that id.
        """

    async def remove(self, id: str) -> None:  # noqa: A002 - the word of `Entry`
        """Forget a recording.

        Raises:
            UnknownRecording: there is none of that id.
            Busy: somebody else writes.
        """

    async def entry(self, id: str) -> Entry:  # noqa: A002 - the word of `Entry`
        """A recording of the catalogue.

        Raises:
            UnknownRecording: there is none of that id.
        """

    async def entries(self, offset: int, limit: int) -> Listed:
        """So many recordings of the catalogue, after so many others."""

    async def duplicates(self) -> tuple[DuplicateGroup, ...]:
        """Recordings of the catalogue that hold the same sound; raises `Busy` when there is no place."""
