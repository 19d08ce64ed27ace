"""The page about identification over HTTP: its commands are answered with what it says, and every option and field is in it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import httpx
import pytest

from auricle import wire
from auricle.server.identification_fields import AdditionFields, FingerprintFields, IdentificationFields, ListFields
from auricle.wire.identification import WireDuplicateGroup, WireMatch
from tests.server.conftest import serving, wait_until_ready

PAGE = (Path(__file__).parents[2] / "docs" / "identify-http.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines() if line.startswith("curl")
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a running server."""
    with serving(AURICLE_CATALOGUE=str(tmp_path_factory.mktemp("catalogue"))) as running:
        wait_until_ready(running.url)
        yield running.url


@pytest.fixture(scope="module")
def folder(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of somebody who tries what the page shows, with a song in it."""
    folder = tmp_path_factory.mktemp("songs")
    for name in ("song.ogg", "excerpt.ogg"):
        shutil.copy(recordings / "vibe_ace.ogg", folder / name)
    return folder


@pytest.mark.skipif(not shutil.which("curl"), reason="pip does not install curl")
def test_curl_examples_run(address: str, folder: Path) -> None:
    """One after the other: songs are added, listed and recognised."""
    answers = []
    for command in COMMANDS:
        words = [*shlex.split(command.replace("http://127.0.0.1:8000", address)), "--fail-with-body", "-sS"]
        answers.append(subprocess.run(words, check=True, timeout=60, cwd=folder, capture_output=True, text=True).stdout)
    first, second, removed, listed, one, found, timed, fingerprint, duplicates = (json.loads(answer or "null") for answer in answers)
    assert (first["id"], second["id"], removed) == ("song", "albums/Vibe Ace", None)
    assert (listed, one) == ({"total": 1, "recordings": [second]}, second)
    assert found["match"]["metadata"] == {"title": "Vibe Ace", "artist": "Kevin MacLeod"}
    assert timed == {**found, "timeline": [found["match"]]}
    assert len(fingerprint["raw"]) > 400
    assert duplicates == {"groups": []}


def test_the_python_example_runs(address: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As a reader would type it; what was added is recognised."""
    monkeypatch.chdir(folder)
    (code,) = re.findall(r"```py\n(.*?)```", PAGE, flags=re.DOTALL)
    httpx.delete(f"{address}/catalogue/albums%2FVibe%20Ace")  # which the commands have added
    exec(compile(code.replace("http://127.0.0.1:8000", address), "identify-http.md", "exec"), {})  # noqa: S102 - our own documentation
    assert capsys.readouterr().out == "albums/song.ogg\n"


def rows(page: str) -> set[str]:
    """The names in the first column of its tables."""
    return {name for first in re.findall(r"^\| (`.+?) \| ", page, flags=re.MULTILINE) for name in re.findall(r"`(\w+)`", first)}


def test_every_option_is_documented() -> None:
    """Each has a row."""
    for fields in (AdditionFields, FingerprintFields, IdentificationFields, ListFields):
        assert rows(PAGE) >= set(fields.model_fields)


def test_every_field_is_documented() -> None:
    """What is answered has a row, by name."""
    answers = rows(PAGE.partition("\n## The answers\n")[2])
    for shape in (wire.WireIdentification, WireMatch, wire.WireEntry, wire.WireRecordings, wire.WireDuplicates, wire.WireFingerprint):
        assert answers >= set(get_type_hints(shape))
    assert all(f"`{name}`" in PAGE for name in get_type_hints(WireDuplicateGroup))


def test_the_answer_that_is_shown() -> None:
    """It has the fields that there are."""
    shown = json.loads(re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)[0])
    assert list(shown["match"]) == list(get_type_hints(WireMatch))
