"""One file after the other: hashed before use, its hash remembered, and written whole or not at all.

Whose hash counts: that of the catalogue; else the one by which the hub's cache names the file (large files lie there under
their SHA-256); else the one that this machine saw first. The last is trust on first use: it notices every later change, but
it cannot tell whether the first copy was right.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from auricle.atomic import SUFFIX, as_output_error, replacing
from auricle.errors import CorruptWeights, ModelError, ModelUnavailable, OutputError
from auricle.weights.catalogue import WeightFile

__all__ = ["cache_directory", "check", "intact", "join", "size_of"]

_CHUNK_BYTES: Final = 1 << 20
_STALE_SECONDS: Final = 24 * 3600


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


def size_of(path: Path) -> int | None:
    """Bytes of a file; None if there is no such file or it cannot be seen."""
    try:
        return path.stat().st_size if path.is_file() else None
    except (OSError, ValueError):
        return None


def check(files: Iterable[WeightFile], folder: Path, remedy: str, *, afresh: bool = False, discard: bool = False) -> tuple[WeightFile, ...]:
    """The files as they are in the folder, hashed unless their hashes are remembered.

    Args:
        files: what must be there.
        folder: where.
        remedy: what the user can do about a damaged file.
        afresh: hash them whatever is remembered.
        discard: remove a damaged file, for those that auricle itself has just fetched or joined.

    Raises:
        ModelUnavailable: a file is missing or cannot be read.
        CorruptWeights: a file has the wrong hash.
    """
    return tuple(_checked(folder / file.name, file, remedy, afresh=afresh, discard=discard) for file in files)


def intact(path: Path, file: WeightFile) -> bool:
    """Whether the file is there and has the right hash."""
    try:
        return bool(_checked(path, file, ""))
    except ModelError:
        return False


def join(parts: Iterable[Path], target: Path, file: WeightFile, remedy: str) -> None:
    """Writes the parts one after the other to ``target``, which appears once the whole has the right hash.

    Raises:
        ModelUnavailable: a part cannot be read.
        CorruptWeights: the whole has the wrong hash.
        OutputError: it could not be written.
    """
    digest = hashlib.sha256()
    with _writing(target) as out:
        for chunk in (chunk for part in parts for chunk in _chunks(part)):
            digest.update(chunk)
            out.write(chunk)
        if digest.hexdigest() != file.sha256:
            raise _corrupt(target, file.sha256, digest.hexdigest(), remedy)
    _remember(target, digest.hexdigest())


def _checked(path: Path, file: WeightFile, remedy: str, *, afresh: bool = False, discard: bool = False) -> WeightFile:
    size = size_of(path)
    if size is None:
        raise ModelUnavailable(f"the model at {path.parent} is incomplete: it has no {file.name}; {remedy}.")
    seen, current = _remembered(path)
    if current and not afresh and file.sha256 in (None, seen):
        return WeightFile(file.name, seen, size)
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    found = digest.hexdigest()
    if (expected := file.sha256 or _stated_by_hub(path) or seen or found) != found:
        error = _corrupt(path, expected, found, remedy)
        # In the hub's cache the name is a link; what is damaged is the file behind it.
        for damaged in (path.resolve(), path) if discard else ():
            with contextlib.suppress(OSError):
                damaged.unlink()
        raise error
    _remember(path, found)
    return WeightFile(file.name, found, size)


def _corrupt(path: Path, expected: str | None, found: str, remedy: str) -> CorruptWeights:
    real = path.resolve()
    place = str(path) if real.name == path.name else f"{path.name} at {real}"
    return CorruptWeights(f"{place} is damaged: its SHA-256 is {found}, expected {expected}; {remedy}.")


def _stated_by_hub(path: Path) -> str | None:
    """The SHA-256 by which the hub's cache names a large file; small ones have a shorter git hash there."""
    name = path.resolve().name
    return name if path.is_symlink() and len(name) == 64 else None


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as source:
            while chunk := source.read(_CHUNK_BYTES):
                yield chunk
    except OSError as error:
        raise ModelUnavailable(f"{path} cannot be read: {error.strerror or error}.") from error


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[BinaryIO]:
    """A new file for ``target`` in a folder that is made if need be, and swept of what runs that died have left there."""
    with as_output_error(str(target)):
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in target.parent.glob(f".*{SUFFIX}"):
            with contextlib.suppress(OSError):
                # One that was written to lately may belong to a run that is alive.
                if leftover.stat().st_mtime < time.time() - _STALE_SECONDS:
                    leftover.unlink()
    with replacing(target) as out:
        yield out


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
        with _writing(_stamp(path)) as out:
            out.write(json.dumps(known).encode())
