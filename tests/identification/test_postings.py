"""Promises of auricle.identification.postings: what was written is found, wherever it lies; damage is seen."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.errors import CorruptCatalogue, OutputError
from auricle.identification.index import FRAME_S, Landmarks
from auricle.identification.postings import PostingsFile, ramps, write_landmarks
from tests.identification.made import Triples, expected, landmarks


def found(file: PostingsFile, hashes: list[int]) -> Triples:
    """What a file says of some hashes, read list by list."""
    where = file.find(np.array(hashes, np.uint32))
    places = [
        (asked, file.places[start : start + count]) for asked, (start, count) in enumerate(zip(where.starts, where.counts, strict=True))
    ]
    slots = file.slots
    return sorted(
        (asked, int(slots.numbers[slot]), int(place - slots.edges[slot]))
        for asked, many in places
        for place, slot in zip(many, slots.of(many), strict=True)
    )


RECORDING = st.lists(st.tuples(st.integers(0, 2**32 - 1) | st.integers(0, 5), st.integers(0, 10_000)), max_size=20)


@settings(deadline=None, max_examples=60)
@given(recordings=st.lists(RECORDING, max_size=5), absent=st.lists(st.integers(0, 2**32 - 1), max_size=5))
def test_everything_is_found(recordings: list[list[tuple[int, int]]], absent: list[int]) -> None:
    """For any landmarks, also none: each hash has the places that it has, in the recordings that have it, and no other."""
    known = {
        7 + 2 * place: Landmarks(np.array([one for one, _ in pairs], np.uint32), np.array([frame for _, frame in pairs], np.uint32), 1.0)
        for place, pairs in enumerate(recordings)
    }
    asked = [*absent, *(value for pairs in recordings for value, _ in pairs)]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "a.postings")
        written = write_landmarks(path, list(known.items()))
        file = PostingsFile(path)
        assert found(file, asked) == expected(asked, known)
        assert (file.size, file.sha256()) == (written.size, written.sha256)
        assert written.postings == sum(map(len, recordings)) == sum(len(block) for block in file.blocks())


def test_nine_bytes_a_posting(tmp_path: Path) -> None:
    """A quarter of an hour with 150 landmarks a second, each hash occurring as seldom as twice: 9 bytes each, 5 MB an hour."""
    count = 15 * 60 * 150
    frames = np.linspace(0, 15 * 60 / FRAME_S, count).astype(np.uint32)
    hashes = np.random.default_rng(1).permutation(np.arange(count, dtype=np.uint32) // 2 * 1000)
    written = write_landmarks(tmp_path / "a", [(1, Landmarks(hashes, frames, 15 * 60.0))])
    assert written.size <= 9 * count


def test_it_outlives_its_name(tmp_path: Path) -> None:
    """A file that is open can be read when it has been deleted: a reader needs no lock."""
    write_landmarks(tmp_path / "a", [(3, landmarks(1))])
    file = PostingsFile(tmp_path / "a")
    (tmp_path / "a").unlink()
    asked = landmarks(1).hashes.tolist()[:50]
    assert found(file, asked) == expected(asked, {3: landmarks(1)})


@pytest.mark.parametrize("kept", [0, 10, 100, -4, -1])
def test_what_is_cut_off_is_refused(tmp_path: Path, kept: int) -> None:
    """A part of a file is no file, whatever part."""
    write_landmarks(tmp_path / "a", [(1, landmarks(1))])
    (tmp_path / "a").write_bytes((tmp_path / "a").read_bytes()[:kept])
    with pytest.raises(CorruptCatalogue, match="cut off"):
        PostingsFile(tmp_path / "a")


def test_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """A directory that isn't there is an error that says so."""
    with pytest.raises(OutputError, match="no such file"):
        write_landmarks(tmp_path / "nowhere" / "a", [(1, landmarks(1))])
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 5)), max_size=20))
def test_ramps(pairs: list[tuple[int, int]]) -> None:
    """As Python's own ranges."""
    starts, counts = (np.array(column, np.int64) for column in (zip(*pairs, strict=True) if pairs else ([], [])))
    assert ramps(starts, counts).tolist() == [number for start, count in pairs for number in range(start, start + count)]
