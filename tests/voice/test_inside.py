"""Looks into ONNX files, and models whose inner tensors are outputs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle import weights
from auricle.voice.inside import natural_durations, rounded_up, with_outputs
from tests.voice.engines.kokoro_model import installed
from tests.voice.engines.tiny_piper import network


def small_model() -> Path:
    """A real one, which comes with hibari."""
    spec = importlib.util.find_spec("hibari")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "assets" / "hibari.onnx"


def test_inner_tensors_come_out() -> None:
    """Under their names, after the model's own outputs, which stay as they are."""
    model = small_model().read_bytes()
    given = {"ids": np.array([[0, 50, 60, 70, 16, 50, 4, 0]], np.int64), "speed": np.array([1.0], np.float32)}
    plain = weights.network(model)
    more = weights.network(with_outputs(model, ["/Round_output_0", "/Clip_output_0"]))
    own = [output.name for output in plain.get_outputs()]
    assert [output.name for output in more.get_outputs()] == [*own, "/Round_output_0", "/Clip_output_0"]
    for before, after in zip(plain.run(None, given), more.run(own, given), strict=True):
        np.testing.assert_array_equal(before, after)
    rounded, clipped = more.run(["/Round_output_0", "/Clip_output_0"], given)
    np.testing.assert_array_equal(np.maximum(rounded, 1), clipped)


def test_a_name_that_is_not_there() -> None:
    """Is refused by the runtime: nothing is made up."""
    with pytest.raises(Exception, match="/nowhere"):
        weights.network(with_outputs(small_model().read_bytes(), ["/nowhere"]))


NETWORK = network()


def test_the_tensor_that_is_rounded_up_is_found() -> None:
    """It is the input of the one Ceil."""
    assert rounded_up(NETWORK) == "exact"


def test_a_network_that_rounds_nothing_up_has_none() -> None:
    """Nothing is guessed from names."""
    assert rounded_up(network(rounds=False)) is None


def test_of_several_none_is_chosen() -> None:
    """Which one would be a guess: serialised messages merge, so this is one graph with both."""
    assert rounded_up(NETWORK + network().replace(b"exact", b"other")) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    """What is no ONNX file has no such tensor; nothing is raised."""
    assert rounded_up(data) is None


@given(st.integers(0, len(NETWORK)))
def test_a_file_that_is_cut_off_anywhere_is_answered(length: int) -> None:
    """The tensor or nothing; nothing is raised."""
    assert rounded_up(NETWORK[:length]) in (None, "exact")


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


def test_in_hibari() -> None:
    """The tensor is the duration head's exponential less one."""
    assert natural_durations(small_model()) == "/Sub_output_0"
