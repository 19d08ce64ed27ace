"""What the tests of the command share: ways to run it, and recordings that are wrong on purpose."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from auricle.audio import Audio
from auricle.cli.main import main
from auricle.identification import Catalogue
from tests.conftest import RECORDINGS

COMMAND = (sys.executable, "-m", "auricle")
TINY = ("--model", "tiny.en", "--beam-size", "1")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """The lines on standard error."""
        return self.err.splitlines()


Run = Callable[..., Outcome]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in this process, where a model is loaded once for all tests."""

    def run(*words: str | Path) -> Outcome:
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


def spawn(*words: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own."""
    return subprocess.run([*COMMAND, *map(str, words)], input=stdin, capture_output=True, timeout=60, check=False, env=quiet())


def quiet() -> dict[str, str]:
    """This environment, without the wish for colours that some CI systems set."""
    return {name: value for name, value in os.environ.items() if name not in ("FORCE_COLOR", "COLUMNS")}


@pytest.fixture
def short(recordings: Path) -> Path:
    """Three seconds of speech."""
    return recordings / "austen-0880.wav"


@pytest.fixture
def other(recordings: Path) -> Path:
    """Three seconds of other speech."""
    return recordings / "austen-0930.wav"


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of the shipped pieces of music, whose ids are their file names."""
    directory = tmp_path_factory.mktemp("known") / "catalogue"
    with Catalogue.open(directory) as catalogue:
        for name in ("vibe_ace.ogg", "hungarian_dance.ogg"):
            catalogue.add(RECORDINGS / name, name)
    return directory


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds of a piece of music, from 20 s on, softer and as MP3."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp3"
    part = Audio.read(RECORDINGS / "vibe_ace.ogg").slice(20.0, 28.0)
    Audio(0.3 * part.samples, part.rate).write(path)
    return path


@pytest.fixture
def cut(tmp_path: Path, short: Path) -> Path:
    """A recording whose second half is missing."""
    path = tmp_path / "cut.wav"
    path.write_bytes(short.read_bytes()[:50_000])
    return path


@pytest.fixture
def silence(tmp_path: Path) -> Path:
    """A second without a sound."""
    path = tmp_path / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(32_000))
    return path
