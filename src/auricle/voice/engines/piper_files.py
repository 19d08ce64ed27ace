"""Piper voices on this machine, and what their files say about them: nothing is loaded, nothing is imported.

A voice is a network, ``name.onnx``, and beside it its description, ``name.onnx.json``; often a MODEL_CARD, too. They lie in the folder
``piper`` of the directory that AURICLE_MODELS names, at any depth, or in an installed package whose module has "piper_voice" in its name.
"""

from __future__ import annotations

import functools
import json
import mmap
import os
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from auricle.errors import ModelUnavailable
from auricle.voice.inside import rounded_up

__all__ = ["PiperFile", "found", "read"]

_MOST_BYTES: Final = 4 << 20  # of a description; the largest known has 80 KB
_MOST_SPEAKERS: Final = 10_000
_NO_LICENCE: Final = "see the voice's model card"
_SPDX: Final = {"cc0": "CC0-1.0", "mit": "MIT", "apache 2.0": "Apache-2.0"}  # how model cards write what has an identifier
# Ways to speak, as data sets of acted speech name them. A voice whose speakers all have such names has one speaker in many moods.
_EMOTIONS: Final = {
    "amused", "anger", "angry", "anxious", "bored", "calm", "cheerful", "confused", "contempt", "curious", "default", "disgust",
    "disgusted", "drunk", "enunciated", "excited", "fear", "fearful", "friendly", "happy", "hopeful", "laughing", "neutral", "sad",
    "sarcastic", "scared", "serious", "shouting", "sleepy", "surprise", "surprised", "tender", "terrified", "unfriendly", "whisper",
    "whispering",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PiperFile:
    """What a voice's files say about it.

    Attributes:
        path: of the network.
        name: the file's name without its ending.
        description: the content of the JSON file, checked as far as it is used.
        licence: as the model card has it.
        rounded: the network's tensor with how long each phoneme is to be, before it is rounded up to whole frames; None if it has none.
    """

    path: Path
    name: str
    description: Mapping[str, Any]
    licence: str
    rounded: str | None

    @property
    def dataset(self) -> str:
        """Whose voice it is: the short name."""
        return str(self.description.get("dataset") or self.name)

    @property
    def language(self) -> str:
        """BCP 47 tag, such as "en-US"."""
        stated = self.description.get("language")
        code = stated.get("code") if isinstance(stated, dict) else None
        return _tag(code if isinstance(code, str) and code else self.description["espeak"]["voice"])

    @property
    def quality(self) -> str:
        """Such as "medium"; empty when unknown."""
        return str(self.description["audio"].get("quality") or "")

    @property
    def reads_phonemes(self) -> bool:
        """Whether it takes IPA, and its words can be told apart."""
        return bool(self.description.get("phoneme_type", "espeak") == "espeak")

    @property
    def ids(self) -> dict[str, int]:
        """The number of each speaker, or of each mood; empty where there is but one."""
        count = self.description["num_speakers"]
        if count == 1:
            return {}
        named = self.description.get("speaker_id_map") or {}
        return dict(named) or {str(number): number for number in range(count)}

    @property
    def emotional(self) -> bool:
        """Whether its speakers are one person's moods."""
        names = {name.lower() for name in self.ids}
        return "neutral" in names and names <= _EMOTIONS


def found() -> tuple[PiperFile, ...]:
    """All voices that are present, by name; of several with the same name the first. One that cannot be read is left out."""
    voices: dict[str, PiperFile] = {}
    for path in (path for folder in _folders() for path in sorted(folder.rglob("*.onnx"))):
        try:
            voices.setdefault(path.stem, read(path))
        except ModelUnavailable:  # so that one bad file does not hide the others; whoever reads it itself is told what is wrong
            continue
    return tuple(voices[name] for name in sorted(voices))


def read(path: Path) -> PiperFile:
    """What the voice at ``path``, the .onnx file, says about itself.

    Raises:
        ModelUnavailable: there is no such file, or no sound description beside it.
    """
    beside = path.with_name(f"{path.name}.json")
    if path.suffix != ".onnx" or not path.is_file():
        raise ModelUnavailable(f"there is no Piper voice at {path}: give the path of a .onnx file.")
    if not beside.is_file():
        raise ModelUnavailable(f"the Piper voice {path} lacks its description: put {beside.name} beside it.")
    stamps = tuple((one.stat().st_size, one.stat().st_mtime_ns) for one in (path, beside))
    return _read(path, beside, stamps)


@functools.lru_cache(maxsize=256)
def _read(path: Path, beside: Path, _: tuple[tuple[int, int], ...]) -> PiperFile:
    """As `read`; remembered for as long as size and time of both files stay the same."""
    try:
        text = beside.read_bytes() if beside.stat().st_size <= _MOST_BYTES else b""
        description = json.loads(text)
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            rounded = rounded_up(content)
    except (OSError, ValueError, RecursionError) as error:  # ValueError: no JSON, no UTF-8, or an empty network
        raise ModelUnavailable(f"the Piper voice {path} cannot be read: it or {beside.name} is damaged; download both again.") from error
    _check(description, beside)
    return PiperFile(path, path.stem, description, _licence(path), rounded)


def _folders() -> Iterator[Path]:
    """Where voices may lie."""
    if root := os.environ.get("AURICLE_MODELS"):
        yield Path(root) / "piper"
    for module in pkgutil.iter_modules():
        spec = find_spec(module.name) if "piper_voice" in module.name else None
        yield from map(Path, (spec and spec.submodule_search_locations) or ())


def _licence(path: Path) -> str:
    """As the model card states it: the voice's own, or the folder's where the voice is alone in it."""
    alone = len(list(path.parent.glob("*.onnx"))) == 1
    for card in (path.with_name(f"{path.name}.MODEL_CARD"), *([path.with_name("MODEL_CARD")] if alone else [])):
        try:
            text = card.read_text(encoding="utf-8", errors="replace")[:_MOST_BYTES]
        except OSError:
            continue
        if stated := re.search(r"^\W*licen[cs]e\W*:\s*(\S.*?)\s*$", text, re.IGNORECASE | re.MULTILINE):
            return _SPDX.get(stated[1].lower(), stated[1])
    return _NO_LICENCE


def _tag(code: str) -> str:
    """A BCP 47 tag from espeak's or Piper's code: "en_US", "en-gb-x-rp" → "en-US", "en-GB"."""
    language, *rest = re.split(r"[-_]", code)
    region = rest[0].upper() if rest and re.fullmatch(r"[A-Za-z]{2}|\d{3}", rest[0]) else ""
    return f"{language.lower()}-{region}" if region else language.lower()


def _whole(low: int, high: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _numbers_by_name(value: object) -> bool:
    return isinstance(value, dict) and all(_whole(0, _MOST_SPEAKERS)(number) for number in value.values())


def _ids_by_phoneme(value: object) -> bool:
    if not isinstance(value, dict) or not {"_", "^", "$"} <= set(value):
        return False
    return all(isinstance(ids, list) and all(map(_whole(0, 1 << 16), ids)) for ids in value.values())


def _scale(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0.0 <= value <= 10.0


# What must stand at each place of a description: whether it may be absent, what is right, and how to say it.
_RULES: Final[tuple[tuple[str, bool, Callable[[object], bool], str], ...]] = (
    ("audio.sample_rate", False, _whole(4_000, 192_000), "a sample rate in Hertz"),
    ("num_symbols", False, _whole(1, 1 << 16), "a number of symbols"),
    ("num_speakers", False, _whole(1, _MOST_SPEAKERS), "a number of speakers"),
    ("espeak.voice", False, lambda value: isinstance(value, str) and value != "", "a name"),
    ("phoneme_id_map", False, _ids_by_phoneme, "lists of numbers by phoneme, with _, ^ and $"),
    ("speaker_id_map", True, _numbers_by_name, "numbers by speaker"),
    ("inference.length_scale", True, lambda value: _scale(value) and value != 0, "a number above 0"),
    ("inference.noise_scale", True, _scale, "a number from 0 on"),
    ("inference.noise_w", True, _scale, "a number from 0 on"),
)


def _check(description: object, path: Path) -> None:
    for place, optional, right, wanted in _RULES:
        value: Any = description
        for key in place.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if not (right(value) or (optional and value is None)):
            raise ModelUnavailable(f"{path} does not describe a Piper voice: {place} must be {wanted}.")
    numbers: dict[str, int] = description.get("speaker_id_map") or {} if isinstance(description, dict) else {}
    if isinstance(description, dict) and any(number >= description["num_speakers"] for number in numbers.values()):
        raise ModelUnavailable(f"{path} does not describe a Piper voice: speaker_id_map must have numbers below num_speakers.")
