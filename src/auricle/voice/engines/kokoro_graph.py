"""Where Kokoro's network knows how long each symbol is to be: read from the ONNX file without the package `onnx`.

Field numbers are those of the ONNX specification's `onnx.proto`, the encoding that of Protocol Buffers
(https://protobuf.dev/programming-guides/encoding).
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Final

__all__ = ["natural_durations"]

_GRAPH: Final = 7  # of ModelProto
_NODE: Final = 1  # of GraphProto
_INPUT, _OUTPUT, _OPERATION = 1, 2, 4  # of NodeProto
_VARINT, _EIGHT_BYTES, _COUNTED, _FOUR_BYTES = 0, 1, 2, 5  # wire types

Buffer = bytes | mmap.mmap


def natural_durations(model: Path) -> str | None:
    """The tensor with each symbol's frames at natural pace, before they are rounded; None where the network has none or cannot be read.

    It is what the network divides by its input "speed" and rounds then; so it is found in every export of Kokoro that keeps that input.
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


def _nodes(data: Buffer) -> Iterator[tuple[str, list[str], list[str]]]:
    """Each node's operation, inputs and outputs, in the order of computation."""
    graphs = (span for field, *span in _fields(data, 0, len(data)) if field == _GRAPH)
    spans = (span for start, end in graphs for field, *span in _fields(data, start, end) if field == _NODE)
    for start, end in spans:
        texts: dict[int, list[str]] = {_INPUT: [], _OUTPUT: [], _OPERATION: []}
        for field, left, right in _fields(data, start, end):
            if field in texts:
                texts[field].append(data[left:right].decode())
        yield texts[_OPERATION][0], texts[_INPUT], texts[_OUTPUT]


def _fields(data: Buffer, place: int, end: int) -> Iterator[tuple[int, int, int]]:
    """A message's fields: number, and where the content begins and ends."""
    while place < end:
        key, place = _varint(data, place)
        length = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(key & 7)
        if key & 7 == _VARINT:
            length = _varint(data, place)[1] - place
        elif key & 7 == _COUNTED:
            length, place = _varint(data, place)
        if length is None:
            raise ValueError(f"no message of Protocol Buffers: wire type {key & 7}")
        yield key >> 3, place, place + length
        place += length


def _varint(data: Buffer, place: int) -> tuple[int, int]:
    """A number, seven bits a byte from the lowest, and the place after it."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
