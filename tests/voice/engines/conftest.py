"""What the tests of the engines behind extras share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.voice.engines import tiny_piper


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Makes a distribution of this name and version look installed."""

    def add(name: str, version: str) -> None:
        folder = tmp_path / "site" / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        monkeypatch.syspath_prepend(str(tmp_path / "site"))

    return add


@pytest.fixture
def piper(install: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> type[tiny_piper.PiperVoice]:
    """A stand-in for piper-tts, as if it were installed."""
    install("piper-tts", "1.8.0")
    monkeypatch.setitem(sys.modules, "piper", SimpleNamespace(PiperConfig=tiny_piper.PiperConfig, PiperVoice=tiny_piper.PiperVoice))
    return tiny_piper.PiperVoice


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory that AURICLE_MODELS names."""
    folder = tmp_path / "models"
    monkeypatch.setenv("AURICLE_MODELS", str(folder))
    return folder
