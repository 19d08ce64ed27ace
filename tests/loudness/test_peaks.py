"""True peaks against EBU Tech 3341's signals, closed forms and another interpolation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import firwin, oaconvolve, resample

from auricle.audio import Audio, Samples
from auricle.loudness import true_peak
from auricle.loudness.peaks import REACH, TruePeak, peaks_between
from tests.loudness.signals import RATES, hostile

UP, DOWN = 0.2, 0.4  # Tech 3341, table 1: the tolerance of true peaks. dB


def peak_of(samples: Samples) -> float:
    """True peak. dBTP."""
    return true_peak(Audio(samples, 48_000))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("divisor", "degrees", "amplitude", "dbtp"),
    [(4, 0, 0.5, -6.0), (4, 45, 0.5, -6.0), (6, 60, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45, 1.41, 3.0)],  # cases 15 to 19
)
def test_tech_3341_sines(rate: int, divisor: int, degrees: float, amplitude: float, dbtp: float) -> None:
    """Cases 15 to 19: sines of a fraction of the rate, sampled beside their peaks, faded in and out."""
    frames = rate
    fade = np.minimum(1, np.minimum(np.arange(frames), np.arange(frames)[::-1]) / (0.1 * rate))
    wave = amplitude * fade * np.sin(2 * np.pi * np.arange(frames) / divisor + math.radians(degrees))
    assert dbtp - DOWN <= true_peak(Audio(np.tile(wave.astype(np.float32), (2, 1)), rate)) <= dbtp + UP


@pytest.mark.parametrize("offset", [0, 1, 2, 3])
def test_tech_3341_offsets(offset: int) -> None:
    """Cases 20 to 23: one full-scale period amid a sine of half that, made at four times the rate, and decimated from each offset."""
    place = np.arange(96_000)
    wave = 0.5 * np.sin(2 * np.pi * place / 16)
    wave[48_000:48_016] *= 2
    band_limited = oaconvolve(wave, firwin(2001, 0.95 / 4), mode="same")[1000:-1000]
    assert -DOWN <= peak_of(band_limited[offset::4].astype(np.float32)) <= UP


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.3, 0.4, 0.45, 0.48])
def test_sines_up_to_the_nyquist_frequency(fraction: float) -> None:
    """Peak at their amplitude, within 0.1 dB, wherever they are sampled."""
    place = np.arange(20_000)
    fade = np.hanning(20_000) ** 0.2
    wave = (0.5 * fade * np.sin(2 * np.pi * fraction * place + 0.2)).astype(np.float32)
    assert peak_of(wave) == pytest.approx(20 * math.log10(0.5), abs=0.1)


@pytest.mark.parametrize("name", ["clicks", "burst", "bass", "fs/4"])
def test_another_interpolation(name: str) -> None:
    """The Fourier transform's, 16 times, of the whole sound (faded, for it takes it for a loop) finds the same peak."""
    samples = (hostile()[name][:, :24_000] * np.hanning(24_000) ** 0.2).astype(np.float32)
    exact = np.abs(resample(samples.astype(np.float64), 16 * 24_000, axis=1)).max()
    assert peak_of(samples) == pytest.approx(20 * math.log10(exact), abs=0.05)


@given(cuts=st.lists(st.integers(0, 20_000), max_size=6), seed=st.integers(0, 99))
@settings(max_examples=25)
def test_any_chunking(cuts: list[int], seed: int) -> None:
    """Gives the same peak."""
    samples = np.random.default_rng(seed).standard_normal((2, 20_000)).astype(np.float32)
    whole, parts = TruePeak(2), TruePeak(2)
    whole.feed(samples)
    for part in np.split(samples, sorted(cuts), axis=1):
        parts.feed(part)
    assert parts.value == whole.value


@given(seed=st.integers(0, 99), above=st.floats(0, 4))
@settings(max_examples=25)
def test_what_is_passed_over_is_not_above(seed: int, above: float) -> None:
    """Every peak above the threshold is found, and found as it is without one."""
    samples = np.random.default_rng(seed).standard_normal((2, 20 * REACH)).astype(np.float32)
    every, some = peaks_between(samples, 0.0), peaks_between(samples, above)
    assert some[every > above] == pytest.approx(every[every > above], rel=1e-6)
    assert (some <= every * (1 + 1e-6)).all()


def test_strict_finds_no_less() -> None:
    """With the second filter peaks are as high, or higher."""
    samples = np.random.default_rng(9).standard_normal((2, 40 * REACH)).astype(np.float32)
    assert (peaks_between(samples, 0.0, strict=True) >= peaks_between(samples, 0.0) * (1 - 1e-6)).all()


@pytest.mark.parametrize("frames", [0, 1, 2, 31, 32, 33, 8191, 8192, 8256, 8257])
def test_short_ones(frames: int) -> None:
    """Have the peak of their samples at least; nothing has none."""
    assert peak_of(np.full((2, frames), 0.5, np.float32)) >= (20 * math.log10(0.5) if frames else -math.inf)
    assert peak_of(np.zeros((2, frames), np.float32)) == -math.inf
