"""What identification says: frozen values, times in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["DuplicateGroup", "Entry", "Identification", "Match"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A recording that a catalogue knows.

    Attributes:
        id: its name in the catalogue, which is unique there.
        duration: seconds.
        metadata: what its owner said of it: title, artist and the like.
        added: when it was added. Seconds since 1970.
        landmarks: how many it is recognised by. Without any, as silence is, it never will be; nor with the few of a fraction of a second.
    """

    id: str
    duration: float
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    added: float = 0.0
    landmarks: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """A stretch of a query that is a stretch of a known recording.

    Attributes:
        entry: the recording.
        start: where in the query the match begins. Seconds.
        end: where in the query it ends. Seconds.
        offset: where in the recording ``start`` lies. Seconds.
        score: how sure it is, 0 to 1; accepted matches have at least 0.5.
        votes: how many landmarks agree.
        speed: how much faster than the recording the query runs; 1.02 is 2 % faster.
        pitch: how much higher than the recording the query sounds; with a changed speed of playback the same as ``speed``.
    """

    entry: Entry
    start: float
    end: float
    offset: float
    score: float
    votes: int
    speed: float = 1.0
    pitch: float = 1.0


@dataclass(frozen=True, slots=True)
class Identification:
    """What a query was recognised as.

    Attributes:
        duration: of the query. Seconds.
        match: the best match of the whole; None: it is unknown.
        timeline: everything that was recognised, in the order of the query; without overlaps.
    """

    duration: float
    match: Match | None
    timeline: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class DuplicateGroup:
    """Recordings that hold the same sound, in whatever format, rate and loudness.

    Attributes:
        ids: of the recordings, the longest first: two or more.
        similarity: of the least alike pair in the group, 0 to 1.
    """

    ids: tuple[str, ...]
    similarity: float
