"""Promises of auricle.codec.pcm: each code means what its standard says, and what other implementations make of it."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.codec import AudioProcessingConfig, decode
from auricle.codec.pcm import SAMPLE_BYTES, Storage, to_float

EVERY_BYTE = bytes(range(256))


@pytest.mark.parametrize("storage", ["mulaw", "alaw", "u8"])
def test_every_code_of_one_byte_is_that_of_ffmpeg(storage: Storage) -> None:
    """All 256 of them."""
    expected = decode(EVERY_BYTE, AudioProcessingConfig(input_format=storage, sample_rate=8000, channels=1))
    np.testing.assert_array_equal(to_float(EVERY_BYTE, storage), expected.samples[0])


@pytest.mark.parametrize(("storage", "code", "value"), [
    ("mulaw", 0b1111_1111, 0), ("mulaw", 0b1000_0000, 8031), ("mulaw", 0b0000_0000, -8031), ("mulaw", 0b1110_1111, 33),
    ("alaw", 0b1101_0101, 1 * 2), ("alaw", 0b1010_1010, 4032 * 2), ("alaw", 0b0010_1010, -4032 * 2), ("alaw", 0b0101_0101, -1 * 2),
])  # fmt: skip
def test_the_ends_of_the_scales_are_those_of_the_standard(storage: Storage, code: int, value: int) -> None:
    """ITU-T G.711, tables 1a to 2b, as 14-bit values: A-law's are 13 bits."""
    assert to_float(bytes((code,)), storage)[0] == value / 2**13


@given(data=st.data(), storage=st.sampled_from(["u8", "s16le", "s24le", "s32le", "f32le", "mulaw", "alaw"]))
@settings(max_examples=60, deadline=None)
def test_any_samples_are_those_of_ffmpeg(data: st.DataObject, storage: Storage) -> None:
    """To the bit."""
    width = SAMPLE_BYTES[storage]
    given_ = data.draw(st.binary(min_size=width, max_size=100 * width).map(lambda raw: raw[: len(raw) // width * width]))
    if storage == "f32le":
        given_ = np.nan_to_num(np.frombuffer(given_, "<f4"), nan=0.25, posinf=1, neginf=-1).astype("<f4").tobytes()
    expected = decode(given_, AudioProcessingConfig(input_format=storage, sample_rate=8000, channels=1))
    np.testing.assert_array_equal(to_float(given_, storage), expected.samples[0])


def test_double_precision_becomes_single() -> None:
    """And what is too large for that infinite."""
    np.testing.assert_array_equal(
        to_float(np.array([0.1, -2.5, 1e300], "<f8").tobytes(), "f64le"), np.array([0.1, -2.5, np.inf], np.float32)
    )


@pytest.mark.parametrize("storage", get_args(Storage))
def test_no_samples(storage: Storage) -> None:
    """Nothing is no samples."""
    assert to_float(b"", storage).shape == (0,)
