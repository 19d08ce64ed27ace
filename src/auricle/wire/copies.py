"""Copies of recordings among files, as JSON objects."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # see results
    from typing_extensions import TypedDict

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auricle.codec import AudioInfo

__all__ = ["WireCopies", "WireCopy", "WireCopyGroups", "copy_groups"]


class WireCopy(TypedDict):
    """A file by its header; `duration` is null when that doesn't say, `bit_depth` for lossy codecs."""

    file: str
    duration: float | None
    container: str
    codec: str
    sample_rate: int
    channels: int
    bit_depth: int | str | None
    size_bytes: int


class WireCopies(TypedDict):
    """Copies of one recording, the best first, and how alike the least alike two of them are."""

    similarity: float
    copies: list[WireCopy]


class WireCopyGroups(TypedDict):
    """All recordings that are there more than once, those with the most copies first."""

    groups: list[WireCopies]


def copy_groups(groups: Iterable[tuple[float, Sequence[tuple[str, AudioInfo]]]]) -> WireCopyGroups:
    """Groups of a similarity, 0 to 1, and of files, the best first: paths and what their headers say."""
    return {
        "groups": [
            {"similarity": round(float(similarity), 4), "copies": [_copy(path, header) for path, header in copies]}
            for similarity, copies in groups
        ]
    }


def _copy(path: str, header: AudioInfo) -> WireCopy:
    return {
        "file": path,
        "duration": None if header.duration is None else round(float(header.duration), 3),
        "container": header.container,
        "codec": header.codec,
        "sample_rate": header.sample_rate,
        "channels": header.channels,
        "bit_depth": header.bit_depth,
        "size_bytes": header.size_bytes,
    }
