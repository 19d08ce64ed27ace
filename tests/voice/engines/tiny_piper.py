"""A Piper voice small enough to be understood, and a hand-written stand-in for what we use of the package piper-tts.

The network gives each number ``0.37 × itself × length scale`` frames, rounded up, of 256 samples each, all at one level: so anybody can
compute what it says. Speaker n speaks at the level (n + 1) / 10.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

FRAMES_PER_ID = 0.37
HOP = 256
RATE = 22_050
LETTERS = "_^$ abcdefghijklmnopqrstuvwxyzəˈ.,!?'"
IDS = {letter: [number] for number, letter in enumerate(LETTERS)}


def write_voice(folder: Path, name: str = "xx_XX-tiny-low", *, model: bytes | None = None, **changes: Any) -> Path:
    """A voice in ``folder``; ``changes`` go into its description, None takes a field out. Returns the path of the network."""
    folder.mkdir(parents=True, exist_ok=True)
    described = description() | changes
    path = folder / f"{name}.onnx"
    path.write_bytes(network(speakers=described.get("num_speakers") or 1) if model is None else model)
    path.with_name(f"{name}.onnx.json").write_text(json.dumps({key: value for key, value in described.items() if value is not None}))
    return path


def description() -> dict[str, Any]:
    """What stands beside the network."""
    return {
        "audio": {"sample_rate": RATE, "quality": "low"},
        "espeak": {"voice": "en-us"},
        "language": {"code": "en_US"},
        "inference": {"noise_scale": 0.5, "length_scale": 1, "noise_w": 0.5},
        "num_symbols": len(LETTERS),
        "num_speakers": 1,
        "speaker_id_map": {},
        "phoneme_id_map": IDS,
        "dataset": "tiny",
    }


def network(speakers: int = 1, *, rounds: bool = True, scale: int = 1) -> bytes:
    """The network as an ONNX file.

    Args:
        speakers: how many.
        rounds: whether it rounds up with a Ceil; else it does so in a way that cannot be found.
        scale: which of the three scales it takes for the length.
    """
    nodes = [
        _node("Cast", ["input"], "numbers", to=1),
        _node("Gather", ["scales", "one"], "slow"),
        _node("Mul", ["numbers", "frames"], "natural"),
        _node("Mul", ["natural", "slow"], "exact"),
        *(
            [_node("Ceil", ["exact"], "whole")]
            if rounds
            else [_node("Floor", ["exact"], "below"), _node("Add", ["below", "unit"], "whole")]
        ),
        _node("ReduceSum", ["whole"], "total", keepdims=0),
        _node("Mul", ["total", "hop"], "length"),
        _node("Cast", ["length"], "samples", to=7),
        _node("Unsqueeze", ["samples", "zeroth"], "shape"),
        *([_node("Cast", ["sid"], "who", to=1), _node("Mul", ["who", "tenth"], "louder")] if speakers > 1 else []),
        _node("Add", ["louder" if speakers > 1 else "tenth", "tenth"] if speakers > 1 else ["tenth", "nothing"], "level"),
        _node("Expand", ["level", "shape"], "sound"),
    ]
    constants = [
        _tensor("one", 7, [], struct.pack("<q", scale)),
        _tensor("zeroth", 7, [1], struct.pack("<q", 0)),
        _tensor("frames", 1, [], struct.pack("<f", FRAMES_PER_ID)),
        _tensor("hop", 1, [], struct.pack("<f", HOP)),
        _tensor("unit", 1, [], struct.pack("<f", 1.0)),
        _tensor("tenth", 1, [1], struct.pack("<f", 0.1)),
        _tensor("nothing", 1, [1], struct.pack("<f", 0.0)),
    ]
    inputs = [_value("input", 7, [1, None]), _value("input_lengths", 7, [1]), _value("scales", 1, [3])]
    inputs += [_value("sid", 7, [1])] if speakers > 1 else []
    graph = b"".join(
        [
            *(_field(1, node) for node in nodes),
            _field(2, b"tiny"),
            *(_field(5, constant) for constant in constants),
            *(_field(11, value) for value in inputs),
            _field(12, _value("sound", 1, [None])),
        ]
    )
    return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 13))


@dataclass
class PiperConfig:
    """As piper-tts has it, as far as we use it."""

    phoneme_id_map: dict[str, list[int]]

    @staticmethod
    def from_dict(config: dict[str, Any]) -> PiperConfig:
        """From a description."""
        return PiperConfig(config["phoneme_id_map"])


@dataclass
class PiperVoice:
    """As piper-tts has it: letters are its phonemes, stressed on the first, and "of the" runs together as espeak has it."""

    session: object
    config: PiperConfig
    download_dir: Path

    fails: ClassVar[Exception | None] = None

    def phonemize(self, text: str) -> list[list[str]]:
        """Phonemes by sentence; double brackets hold phonemes already."""
        if self.fails:
            raise self.fails
        sentences: list[list[str]] = []
        for sentence in re.findall(r"[^.!?]+[.!?]*", text):
            parts = re.split(r"(\[\[.*?\]\])", sentence.strip())
            heard = "".join(part[2:-2] if part.startswith("[[") else _sounds(part) for part in parts)
            sentences.append(list(heard))
        return sentences

    def phonemes_to_ids(self, phonemes: Sequence[str]) -> list[int]:
        """A pad after each, a mark at either end; what it does not know is left out."""
        ids = self.config.phoneme_id_map
        body = [number for one in phonemes if one in ids for number in (*ids[one], *ids["_"])]
        return [*ids["^"], *ids["_"], *body, *ids["$"]]


def _sounds(text: str) -> str:
    return re.sub(r"\b(?=[a-z])", "ˈ", text.lower().replace("of the", "ofthe"))


def _node(kind: str, inputs: Iterable[str], output: str, **attributes: int) -> bytes:
    given = b"".join(_field(1, name.encode()) for name in inputs)
    settings = b"".join(_field(5, _field(1, name.encode()) + _number(3, value) + _number(20, 2)) for name, value in attributes.items())
    return given + _field(2, output.encode()) + _field(3, f"/{output}".encode()) + _field(4, kind.encode()) + settings


def _tensor(name: str, kind: int, dims: Iterable[int], raw: bytes) -> bytes:
    return b"".join(_number(1, size) for size in dims) + _number(2, kind) + _field(8, name.encode()) + _field(9, raw)


def _value(name: str, kind: int, dims: Iterable[int | None]) -> bytes:
    shape = b"".join(_field(1, _field(2, b"n") if size is None else _number(1, size)) for size in dims)
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, kind) + _field(2, shape)))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _field(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
