"""Many postings files → few: what keeps an index of many additions fast.

P. O'Neil, E. Cheng, D. Gawlick and E. O'Neil, "The log-structured merge-tree", Acta Informatica 33, 1996. What is added is a new file;
when `FILES` of them are about as large as each other they become one, so a posting is copied once for each power of `FILES` by which the
index grows, and a query looks into few files. What belongs to no recording any more is left out of the copy.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from auricle.identification.index import Words
from auricle.identification.postings import BLOCK, MOST_FRAMES, PostingsFile, Slots, Written, write

__all__ = ["FILES", "LARGEST", "crowded", "grouped", "merge"]

FILES = 4  # of about one size, that become one
LARGEST = 1 << 29  # postings: a thousand hours. Files that would be larger stay apart, so that no addition waits for a merge of hours
_SMALLEST = 1 << 12  # postings: files below it are all of one size

Live = npt.NDArray[np.bool_]


def crowded(sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Files that are to become one now, of all files with their numbers of postings; none: it is well as it is."""
    tiers: dict[int, list[str]] = {}
    for name, size in sizes.items():
        tiers.setdefault(int(math.log(max(size, _SMALLEST), FILES)), []).append(name)
    for _, names in sorted(tiers.items()):
        if len(names) >= FILES and sum(sizes[name] for name in names) <= LARGEST:
            return tuple(names)
    return ()


def grouped(sizes: Mapping[str, int]) -> list[tuple[str, ...]]:
    """All files, in groups that each make one file of at most `LARGEST` postings."""
    groups: list[tuple[str, ...]] = []
    room = 0
    for name, size in sorted(sizes.items(), key=lambda item: item[1]):
        if size > room or not groups:
            groups.append(())
            room = LARGEST
        groups[-1] += (name,)
        room -= size
    return groups


def merge(path: Path, files: Sequence[PostingsFile], live: Sequence[Live]) -> Written | None:
    """Write the postings of ``files`` into a new one; None, and no file, if their recordings together are longer than a file can tell.

    Args:
        path: of the new file.
        files: whose content it has.
        live: of each file: which of its recordings there are still, shape (recordings,).

    Raises:
        OutputError: it could not be written.
    """
    lengths = [np.where(kept, np.diff(file.slots.edges.astype(np.int64)), 0) for file, kept in zip(files, live, strict=True)]
    edges = np.cumsum(np.concatenate([[0], *lengths]))
    if edges[-1] > MOST_FRAMES:
        return None
    every = np.concatenate([np.zeros(0, np.bool_), *live])
    numbers = np.concatenate([np.zeros(0, np.uint32), *(file.slots.numbers for file in files)])
    slots = Slots(numbers[every], np.append(edges[:-1][every], edges[-1]).astype(np.uint32))
    begins = np.split(edges[:-1], np.cumsum([len(kept) for kept in live])[:-1]) if len(live) else []
    shifts = [begin - file.slots.edges[:-1].astype(np.int64) for begin, file in zip(begins, files, strict=True)]
    return write(path, slots, _parts(files, live, shifts))


def _parts(files: Sequence[PostingsFile], live: Sequence[Live], shifts: Sequence[npt.NDArray[np.int64]]) -> Iterator[tuple[Words, Words]]:
    """The postings of all files, range of hashes by range of hashes: in each file a range is one piece."""
    for first, last in _ranges(files):
        pieces = [_piece(*each, first, last) for each in zip(files, live, shifts, strict=True)]
        hashes, places = (np.concatenate(columns) for columns in zip(*pieces, strict=True))
        order = np.argsort(hashes, kind="stable")  # a file's recordings follow those of the file before, so places stay in order
        yield hashes[order], places[order]


def _piece(file: PostingsFile, live: Live, shift: npt.NDArray[np.int64], first: int, last: int) -> tuple[Words, Words]:
    """Hashes from ``first`` to ``last`` in a file, and where their places lie in the new one."""
    low, high = int(np.searchsorted(file.hashes, first)), int(np.searchsorted(file.hashes, last, side="right"))
    begin = int(file.ends[low - 1]) if low else 0
    ends = file.ends[low:high].astype(np.int64)
    hashes = np.repeat(file.hashes[low:high], np.diff(ends, prepend=begin))
    places = file.places[begin : int(ends[-1]) if len(ends) else begin]
    slots = file.slots.of(places)
    kept = live[slots]
    return hashes[kept], (places[kept] + shift[slots[kept]]).astype(np.uint32)


def _ranges(files: Sequence[PostingsFile]) -> Iterator[tuple[int, int]]:
    """First and last hashes of ranges that have about `BLOCK` postings in all files together."""
    hashes = np.concatenate([np.zeros(0, np.uint32), *(file.hashes for file in files)])
    if not len(hashes):
        return
    counts = np.concatenate([np.diff(file.ends.astype(np.int64), prepend=0) for file in files])
    order = np.argsort(hashes, kind="stable")
    blocks = np.cumsum(counts[order]) // BLOCK
    edges = np.flatnonzero(np.diff(blocks, prepend=-1))
    firsts = np.unique(hashes[order][edges]).astype(np.int64)
    lasts = np.append(firsts[1:] - 1, 2**32 - 1)
    yield from zip(firsts.tolist(), lasts.tolist(), strict=True)
