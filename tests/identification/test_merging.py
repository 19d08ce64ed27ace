"""Promises of auricle.identification.merging: many files say as one what they said as many, and few stay few."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.identification import merging
from auricle.identification.merging import FILES, LARGEST, crowded, grouped, merge
from auricle.identification.postings import PostingsFile, write_landmarks
from tests.identification.made import expected, landmarks
from tests.identification.test_postings import found


@pytest.mark.parametrize("block", [1, 100, 1 << 20])
def test_a_merge_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """What lives is found as before and nothing else is, whatever the ranges of hashes that are worked on at once."""
    monkeypatch.setattr(merging, "BLOCK", block)
    known = {number: landmarks(number, count=300 if number != 4 else 0) for number in range(1, 8)}
    for name, numbers in (("a", (5, 2)), ("b", (1, 3, 4)), ("c", (6, 7))):
        write_landmarks(tmp_path / name, [(number, known[number]) for number in numbers])
    files = [PostingsFile(tmp_path / name) for name in "abc"]
    dead = {2, 3, 7}
    written = merge(tmp_path / "d", files, [~np.isin(file.slots.numbers, list(dead)) for file in files])
    merged = PostingsFile(tmp_path / "d")
    asked = list(range(0, 2000, 3))
    living = {number: one for number, one in known.items() if number not in dead}
    assert found(merged, asked) == expected(asked, living)
    assert sorted(merged.slots.numbers.tolist()) == sorted(living)
    assert written is not None
    assert written.postings == sum(len(one.hashes) for one in living.values())
    for first, last in zip(np.append(0, merged.ends[:-1]), merged.ends, strict=True):
        assert np.all(np.diff(merged.places[first:last].astype(np.int64)) >= 0)


def test_nothing_left(tmp_path: Path) -> None:
    """When all recordings are gone, a file without any remains."""
    write_landmarks(tmp_path / "a", [(1, landmarks(1))])
    merge(tmp_path / "b", [PostingsFile(tmp_path / "a")], [np.array([False])])
    empty = PostingsFile(tmp_path / "b")
    assert (len(empty.places), len(empty.slots.numbers), empty.find(np.array([1], np.uint32)).counts.tolist()) == (0, 0, [0])


def test_too_long_for_one_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Recordings that together are longer than a file can count stay apart."""
    monkeypatch.setattr(merging, "MOST_FRAMES", 3000)
    for name in "ab":
        write_landmarks(tmp_path / name, [(1, landmarks(1))])
    files = [PostingsFile(tmp_path / name) for name in "ab"]
    assert merge(tmp_path / "c", files, [np.array([True])] * 2) is None
    assert not (tmp_path / "c").exists()


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=200))
def test_few_files_and_few_copies(additions: list[int]) -> None:
    """However large the additions: at most FILES - 1 files for each power of FILES, and each posting is copied once for each."""
    sizes: dict[str, int] = {}
    copied = 0
    for number, size in enumerate(additions):
        sizes[f"{number}"] = size
        while names := crowded(sizes):
            whole = sum(sizes.pop(name) for name in names)
            copied += whole
            sizes[f"{number} {len(names)} {whole}"] = whole
    tiers = np.ceil(np.log(max(FILES, sum(additions))) / np.log(FILES)) + 1
    assert len(sizes) <= (FILES - 1) * tiers
    assert copied <= sum(additions) * tiers


@given(st.lists(st.integers(0, LARGEST + 5), max_size=20))
def test_groups_fit(counts: list[int]) -> None:
    """Every file is in one group, and no group of several is larger than a file may be."""
    sizes = {f"{place}": count for place, count in enumerate(counts)}
    groups = grouped(sizes)
    assert sorted(name for names in groups for name in names) == sorted(sizes)
    assert all(len(names) == 1 or sum(sizes[name] for name in names) <= LARGEST for names in groups)


def test_the_largest_stay_apart() -> None:
    """Files that would be too large together are not merged: no addition waits for that."""
    assert crowded({f"{place}": LARGEST // 2 for place in range(9)}) == ()
