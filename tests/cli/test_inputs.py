"""FILE arguments become recordings."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from auricle.cli.inputs import Input, expand, passes


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Folders with recordings, other files, and hidden ones."""
    for name in ("b.wav", "a.MP3", "notes.txt", "._a.MP3", "sub/c.flac", "sub/deep/d.webm", ".trash/e.wav", "empty/x.pdf", "odd[1].wav"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def names(tree: Path, *words: str) -> list[str]:
    """The paths that ``words`` mean, relative to the tree."""
    found, failures = expand([str(tree / word) for word in words])
    assert failures == []
    return [str(file.path.relative_to(tree)) for file in found if file.path]


def test_a_folder(tree: Path) -> None:
    """A folder means its audio and video files at any depth, sorted, without hidden ones."""
    assert names(tree, "") == ["a.MP3", "b.wav", "odd[1].wav", "sub/c.flac", "sub/deep/d.webm"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.wav", ["b.wav", "odd[1].wav"]),
        ("**/*.flac", ["sub/c.flac"]),
        ("**", ["a.MP3", "b.wav", "empty/x.pdf", "notes.txt", "odd[1].wav", "sub/c.flac", "sub/deep/d.webm"]),
        ("s?b", ["sub/c.flac", "sub/deep/d.webm"]),
        ("[ab].*", ["a.MP3", "b.wav"]),
        ("odd[1].wav", ["odd[1].wav"]),
    ],
)
def test_a_pattern(tree: Path, pattern: str, expected: list[str]) -> None:
    """A pattern means what a shell would have made of it; a name that exists is that file, whatever is in it."""
    assert names(tree, pattern) == expected


def test_each_once(tree: Path) -> None:
    """A recording that several words mean is done once, in the place of the first."""
    assert names(tree, "b.wav", "*.wav", "b.wav") == ["b.wav", "odd[1].wav"]
    assert expand(["-", "-"])[0] == [Input(None)]


def test_nothing_is_named(tree: Path) -> None:
    """A folder or pattern that yields nothing is an error with its name; the other words count."""
    words = [str(tree / word) for word in ("empty", "*.opus", "b.wav")]
    found, failures = expand(words)
    assert [file.name for file in found] == words[2:]
    assert [name for name, _ in failures] == words[:2]


def test_an_empty_word_is_no_folder() -> None:
    """A variable that is not set does not mean the current folder."""
    found, failures = expand([""])
    assert found == []
    assert [name for name, _ in failures] == ["''"]


def test_missing_is_for_the_decoder(tree: Path) -> None:
    """A plain name that does not exist is kept: opening it gives the error that says why."""
    assert names(tree, "missing.wav") == ["missing.wav"]


def test_what_passes(tree: Path) -> None:
    """Standard input and pipes are there once; files again and again, and what is missing fails when it is opened."""
    assert passes(None)
    assert not passes(tree / "b.wav")
    assert not passes(tree / "missing.wav")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tree / "pipe")
        assert passes(tree / "pipe")
