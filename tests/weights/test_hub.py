"""Promises of auricle.weights.hub: what it fetches is whole and right, and its errors are one sentence."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from auricle import weights
from auricle.errors import CorruptWeights, ModelUnavailable, OutputError
from auricle.weights import Hub, WeightFile
from tests.weights.conftest import (
    COMMIT,
    HALF,
    TOY,
    answers_at,
    child,
    damage,
    enter,
    file_sha256,
    fill,
    leftovers,
    little_room,
    posix,
    sha256,
    toy,
    wait_for,
)

hub_constants = pytest.importorskip("huggingface_hub.constants")


class TinyHub(http.server.ThreadingHTTPServer):
    """Speaks as much of the hub's protocol as a download needs, for one repository."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.files = dict(TOY)
        self.stated = {"model.bin": sha256(TOY["model.bin"])}  # a large file, which the hub names by its SHA-256
        self.failure: tuple[int, str] | None = None
        self.requests = 0
        self.go_on = threading.Event()
        self.go_on.set()


class _Answer(http.server.BaseHTTPRequestHandler):
    server: TinyHub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        content = self._answer()
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.server.go_on.wait(60)
        with contextlib.suppress(OSError):  # the client may be dead
            self.wfile.write(content[len(content) // 2 :])

    def _answer(self) -> bytes:
        self.server.requests += 1
        name = self.path.removeprefix("/someone/toy/resolve/main/")
        content = self.server.files.get(name, b"")
        status, code = self.server.failure or ((200, "") if content else (404, "EntryNotFound"))
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Repo-Commit", COMMIT)
        etag = self.server.stated.get(name) or hashlib.sha1(content, usedforsecurity=False).hexdigest()
        self.send_header("ETag", f'"{etag}"')
        self.send_header("Content-Length", str(0 if self.server.failure else len(content)))
        self.end_headers()
        return b"" if self.server.failure else content

    def log_message(self, *arguments: object) -> None:
        """Stays silent."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyHub]:
    """A hub on this machine that has the toy, whose hashes the catalogue does not know."""
    enter(monkeypatch, toy(hub=Hub("someone/toy"), pinned=False))
    with TinyHub() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        answers_at(monkeypatch, f"http://127.0.0.1:{server.server_port}")
        yield server
        server.go_on.set()
        server.shutdown()


def test_pull_downloads_once(hub: TinyHub, tmp_path: Path) -> None:
    """A pulled model is complete, is reported file by file, and from then on needs no network."""
    assert weights.status("toy") == weights.Presence("absent", 2000)
    lines: list[str] = []
    folder = weights.pull("toy", lines.append)
    assert {name: (folder / name).read_bytes() for name in TOY} == TOY
    assert lines == [f"toy: {name}" for name in TOY]
    asked = hub.requests
    assert weights.locate("toy", download=False) == folder
    assert weights.locate("toy") == folder
    assert weights.pull("toy") == folder
    assert weights.status("toy") == weights.Presence("cache", sum(map(len, TOY.values())))
    assert {file.name: file.sha256 for file in weights.verify("toy")} == {name: sha256(TOY[name]) for name in TOY}
    assert hub.requests == asked
    assert leftovers(tmp_path / "hub") == []


def test_locate_does_not_download_unless_it_may(hub: TinyHub) -> None:
    """download=False asks nobody."""
    with pytest.raises(ModelUnavailable, match="auricle models pull toy"):
        weights.locate("toy", download=False)
    assert hub.requests == 0


def test_a_model_in_the_cache_of_the_hub_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that another program fetched count, also where the cache has no links, as on Windows."""
    enter(monkeypatch, toy(hub=Hub("someone/toy")))
    home = tmp_path / "hub" / "models--someone--toy"
    folder = fill(home / "snapshots" / COMMIT)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(COMMIT)
    assert weights.locate("toy", download=False) == folder
    (folder / "vocabulary.txt").unlink()
    assert weights.status("toy").source == "absent"


def test_a_repository_with_folders_and_files_of_its_own(hub: TinyHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Kokoro's has: what the hub has instead of the model's files comes as it lies there, and is the model from then on."""
    hub.files = {"onnx/model_quantized.onnx": TOY["model.bin"], "voices/one.bin": b"1", "voices/two.bin": b"2"}
    there = tuple(WeightFile(name, sha256(content), None) for name, content in hub.files.items())
    enter(monkeypatch, toy(hub=Hub("someone/toy", files=there)))
    folder = weights.pull("toy")
    assert {name: (folder / name).read_bytes() for name in hub.files} == hub.files
    assert weights.status("toy") == weights.Presence("cache", len(TOY["model.bin"]) + 2)
    assert weights.locate("toy", download=False) == weights.folder("toy") == folder
    assert {file.name for file in weights.verify("toy")} == set(hub.files)
    assert weights.since("toy") == int((folder / "onnx/model_quantized.onnx").stat().st_mtime)


def test_wrong_bytes_from_the_hub_are_found_and_removed(hub: TinyHub) -> None:
    """A large file must have the hash that the hub itself states; the next pull fetches it anew."""
    hub.files["model.bin"] = bytes(len(TOY["model.bin"]))
    with pytest.raises(CorruptWeights, match=f"model.bin at .*expected {hub.stated['model.bin']}; it was removed"):
        weights.pull("toy")
    assert weights.status("toy").source == "absent"
    hub.files.update(TOY)
    assert file_sha256(weights.pull("toy") / "model.bin") == sha256(TOY["model.bin"])


@pytest.mark.parametrize("name", ["config.json", "model.bin"])
def test_a_change_in_the_cache_of_the_hub_is_found(name: str, hub: TinyHub) -> None:
    """The message names the file behind the link; removing that one makes the next pull whole again."""
    path = weights.pull("toy") / name
    damage(path.resolve(), keep_time=False)
    with pytest.raises(CorruptWeights, match=f"at {path.resolve()} is damaged.*auricle models pull toy"):
        weights.locate("toy")
    path.resolve().unlink()
    assert (weights.pull("toy") / name).read_bytes() == TOY[name]


@posix
def test_a_killed_download_leaves_nothing_broken(hub: TinyHub, tmp_path: Path) -> None:
    """SIGKILL with half a file on the disk: the model is still absent, and the next pull succeeds."""
    hub.go_on.clear()
    process = child(tmp_path, HF_ENDPOINT=hub_constants.ENDPOINT, HF_HUB_CACHE=str(tmp_path / "hub"))
    wait_for(lambda: leftovers(tmp_path / "hub"))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    hub.go_on.set()
    with pytest.raises(ModelUnavailable):
        weights.locate("toy", download=False)
    assert (weights.pull("toy") / "model.bin").read_bytes() == TOY["model.bin"]


@posix
def test_a_full_disk_during_a_download(hub: TinyHub) -> None:
    """The operating system's words, no half file in place, and success once there is room."""
    with little_room(HALF), pytest.raises(OutputError, match="cannot write the hub cache: file too large"):
        weights.pull("toy")
    assert weights.status("toy").source == "absent"
    assert (weights.pull("toy") / "model.bin").read_bytes() == TOY["model.bin"]


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        ((404, "RepoNotFound"), "no such repository"),
        ((404, "RevisionNotFound"), "no such revision"),
        ((404, "EntryNotFound"), "lacks a file"),
        ((403, "GatedRepo"), "asks for a login"),
        ((500, ""), "answered with an error"),
    ],
)
def test_an_error_of_the_hub_is_one_sentence(failure: tuple[int, str], words: str, hub: TinyHub) -> None:
    """Whatever the hub answers, the message says it in plain words and what else can be done."""
    hub.failure = failure
    with pytest.raises(ModelUnavailable, match=f"{words}.*AURICLE_MODELS") as caught:
        weights.pull("toy")
    assert "\n" not in str(caught.value)


def test_an_unreachable_hub_is_said_at_once(hub: TinyHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens: one clear sentence, within seconds."""
    answers_at(monkeypatch, "http://127.0.0.1:9")
    started = time.monotonic()
    with pytest.raises(ModelUnavailable, match="the connection to the hub failed"):
        weights.locate("toy")
    assert time.monotonic() - started < 5


def test_offline_mode_is_obeyed(hub: TinyHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """HF_HUB_OFFLINE: no request leaves, and the message names the variable."""
    monkeypatch.setattr(hub_constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelUnavailable, match="HF_HUB_OFFLINE is set"):
        weights.locate("toy")
    assert hub.requests == 0


def test_a_repository_that_moves_on_during_the_download(hub: TinyHub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of two commits are never mixed."""
    changing = iter([COMMIT] * 4 + ["f" * 40] * 20)
    send = _Answer.send_header
    monkeypatch.setattr(_Answer, "send_header", lambda self, k, v: send(self, k, next(changing) if k == "X-Repo-Commit" else v))
    with pytest.raises(ModelUnavailable, match="changed on the hub during its download"):
        weights.pull("toy")


def test_without_huggingface_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core install has no downloader: the message says what to install."""
    for name in [name for name in sys.modules if name.startswith("huggingface_hub")]:
        monkeypatch.setitem(sys.modules, name, None)
    assert weights.status("small").source == "absent"
    with pytest.raises(ModelUnavailable, match=r'pip install "auricle\[speech\]"'):
        weights.locate("small")


def test_importing_weights_imports_no_downloader() -> None:
    """A start that needs no download does not pay for one."""
    script = "import sys, auricle.weights; sys.exit(any(name in sys.modules for name in ('huggingface_hub', 'httpx', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
