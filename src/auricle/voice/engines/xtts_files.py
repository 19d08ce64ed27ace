"""XTTS v2 on this machine, and what its files say about it: no PyTorch, no network.

A model is a folder with config.json, model.pth and vocab.json, and with speakers_xtts.pth where it has speakers of its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import zipfile
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Final, NoReturn

from auricle.errors import ModelUnavailable

__all__ = ["REPOSITORY", "folder_of", "languages", "speakers"]

REPOSITORY: Final = "coqui/XTTS-v2"
_NEEDED: Final = ("config.json", "model.pth", "vocab.json")
_SPEAKERS: Final = "speakers_xtts.pth"
_MOST_BYTES: Final = 1 << 20  # of a configuration, and of the list of speakers without their numbers
# What the published model speaks; a configuration may say otherwise.
_LANGUAGES: Final = ("en", "es", "fr", "de", "it", "pt", "pl", "tr", "ru", "nl", "cs", "ar", "zh-cn", "hu", "ko", "ja", "hi")

# What zipfile and pickle raise for files that are none.
_DAMAGED: Final = (
    OSError, RuntimeError, LookupError, StopIteration, ValueError, TypeError, AttributeError, EOFError, ArithmeticError, MemoryError,
    zipfile.BadZipFile, zlib.error, pickle.UnpicklingError,
)  # fmt: skip


def folder_of(path: str | Path | None = None) -> Path:
    """The model's folder: the one at ``path``, else ``xtts`` in the directory that AURICLE_MODELS names, else the hub's cache.

    Raises:
        ModelUnavailable: there is none, or a file of it is missing.
    """
    root = os.environ.get("AURICLE_MODELS")
    folder = Path(path) if path else Path(root) / "xtts" if root else None
    if path is None and (folder is None or not folder.is_dir()):
        folder = _cached()
    if folder is None:
        raise ModelUnavailable(
            "XTTS v2 is not on this machine: set AURICLE_MODELS to a directory with xtts/config.json, xtts/model.pth and xtts/vocab.json, "
            f"or run `hf download {REPOSITORY}` if you agree with its licence, which forbids commercial use."
        )
    if missing := [name for name in _NEEDED if not (folder / name).is_file()]:
        raise ModelUnavailable(f"the XTTS model at {folder} is incomplete: it has no {' and no '.join(missing)}.")
    return folder


def languages(folder: Path) -> dict[str, str]:
    """What it speaks: BCP 47 tags, and its own words for them.

    Raises:
        ModelUnavailable: its configuration cannot be read.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b"")
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnavailable(f"the XTTS model at {folder} cannot be used: its config.json cannot be read.") from error
    codes = config.get("languages", list(_LANGUAGES)) if isinstance(config, dict) and config.get("model") == "xtts" else None
    if not (isinstance(codes, list) and codes and all(isinstance(code, str) and code for code in codes)):
        raise ModelUnavailable(f"the XTTS model at {folder} cannot be used: its config.json describes no XTTS model with languages.")
    return {_tag(code): code for code in codes}


def speakers(folder: Path) -> tuple[str, ...]:
    """Names of the speakers that come with the model; none where it has none, or where they cannot be read."""
    with contextlib.suppress(*_DAMAGED):
        with zipfile.ZipFile(folder / _SPEAKERS) as file:
            place = next(name for name in file.namelist() if name.rpartition("/")[2] == "data.pkl")
            if file.getinfo(place).file_size > _MOST_BYTES:
                return ()
            with file.open(place) as content:
                named = _Harmless(content).load()  # type: ignore[arg-type] # a zip's member reads like a file
        return tuple(name for name in named if isinstance(name, str)) if isinstance(named, dict) else ()
    return ()


class _Harmless(pickle.Unpickler):
    """Reads names and structure: nothing that a file names is imported or called, every tensor is None."""

    def __init__(self, content: BinaryIO) -> None:
        super().__init__(content)

    def find_class(self, module: str, name: str, /) -> Any:
        """What a file wants to call: an empty dict for PyTorch's bookkeeping, None for its tensors."""
        if module.split(".")[0] == "torch":
            return _nothing
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        return self._refuse(f"{module}.{name}")

    def persistent_load(self, pid: Any, /) -> None:
        """What lies in files of its own."""

    def _refuse(self, what: str) -> NoReturn:
        raise pickle.UnpicklingError(what)


def _nothing(*_: object) -> None:
    """Instead of a tensor."""


def _cached() -> Path | None:
    """The folder in the cache of huggingface_hub, if all that is needed is there."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return None
    paths = [Path(path) for name in _NEEDED if isinstance(path := try_to_load_from_cache(REPOSITORY, name), str)]
    return paths[0].parent if len(paths) == len(_NEEDED) else None


def _tag(code: str) -> str:
    """A BCP 47 tag: "zh-cn" → "zh-CN"."""
    language, _, region = code.partition("-")
    return f"{language.lower()}-{region.upper()}" if region else language.lower()
