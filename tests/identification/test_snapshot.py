"""Promises of auricle.identification.snapshot: an index over many files, as they are at one moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auricle.errors import CorruptCatalogue
from auricle.identification import snapshot
from auricle.identification.changes import add, compact, remove
from auricle.identification.index import Landmarks
from auricle.identification.snapshot import Snapshot, current
from auricle.identification.store import Store
from tests.identification.made import Triples, addition, expected, landmarks


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new catalogue's."""
    opened = Store(tmp_path, create=True, readonly=False)
    yield opened
    opened.close()


def said(index: Snapshot, hashes: list[int]) -> Triples:
    """What an index says of some hashes, in order."""
    found = index.postings(np.array(hashes, np.uint32))
    assert [column.dtype for column in found] == [np.dtype(np.intp), np.dtype(np.uint32), np.dtype(np.uint32)]
    return sorted(zip(found.asked.tolist(), found.recordings.tolist(), found.frames.tolist(), strict=True))


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.integers(0, 11), max_size=15), asked=st.lists(st.integers(0, 200), max_size=30))
def test_it_says_what_there_is(tmp_path_factory: pytest.TempPathFactory, changes: list[int], asked: list[int]) -> None:
    """After any additions, removals and compactions: all of what is there, also when asked twice for one hash, and nothing else."""
    store = Store(tmp_path_factory.mktemp("catalogue"), create=True, readonly=False)
    there: dict[str, tuple[int, Landmarks]] = {}
    numbers = 0
    for place, change in enumerate(changes):
        if change < 8:
            numbers += 1
            one = addition(f"{change}", place, 50, replace=True)
            add(store, [one])
            there[one.id] = (numbers, one.heard.landmarks)
        elif change == 8:
            compact(store)
        elif there:
            name = sorted(there)[change % len(there)]
            remove(store, name)
            del there[name]
    assert said(current(store, None), asked) == expected(asked, dict(there.values()))
    store.close()


def test_it_stays_as_it_was(store: Store) -> None:
    """Changes, also those that delete the files, are seen by who asks for the index after them only."""
    add(store, [addition("a", 1), addition("b", 2)])
    before = current(store, None)
    asked = list(range(300))
    was = said(before, asked)
    remove(store, "a")
    compact(store)
    assert said(before, asked) == was == expected(asked, {1: landmarks(1), 2: landmarks(2)})
    after = current(store, before)
    assert said(after, asked) == expected(asked, {2: landmarks(2)})
    assert current(store, after) is after


def test_a_query_costs_no_more_than_its_budget(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    """Hashes that occur everywhere are left out before the rare ones, whole."""
    monkeypatch.setattr(snapshot, "BUDGET", 30)
    one = addition("a", 1, 60)
    one.heard.landmarks.hashes[:] = [1] * 25 + [2] * 4 + [3] * 31
    add(store, [one])
    index = current(store, None)
    assert {asked for asked, _, _ in said(index, [3, 2, 1])} == {1, 2}
    assert len(said(index, [2, 1])) == 29
    assert {asked for asked, _, _ in said(index, [1, 2, 2])} == {1, 2}


def test_a_missing_file_is_damage(tmp_path: Path, store: Store) -> None:
    """Not an index with fewer recordings, and not a wait for ever."""
    add(store, [addition("a", 1)])
    for path in tmp_path.glob("*.postings"):
        path.unlink()
    with pytest.raises(CorruptCatalogue, match="missing"):
        current(store, None)


def test_an_empty_index(store: Store) -> None:
    """Without recordings there is nothing, and asking for nothing gives nothing."""
    assert said(current(store, None), [1, 2]) == []
    add(store, [addition("a", 1)])
    assert said(current(store, None), []) == []
