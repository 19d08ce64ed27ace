"""What happens inside an ONNX model: which tensor says how long each phoneme lasts, and inner tensors as outputs.

Read from the file itself, without the package `onnx` and without loading the network. Field numbers are those of the ONNX
specification's `onnx.proto`, the encoding that of Protocol Buffers (https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

import contextlib
import mmap
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

__all__ = ["natural_durations", "rounded_up", "with_outputs"]

_GRAPH: Final = 7  # of ModelProto
_NODE, _RESULT, _NAME = 1, 12, 1  # of GraphProto: its nodes, its outputs, and what these are called
_INPUT, _OUTPUT, _OPERATION = 1, 2, 4  # of NodeProto
_VARINT, _COUNTED = 0, 2  # wire types
_FIXED: Final = {1: 8, 5: 4}  # wire types of that many bytes

Data = bytes | mmap.mmap


def with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """The model with these tensors as further outputs.

    Serialised protocol buffers merge when they are put one after the other, and lists in them grow: so a graph with nothing but outputs is
    appended (Protocol Buffers encoding, "Last One Wins").
    """
    outputs = b"".join(_field(_RESULT, _field(_NAME, name.encode())) for name in names)
    return model + _field(_GRAPH, outputs)


def rounded_up(model: Data) -> str | None:
    """The one tensor that goes into a Ceil; None if there is none, several, or the file is damaged."""
    with contextlib.suppress(IndexError, ValueError):  # the file ends too early, or is something else
        inputs = {name for operation, names, _ in _nodes(model) if operation == "Ceil" for name in names}
        return inputs.pop() if len(inputs) == 1 else None
    return None


def natural_durations(model: Path) -> str | None:
    """The tensor with the frames of each symbol at natural pace, not rounded; None where the network has none, or cannot be read.

    It is what the network divides by its input "speed" and rounds then; so it is found in every export that keeps that input.
    """
    try:
        facts = model.stat()
        return _found(model, facts.st_size, facts.st_mtime_ns)
    except (OSError, ValueError, IndexError):  # the last two: it is no such file
        return None


@lru_cache(maxsize=8)
def _found(model: Path, size: int, modified: int) -> str | None:
    del size, modified  # a file that has changed is read again
    with model.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        quotients = dict[str, str]()
        for operation, inputs, outputs in _nodes(data):
            if operation == "Div" and inputs[1:] == ["speed"]:
                quotients[outputs[0]] = inputs[0]
            elif operation == "Round" and inputs[0] in quotients:
                return quotients[inputs[0]]
    return None


def _nodes(data: Data) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each node's operation, inputs and outputs, in the order of computation."""
    graphs = [span for field, *span in _fields(data, 0, len(data)) if field == _GRAPH]
    spans = (span for start, end in graphs for field, *span in _fields(data, start, end) if field == _NODE)
    for start, end in spans:
        texts: dict[int, list[str]] = {_INPUT: [], _OUTPUT: [], _OPERATION: []}
        for field, left, right in _fields(data, start, end):
            if field in texts:
                texts[field].append(data[left:right].decode())
        yield "".join(texts[_OPERATION]), texts[_INPUT], texts[_OUTPUT]


def _fields(data: Data, place: int, end: int) -> Iterator[tuple[int, int, int]]:
    """A message's fields: number, and where the content begins and ends."""
    while place < end:
        key, place = _read_varint(data, place)
        length = _FIXED.get(key & 7)
        if key & 7 == _VARINT:
            length = _read_varint(data, place)[1] - place
        elif key & 7 == _COUNTED:
            length, place = _read_varint(data, place)
        if length is None or place + length > end:
            raise ValueError("no message of Protocol Buffers")
        yield key >> 3, place, place + length
        place += length


def _read_varint(data: Data, place: int) -> tuple[int, int]:
    """A number, seven bits a byte from the lowest, and the place after it."""
    value = 0
    for shift in range(0, 64, 7):
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return value, place
    raise ValueError("no number of Protocol Buffers")


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | _COUNTED) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    groups = [value >> shift & 0x7F for shift in range(0, max(value.bit_length(), 1), 7)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])
