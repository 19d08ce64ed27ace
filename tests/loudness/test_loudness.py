"""Loudness against the recommendation's own figures: EBU Tech 3341's test signals, and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.errors import OptionError
from auricle.loudness import at_loudness, integrated_loudness, true_peak


def sine(dbfs: float, seconds: float, *, rate: int = 48_000, hertz: float = 1000.0, channels: int = 2) -> Audio:
    """A sine with that peak, in phase in all channels."""
    time = np.arange(round(seconds * rate)) / rate
    wave = (10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return Audio(np.tile(wave, (channels, 1)), rate)


def in_a_row(*parts: tuple[float, float]) -> Audio:
    """Sines of these levels (dBFS) and lengths (seconds)."""
    return Audio.join(sine(level, seconds) for level, seconds in parts)


@pytest.mark.parametrize(
    ("audio", "lufs"),
    [
        (sine(-23, 20), -23.0),  # EBU Tech 3341, table 1, case 1
        (sine(-33, 20), -33.0),  # case 2
        (in_a_row((-36, 10), (-23, 60), (-36, 10)), -23.0),  # case 3: the relative gate
        (in_a_row((-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)), -23.0),  # case 4: the absolute one
        (in_a_row((-26, 20), (-20, 20.1), (-26, 20)), -23.0),  # case 5
        (sine(0, 5, hertz=997, channels=1), -3.01),  # BS.1770-5, annex 1: a sine of full scale in one channel
        (sine(-23, 20, rate=44_100), -23.0),
        (sine(-23, 20, rate=24_000), -23.0),
    ],
)
def test_integrated_loudness(audio: Audio, lufs: float) -> None:
    """Within 0.1 LU, as EBU Tech 3341 asks, at any rate."""
    assert integrated_loudness(audio) == pytest.approx(lufs, abs=0.1)


def test_surround_channels_count_more() -> None:
    """Case 6: 5.0 with -28 left and right, -24 centre, -30 surround is -23 LUFS."""
    levels = [-28, -28, -24, -30, -30]
    audio = Audio(np.concatenate([sine(level, 20, channels=1).samples for level in levels]), 48_000)
    assert integrated_loudness(audio) == pytest.approx(-23.0, abs=0.1)


@pytest.mark.parametrize("audio", [sine(-23, 0.3), sine(-80, 5), Audio(np.zeros((1, 48_000), np.float32), 48_000)])
def test_nothing_loud(audio: Audio) -> None:
    """Too short, below the gate, and silence are not measurable, and stay as they are."""
    assert integrated_loudness(audio) == -math.inf
    assert at_loudness(audio, -16) is audio


def test_true_peak_is_between_samples() -> None:
    """A sine at a quarter of the rate, sampled 45° from its peaks, peaks 3 dB above its samples."""
    place = np.arange(48_000)
    wave = (0.5 * np.sin(np.pi / 2 * place + np.pi / 4)).astype(np.float32) * np.hanning(48_000).astype(np.float32) ** 0.1
    assert true_peak(Audio(wave, 48_000)) == pytest.approx(20 * math.log10(0.5), abs=0.1)
    assert 20 * math.log10(Audio(wave, 48_000).peak) == pytest.approx(20 * math.log10(0.5) - 3.01, abs=0.1)


@pytest.mark.parametrize("target", [-30, -23, -16])
def test_at_loudness(target: float) -> None:
    """It is what was asked for."""
    assert integrated_loudness(at_loudness(sine(-20, 5), target)) == pytest.approx(target, abs=0.1)


def test_the_ceiling_comes_first() -> None:
    """What would clip stays below it."""
    quiet = sine(-40, 5)
    click = quiet.samples.copy()
    click[:, 1000] = 0.5
    assert true_peak(at_loudness(Audio(click, 48_000), -10)) == pytest.approx(-1.0, abs=0.2)


@pytest.mark.parametrize("target", [0, -71, math.nan, True, "-16"])
def test_targets_that_nobody_means(target: float) -> None:
    """Are refused."""
    with pytest.raises(OptionError, match="loudness"):
        at_loudness(sine(-20, 1), target)
