"""Where enhanced recordings go: files, folders and their folders, and never onto an input or each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from auricle.cli.inputs import Input
from auricle.cli.trees import errands
from auricle.codec import AudioProcessingConfig
from auricle.errors import OptionError, OutputError

ANY = AudioProcessingConfig()


@pytest.fixture
def talks(tmp_path: Path) -> Path:
    """A folder with folders."""
    folder = tmp_path / "talks"
    for name in ("one.mp3", "two.WAV", "2024/one.flac", "2024/film.mkv", "2024/film.wma"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def goes(words: list[str], out: Path | str, config: AudioProcessingConfig = ANY) -> dict[str, str]:
    """Where every input goes, seen from the folder that all are in."""
    work, missing = errands(words, str(out), config)
    assert not missing
    top = Path(words[0]).parent
    return {str(file.path and file.path.relative_to(top)): str(target and target.relative_to(top)) for file, target in work}


def test_a_file_goes_to_a_file(tmp_path: Path) -> None:
    """One recording is written where OUT says, whether it exists or not."""
    assert goes([str(tmp_path / "a.wav")], tmp_path / "b.mp3") == {"a.wav": "b.mp3"}


def test_it_may_be_the_same_file(tmp_path: Path) -> None:
    """As with `convert`: who names the input as OUT means it."""
    assert goes([str(tmp_path / "a.wav")], tmp_path / "a.wav") == {"a.wav": "a.wav"}


def test_the_tree_is_kept(tmp_path: Path, talks: Path) -> None:
    """Folders in, folders out; every file keeps its name, and its format if that can be written."""
    assert goes([str(talks)], tmp_path / "out") == {
        "talks/one.mp3": "out/one.mp3",
        "talks/two.WAV": "out/two.wav",
        "talks/2024/one.flac": "out/2024/one.flac",
        "talks/2024/film.mkv": "out/2024/film.mkv.wav",
        "talks/2024/film.wma": "out/2024/film.wma.wav",
    }
    assert (tmp_path / "out" / "2024").is_dir()


def test_one_format_for_all(tmp_path: Path, talks: Path) -> None:
    """--format decides, and names stay apart."""
    found = goes([str(talks)], tmp_path / "out", AudioProcessingConfig(output_format="alac"))
    assert found["talks/2024/one.flac"] == "out/2024/one.m4a"
    assert len(set(found.values())) == len(found)


def test_into_the_folder_itself(talks: Path) -> None:
    """Nothing takes the place of what is read."""
    found = goes([str(talks)], talks)
    assert found["talks/one.mp3"] == "talks/one (2).mp3"
    assert not set(found) & set(found.values())


@pytest.mark.parametrize("out", ["there", "new/"])
def test_a_file_into_a_folder(tmp_path: Path, out: str) -> None:
    """A folder that exists, or a name that ends as a folder's."""
    (tmp_path / "there").mkdir()
    assert goes([str(tmp_path / "a.flac")], f"{tmp_path}/{out}") == {"a.flac": f"{out.rstrip('/')}/a.flac"}


def test_several_files(tmp_path: Path) -> None:
    """OUT is a folder, and each input is there once."""
    words = [str(tmp_path / name) for name in ("a.wav", "b.amr", "a.wav")]
    assert goes(words, tmp_path / "out") == {"a.wav": "out/a.wav", "b.amr": "out/b.wav"}


@pytest.mark.parametrize("out", ["o.wav", "o.MP3"])
def test_several_into_a_recordings_name(tmp_path: Path, talks: Path, out: str) -> None:
    """No folder is made that is named like a recording, unless it is there or its name ends as a folder's."""
    for words in ([str(talks)], ["a.wav", "b.wav"]):
        with pytest.raises(OptionError, match="several recordings need a folder") as caught:
            errands(words, str(tmp_path / out), ANY)
        assert caught.value.field == "output"
    assert not (tmp_path / out).exists()
    errands(["a.wav", "b.wav"], f"{tmp_path / out}/", ANY)
    assert (tmp_path / out).is_dir()
    errands(["a.wav", "b.wav"], str(tmp_path / out), ANY)


def test_a_pattern_means_several(tmp_path: Path, talks: Path) -> None:
    """Even if it matches only one today."""
    work, _ = errands([f"{talks}/*.mp3"], str(tmp_path / "out"), ANY)
    assert work == [(Input(talks / "one.mp3"), tmp_path / "out" / "one.mp3")]


def test_pipes() -> None:
    """`-` is standard input and standard output, which holds one recording."""
    assert errands(["-"], "-", ANY) == ([(Input(None), None)], [])
    with pytest.raises(OptionError, match="one recording"):
        errands(["a.wav", "b.wav"], "-", ANY)


def test_what_is_missing(tmp_path: Path) -> None:
    """Words that mean nothing are given with their reason; the others have their places."""
    (tmp_path / "empty").mkdir()
    work, missing = errands([str(tmp_path / "empty"), str(tmp_path / "a.wav")], str(tmp_path / "out"), ANY)
    assert [target for _, target in work] == [tmp_path / "out" / "a.wav"]
    assert [name for name, _ in missing] == [str(tmp_path / "empty")]


def test_nothing_is_found(tmp_path: Path) -> None:
    """An empty folder is what is wrong, not the name of OUT."""
    (tmp_path / "empty").mkdir()
    work, missing = errands([str(tmp_path / "empty")], str(tmp_path / "new"), ANY)
    assert work == []
    assert "holds no audio" in str(missing[0][1])
    assert not (tmp_path / "new").exists()


def test_no_format_and_no_place(tmp_path: Path) -> None:
    """A name that says no format is refused before any work, and so is a folder that cannot be."""
    with pytest.raises(OptionError, match=r"b\.xyz"):
        errands(["a.wav"], str(tmp_path / "b.xyz"), ANY)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError):
        errands(["a.wav", "b.wav"], str(tmp_path / "file"), ANY)
