"""What `auricle analyze` writes beside the report, and what it refuses to."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from auricle.cli.analyze_outputs import Outputs, check, outputs_of
from auricle.cli.parser import parse
from auricle.cli.trees import search
from auricle.errors import MissingDependency, OptionError, OutputError
from auricle.music import PARTS
from tests.cli.songs import SILENCE, SONG


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """A folder with folders."""
    folder = tmp_path / "songs"
    for name in ("one.mp3", "two.FLAC", "live/one.m4a", "live/film.mkv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def outputs(*words: str | Path) -> list[Outputs]:
    """What these words ask for."""
    arguments = parse(["analyze", *map(str, words)])
    found, missing = search(arguments.files)
    assert not missing
    return outputs_of(arguments, found)


def refused(words: Sequence[str | Path], parts: Sequence[str] = PARTS) -> OptionError:
    """Why they are refused."""
    with pytest.raises(OptionError) as caught:
        check(parse(["analyze", *map(str, words)]), parts)
        outputs(*words)
    return caught.value


def test_nothing(songs: Path) -> None:
    """Unless they are asked for, there are none."""
    assert outputs(songs) == [Outputs()] * 4


def test_of_one_recording(songs: Path, tmp_path: Path) -> None:
    """Files where they are asked for."""
    (one,) = outputs(songs / "one.mp3", "--plot", tmp_path / "a.pdf", "--clicks", tmp_path / "a.wav", "--tags", tmp_path / "b.mp3")
    assert (one.plot is not None, one.clicks, one.tags) == (True, tmp_path / "a.wav", tmp_path / "b.mp3")


def test_of_several(songs: Path, tmp_path: Path) -> None:
    """Folders, with the folders of what was searched; clicks in the recording's format if that can be written, copies in any."""
    made = outputs(songs, "--clicks", tmp_path / "c", "--tags", tmp_path / "t", "--plot", tmp_path / "p")
    inside = [(str(one.clicks and one.clicks.relative_to(tmp_path)), str(one.tags and one.tags.relative_to(tmp_path))) for one in made]
    assert inside == [
        ("c/live/film.wav", "t/live/film.mkv"),
        ("c/live/one.m4a", "t/live/one.m4a"),
        ("c/one.mp3", "t/one.mp3"),
        ("c/two.flac", "t/two.FLAC"),
    ]
    assert (tmp_path / "p" / "live").is_dir()


def test_what_copies_lack() -> None:
    """It is said in one sentence each, and only of what is written and was looked for."""
    copies = Outputs(clicks=Path("a.wav"), tags=Path("b.mp3"))
    assert copies.names == ["clicks", "tags"]
    assert list(copies.lacking(SONG)) == list(Outputs().lacking(SILENCE)) == []
    assert list(copies.lacking(SILENCE)) == [
        "no beats were found, so its copy has no clicks.",
        "no tempo or key was found, so none is added to the tags of its copy.",
    ]
    (sentence,) = copies.lacking(replace(SILENCE, rhythm=None))
    assert sentence.startswith("no key was found")


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["--frames"], "frames"),
        (["--json", "--csv", "-"], "csv"),
        (["--plot", "-"], "plot"),
        (["--clicks", "-"], "clicks"),
        (["--tags", "-"], "tags"),
        (["--tags", ""], "tags"),
        (["--plot", "a.gif"], "plot"),
        (["--clicks", "a.xyz"], "clicks"),
        (["--tags", "b.flac"], "tags"),
        (["--tags", "a.mp3"], "tags"),
        (["--clicks", "a.mp3"], "clicks"),
        (["--csv", "a.mp3"], "csv"),
        (["--clicks", "b.mp3", "--tags", "b.mp3"], "tags"),
        (["--csv", "b.mp3", "--tags", "b.mp3"], "tags"),
        (["--clicks", "sub", "--tags", "sub"], "tags"),
    ],
)
def test_what_makes_no_sense(words: list[str], field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused with the name of the option."""
    monkeypatch.chdir(tmp_path)
    Path("a.mp3").touch()
    Path("sub").mkdir()
    assert refused(["a.mp3", *words]).field == field
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp3", "sub"]


@pytest.mark.parametrize(
    ("words", "parts", "field"),
    [
        (["--clicks", "b.wav"], ("harmony",), "clicks"),
        (["--tags", "b.mp3"], ("spectrum", "tags"), "tags"),
        (["--json", "--frames"], ("rhythm",), "frames"),
    ],
)
def test_what_needs_another_part(words: list[str], parts: tuple[str, ...], field: str) -> None:
    """Clicks need beats, tags a tempo or a key, frames the spectrum."""
    error = refused(["a.mp3", *words], parts)
    assert error.field == field
    assert "include" in str(error)


@pytest.mark.parametrize(("option", "name"), [("--plot", "p.png"), ("--clicks", "c.wav"), ("--tags", "t.mp3")])
def test_several_into_one_file(songs: Path, tmp_path: Path, option: str, name: str) -> None:
    """Several need a folder, and none is made that is named like a file."""
    assert refused([songs, option, tmp_path / name]).field == option[2:]
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("option", ["--clicks", "--tags"])
def test_what_can_be_read_only_once(option: str, tmp_path: Path) -> None:
    """Standard input cannot be read again, nor can a pipe."""
    assert refused(["-", option, tmp_path / "b.wav"]).field == option[2:]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.wav")
        assert refused([tmp_path / "pipe.wav", option, tmp_path / "b.wav"]).field == option[2:]


def test_a_picture_of_standard_input(tmp_path: Path) -> None:
    """That is seen while it is heard."""
    assert outputs("-", "--plot", tmp_path / "p.png")[0].plot is not None


def test_another_name_of_the_same_file(tmp_path: Path) -> None:
    """A link to a recording is that recording."""
    (tmp_path / "a.mp3").touch()
    (tmp_path / "b.mp3").symlink_to(tmp_path / "a.mp3")
    assert "would take the place of a recording" in str(refused([tmp_path / "a.mp3", "--tags", tmp_path / "b.mp3"]))


def test_copies_beside_the_recordings(songs: Path) -> None:
    """In the folder itself they get names that are free."""
    copies = [one.tags for one in outputs(songs, "--tags", songs)]
    assert songs / "one (2).mp3" in copies
    assert not any(copy.exists() for copy in copies if copy)


@pytest.mark.parametrize(("option", "name"), [("--plot", "a.png"), ("--clicks", "a.wav"), ("--tags", "a.mp3")])
def test_no_place(songs: Path, tmp_path: Path, option: str, name: str) -> None:
    """What cannot be written is said before any work."""
    with pytest.raises(OutputError, match=re.escape(str(tmp_path / "none" / name))):
        outputs(songs / "one.mp3", option, tmp_path / "none" / name)


def test_without_mutagen(songs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named, before any work."""
    monkeypatch.setitem(sys.modules, "mutagen", None)
    with pytest.raises(MissingDependency, match=r'pip install "auricle\[tagging\]"'):
        outputs(songs / "one.mp3", "--tags", tmp_path / "a.mp3")
