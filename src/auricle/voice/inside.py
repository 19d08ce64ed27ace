"""What happens inside an ONNX model: tensors that its makers kept to themselves, as outputs."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["with_outputs"]

_GRAPH, _OUTPUT, _NAME = 7, 12, 1  # fields of ModelProto, GraphProto and ValueInfoProto, in the ONNX specification's onnx.proto


def with_outputs(model: bytes, names: Sequence[str]) -> bytes:
    """The model with these tensors as further outputs.

    Serialised protocol buffers merge when they are put one after the other, and lists in them grow: so a graph with nothing but outputs is
    appended (Protocol Buffers encoding, "Last One Wins").
    """
    outputs = b"".join(_field(_OUTPUT, _field(_NAME, name.encode())) for name in names)
    return model + _field(_GRAPH, outputs)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    groups = [value >> shift & 0x7F for shift in range(0, max(value.bit_length(), 1), 7)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])
