"""What a look into an ONNX file tells, without loading it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auricle.voice.engines.onnx_nodes import rounded_up
from tests.voice.engines.tiny_piper import network

NETWORK = network()


def test_the_tensor_that_is_rounded_up_is_found() -> None:
    """It is the input of the one Ceil."""
    assert rounded_up(NETWORK) == "exact"


def test_a_network_that_rounds_nothing_up_has_none() -> None:
    """Nothing is guessed from names."""
    assert rounded_up(network(rounds=False)) is None


def test_of_several_none_is_chosen() -> None:
    """Which one would be a guess: serialised messages merge, so this is one graph with both."""
    assert rounded_up(NETWORK + network().replace(b"exact", b"other")) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_answered(data: bytes) -> None:
    """What is no ONNX file has no such tensor; nothing is raised."""
    assert rounded_up(data) is None


@given(st.integers(0, len(NETWORK)))
def test_a_file_that_is_cut_off_anywhere_is_answered(length: int) -> None:
    """The tensor or nothing; nothing is raised."""
    assert rounded_up(NETWORK[:length]) in (None, "exact")
