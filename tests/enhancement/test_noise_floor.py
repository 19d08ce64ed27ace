"""The noise floor: closed forms, and noise of known level under real speech."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.enhancement.noise_floor import NoiseFloor


def floor_of(samples: Samples, rate: int) -> float:
    """Of all of it."""
    meter = NoiseFloor(rate)
    meter.feed(samples)
    return meter.dbfs


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_square(rate: int) -> None:
    """A square wave has its own amplitude, however loud."""
    for level in (-120.0, -40.0, 0.0, 20.0):
        square = np.full((3, rate), 10 ** (level / 20), np.float32) * np.where(np.arange(rate) % 2, 1, -1).astype(np.float32)
        assert floor_of(square, rate) == pytest.approx(level, abs=1e-5)


def test_pauses() -> None:
    """It is the level of the pauses, if they are more than a tenth; RMS over the channels."""
    sound = np.full((2, 48_000), 0.5, np.float32)
    sound[:, :9_600] = np.array([[0.001], [0.002]])
    assert floor_of(sound, 48_000) == pytest.approx(10 * math.log10((1e-6 + 4e-6) / 2), abs=1e-4)


def test_silence() -> None:
    """Digital silence, or nothing at all, is -inf; so is a recording with digital silence between its sounds."""
    assert NoiseFloor(48_000).dbfs == -math.inf
    assert floor_of(np.zeros((2, 0), np.float32), 48_000) == -math.inf
    assert floor_of(np.zeros((1, 48_000), np.float32), 48_000) == -math.inf
    gated = np.full((1, 48_000), 0.1, np.float32)
    gated[:, ::2] *= -1
    gated[:, 10_000:24_000] = 0
    assert floor_of(gated, 48_000) == -math.inf


def test_one_sample() -> None:
    """What is shorter than a frame has its own level."""
    assert floor_of(np.full((1, 1), 0.1, np.float32), 48_000) == pytest.approx(-20, abs=1e-5)


@given(st.lists(st.integers(0, 5000), max_size=5), st.integers(1, 3))
def test_chunks(cuts: list[int], channels: int) -> None:
    """Any chunks give the same, bit for bit."""
    sound = np.random.default_rng(channels).normal(0, 0.1, (channels, 5000)).astype(np.float32)
    meter = NoiseFloor(8_000)
    for piece in np.split(sound, sorted(cuts), axis=1):
        meter.feed(piece)
    assert meter.dbfs == floor_of(sound, 8_000)


@pytest.mark.parametrize("name", ["jfk.flac", "LJ001-0003.wav", "austen-0880.wav"])
@pytest.mark.parametrize("level", [-50.0, -35.0])
def test_speech(recordings: Path, name: str, level: float) -> None:
    """White noise under real speech is measured within 1.5 dB (what the recording itself has of it counts)."""
    speech = Audio.read(recordings / name)
    noise = np.random.default_rng(1).normal(0, 10 ** (level / 20), speech.samples.shape).astype(np.float32)
    own = floor_of(speech.samples, speech.rate)
    expected = 10 * math.log10(10 ** (level / 10) + 10 ** (own / 10))
    assert floor_of(speech.samples + noise, speech.rate) == pytest.approx(expected, abs=1.5)
