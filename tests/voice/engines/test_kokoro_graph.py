"""The tensor of natural durations is found by the structure of the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from auricle import weights
from auricle.voice.engines.kokoro_graph import natural_durations
from tests.voice.engines.kokoro_model import installed


def counted(number: int, content: bytes) -> bytes:
    """A field of Protocol Buffers with fewer than 16,384 bytes."""
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([size & 127 | 128, size >> 7])
    return bytes([number << 3 | 2]) + length + content


def node(operation: str, inputs: str, output: str) -> bytes:
    """A node of an ONNX graph."""
    texts = [*((1, name) for name in inputs.split()), (2, output), (3, f"/{output}"), (4, operation)]
    return counted(1, b"".join(counted(field, text.encode()) for field, text in texts))


def model(path: Path, *nodes: bytes) -> Path:
    """An ONNX file: a version, a producer, a graph with nodes, a name and one initializer of 300 bytes, an operator set."""
    graph = b"".join(nodes) + counted(2, b"main") + counted(5, bytes(300))
    path.write_bytes(b"\x08\x09" + counted(2, b"test") + counted(7, graph) + counted(8, b"\x10\x14"))
    return path


def test_what_is_divided_by_the_speed_and_rounded(tmp_path: Path) -> None:
    """Is found whatever it is called, among others that are divided or rounded."""
    others = [node("Div", "a b", "c"), node("Round", "c", "d"), node("Div", "x speed", "y"), node("Mul", "y z", "w")]
    known = model(tmp_path / "known.onnx", *others, node("Div", "frames speed", "quotient"), node("Round", "quotient", "whole"))
    assert natural_durations(known) == "frames"
    assert natural_durations(model(tmp_path / "other.onnx", *others)) is None


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """What was found in a file is not what its successor has."""
    path = tmp_path / "model.onnx"
    assert natural_durations(model(path, node("Div", "a speed", "b"), node("Round", "b", "c"))) == "a"
    assert natural_durations(model(path, node("Div", "longer speed", "b"), node("Round", "b", "c"))) == "longer"


@pytest.mark.parametrize("content", [b"", b"\xff" * 40, b"no model at all", b"\x3a\x7f\x0a\x05ab", b"\x0b\x0c"])
def test_what_is_no_model(content: bytes, tmp_path: Path) -> None:
    """Has no such tensor; to say what is wrong with the file is the runtime's work."""
    (tmp_path / "model.onnx").write_bytes(content)
    assert natural_durations(tmp_path / "model.onnx") is None
    assert natural_durations(tmp_path / "nowhere.onnx") is None


@installed
def test_in_the_packaged_model() -> None:
    """The tensor is the sum over the duration predictor's sigmoids, as `KModel.forward_with_tokens` of the package kokoro has it."""
    assert natural_durations(weights.locate("kokoro") / "model.onnx") == "/encoder/predictor/ReduceSum_output_0"
