"""BeatNet's weights, as their authors publish them, → the ONNX file that auricle carries: the same bytes each time, without PyTorch.

    python tools/convert_beatnet.py BeatNet-1.1.3-py3-none-any.whl src/auricle/music/weights/beatnet.onnx

The first argument is the wheel of the package BeatNet (fetched without its dependencies), of which model 1 is taken, or a checkpoint
"model_1_weights.pt". Heydari, Cwitkowitz, Duan, "BeatNet" (ISMIR 2021), section 3.1, describes the network.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

__all__ = ["checkpoint", "network"]

Tensors = Mapping[str, npt.NDArray[np.float32]]

IN_WHEEL = "BeatNet/models/model_1_weights.pt"
BANDS, CELLS, LAYERS = 272, 150, 2


class _Checkpoint(pickle.Unpickler):
    """Reads what `torch.save` wrote of a dictionary of float32 tensors, and calls nothing that the file could choose."""

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{root}/data.pkl")))
        self._archive, self._root = archive, root

    def find_class(self, module: str, name: str) -> Any:
        known = {
            "collections.OrderedDict": OrderedDict,
            "torch.FloatStorage": "<f4",
            "torch._utils._rebuild_tensor_v2": _tensor,
        }
        if f"{module}.{name}" not in known:
            raise pickle.UnpicklingError(f"the checkpoint wants {module}.{name}, which no dictionary of tensors needs.")
        return known[f"{module}.{name}"]

    def persistent_load(self, pid: Any) -> npt.NDArray[np.float32]:
        _, kind, key, _, count = pid
        return np.frombuffer(self._archive.read(f"{self._root}/data/{key}"), kind, count)


def _tensor(
    storage: npt.NDArray[np.float32], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
) -> npt.NDArray[np.float32]:
    """A tensor as PyTorch keeps it: a view of a storage, strides in items."""
    size = storage.itemsize
    view = np.ndarray(shape, storage.dtype, storage, offset * size, tuple(stride * size for stride in strides))
    return np.ascontiguousarray(view)


def checkpoint(source: Path) -> Tensors:
    """The tensors of model 1 in the wheel, or of a checkpoint, by PyTorch's names."""
    content = source.read_bytes()
    if source.suffix == ".whl":
        content = zipfile.ZipFile(io.BytesIO(content)).read(IN_WHEEL)
    archive = zipfile.ZipFile(io.BytesIO(content))
    root = archive.namelist()[0].partition("/")[0]
    tensors: Tensors = _Checkpoint(archive, root).load()
    return tensors


def network(tensors: Tensors) -> onnx.ModelProto:
    """The network: "features" (frames, 272), the LSTM's "hidden" and "cell" (2, 1, 150) → "activations" (frames, 3), and both after it."""
    constants = {
        "channel": np.array([1]),
        "layer_sizes": np.array([1] * LAYERS),
        "flat": np.array([0, -1]),
        "cells": np.array([-1, CELLS]),
        **{name: tensors[name] for name in tensors if not name.startswith("lstm.")},
        **{name: tensor for layer in range(LAYERS) for name, tensor in _lstm_tensors(tensors, layer).items()},
    }
    inputs = [_value("features", "frames", BANDS), _value("hidden", LAYERS, 1, CELLS), _value("cell", LAYERS, 1, CELLS)]
    outputs = [_value("activations", "frames", 3), _value("hidden_after", LAYERS, 1, CELLS), _value("cell_after", LAYERS, 1, CELLS)]
    initializers = [numpy_helper.from_array(tensor, name) for name, tensor in constants.items()]
    graph = helper.make_graph(_nodes(), "beatnet", inputs, outputs, initializers)
    # The oldest operators that have all this, so that every ONNX Runtime that auricle runs with knows them.
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7, producer_name="auricle")
    onnx.checker.check_model(model, full_check=True)
    return model


def _value(name: str, *shape: int | str) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def _lstm_tensors(tensors: Tensors, layer: int) -> Tensors:
    """A layer's weights in ONNX's order of gates (input, output, forget, cell); PyTorch's is input, forget, cell, output."""

    def gates(name: str) -> npt.NDArray[np.float32]:
        i, f, c, o = np.split(tensors[f"lstm.{name}_l{layer}"], 4)
        return np.concatenate([i, o, f, c])

    biases = np.concatenate([gates("bias_ih"), gates("bias_hh")])
    return {f"W{layer}": gates("weight_ih")[None], f"R{layer}": gates("weight_hh")[None], f"B{layer}": biases[None]}


def _nodes() -> list[NodeProto]:
    node = helper.make_node
    return [
        node("Unsqueeze", ["features", "channel"], ["one_channel"]),
        node("Conv", ["one_channel", "conv1.weight", "conv1.bias"], ["convolved"]),
        node("Relu", ["convolved"], ["rectified"]),
        node("MaxPool", ["rectified"], ["pooled"], kernel_shape=[2], strides=[2]),
        node("Reshape", ["pooled", "flat"], ["flattened"]),
        node("Gemm", ["flattened", "linear0.weight", "linear0.bias"], ["seen"], transB=1),
        node("Unsqueeze", ["seen", "channel"], ["heard0"]),
        node("Split", ["hidden", "layer_sizes"], ["hidden0", "hidden1"], axis=0),
        node("Split", ["cell", "layer_sizes"], ["cell0", "cell1"], axis=0),
        *(part for layer in range(LAYERS) for part in _lstm(layer)),
        node("Concat", ["hidden0_after", "hidden1_after"], ["hidden_after"], axis=0),
        node("Concat", ["cell0_after", "cell1_after"], ["cell_after"], axis=0),
        node("Reshape", [f"heard{LAYERS}", "cells"], ["last"]),
        node("Gemm", ["last", "linear.weight", "linear.bias"], ["scores"], transB=1),
        node("Softmax", ["scores"], ["activations"], axis=1),
    ]


def _lstm(layer: int) -> tuple[NodeProto, NodeProto]:
    """A layer over (frames, 1, cells); its output has an axis of directions more, which is taken away."""
    taken = [f"heard{layer}", f"W{layer}", f"R{layer}", f"B{layer}", "", f"hidden{layer}", f"cell{layer}"]
    given = [f"directed{layer}", f"hidden{layer}_after", f"cell{layer}_after"]
    return (
        helper.make_node("LSTM", taken, given, hidden_size=CELLS),
        helper.make_node("Squeeze", [given[0], "channel"], [f"heard{layer + 1}"]),
    )


def main() -> None:
    """Converts, and says the hash of what was written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="the wheel, or model_1_weights.pt")
    parser.add_argument("target", type=Path, help="the ONNX file to write")
    arguments = parser.parse_args()
    content = network(checkpoint(arguments.source)).SerializeToString(deterministic=True)
    arguments.target.write_bytes(content)
    print(f"{hashlib.sha256(content).hexdigest()}  {arguments.target.name}  {len(content)} bytes")


if __name__ == "__main__":
    main()
