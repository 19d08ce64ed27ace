"""The page about music analysis over HTTP: its commands are answered with what it says, and every option and field is in it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

from auricle import wire
from auricle.server.analysis_fields import AnalysisOptions, GuideAnalysisFields, NativeAnalysisFields
from tests.server.conftest import serving, wait_until_ready

PAGE = (Path(__file__).parents[2] / "docs" / "analyze-http.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a running server."""
    with serving() as running:
        wait_until_ready(running.url)
        yield running.url


@pytest.fixture(scope="module")
def song(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of somebody who tries what the page shows, with a song in it."""
    folder = tmp_path_factory.mktemp("songs")
    shutil.copy(recordings / "vibe_ace.ogg", folder / "song.ogg")
    return folder


@pytest.mark.skipif(not shutil.which("curl"), reason="pip does not install curl")
@pytest.mark.parametrize("command", COMMANDS)
def test_curl_examples_run(command: str, address: str, song: Path) -> None:
    """Each answers with the parts that it asks for, or with lines."""
    words = shlex.split(command.replace("http://127.0.0.1:8000", address))
    answer = subprocess.run([*words, "--fail-with-body", "-sS"], check=True, timeout=60, cwd=song, capture_output=True, text=True).stdout
    if "format=" in command:
        assert all(float(line.split("\t")[0]) >= 0 for line in answer.splitlines())
        assert len(answer.splitlines()) > 10
        return
    parts = set(re.findall("rhythm|harmony|spectrum|dynamics|tags|sections", command)) or {
        "rhythm", "harmony", "spectrum", "dynamics", "tags", "sections",
    }  # fmt: skip
    assert set(json.loads(answer)) == {"duration", "sample_rate", "channels", "notes"} | parts
    assert ('"frames"' in answer) is ("frames=true" in command)


def rows(page: str) -> set[str]:
    """The names in the first column of its tables."""
    return {name for first in re.findall(r"^\| (`.+?) \| ", page, flags=re.MULTILINE) for name in re.findall(r"`(\w+)`", first)}


def test_every_option_is_documented() -> None:
    """Each has a row."""
    assert rows(PAGE) >= {*NativeAnalysisFields.model_fields, *AnalysisOptions.model_fields}
    assert rows(PAGE) >= set(GuideAnalysisFields.model_fields) - {"audio_base64", "options"}


def test_every_field_is_documented() -> None:
    """What is answered has a row, by name, on each way."""
    assert rows(PAGE) >= set(get_type_hints(wire.WireGuideAnalysis))
    assert rows(PAGE.partition("\n## Live\n")[2]) == set(get_type_hints(wire.WireRolling))
