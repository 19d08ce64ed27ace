"""Copies of one recording, and which of them is the best."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auricle.codec import AudioInfo, probe
from auricle.identification.results import DuplicateGroup

__all__ = ["Copies", "Copy", "copies_of"]

_SAME_S = 1.0  # durations that differ by less are the same: encoders pad, and decoders start late. Seconds


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that is a copy of a recording.

    Attributes:
        path: of the file.
        info: what its header says.
    """

    path: str
    info: AudioInfo

    @property
    def duration(self) -> float:
        """What the header says, or 0 where it doesn't. Seconds."""
        return self.info.duration or 0.0

    @property
    def bit_rate(self) -> float:
        """Of the whole file. Bits per second."""
        return 8 * self.info.size_bytes / self.duration if self.duration else 0.0


@dataclass(frozen=True, slots=True)
class Copies:
    """All copies of one recording.

    Attributes:
        copies: the best first.
        similarity: of the least alike two, 0 to 1.
    """

    copies: tuple[Copy, ...]
    similarity: float

    @property
    def spare_bytes(self) -> int:
        """Of all but the best."""
        return sum(copy.info.size_bytes for copy in self.copies[1:])


def copies_of(groups: Iterable[DuplicateGroup]) -> tuple[Copies, ...]:
    """The files of groups whose ids are paths.

    The best is complete (as long as the longest, but for what encoders pad), then lossless; of the lossless that of more channels, higher
    sample rate and more bits per sample, of the others that of the higher bit rate. None of this can say what a copy was made of.

    Raises:
        InputError: a file is not there any more, or has changed.
    """
    return tuple(Copies(_ranked([Copy(path, probe(path)) for path in group.ids]), group.similarity) for group in groups)


def _ranked(copies: list[Copy]) -> tuple[Copy, ...]:
    longest = max(copy.duration for copy in copies)
    return tuple(sorted(copies, key=lambda copy: (copy.duration > longest - _SAME_S, *_quality(copy)), reverse=True))


def _quality(copy: Copy) -> tuple[bool, float, int, int]:
    depth = copy.info.bit_depth
    if depth is None:
        return False, copy.bit_rate, 0, 0
    return True, copy.info.channels, copy.info.sample_rate, 32 if isinstance(depth, str) else depth
