"""Copies of one recording, and which of them is the best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auricle.codec import AudioInfo, probe
from auricle.identification.results import DuplicateGroup

__all__ = ["Copies", "Copy", "copies_of"]

_SAME_S = 3.0  # lengths that differ by less are the same: so much silence, of which a word may be, is not told from sound. Seconds
_WIDE_HZ = 32_000  # a sample rate that carries what lossy codecs keep of the treble: what is above is no reason to prefer one
_STEREO = 2  # channels that music has


@dataclass(frozen=True, slots=True)
class Copy:
    """A file that is a copy of a recording.

    Attributes:
        path: of the file.
        info: what its header says.
        sound_s: how long it is without the silence before and after it. Seconds.
    """

    path: str
    info: AudioInfo
    sound_s: float

    @property
    def bit_rate(self) -> float:
        """Of the whole file; 0 where its header doesn't say how long it is. Bits per second."""
        return 8 * self.info.size_bytes / self.info.duration if self.info.duration else 0.0


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


def copies_of(groups: Iterable[DuplicateGroup], sound_s: Mapping[str, float]) -> tuple[Copies, ...]:
    """The files of groups whose ids are paths, which ``sound_s`` says the lengths of, without silence at their ends.

    The best is complete (its sound as long as that of the longest), then not from a telephone (its sample rate, up to 32 kHz), then stereo,
    then lossless; of the lossless that of more channels, higher sample rate and more bits per sample, of the others that of the higher bit
    rate. None of this can say what a copy was made of.

    Raises:
        InputError: a file is not there any more, or has changed.
    """
    return tuple(Copies(_ranked([Copy(path, probe(path), sound_s[path]) for path in group.ids]), group.similarity) for group in groups)


def _ranked(copies: list[Copy]) -> tuple[Copy, ...]:
    longest = max(copy.sound_s for copy in copies)
    return tuple(sorted(copies, key=lambda copy: (copy.sound_s > longest - _SAME_S, *_heard(copy), *_coded(copy)), reverse=True))


def _heard(copy: Copy) -> tuple[int, int]:
    """What anybody hears, whatever the codec: a telephone's sound, or one channel."""
    return min(copy.info.sample_rate, _WIDE_HZ), min(copy.info.channels, _STEREO)


def _coded(copy: Copy) -> tuple[bool, float, int, int]:
    depth = copy.info.bit_depth
    if depth is None:
        return False, copy.bit_rate, 0, 0
    return True, copy.info.channels, copy.info.sample_rate, 32 if isinstance(depth, str) else depth
