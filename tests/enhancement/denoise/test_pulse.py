"""Promises of auricle.enhancement.denoise.pulse."""

from __future__ import annotations

import numpy as np
import pytest

from auricle.audio import Samples
from auricle.enhancement.denoise.pulse import flux, pulse_clarity

RATE = 48_000
TIME = np.arange(4 * RATE) / RATE


def struck(bpm: float) -> Samples:
    """Bursts of noise at a tempo."""
    hits = np.exp(-30 * (TIME % (60 / bpm)))
    return (hits * np.random.default_rng(1).standard_normal(len(TIME)))[None].astype(np.float32)


@pytest.mark.parametrize("bpm", [70, 100, 133, 180])
def test_a_beat_is_clear(bpm: float) -> None:
    """Blows at any usual tempo, at any level."""
    assert pulse_clarity(flux(struck(bpm))) > 0.7
    assert pulse_clarity(flux(struck(bpm) * np.float32(0.001))) > 0.7


@pytest.mark.parametrize(
    "sound",
    [
        np.random.default_rng(2).standard_normal(len(TIME)),
        sum(np.sin(2 * np.pi * 50 * k * TIME) / k for k in range(1, 20)),
        np.zeros(len(TIME)),
        np.random.default_rng(2).standard_normal(len(TIME)) * (TIME > 2),
    ],
    ids=["noise", "hum", "silence", "noise-from-the-middle"],
)
def test_what_is_steady_has_no_beat(sound: Samples) -> None:
    """Neither noise nor hum, nor either where it begins."""
    assert pulse_clarity(flux(np.float32(0.1) * sound[None].astype(np.float32))) < 0.4


def test_one_value_for_each_ten_milliseconds() -> None:
    """But for the first two, which need what is before."""
    assert flux(np.zeros((2, 960 + 4800), np.float32)).shape == (10,)
