"""The page about enhancement over HTTP: its commands are answered with a recording, and every option is in it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from auricle.codec import decode
from auricle.server.enhance_fields import GuideOptions, LiveEnhanceFields, NativeEnhanceFields
from tests.server.conftest import serving, wait_until_ready

PAGE = (Path(__file__).parents[2] / "docs" / "enhance-http.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Of a running server."""
    with serving() as running:
        wait_until_ready(running.url)
        yield running.url


@pytest.mark.skipif(not shutil.which("curl"), reason="pip does not install curl")
@pytest.mark.parametrize("command", COMMANDS)
def test_curl_examples_run(command: str, address: str, recordings: Path, tmp_path: Path) -> None:
    """Each writes a recording of the same length, but for what is trimmed."""
    shutil.copy(recordings / "jfk.flac", tmp_path / "speech.flac")
    words = shlex.split(command.replace("http://127.0.0.1:8000", address))
    subprocess.run([*words, "--fail-with-body", "-sS"], check=True, timeout=60, cwd=tmp_path)
    (better,) = tmp_path.glob("better.*")
    assert decode(better.read_bytes()).duration == pytest.approx(11.0, abs=1.0 if "trim" in command else 0.1)


def test_every_option_is_documented() -> None:
    """Each has a row; the guide's have their own."""
    rows = {name for first in re.findall(r"^\| (`.+?) \| ", PAGE, flags=re.MULTILINE) for name in re.findall(r"`(\w+)`", first)}
    assert rows >= set(NativeEnhanceFields.model_fields)
    assert rows | {"equalize"} >= set(GuideOptions.model_fields)


def test_live_options() -> None:
    """What a live stream may be told is listed."""
    live = PAGE.partition("\n## Live\n")[2]
    whole = {"declip", "dehum", "trim", "loudness", "most_limiting"}
    assert set(re.findall(r"`(\w+)`", live)) >= set(LiveEnhanceFields.model_fields) - whole
