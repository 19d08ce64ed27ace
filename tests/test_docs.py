"""Documentation that cannot rot: its Python runs, its commands parse, and every option is in it."""

from __future__ import annotations

import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import auricle
from auricle.cli.parser import parse
from auricle.server.settings import Settings
from tests.server.conftest import serving, wait_until_ready

ADDRESS = "127.0.0.1:8000"
ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


def lines(page: Path, language: str) -> list[str]:
    """Their lines."""
    return [line for block in blocks(page, language) for line in block.splitlines()]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a running server, without its scheme."""
    with serving() as running:
        wait_until_ready(running.url)
        yield running.url.removeprefix("http://")


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recordings: Path) -> Path:
    """The folder of somebody who tries what a page shows, with a recording and a song in it, and `auricle` installed."""
    shutil.copy(recordings / "jfk.flac", tmp_path / "speech.flac")
    shutil.copy(recordings / "vibe_ace.ogg", tmp_path / "song.ogg")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_python_examples_run(page: Path, request: pytest.FixtureRequest) -> None:
    """A page's Python blocks run one after the other, as a reader would type them; where they ask a server, against a real one."""
    names: dict[str, object] = {}
    for block in blocks(page, "python"):
        code = block.replace(ADDRESS, request.getfixturevalue("server")) if ADDRESS in block else block
        exec(compile(code, page.name, "exec"), names)  # noqa: S102 - our own documentation


@pytest.mark.usefixtures("reader")
@pytest.mark.skipif(not shutil.which("curl"), reason="pip does not install curl")
@pytest.mark.parametrize("line", [line for line in lines(ROOT / "docs" / "server.md", "sh") if line.startswith("curl ")])
def test_curl_examples_run(line: str, server: str) -> None:
    """Whatever a page types with curl is answered with what is said."""
    words = shlex.split(line.replace(ADDRESS, server))
    answer = subprocess.run([*words, "--fail-with-body"], capture_output=True, check=True, text=True, timeout=60)
    assert "your country" in answer.stdout


@pytest.mark.skipif(not shutil.which("node"), reason="JavaScript needs Node.js, which pip does not install")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "js")], ids=lambda page: page.name)
def test_javascript_examples_run(page: Path, reader: Path, server: str) -> None:
    """A page's JavaScript hears what is said, or what is played."""
    (block,) = blocks(page, "js")
    (reader / "example.mjs").write_text(block.replace(ADDRESS, server))
    answer = subprocess.run(["node", "example.mjs"], capture_output=True, check=True, text=True, timeout=60)
    heard = "bpm" if page.name == "analyze-http.md" else "ask what you can do for your country"
    assert heard in answer.stdout.lower()


@pytest.mark.parametrize(
    "command", [line for page in PAGES for block in blocks(page, "console") for line in block.splitlines() if line.startswith("$")]
)
def test_commands_parse(command: str) -> None:
    """Every auricle command that a page shows is one that the command line takes."""
    words = shlex.split(command.removeprefix("$ ").rsplit("|", 1)[-1].removeprefix('eval "$(').removesuffix(')"'))
    if words[0] == "auricle":
        parse(words[1:])


def test_every_option_is_documented() -> None:
    """Whatever `transcribe` takes and can be chosen stands in the table of docs/recognition.md."""
    page = (ROOT / "docs" / "recognition.md").read_text(encoding="utf-8")
    options = set(inspect.signature(auricle.transcribe).parameters) - {"recording", "rate", "config", "limits"}
    assert options == set(re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE))


def test_every_setting_is_documented() -> None:
    """Each setting of the server has a row under "Settings" of docs/server.md, with its default and the words of --show-settings."""
    section = (ROOT / "docs" / "server.md").read_text(encoding="utf-8").partition("\n## Settings\n")[2]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", section, flags=re.MULTILINE)
    assert {name: meaning for name, _, meaning in rows} == {name: field.description for name, field in Settings.model_fields.items()}
    defaults = Settings().model_dump(mode="json")
    stated = {name: default.strip("`") for name, default, _ in rows if default.startswith("`")}
    assert stated == {name: json.dumps(defaults[name]) for name in stated}
    assert set(defaults) - set(stated) == {
        *("catalogue", "compute_type", "rate_limit", "voice", "websocket_port"),  # which are not set
        *("concurrency", "waiting", "grace", "speech_threads", "speeches", "streams"),  # which depend
    }


@pytest.mark.parametrize("block", [block for page in PAGES for block in blocks(page, "toml")])
def test_files_of_settings_can_be_used(block: str) -> None:
    """A TOML file that a page shows is one that the server takes."""
    assert Settings.model_validate(tomllib.loads(block)).model_fields_set


def test_links_lead_somewhere() -> None:
    """Every relative link of a page names a file that exists."""
    for page in PAGES:
        for target in re.findall(r"\]\((?!\w+:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
