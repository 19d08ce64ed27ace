"""The same recording is recognised as the same: in Python, over HTTP, and by the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from starlette.testclient import TestClient

from auricle import wire
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, encode, open_audio
from auricle.identification.catalogue import Catalogue
from auricle.identification.chromaprint import fingerprint
from auricle.server.app import create_app
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings

KNOWN = {"albums/Vibe Ace.ogg": "vibe_ace.ogg", "Ungarischer Tanz № 5": "hungarian_dance.ogg"}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the catalogue is."""
    return tmp_path_factory.mktemp("catalogue") / "known"


@pytest.fixture(scope="module")
def client(directory: Path, recordings: Path) -> Iterator[TestClient]:
    """A client of the application with the real engine, which has been told of two recordings."""
    settings = Settings(model="tiny.en", catalogue=str(directory))
    with TestClient(create_app(LocalEngine(settings), settings), "http://127.0.0.1:8000") as client:
        for name, file in KNOWN.items():
            added = client.post(f"/catalogue/{quote(name, safe='')}", content=(recordings / file).read_bytes())
            assert (added.status_code, added.json()["id"]) == (201, name)
        yield client


@pytest.fixture(scope="module")
def query(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds from the middle of one of them."""
    with open_audio(recordings / "vibe_ace.ogg") as decoder:
        whole = Audio.join(decoder)
    path = tmp_path_factory.mktemp("queries") / "query.flac"
    excerpt = Audio(whole.samples[:, 20 * whole.rate : 28 * whole.rate], whole.rate)
    path.write_bytes(encode(excerpt, AudioProcessingConfig(output_format="flac")))
    return path


def as_sent(shape: object) -> object:
    """As it comes out of JSON."""
    return json.loads(json.dumps(shape))


def told(*words: str | Path) -> Any:
    """What the command line prints as JSON."""
    command = [sys.executable, "-m", "auricle", *map(str, words), "--json"]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


@pytest.mark.parametrize("timeline", [False, True])
def test_identification(client: TestClient, directory: Path, query: Path, timeline: bool) -> None:
    """Figure by figure, as a body or in a form; and it is right."""
    with Catalogue.open(directory, readonly=True) as catalogue:
        expected = as_sent(wire.identification(catalogue.identify(query, timeline=timeline), timeline=timeline))
    content, asked = query.read_bytes(), {"timeline": str(timeline).lower()}
    over_http = [
        client.post("/identify", params=asked, content=content).json(),
        client.post("/identify", data=asked, files={"file": content}).json(),
    ]
    assert over_http == [expected] * 2
    assert told("identify", query, "--catalogue", directory, *(["--timeline"] if timeline else [])) == expected
    match = over_http[0]["match"]
    assert match["id"] == "albums/Vibe Ace.ogg"
    assert match["offset"] - match["start"] == pytest.approx(20, abs=0.05)


def test_an_unknown_recording(client: TestClient, directory: Path, recordings: Path) -> None:
    """It is unknown everywhere."""
    path = recordings / "jfk.flac"
    answer = client.post("/identify", content=path.read_bytes()).json()
    assert answer == {"duration": 11.0, "match": None}
    command = [sys.executable, "-m", "auricle", "identify", str(path), "--catalogue", str(directory), "--json"]
    assert json.loads(subprocess.run(command, capture_output=True, check=False, text=True).stdout) == answer


@pytest.mark.parametrize("raw", [False, True])
def test_fingerprints(client: TestClient, recordings: Path, raw: bool) -> None:
    """Letter by letter."""
    path = recordings / "vibe_ace.ogg"
    expected = as_sent(wire.fingerprint(fingerprint(path), raw=raw))
    assert client.post(f"/fingerprint?raw={raw}", content=path.read_bytes()).json() == expected
    assert told("fingerprint", path, *(["--raw"] if raw else [])) == expected


def test_too_short_for_a_fingerprint(client: TestClient, tmp_path: Path) -> None:
    """It fails everywhere, with the same sentence but for what the recording is called."""
    path = tmp_path / "short.wav"
    Audio(np.zeros((1, 16_000), np.float32), 16_000).write(path)
    answer = client.post("/fingerprint", content=path.read_bytes())
    assert (answer.status_code, answer.json()["code"]) == (422, "unusable_audio")
    command = [sys.executable, "-m", "auricle", "fingerprint", str(path)]
    process = subprocess.run(command, capture_output=True, check=False, text=True)
    assert (process.returncode, process.stdout) == (1, "")
    sentence = answer.json()["message"].removeprefix("the audio ")
    assert sentence.startswith("has no fingerprint")
    assert process.stderr == f"auricle: {path}: it {sentence}\n"


def test_lists(client: TestClient, directory: Path) -> None:
    """What one face has added the others list, with the same words."""
    listed = client.get("/catalogue").json()
    with Catalogue.open(directory, readonly=True) as catalogue:
        assert listed == as_sent(wire.recordings(catalogue.list(), len(catalogue)))
    assert told("catalogue", "list", "--catalogue", directory) == listed
    assert [entry["id"] for entry in listed["recordings"]] == list(KNOWN)
