"""Promises of tools/convert_beatnet.py: auricle's file is made of published weights, the same each time, and a checkpoint runs nothing."""

from __future__ import annotations

import io
import pickle
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from auricle import weights
from tests.music.reference_beatnet import from_onnx
from tools.convert_beatnet import IN_WHEEL, checkpoint, network


class Storage:
    """What PyTorch keeps a tensor's numbers in."""

    def __init__(self, key: str, numbers: np.ndarray) -> None:
        self.key, self.numbers = key, numbers


class Tensor:
    """A view of a storage, pickled as `torch.save` does."""

    def __init__(self, storage: Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.parts: tuple[object, ...] = (storage, offset, shape, strides, False, {})

    def __reduce__(self) -> tuple[object, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.parts


class Saver(pickle.Pickler):
    """Writes storages by reference."""

    def persistent_id(self, obj: object) -> object:
        """As PyTorch has it."""
        if isinstance(obj, Storage):
            return ("storage", sys.modules["torch"].FloatStorage, obj.key, "cpu", obj.numbers.size)
        return None


def torch_like(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that a checkpoint mentions."""

    def _rebuild_tensor_v2() -> None:
        """Never called."""

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    torch, inner = ModuleType("torch"), ModuleType("torch._utils")
    torch.FloatStorage = type("FloatStorage", (), {"__module__": "torch"})  # type: ignore[attr-defined]
    inner._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", inner)


def archive(pickled: bytes, storages: dict[str, bytes]) -> bytes:
    """A checkpoint in PyTorch's zip format."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as out:
        out.writestr("archive/data.pkl", pickled)
        for key, data in storages.items():
            out.writestr(f"archive/data/{key}", data)
    return content.getvalue()


@pytest.mark.parametrize("in_wheel", [False, True])
def test_checkpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_wheel: bool) -> None:
    """Tensors are read with their offsets, shapes and strides, from the file or from the wheel around it."""
    torch_like(monkeypatch)
    numbers = np.arange(12, dtype="<f4")
    storage, pickled = Storage("7", numbers), io.BytesIO()
    Saver(pickled, 2).dump(
        {"a": Tensor(storage, 2, (2, 3), (3, 1)), "b": Tensor(storage, 0, (4, 3), (1, 4)), "c": Tensor(storage, 11, (1,), (1,))}
    )
    path, content = tmp_path / "model.pt", archive(pickled.getvalue(), {"7": numbers.tobytes()})
    if in_wheel:
        path = tmp_path / "BeatNet.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr(IN_WHEEL, content)
    else:
        path.write_bytes(content)
    read = checkpoint(path)
    np.testing.assert_array_equal(read["a"], [[2, 3, 4], [5, 6, 7]])
    np.testing.assert_array_equal(read["b"], numbers.reshape(3, 4).T)
    np.testing.assert_array_equal(read["c"], [11])


def test_a_checkpoint_runs_nothing(tmp_path: Path) -> None:
    """One that names another function is refused, and the function is not called."""
    touched = tmp_path / "touched"

    class Hostile:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (touched,)

    path = tmp_path / "model.pt"
    path.write_bytes(archive(pickle.dumps({"a": Hostile()}), {}))
    with pytest.raises(pickle.UnpicklingError, match="no dictionary of tensors"):
        checkpoint(path)
    assert not touched.exists()


def test_the_same_bytes() -> None:
    """The weights in auricle's own file, converted again, make that file."""
    path = weights.locate("beatnet") / "beatnet.onnx"
    tensors = {name: tensor.astype(np.float32) for name, tensor in from_onnx(path).items()}
    inside = [name for name in ORDER if name in tensors]
    assert inside == list(ORDER)
    assert network({name: tensors[name] for name in ORDER}).SerializeToString(deterministic=True) == path.read_bytes()


ORDER = (
    *("conv1.weight", "conv1.bias", "linear0.weight", "linear0.bias"),
    *(f"lstm.{name}_l{layer}" for layer in (0, 1) for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")),
    *("linear.weight", "linear.bias"),
)
