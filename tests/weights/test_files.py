"""Promises of auricle.weights.files: nothing broken is ever left in place, and no change goes unnoticed."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from auricle import weights
from auricle.errors import CorruptWeights, OutputError
from auricle.weights import catalogue
from tests.weights.conftest import HALF, TOY, child, damage, enter, file_sha256, fill, leftovers, little_room, posix, sha256, toy, wait_for


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "home/.cache/auricle"),
        ("linux", {"XDG_CACHE_HOME": "xdg"}, "xdg/auricle"),
        ("darwin", {}, "home/Library/Caches/auricle"),
        ("win32", {"LOCALAPPDATA": "local"}, "local/auricle/Cache"),
        ("win32", {"LOCALAPPDATA": "local", "AURICLE_CACHE": "own"}, "own"),
    ],
)
def test_cache_directory(platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """AURICLE_CACHE, then XDG_CACHE_HOME, then what is usual on the platform."""
    for name in ("AURICLE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    assert weights.cache_directory() == Path(expected)


@posix
def test_a_killed_join_leaves_nothing_broken(tmp_path: Path, cache: Path, halves: tuple[Path, Path]) -> None:
    """SIGKILL in the middle: no model.bin appears, the next run succeeds, and a day later the leftover is swept."""
    second = halves[1] / "model.bin.part2"
    content = second.read_bytes()
    second.unlink()
    os.mkfifo(second)  # the join waits for a second half that never comes
    process = child(tmp_path)
    wait_for(lambda: any(path.stat().st_size == HALF for path in cache.rglob(".*.part")))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (cache / "models/toy/model.bin").exists()

    second.unlink()
    second.write_bytes(content)
    assert file_sha256(weights.locate("toy") / "model.bin") == sha256(TOY["model.bin"])
    [leftover] = cache.rglob(".*.part")  # young: its owner might still be alive
    os.utime(leftover, (time.time() - 90_000,) * 2)
    (cache / "models/toy/tokenizer.json").unlink()
    weights.locate("toy")
    assert leftovers(cache) == []


@posix
def test_a_file_changes_by_renaming_alone(halves: tuple[Path, Path]) -> None:
    """Who has the old file open while it is joined again keeps reading the old one, never a mixture."""
    path = weights.locate("toy") / "model.bin"
    damage(path, keep_time=False)
    damaged = path.read_bytes()
    with path.open("rb") as reader:
        weights.locate("toy")
        assert reader.read() == damaged


def test_a_hash_is_remembered_and_verify_hashes_again(halves: tuple[Path, Path]) -> None:
    """A change that keeps size and time passes a start, which reads no weights; verify finds and removes it."""
    folder = weights.locate("toy")
    damage(folder / "model.bin", keep_time=True)
    assert weights.locate("toy") == folder
    with pytest.raises(CorruptWeights, match="it was removed"):
        weights.verify("toy")
    assert not (folder / "model.bin").exists()
    assert weights.verify("toy") == catalogue.CATALOGUE["toy"].files


def test_without_a_known_hash_the_first_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust on first use: the first copy is believed, any later change is found, and stays found."""
    enter(monkeypatch, toy(pinned=False))
    folder = fill(tmp_path / "models" / "toy")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path / "models"))
    weights.locate("toy")
    damage(folder / "model.bin", keep_time=False)
    for _ in range(2):
        with pytest.raises(CorruptWeights, match=sha256(TOY["model.bin"])):
            weights.locate("toy")


def test_a_broken_memory_is_no_memory(cache: Path, halves: tuple[Path, Path]) -> None:
    """Remembered hashes that cannot be read cost a new hash, no more."""
    folder = weights.locate("toy")
    for stamp, text in zip((cache / "hashes").iterdir(), ("", "[]", '{"sha256": 1}', "\x00"), strict=True):
        stamp.write_text(text)
    assert weights.locate("toy") == folder


def test_a_cache_that_cannot_be_made(tmp_path: Path, halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the cache should be is an OutputError, on every platform and for every user."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("AURICLE_CACHE", str(tmp_path / "file"))
    with pytest.raises(OutputError):
        weights.locate("toy")


@posix
def test_a_full_disk(cache: Path, halves: tuple[Path, Path]) -> None:
    """No room for the joined file: OutputError, no leftovers, and the next run with room succeeds."""
    with little_room(HALF + HALF // 2), pytest.raises(OutputError, match=r"cannot write .*model\.bin: file too large"):
        weights.locate("toy")
    assert not (cache / "models/toy/model.bin").exists()
    assert leftovers(cache) == []
    assert weights.locate("toy") == cache / "models" / "toy"
