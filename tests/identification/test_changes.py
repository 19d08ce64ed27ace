"""Promises of auricle.identification.changes: what was acknowledged is kept, whatever happens; the rest leaves nothing."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auricle.errors import CorruptCatalogue, RecordingExists, UnknownRecording
from auricle.identification.changes import add, compact, refuse_existing, remove
from auricle.identification.postings import PostingsFile
from auricle.identification.results import Entry
from auricle.identification.rows import entries
from auricle.identification.snapshot import current
from auricle.identification.store import Store
from auricle.identification.verification import verify
from tests.identification.made import addition

# Adds a, b, c … and says so after each; removes and replaces some; its command line is the directory and a number to begin with.
WRITER = """
import sys
from pathlib import Path
from auricle.identification.changes import add, compact, remove
from auricle.identification.store import Store
from tests.identification.made import addition
store = Store(Path(sys.argv[1]), create=True, readonly=False)
print("ready", flush=True)
for number in range(int(sys.argv[2]), 10**6):
    add(store, [addition(f"{number}", number, 200)])
    print("+", number, flush=True)
    if number % 3 == 0:
        remove(store, f"{number}")
        print("-", number, flush=True)
    if number % 11 == 0:
        compact(store)
"""
KILLS = 12


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A new catalogue's."""
    opened = Store(tmp_path, create=True, readonly=False)
    yield opened
    opened.close()


def names(store: Store) -> list[str]:
    """Ids of all recordings."""
    with store.reading() as database:
        return [entry.id for entry in entries(database)]


