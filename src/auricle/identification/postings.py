"""An inverted file: where in which recordings each hash occurs. Written once, never changed, read through a memory map.

J. Zobel and A. Moffat, "Inverted files for text search engines", ACM Computing Surveys 38(2), 2006, section 3: a dictionary of the hashes
that occur, in their order, and for each the list of its places. The recordings of a file lie one after the other on one line of frames, so
that a place is one number of 32 bits, and which recording it is in is a search in the table of where they begin::

    places (uint32 each) | hashes | ends of their lists | recordings | where they begin, and the end of the last | Footer

All numbers are little-endian. Music repeats itself and the dictionary does not grow with it: a posting takes 4 bytes and its share of
the dictionary's 8 bytes a hash.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from auricle.atomic import replacing
from auricle.errors import CorruptCatalogue
from auricle.identification.index import Landmarks, Words

__all__ = ["MEND", "MOST_FRAMES", "Occurrences", "PostingsFile", "Slots", "Written", "ramps", "write", "write_landmarks"]

MOST_FRAMES = 2**32 - 1  # that a place can tell apart: 19,000 hours in one file
MEND = "compact the catalogue, which takes out what is damaged and says which recordings to add again"
BLOCK = 1 << 20  # postings that are looked at at once where all are

_FOOTER = struct.Struct("<8sQQQ")  # mark, numbers of places, of hashes, of recordings
_MARK = b"auricle1"
_WORD = np.dtype("<u4")


@dataclass(frozen=True, slots=True, eq=False)
class Slots:
    """The recordings of a file, in the order in which they lie on its line of frames.

    Attributes:
        numbers: of the recordings in the catalogue, uint32, shape (recordings,).
        edges: where they begin and where the last one ends, uint32, shape (recordings + 1,). Frames.
    """

    numbers: Words
    edges: Words

    def of(self, places: Words) -> npt.NDArray[np.intp]:
        """In which of the recordings each place lies."""
        slots: npt.NDArray[np.intp] = np.searchsorted(self.edges, places, side="right") - 1
        return slots


@dataclass(frozen=True, slots=True)
class Written:
    """A finished file.

    Attributes:
        postings: how many it holds.
        size: bytes.
        sha256: of its content, hexadecimal.
    """

    postings: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """Where a file has each of some hashes, shape (hashes,): ``counts`` places from ``starts`` on."""

    starts: npt.NDArray[np.int64]
    counts: npt.NDArray[np.int64]


class PostingsFile:
    """An open file. It may be read from any number of threads, also after it has been deleted.

    Args:
        path: of the file.

    Raises:
        CorruptCatalogue: it is not such a file or not all of it is there.
        FileNotFoundError: it is not there.

    Attributes:
        places: uint32, shape (postings,); those of one hash ascend.
        hashes: uint32, shape (distinct hashes,), ascending.
        ends: where in ``places`` the list of each hash ends, uint32, shape (distinct hashes,).
        slots: its recordings.
    """

    def __init__(self, path: Path) -> None:
        if path.stat().st_size < _FOOTER.size:
            raise CorruptCatalogue(f"{path.name} is cut off; {MEND}.")
        content = np.asarray(np.memmap(path, np.uint8, "r"))  # a plain view: slices of a memmap are slow
        mark, places, hashes, recordings = _FOOTER.unpack(content[-_FOOTER.size :].tobytes())
        lengths = [places, hashes, hashes, recordings, recordings + 1]
        if mark != _MARK or sum(lengths) * _WORD.itemsize + _FOOTER.size != content.size:
            raise CorruptCatalogue(f"{path.name} is damaged or cut off; {MEND}.")
        self._content = content
        words = content[: -_FOOTER.size].view(_WORD)
        self.places, self.hashes, self.ends, numbers, edges = np.split(words, np.cumsum(lengths[:-1]))
        self.slots = Slots(numbers, edges)

    def find(self, hashes: Words) -> Occurrences:
        """Where these hashes are, shape (hashes,). Ascending ones are found fastest."""
        if not len(self.hashes):
            return Occurrences(np.zeros(len(hashes), np.int64), np.zeros(len(hashes), np.int64))
        at = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        ends = self.ends[at].astype(np.int64)
        starts = np.where(at > 0, self.ends[at - 1], 0).astype(np.int64)
        return Occurrences(starts, np.where(self.hashes[at] == hashes, ends - starts, 0))

    def sha256(self) -> str:
        """Of the whole file, hexadecimal."""
        return hashlib.sha256(self._content.data).hexdigest()

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self._content)

    def blocks(self) -> Iterator[Words]:
        """All places, some at a time."""
        return (self.places[first : first + BLOCK] for first in range(0, len(self.places), BLOCK))


def ramps(starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The numbers from each start on, as many as its count: 5 and 9, 2 and 3 → 5, 6, 9, 10, 11."""
    before = np.cumsum(counts) - counts
    ramp: npt.NDArray[np.int64] = np.repeat(starts - before, counts) + np.arange(counts.sum())
    return ramp


def write_landmarks(path: Path, recordings: Sequence[tuple[int, Landmarks]]) -> Written:
    """A new file with the landmarks of some recordings, by their numbers in the catalogue; it is on the disk when this returns.

    Raises:
        OutputError: it could not be written.
    """
    edges = np.cumsum([0, *(_frames(landmarks) for _, landmarks in recordings)]).astype(np.int64)
    hashes = np.concatenate([np.zeros(0, np.uint32), *(landmarks.hashes for _, landmarks in recordings)])
    places = np.concatenate([np.zeros(0, np.int64), *(one.frames + edge for (_, one), edge in zip(recordings, edges[:-1], strict=True))])
    order = np.lexsort((places, hashes))
    slots = Slots(np.array([number for number, _ in recordings], _WORD), edges.astype(_WORD))
    return write(path, slots, [(hashes[order], places[order].astype(_WORD))])


def write(path: Path, slots: Slots, parts: Iterable[tuple[Words, Words]]) -> Written:
    """A new file of postings that come part by part: each part's hashes and places, ascending by hash and then by place.

    All postings of a hash are in one part. Memory: the dictionary, and one part.

    Raises:
        OutputError: it could not be written.
    """
    with replacing(path) as file:
        whole = _Hashed(file)
        dictionary, ends, postings = [np.zeros(0, _WORD)], [np.zeros(0, _WORD)], 0
        for hashes, places in parts:
            last = np.flatnonzero(np.append(hashes[1:] != hashes[:-1], True)) if len(hashes) else np.zeros(0, np.intp)
            dictionary.append(hashes[last])
            ends.append((last + 1 + postings).astype(_WORD))
            postings += len(places)
            whole.put(places)
        distinct = sum(map(len, dictionary))
        for words in (*dictionary, *ends, slots.numbers, slots.edges):
            whole.put(words)
        whole.raw(_FOOTER.pack(_MARK, postings, distinct, len(slots.numbers)))
    return Written(postings, whole.size, whole.sha256.hexdigest())


class _Hashed:
    """A file whose hash is known when it is written."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.size = 0
        self.sha256 = hashlib.sha256()

    def put(self, words: Words) -> None:
        self.raw(np.ascontiguousarray(words, _WORD).data.cast("B") if len(words) else b"")

    def raw(self, content: bytes | memoryview) -> None:
        self._file.write(content)
        self.sha256.update(content)
        self.size += len(content)


def _frames(landmarks: Landmarks) -> int:
    """How much of the line of frames a recording takes: beyond its last landmark, and something even when it has none."""
    return int(landmarks.frames.max(initial=0)) + 1
