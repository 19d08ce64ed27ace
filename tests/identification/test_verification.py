"""Promises of auricle.identification.verification: whatever is not as it was written is told, and nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from auricle.identification.changes import add, compact, remove
from auricle.identification.postings import write_landmarks
from auricle.identification.store import Store
from auricle.identification.verification import verify
from tests.identification.made import addition, landmarks


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Of a catalogue with three recordings in one file."""
    opened = Store(tmp_path, create=True, readonly=False)
    add(opened, [addition(name, number) for number, name in enumerate("abc")])
    yield opened
    opened.close()


def its_file(store: Store) -> Path:
    """The only postings file."""
    (path,) = store.directory.glob("*.postings")
    return path


def test_all_is_well(store: Store) -> None:
    """The counts are what was added; what was removed is counted apart until it is gone."""
    remove(store, "b")
    report = verify(store)
    assert report.sound
    assert (report.recordings, report.postings, report.removed) == (2, 1000, 500)
    assert report.duration == pytest.approx(landmarks(0).duration + landmarks(2).duration)
    assert report.size == sum(path.stat().st_size for path in store.directory.iterdir())


@pytest.mark.parametrize("place", [0, 2000, -100, -33, -1])
def test_a_changed_byte(store: Store, place: int) -> None:
    """Wherever it is, in places, hashes, tables or the footer."""
    content = bytearray(its_file(store).read_bytes())
    content[place] ^= 0x40
    its_file(store).write_bytes(content)
    report = verify(store)
    assert not report.sound
    assert its_file(store).name in report.problems[0]
    assert len(report.problems) == 4  # the file, and each recording


def test_a_missing_file(store: Store) -> None:
    """It is named, and so are the recordings that are lost."""
    path = its_file(store)
    path.unlink()
    report = verify(store)
    assert f"{path.name} is missing" in report.problems[0]
    assert "the recording 'a' should have 500 landmarks and has 0." in report.problems


def test_another_file_in_its_place(store: Store, tmp_path: Path) -> None:
    """A whole file, but not the one that was written."""
    path = its_file(store)
    path.unlink()
    write_landmarks(path, [(1, landmarks(9))])
    assert verify(store).problems[0] == f"{path.name} is not as it was written."


CHANGES = {
    "text": "UPDATE recordings SET metadata = '{\"title\": \"Sonh 1\"}' WHERE id = 'b'",
    "no json": "UPDATE recordings SET metadata = '{' WHERE id = 'b'",
    "no text": "UPDATE recordings SET metadata = CAST(x'ff7b' AS TEXT) WHERE id = 'b'",
    "another type": "UPDATE recordings SET duration = 'long' WHERE id = 'b'",
    "a number": "UPDATE recordings SET duration = -1 WHERE id = 'b'",
    "half a fingerprint": "UPDATE chromaprints SET words = substr(words, 1, 81) WHERE number = 2",
    "no fingerprint": "DELETE FROM chromaprints WHERE number = 2",
    "another fingerprint": "UPDATE chromaprints SET words = (SELECT words FROM chromaprints WHERE number = 1) WHERE number = 2",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_row(store: Store, change: str) -> None:
    """Whatever is in the row of a recording, if it is not what was written there; only that recording is named."""
    with sqlite3.connect(store.directory / "catalogue.sqlite") as database:
        database.execute(change)
    database.close()
    assert verify(store).problems == ("what the catalogue says of the recording 'b' is not as it was written.",)
    assert compact(store) == ("b",)
    assert verify(store).problems == ()


def test_a_row_that_names_nothing(store: Store) -> None:
    """A fingerprint of no recording, a recording in no file."""
    with sqlite3.connect(store.directory / "catalogue.sqlite") as database:
        database.execute("INSERT INTO chromaprints VALUES (99, x'00000000')")
        database.execute("UPDATE recordings SET file = 'nowhere' WHERE id = 'b'")
    database.close()
    problems = verify(store).problems
    assert {f"the database: a row of {table} names something that is not there." for table in ("chromaprints", "recordings")} <= {*problems}
    assert compact(store) == ("b",)
    assert verify(store).problems == ()


def test_a_recording_in_two_files(store: Store) -> None:
    """Its landmarks would count twice."""
    path = store.new_file()
    written = write_landmarks(path, [(1, landmarks(0))])
    with store.committing() as database:
        database.execute("INSERT INTO files VALUES (?, ?, ?, ?)", (path.name, written.postings, written.size, written.sha256))
    problems = verify(store).problems
    assert "recording number 1 is in more than one file." in problems
    assert "the recording 'a' should have 500 landmarks and has 1000." in problems
