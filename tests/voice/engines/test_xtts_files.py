"""Where XTTS is looked for, and what its files say without PyTorch."""

from __future__ import annotations

import io
import os
import pickle
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from types import ModuleType

import huggingface_hub
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auricle.errors import ModelUnavailable
from auricle.voice.engines.xtts_files import REPOSITORY, folder_of, languages, speakers
from tests.voice.engines.tiny_xtts import write_model


class Tensor:
    """What a file of PyTorch's refers to: its numbers lie in a file of their own."""

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_tensor_v2, (0, (1, 32, 1024), OrderedDict())


def _rebuild_tensor_v2(*_: object) -> None:
    """Where PyTorch's tensors are made."""


def write_speakers(folder: Path, content: object, name: str = "archive/data.pkl") -> None:
    """As torch.save does: a zip with a pickle that names torch's functions."""
    module = ModuleType("torch._utils")
    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    vars(module)["_rebuild_tensor_v2"] = _rebuild_tensor_v2
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch", ModuleType("torch"))
        patch.setitem(sys.modules, "torch._utils", module)
        data = pickle.dumps(content, protocol=2)
    with zipfile.ZipFile(folder / "speakers_xtts.pth", "w") as file:
        file.writestr(name, data)


def test_a_folder_is_found_where_auricle_models_says(models: Path) -> None:
    """In its folder xtts; a path that is given comes first."""
    write_model(models / "xtts")
    assert folder_of() == models / "xtts"
    assert folder_of(write_model(models / "other")) == models / "other"


def test_a_folder_is_found_in_the_hubs_cache(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all of its files; the hub itself is not asked."""
    cached = write_model(tmp_path / "snapshot")
    monkeypatch.setattr(
        huggingface_hub, "try_to_load_from_cache", lambda repository, name: str(cached / name) if repository == REPOSITORY else None
    )
    assert folder_of() == cached


def test_a_missing_model_says_where_it_belongs(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And under which condition it can be had."""
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda repository, name: None)
    with pytest.raises(ModelUnavailable, match=r"set AURICLE_MODELS .* forbids commercial use\.$"):
        folder_of()


def test_a_missing_file_is_named(models: Path) -> None:
    """All of them at once."""
    folder = write_model(models / "xtts")
    (folder / "model.pth").unlink()
    (folder / "vocab.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"it has no model\.pth and no vocab\.json\.$"):
        folder_of()


def test_languages_are_bcp_47_tags(models: Path) -> None:
    """The published model's 17, with the words that it has for them, where the configuration names none."""
    assert languages(write_model(models / "a", languages=["en", "zh-cn"])) == {"en": "en", "zh-CN": "zh-cn"}
    folder = write_model(models / "b")
    (folder / "config.json").write_text('{"model": "xtts"}')
    assert len(languages(folder)) == 17


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "3", '{"model": "vits"}', '{"model": "xtts", "languages": [3]}', "[" * 100_000, " " * (2 << 20)]
)
def test_a_configuration_that_is_none_is_refused(models: Path, text: str) -> None:
    """One clear sentence, whatever is in the file."""
    folder = write_model(models / "xtts")
    (folder / "config.json").write_text(text)
    with pytest.raises(ModelUnavailable, match=r"cannot be used: its config\.json"):
        languages(folder)


def test_speakers_are_read_without_pytorch(models: Path) -> None:
    """Their names, in the file's order; torch is not imported."""
    folder = write_model(models / "xtts")
    one = {"gpt_cond_latent": Tensor(), "speaker_embedding": Tensor()}
    write_speakers(folder, {"Claribel Dervla": one, "Ana Florence": one})
    assert speakers(folder) == ("Claribel Dervla", "Ana Florence")
    assert "torch" not in sys.modules


def test_a_model_without_speakers_has_none(models: Path) -> None:
    """It can still imitate."""
    assert speakers(write_model(models / "xtts")) == ()


class Hostile:
    """A pickle that runs a command when it is read by Python itself."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("harmed",)


def test_a_hostile_file_runs_nothing(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that it names is called."""
    monkeypatch.chdir(tmp_path)
    folder = write_model(models / "xtts")
    write_speakers(folder, {"a": Hostile()})
    assert speakers(folder) == ()
    assert not (tmp_path / "harmed").exists()


@pytest.mark.parametrize("content", [[], "names", {1: 2}, None])
def test_another_content_has_no_speakers(models: Path, content: object) -> None:
    """Nothing is guessed."""
    folder = write_model(models / "xtts")
    write_speakers(folder, content)
    assert speakers(folder) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=100))
def test_any_bytes_are_answered(models: Path, data: bytes) -> None:
    """As a file, and as a pickle in one: no speakers, no error but for what Python itself cannot read."""
    folder = write_model(models / "xtts")
    (folder / "speakers_xtts.pth").write_bytes(data)
    assert speakers(folder) == ()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("archive/data.pkl", data)
    (folder / "speakers_xtts.pth").write_bytes(archive.getvalue())
    assert isinstance(speakers(folder), tuple)
