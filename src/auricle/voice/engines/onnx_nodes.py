"""What a look into an ONNX file tells, without loading it: which tensor it rounds up."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from mmap import mmap
from typing import Final

__all__ = ["rounded_up"]

# Fields of ModelProto, GraphProto and NodeProto, in the ONNX specification's onnx.proto.
_GRAPH, _NODE, _INPUT, _KIND = 7, 1, 1, 4
# How long a field of each wire type is that does not say so itself (Protocol Buffers encoding, "Message Structure").
_FIXED: Final = {1: 8, 5: 4}

Data = bytes | mmap


def rounded_up(model: Data) -> str | None:
    """The one tensor that goes into a Ceil; None if there is none, several, or the file is damaged."""
    with contextlib.suppress(IndexError, ValueError):  # the file ends too early, or is something else
        graphs = [(begin, end) for field, begin, end in _fields(model, 0, len(model)) if field == _GRAPH]
        nodes = [(begin, end) for graph in graphs for field, begin, end in _fields(model, *graph) if field == _NODE]
        inputs = {name for node in nodes for name in _inputs(model, *node)}
        return inputs.pop() if len(inputs) == 1 else None
    return None


def _inputs(model: Data, begin: int, end: int) -> list[str]:
    """Of a node, if it is a Ceil."""
    parts = [(field, model[first:last]) for field, first, last in _fields(model, begin, end) if field in (_INPUT, _KIND)]
    return [part.decode() for field, part in parts if field == _INPUT] if (_KIND, b"Ceil") in parts else []


def _fields(model: Data, place: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Number of each field of a message, and where its content begins and ends."""
    while place < end:
        tag, place = _varint(model, place)
        if tag & 7 == 2:
            length, place = _varint(model, place)
        elif tag & 7 == 0:
            length = _varint(model, place)[1] - place
        else:
            length = _FIXED.get(tag & 7, end)
        if place + length > end:
            raise ValueError
        yield tag >> 3, place, place + length
        place += length


def _varint(model: Data, place: int) -> tuple[int, int]:
    """A number, and the place after it."""
    value = shift = 0
    while shift < 64:
        byte = model[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place
    raise ValueError
