"""Slower and faster: as long as asked, at the same pitch, every sound in its place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Mono
from auricle.voice.pace import stretched

RATE = 24_000


def bursts(places: list[float], seconds: float) -> Mono:
    """A hundred milliseconds of 300 Hz at each place."""
    samples = np.zeros(round(seconds * RATE), np.float32)
    time = np.arange(RATE // 10) / RATE
    for place in places:
        first = round(place * RATE)
        samples[first : first + len(time)] += (np.sin(2 * np.pi * 300 * time) * np.hanning(len(time))).astype(np.float32)
    return samples


def pitch(samples: Mono) -> float:
    """Of one sine. Hertz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 16 * RATE))
    return float(spectrum.argmax()) / 16


@pytest.mark.parametrize("factor", [0.5, 0.8, 0.95, 1.05, 1.25, 2.0])
def test_sounds_stay_in_place(factor: float) -> None:
    """Each within 5 ms of where it belongs."""
    places = [0.2, 0.7, 1.5]
    power = stretched(bursts(places, 2.0), RATE, factor) ** 2
    for place in places:
        first, last = (round((place + offset) * factor * RATE) for offset in (-0.1, 0.2))
        centre = np.average(np.arange(first, last), weights=power[first:last]) / RATE
        assert centre == pytest.approx((place + 0.05) * factor, abs=0.005)


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.5, 2.0])
@pytest.mark.parametrize("hertz", [110.0, 220.0, 1000.0])
def test_pitch_is_kept(factor: float, hertz: float) -> None:
    """Within half a percent."""
    tone = (0.5 * np.sin(2 * np.pi * hertz * np.arange(2 * RATE) / RATE)).astype(np.float32)
    out = stretched(tone, RATE, factor)
    assert pitch(out[len(out) // 4 : -len(out) // 4]) == pytest.approx(hertz, rel=0.005)


@settings(deadline=None, max_examples=40)
@given(frames=st.integers(1, 20_000), factor=st.floats(0.25, 4.0))
def test_the_length_is_exact(frames: int, factor: float) -> None:
    """For anything, however short; the same every time."""
    noise = np.random.default_rng(frames).uniform(-0.5, 0.5, frames).astype(np.float32)
    out = stretched(noise, RATE, factor)
    assert len(out) == round(frames * factor)
    np.testing.assert_array_equal(out, stretched(noise, RATE, factor))
