"""Tests of a fingerprint's text: what fpcalc writes is read, and written, bit for bit."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import OptionError
from auricle.identification.chromaprint import decode, encode

RECORDED = json.loads((Path(__file__).parent / "fpcalc.json").read_text())["recordings"]
NAMES = sorted(RECORDED)


def text_of(packed: bytes) -> str:
    """Bytes as AcoustID writes them."""
    return base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


@pytest.mark.parametrize("name", NAMES)
def test_reads_what_fpcalc_writes(name: str) -> None:
    """The words of fpcalc's text are those that it gives with -raw."""
    np.testing.assert_array_equal(decode(RECORDED[name]["encoded"]), np.array(RECORDED[name]["raw"], np.uint32))


@pytest.mark.parametrize("name", NAMES)
def test_writes_what_fpcalc_writes(name: str) -> None:
    """The words of fpcalc give its text."""
    assert encode(np.array(RECORDED[name]["raw"], np.uint32)) == RECORDED[name]["encoded"]


def test_by_hand() -> None:
    """One word with its lowest and its highest bit: distances 1 and 7 + 24, then 0; three bits each and five for the 24."""
    short = 1 | 7 << 3 | 0 << 6
    packed = bytes([1, 0, 0, 1, short & 255, short >> 8, 24])
    assert encode(np.array([0x80000001], np.uint32)) == text_of(packed)
    assert decode(text_of(packed)).tolist() == [0x80000001]


@given(st.lists(st.integers(0, 2**32 - 1) | st.sampled_from([0, 1, 2**31, 2**32 - 1]), max_size=40))
def test_there_and_back(words: list[int]) -> None:
    """Whatever the words, and however many: they come back."""
    found = decode(encode(np.array(words, np.uint32)))
    assert found.dtype == np.uint32
    assert found.tolist() == words


def test_cut_off() -> None:
    """A text that ends anywhere before its end is refused, never half read."""
    text = RECORDED["solo_trumpet.ogg"]["encoded"]
    for length in range(len(text)):
        with pytest.raises(OptionError, match="give"):
            decode(text[:length])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("AQ AA", "base64"),
        ("AQAAé", "base64"),
        (text_of(bytes([2, 0, 0, 0])), "algorithm 3"),
        (text_of(bytes([1, 255, 255, 255, 0])), "cut off"),
        (text_of(bytes([1, 0, 0, 1, 0b00111111, 0, 255, 255])), "32 bits"),
    ],
)
def test_no_fingerprint(text: str, says: str) -> None:
    """What isn't a fingerprint of this algorithm is refused by a sentence that says why."""
    with pytest.raises(OptionError, match=says) as refusal:
        decode(text)
    assert refusal.value.field == "fingerprint"
