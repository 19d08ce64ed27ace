"""A network in ONNX's format, run by ONNX Runtime on the CPU: the only importer of onnxruntime."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

__all__ = ["network"]

# Before anybody imports onnxruntime, which would tell its makers about every start and every model.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")


def network(model: bytes | Path, threads: int = 1) -> Any:
    """An `onnxruntime.InferenceSession`, which threads may share.

    Args:
        model: the file, or its content.
        threads: CPU threads of one call.

    Raises:
        ImportError: onnxruntime is not installed.
        Exception: onnxruntime's own, where the model is damaged.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.enable_cpu_mem_arena = False  # which keeps what its largest call took, for good
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model if isinstance(model, bytes) else str(model), options, providers=["CPUExecutionProvider"])
