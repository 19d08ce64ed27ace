"""Bytes of bare samples → float32."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples

__all__ = ["SAMPLE_BYTES", "Storage", "to_float"]

Storage = Literal["u8", "s16le", "s24le", "s32le", "f32le", "f64le", "mulaw", "alaw"]

SAMPLE_BYTES: Mapping[Storage, int] = {"u8": 1, "s16le": 2, "s24le": 3, "s32le": 4, "f32le": 4, "f64le": 8, "mulaw": 1, "alaw": 1}


def to_float(data: bytes, storage: Storage) -> Samples:
    """Samples one after the other, shape (samples,), full scale ±1.

    Args:
        data: a whole number of samples.
        storage: how each is stored: FFmpeg's name of the format, whose values these are.
    """
    match storage:
        case "u8":
            return (np.frombuffer(data, np.uint8).astype(np.float32) - 128) / np.float32(128)
        case "s16le":
            return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(2**15)
        case "s24le":  # as the upper three bytes of four
            wide = np.zeros((len(data) // 3, 4), np.uint8)
            wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            return wide.view("<i4")[:, 0].astype(np.float32) / np.float32(2**31)
        case "s32le":
            return np.frombuffer(data, "<i4").astype(np.float32) / np.float32(2**31)
        case "f32le":
            return np.frombuffer(data, "<f4").astype(np.float32)
        case "f64le":
            with np.errstate(over="ignore"):  # what is too large becomes infinite, and is refused where that is looked for
                return np.frombuffer(data, "<f8").astype(np.float32)
        case "mulaw":
            return _mulaw()[np.frombuffer(data, np.uint8)]
        case "alaw":
            return _alaw()[np.frombuffer(data, np.uint8)]


@cache
def _mulaw() -> Samples:
    """The value of each code in ITU-T G.711's µ-law: table 2, in steps of 2**-13 of full scale.

    All bits are sent inverted: a sign (set for negative values), three of segment, four of the place in it.
    """
    code = ~np.arange(256, dtype=np.uint8)
    segment, place = _parts(code)
    magnitude = ((2 * place + 33) << segment) - 33
    return _signed(magnitude, code & 0x80 != 0) / np.float32(2**13)


@cache
def _alaw() -> Samples:
    """The value of each code in ITU-T G.711's A-law: table 1, in steps of 2**-12 of full scale.

    Every other bit is sent inverted: a sign (set for positive values), three of segment, four of the place in it. The lowest two
    segments have the same steps.
    """
    code = np.arange(256, dtype=np.uint8) ^ np.uint8(0x55)
    segment, place = _parts(code)
    magnitude = np.where(segment == 0, 2 * place + 1, (2 * place + 33) << np.maximum(segment - 1, 0))
    return _signed(magnitude, code & 0x80 == 0) / np.float32(2**12)


def _parts(code: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    wide = code.astype(np.int32)
    return wide >> 4 & 7, wide & 15


def _signed(magnitude: npt.NDArray[np.int32], negative: npt.NDArray[np.bool_]) -> Samples:
    return np.where(negative, -magnitude, magnitude).astype(np.float32)
