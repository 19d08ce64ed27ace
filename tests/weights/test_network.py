"""Networks in ONNX's format."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from auricle.weights import network
from tests.voice.test_inside import small_model


def test_a_file_and_its_content_are_the_same() -> None:
    """Both run, with the same result."""
    path = small_model()
    given = {"ids": np.array([[0, 50, 60, 70, 0]], np.int64), "speed": np.ones(1, np.float32)}
    for one, other in zip(network(path).run(None, given), network(path.read_bytes(), threads=2).run(None, given), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_what_is_no_network() -> None:
    """Is the runtime's to refuse."""
    with pytest.raises(Exception, match="protobuf"):
        network(b"no network at all")


def test_nobody_is_told(tmp_path: Path) -> None:
    """Onnxruntime's telemetry, which notes things down in the home directory, is off in a fresh process."""
    environment = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    code = f"from pathlib import Path; from auricle.weights import network; network(Path({str(small_model())!r}))"
    homes = {"HOME": str(tmp_path), "TMPDIR": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", code], env=environment | homes, check=True)
    assert not [path for path in tmp_path.rglob("*") if "onnxruntime" in path.name or path.suffix == ".ses"]