def killed(directory: Path, first: int, delay: float) -> list[tuple[str, int]]:
    """What a writer acknowledged before it was killed, ``delay`` seconds after it could begin."""
    command = [sys.executable, "-c", WRITER, str(directory), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        time.sleep(delay)  # the moment is what is tried; nothing is waited for
        writer.kill()
        lines = writer.stdout.read().split("\n")[:-1]
    return [(line[0], int(line[2:])) for line in lines]


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """With SIGKILL at random moments, again and again in one catalogue: it opens, is sound, and holds just what was acknowledged.

    What was being done may have been done or not, as a whole.
    """
    moments = random.Random(8)  # noqa: S311 no secret
    there: set[int] = set()
    first = 0
    for _ in range(KILLS):
        said = killed(tmp_path, first, moments.uniform(0, 0.25))
        there |= {number for sign, number in said if sign == "+"}
        there -= {number for sign, number in said if sign == "-"}
        last = max([first - 1, *(number for _, number in said)])
        store = Store(tmp_path, create=False, readonly=False)
        assert verify(store).problems == ()
        found = set(map(int, names(store)))
        assert found ^ there <= {last, last + 1}
        there, first = found, last + 2
        store.close()
    assert there
    store = Store(tmp_path, create=False, readonly=False)
    compact(store)
    assert verify(store).problems == ()
    assert len(list(tmp_path.iterdir())) == 3  # the database, the lock and one file: no leftovers
    store.close()


def test_add_and_remove(store: Store) -> None:
    """The entry says what was given; what is removed is gone."""
    added, other = add(store, [addition("a", 1), addition("b", 2)])
    assert isinstance(added, Entry)
    assert (added.id, dict(added.metadata), added.duration) == ("a", {"title": "Song 1"}, addition("a", 1).heard.landmarks.duration)
    with store.reading() as database:
        assert entries(database) == (added, other)
    remove(store, "a")
    assert names(store) == ["b"]
    with pytest.raises(UnknownRecording, match="no recording 'a'"):
        remove(store, "a")


def test_an_id_is_given_once(store: Store) -> None:
    """A second recording of that id is refused, also within one batch, unless it is to take the first one's place."""
    add(store, [addition("a", 1)])
    refused, kept, twice = add(store, [addition("a", 2), addition("b", 3), addition("b", 4)])
    assert isinstance(refused, RecordingExists)
    assert isinstance(kept, Entry)
    assert isinstance(twice, RecordingExists)
    with pytest.raises(RecordingExists, match="already has a recording 'a'"):
        refuse_existing(store, "a")
    refuse_existing(store, "c")
    (new,) = add(store, [addition("a", 5, replace=True)])
    assert isinstance(new, Entry)
    assert new.metadata["title"] == "Song 5"
    assert (names(store), verify(store).problems) == (["b", "a"], ())


def test_many_additions_make_few_files(tmp_path: Path, store: Store) -> None:
    """Forty additions, one by one, are a handful of files; one after `compact`, which has nothing of what was removed."""
    for number in range(40):
        add(store, [addition(f"{number}", number, 300)])
    assert len(list(tmp_path.glob("*.postings"))) <= 8
    for number in range(10):
        remove(store, f"{number}")
    compact(store)
    (path,) = tmp_path.glob("*.postings")
    assert len(PostingsFile(path).places) == 30 * 300
    assert (verify(store).removed, verify(store).problems) == (0, ())


def test_a_file_of_removed_recordings_shrinks(store: Store) -> None:
    """When most of a file's recordings are gone it is copied without them, and a file without any is nothing."""
    add(store, [addition(f"{number}", number, 5000) for number in range(5)])
    for number in range(4):
        remove(store, f"{number}")
    assert verify(store).removed <= 5000
    remove(store, "4")
    assert (verify(store).removed, verify(store).postings, verify(store).problems) == (0, 0, ())


def test_damage_is_not_copied(tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """A merge would give it a new checksum: a damaged file stays what it is, other recordings can be added, and who asks is told."""
    add(store, [addition("a", 1)])
    (path,) = tmp_path.glob("*.postings")
    content = bytearray(path.read_bytes())
    content[5] ^= 1
    path.write_bytes(content)
    for number in range(9):
        add(store, [addition(f"{number}", number)])
    assert path.exists()
    assert any(record.levelname == "WARNING" and path.name in record.message for record in caplog.records)
    assert verify(store).problems == (f"{path.name} is not as it was written.", "the recording 'a' should have 500 landmarks and has 0.")


def missing(path: Path) -> None:
    """What can happen to a file."""
    path.unlink()


def cut_off(path: Path) -> None:
    """What can happen to a file."""
    path.write_bytes(path.read_bytes()[:100])


def changed(path: Path) -> None:
    """What can happen to a file."""
    path.write_bytes(b"\1\2\3\4" + path.read_bytes()[4:])


def two_files(store: Store, directory: Path) -> Path:
    """A catalogue of a and b in one file, and c in another; gives the first one's path."""
    add(store, [addition("a", 1), addition("b", 2)])
    (path,) = directory.glob("*.postings")
    add(store, [addition("c", 3)])
    return path


@pytest.mark.parametrize("damage", [missing, cut_off, changed])
def test_compaction_mends(tmp_path: Path, store: Store, damage: Callable[[Path], None]) -> None:
    """It takes out what is damaged, says which recordings are lost by that, and they can be added again; the others stay."""
    damage(two_files(store, tmp_path))
    assert compact(store) == ("a", "b")
    assert (names(store), verify(store).problems) == (["c"], ())
    add(store, [addition("a", 1), addition("b", 2)])
    assert (verify(store).problems, compact(store)) == ((), ())
    assert len(list(tmp_path.glob("*.postings"))) == 1


@pytest.mark.parametrize("damage", [missing, cut_off, changed])
def test_replacing_mends(tmp_path: Path, store: Store, damage: Callable[[Path], None]) -> None:
    """A damaged file is forgotten with the last recording that needs it, whether that is replaced or removed."""
    path = two_files(store, tmp_path)
    damage(path)
    add(store, [addition("a", 1, replace=True)])
    assert verify(store).problems
    remove(store, "b")
    assert (names(store), verify(store).problems) == (["c", "a"], ())
    assert not path.exists()
    add(store, [addition("b", 2)])
    assert len(current(store, None).postings(addition("a", 1).heard.landmarks.hashes).recordings) >= 500


@pytest.mark.parametrize("damage", [missing, cut_off])
def test_nothing_new_for_a_damaged_catalogue(tmp_path: Path, store: Store, damage: Callable[[Path], None]) -> None:
    """Adding to what cannot be asked would look as if all were well: it says what to do."""
    damage(two_files(store, tmp_path))
    with pytest.raises(CorruptCatalogue, match="compact the catalogue"):
        add(store, [addition("d", 4)])
    assert names(store) == ["a", "b", "c"]


def test_ids_that_no_file_can_have(store: Store) -> None:
    """Python's names of files may be no text; there is no such recording to remove."""
    with pytest.raises(UnknownRecording, match=r"no recording 'bad\\udcff.wav'"):
        remove(store, "bad\udcff.wav")


def test_an_addition_of_nothing(tmp_path: Path, store: Store) -> None:
    """When all are refused, no file is written for them."""
    add(store, [addition("a", 1)])
    before = store.generation()
    assert isinstance(add(store, [addition("a", 2)])[0], RecordingExists)
    assert add(store, []) == []
    assert store.generation() == before
    assert len(list(tmp_path.glob("*.postings"))) == 1
