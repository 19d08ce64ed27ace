"""Models whose inner tensors are outputs."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from auricle.voice.inside import with_outputs


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
    plain = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    more = onnxruntime.InferenceSession(with_outputs(model, ["/Round_output_0", "/Clip_output_0"]), providers=["CPUExecutionProvider"])
    own = [output.name for output in plain.get_outputs()]
    assert [output.name for output in more.get_outputs()] == [*own, "/Round_output_0", "/Clip_output_0"]
    for before, after in zip(plain.run(None, given), more.run(own, given), strict=True):
        np.testing.assert_array_equal(before, after)
    rounded, clipped = more.run(["/Round_output_0", "/Clip_output_0"], given)
    np.testing.assert_array_equal(np.maximum(rounded, 1), clipped)


def test_a_name_that_is_not_there() -> None:
    """Is refused by the runtime: nothing is made up."""
    with pytest.raises(onnxruntime.capi.onnxruntime_pybind11_state.Fail):
        onnxruntime.InferenceSession(with_outputs(small_model().read_bytes(), ["/nowhere"]), providers=["CPUExecutionProvider"])
