"""RNNoise, driven through its C library, which has the weights inside: the light engine.

Valin, "A Hybrid DSP/Deep Learning Approach to Real-Time Full-Band Speech Enhancement" (MMSP 2018).
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import weakref
from pathlib import Path

import numpy as np

from auricle.audio import Mono
from auricle.errors import MissingDependency

__all__ = ["RNNoise"]

_SCALE = np.float32(32768)  # it takes floats in the range of 16-bit integers


@functools.cache
def _library() -> ctypes.CDLL:
    """The library inside pyrnnoise, without pyrnnoise, which would quantise to 16 bits and import much else.

    Raises:
        MissingDependency: the package is not installed, or has nothing for this platform.
    """
    spec = importlib.util.find_spec("pyrnnoise")
    folder = Path(next(iter(spec.submodule_search_locations or ()), "")) if spec else Path()
    found = [path for name in ("librnnoise.so", "librnnoise.dylib", "rnnoise.dll") if (path := folder / name).is_file()]
    if not spec or not found:
        raise MissingDependency("light noise reduction", "enhance")
    try:
        library = ctypes.CDLL(str(found[0]))
    except OSError as error:  # made for another C library
        raise MissingDependency("light noise reduction", "enhance") from error
    library.rnnoise_create.argtypes, library.rnnoise_create.restype = [ctypes.c_void_p], ctypes.c_void_p
    library.rnnoise_process_frame.argtypes, library.rnnoise_process_frame.restype = [ctypes.c_void_p] * 3, ctypes.c_float
    library.rnnoise_destroy.argtypes, library.rnnoise_destroy.restype = [ctypes.c_void_p], None
    return library


class RNNoise:
    """One channel's state, given back when it is dropped.

    Raises:
        MissingDependency: the packages of "enhance" are not installed.
    """

    delay = 960  # samples by which it is behind

    def __init__(self) -> None:
        library = _library()
        self._process = library.rnnoise_process_frame
        self._state = library.rnnoise_create(None)
        weakref.finalize(self, library.rnnoise_destroy, self._state)

    @staticmethod
    def check() -> None:
        """Nothing, if there can be one here.

        Raises:
            MissingDependency: there cannot.
        """
        _library()

    def process(self, frame: Mono) -> Mono:
        """The next 480 frames at 48 kHz → as many, `delay` frames late."""
        loud = np.ascontiguousarray(frame * _SCALE, np.float32)
        cleaned = np.empty_like(loud)
        self._process(self._state, cleaned.ctypes.data, loud.ctypes.data)
        return cleaned / _SCALE
