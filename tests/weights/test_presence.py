"""Promises of auricle.weights.presence: a name becomes a verified directory, or one sentence on how to get it."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle import weights
from auricle.errors import CorruptWeights, ModelError, ModelUnavailable, OutputError, UnknownModel
from auricle.weights import CATALOGUE, Package
from tests.weights.conftest import TOY, damage, enter, file_sha256, fill, leftovers, packaged, posix, sha256, toy


@given(name=st.text())
def test_no_name_breaks_locate(name: str) -> None:
    """Whatever the name, the answer is a path or a ModelError: no traceback of the operating system."""
    with contextlib.suppress(ModelError):
        weights.locate(name, download=False)


def test_a_path_is_used_as_it_is(tmp_path: Path) -> None:
    """A directory with model.bin and config.json is a model, whatever it is called."""
    assert weights.locate(str(fill(tmp_path / "mine"))) == tmp_path / "mine"


@pytest.mark.parametrize("path", ["./nowhere", "~/no/model", "~nobody-of-that-name/x", "Systran/faster-whisper-tiny"])
def test_a_path_without_a_model_says_what_a_model_is(path: str) -> None:
    """The message names the path and the two files that make a model."""
    with pytest.raises(UnknownModel, match=r"no Whisper model at .* model\.bin and config\.json"):
        weights.locate(path)


def test_the_named_directory_comes_first(tmp_path: Path, halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """AURICLE_MODELS wins over an installed package."""
    assert weights.status("toy").source == "package"
    fill(tmp_path / "models" / "toy")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path / "models"))
    assert weights.locate("toy") == tmp_path / "models" / "toy"
    assert weights.status("toy") == weights.Presence("directory", sum(map(len, TOY.values())))


def test_an_incomplete_directory_names_the_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without the tokenizer is not passed on to a recogniser that would fail later."""
    enter(monkeypatch, toy())
    (fill(tmp_path / "models" / "toy") / "tokenizer.json").unlink()
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path / "models"))
    with pytest.raises(ModelUnavailable, match=r"has no tokenizer\.json"):
        weights.locate("toy")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("base", 'pip install "auricle[models]"'),
        ("deepfilternet3", 'pip install "auricle[enhance]"'),
        ("small", "auricle models pull small"),
    ],
)
def test_an_absent_model_says_how_to_get_it(name: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the very line to type, and the way without a network."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert weights.status(name) == weights.Presence("absent", CATALOGUE[name].size)
    for ask in (lambda: weights.locate(name, download=False), lambda: weights.verify(name)):
        with pytest.raises(ModelUnavailable, match="AURICLE_MODELS") as caught:
            ask()
        assert line in str(caught.value)


@pytest.mark.parametrize("emptied", [False, True])
def test_one_of_two_halves_is_no_model(emptied: bool, halves: tuple[Path, Path]) -> None:
    """With one package not installed, or with just its empty folder left behind, the model is absent, not broken."""
    shutil.rmtree(halves[1] if emptied else halves[1].parent)
    assert weights.status("toy").source == "absent"
    with pytest.raises(ModelUnavailable, match=r"pip install"):
        weights.locate("toy")


@packaged
def test_two_processes_join_base_at_once(cache: Path) -> None:
    """Both succeed, and the joined model is byte for byte the published one."""
    command = [sys.executable, "-c", "from auricle import weights; print(weights.locate('base', download=False))"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert {process.communicate()[0].strip() for process in both} == {str(cache / "models" / "base")}
    assert [process.returncode for process in both] == [0, 0]
    for file in CATALOGUE["base"].files:
        assert file_sha256(cache / "models" / "base" / file.name) == file.sha256
    assert file_sha256(cache / "models/base/model.bin") == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
    assert leftovers(cache) == []
    assert weights.verify("base") == CATALOGUE["base"].files


def test_parts_may_be_called_anything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Kokoro's are: the same name in each package, beside its code."""
    pinned = replace(toy(), files=tuple(file for file in toy().files if file.name == "model.bin"))
    for n, half in enumerate((TOY["model.bin"][:1000], TOY["model.bin"][1000:]), 1):
        (tmp_path / f"toy_part{n}").mkdir()
        (tmp_path / f"toy_part{n}" / "__init__.py").touch()
        (tmp_path / f"toy_part{n}" / "part.bin").write_bytes(half)
    monkeypatch.syspath_prepend(str(tmp_path))
    package = Package(("toy-part1", "toy-part2"), ("toy_part1", "toy_part2"), "", ("model.bin",), "part.bin")
    enter(monkeypatch, replace(pinned, package=package))
    assert (weights.locate("toy") / "model.bin").read_bytes() == TOY["model.bin"]


def test_the_folder_of_a_model(halves: tuple[Path, Path]) -> None:
    """Is known before its parts are joined; there is none of a model that is not here."""
    folder = weights.folder("toy")
    assert not folder.exists()
    assert weights.locate("toy") == folder
    shutil.rmtree(halves[0])
    with pytest.raises(ModelUnavailable, match="AURICLE_MODELS"):
        weights.folder("toy")


@pytest.mark.parametrize("half", [0, 1])
def test_a_flipped_byte_in_a_package_is_found(half: int, cache: Path, halves: tuple[Path, Path]) -> None:
    """The error names the file, both hashes and the remedy; nothing damaged enters the cache."""
    damage(halves[half] / f"model.bin.part{half + 1}", keep_time=True)
    with pytest.raises(CorruptWeights, match=r"model\.bin is damaged.*--force-reinstall toy-half1 toy-half2") as caught:
        weights.locate("toy")
    assert sha256(TOY["model.bin"]) in str(caught.value)
    assert not (cache / "models/toy/model.bin").exists()
    assert leftovers(cache) == []


def test_a_damaged_file_in_the_cache_is_joined_again(halves: tuple[Path, Path]) -> None:
    """What is in auricle's cache can be made again, so it is."""
    folder = weights.locate("toy")
    damage(folder / "model.bin", keep_time=False)
    assert file_sha256(weights.locate("toy") / "model.bin") == sha256(TOY["model.bin"])


def test_windows_refusing_a_replace_is_no_error_once_the_file_is_there(halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes join at once and the other, faster one has the file open: its copy is used."""
    replaced = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if target.name == "model.bin":
            target.write_bytes(TOY["model.bin"])
            raise PermissionError(errno.EACCES, "Access is denied")
        return replaced(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    assert file_sha256(weights.locate("toy") / "model.bin") == sha256(TOY["model.bin"])


def test_a_damaged_file_of_the_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a directory that the user named, auricle finds damage but removes nothing."""
    enter(monkeypatch, toy())
    folder = fill(tmp_path / "models" / "toy", model=b"no weights")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path / "models"))
    for ask in (weights.locate, weights.verify):
        with pytest.raises(CorruptWeights, match="put an undamaged file in its place"):
            ask("toy")
    assert (folder / "model.bin").read_bytes() == b"no weights"


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write to the folder; root, who always may, becomes somebody else meanwhile."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


@posix
def test_a_read_only_cache(halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A join cannot go there and says so; what needs no join is used all the same, and so is what was joined before."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        shutil.copytree(halves[0].parents[1], place / "site")
        monkeypatch.syspath_prepend(str(place / "site"))
        (place / "cache").mkdir()
        monkeypatch.setenv("AURICLE_CACHE", str(place / "cache"))
        with read_only(place / "cache"), pytest.raises(OutputError, match=r"cannot write .*models.*permission denied"):
            weights.locate("toy")

        fill(place / "models" / "toy")
        monkeypatch.setenv("AURICLE_MODELS", str(place / "models"))
        with read_only(place / "cache"):
            assert weights.locate("toy") == place / "models" / "toy"

        monkeypatch.delenv("AURICLE_MODELS")
        joined = weights.locate("toy")
        shutil.rmtree(place / "cache" / "hashes")
        with read_only(place / "cache"):
            assert weights.locate("toy") == joined


def test_no_home_directory(halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home, as in some containers, is told which variable to set."""

    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("AURICLE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(OutputError, match="AURICLE_CACHE"):
        weights.locate("toy")
