"""What identification says, as JSON objects."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if sys.version_info >= (3, 12):
    from typing import NotRequired, TypedDict
else:  # see results
    from typing import NotRequired

    from typing_extensions import TypedDict

if TYPE_CHECKING:  # these bring numpy
    from auricle.identification.chromaprint import Fingerprint
    from auricle.identification.results import DuplicateGroup, Entry, Identification, Match
    from auricle.identification.verification import Verification

__all__ = [
    "WireDuplicateGroup",
    "WireDuplicates",
    "WireEntry",
    "WireFingerprint",
    "WireIdentification",
    "WireMatch",
    "WireRecordings",
    "WireVerification",
    "duplicates",
    "entry",
    "fingerprint",
    "identification",
    "recordings",
    "verification",
]


class WireEntry(TypedDict):
    """A recording that a catalogue knows; `added` is in seconds since 1970."""

    id: str
    duration: float
    added: float
    metadata: dict[str, str]


class WireRecordings(TypedDict):
    """A stretch of a catalogue's list, and how many recordings there are in all."""

    total: int
    recordings: list[WireEntry]


class WireMatch(TypedDict):
    """A stretch of the query, from `start` to `end`, that is a stretch of a recording, in which `offset` lies where `start` does."""

    id: str
    metadata: dict[str, str]
    recording_duration: float
    start: float
    end: float
    offset: float
    score: float
    votes: int
    speed: float
    pitch: float


class WireIdentification(TypedDict):
    """What a query was recognised as: `match` is null for what is unknown; `timeline` is there where it was asked for."""

    duration: float
    match: WireMatch | None
    timeline: NotRequired[list[WireMatch]]


class WireFingerprint(TypedDict):
    """A Chromaprint as AcoustID takes it, and its words where they were asked for."""

    duration: float
    algorithm: int
    fingerprint: str
    raw: NotRequired[list[int]]


class WireDuplicateGroup(TypedDict):
    """Recordings that hold the same sound, and how alike the least alike two of them are."""

    ids: list[str]
    similarity: float


class WireDuplicates(TypedDict):
    """All groups, the largest first."""

    groups: list[WireDuplicateGroup]


class WireVerification(TypedDict):
    """What reading a whole catalogue has shown; there is a sentence in `problems` for each thing that is not as it should be."""

    sound: bool
    recordings: int
    duration: float
    postings: int
    removed: int
    size_bytes: int
    problems: list[str]


def entry(known: Entry) -> WireEntry:
    """A recording of a catalogue."""
    return {"id": known.id, "duration": _time(known.duration), "added": _time(known.added), "metadata": dict(known.metadata)}


def recordings(known: Iterable[Entry], total: int) -> WireRecordings:
    """Some of a catalogue's recordings, of so many."""
    return {"total": total, "recordings": list(map(entry, known))}


def identification(found: Identification, *, timeline: bool = False) -> WireIdentification:
    """What a query was recognised as, with or without its timeline."""
    shape: WireIdentification = {"duration": _time(found.duration), "match": _match(found.match) if found.match else None}
    if timeline:
        shape["timeline"] = list(map(_match, found.timeline))
    return shape


def fingerprint(made: Fingerprint, *, raw: bool = False) -> WireFingerprint:
    """A recording's fingerprint, with or without its words."""
    shape: WireFingerprint = {"duration": _time(made.duration), "algorithm": 2, "fingerprint": made.encoded}
    if raw:
        shape["raw"] = made.raw.tolist()
    return shape


def duplicates(groups: Iterable[DuplicateGroup]) -> WireDuplicates:
    """Groups of recordings that hold the same sound."""
    return {"groups": [{"ids": list(group.ids), "similarity": round(group.similarity, 4)} for group in groups]}


def verification(found: Verification) -> WireVerification:
    """What reading a catalogue has shown."""
    return {
        "sound": found.sound,
        "recordings": found.recordings,
        "duration": _time(found.duration),
        "postings": found.postings,
        "removed": found.removed,
        "size_bytes": found.size,
        "problems": list(found.problems),
    }


def _match(match: Match) -> WireMatch:
    return {
        "id": match.entry.id,
        "metadata": dict(match.entry.metadata),
        "recording_duration": _time(match.entry.duration),
        "start": _time(match.start),
        "end": _time(match.end),
        "offset": _time(match.offset),
        "score": round(float(match.score), 4),
        "votes": match.votes,
        "speed": round(float(match.speed), 4),
        "pitch": round(float(match.pitch), 4),
    }


def _time(seconds: float) -> float:
    return round(float(seconds), 3)
