"""Noise profiles: the noise's power, given or found."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.enhancement.denoise.noise_profile import hop_of, power_of, profile_of, rms_of, spectra_of, window_of
from auricle.errors import OptionError
from auricle.tape import AudioTape

LEVEL = 0.01


def noise(seconds: float, rate: int, channels: int = 1, seed: int = 0) -> Audio:
    """White, with an RMS of .01."""
    return Audio(np.random.default_rng(seed).normal(0, LEVEL, (channels, round(seconds * rate))).astype(np.float32), rate)


def level_of(power: np.ndarray[tuple[int], np.dtype[np.float64]], rate: int) -> float:
    """How far above the level of `noise`. dB."""
    return 10 * math.log10(rms_of(power, rate) / LEVEL**2)


@pytest.mark.parametrize("rate", [1, 8_000, 11_025, 44_100, 192_000])
def test_window(rate: int) -> None:
    """Its square adds up to 2 everywhere, so that analysis and synthesis are exact."""
    np.testing.assert_allclose(np.square(window_of(rate)).reshape(4, hop_of(rate)).sum(axis=0), 2)


@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_rms(rate: int) -> None:
    """Parseval: the spectra have the power of the sound, the mean of its channels."""
    sine = 0.5 * np.sin(np.arange(rate) * 0.3)
    samples = np.stack([sine, 0 * sine]).astype(np.float32)
    assert rms_of(power_of(spectra_of(samples, rate)).mean(axis=0), rate) == pytest.approx(0.125 / 2, rel=0.01)


@pytest.mark.parametrize("rate", [8_000, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_given(rate: int, channels: int) -> None:
    """A recording of it, or where only it is heard, gives its level within .3 dB."""
    tape = AudioTape(noise(5, rate, channels))
    assert level_of(profile_of(tape, noise(3, rate, seed=1)).power, rate) == pytest.approx(0, abs=0.3)
    assert level_of(profile_of(tape, (1.0, 3.0)).power, rate) == pytest.approx(0, abs=0.3)
    assert level_of(profile_of(tape, (0.0, 5.0)).power, rate) == pytest.approx(0, abs=0.3)


def test_span() -> None:
    """Only the span counts."""
    loud = Audio(0.5 * np.ones((1, 8_000), np.float32) * np.where(np.arange(8_000) % 2, 1, -1).astype(np.float32), 8_000)
    tape = AudioTape(Audio.join([loud, noise(1, 8_000), loud]))
    assert level_of(profile_of(tape, (1.0, 2.0)).power, 8_000) == pytest.approx(0, abs=0.3)


def test_other_rate() -> None:
    """A recording of the noise at another rate has the same power at the same frequencies."""
    profile = profile_of(AudioTape(noise(1, 48_000)), noise(5, 16_000))
    # Up to 7 kHz it is as strong per bin as noise at 48 kHz with three times the power; beyond 8 kHz there is nothing.
    reference = profile_of(AudioTape(noise(5, 48_000)), (0.0, 5.0)).power.mean()
    per_bin = 48_000 / (4 * hop_of(48_000))
    assert profile.power[2 : int(7_000 / per_bin)].mean() / reference == pytest.approx(3, rel=0.05)
    assert profile.power[int(8_500 / per_bin) :].max() < 1e-3 * reference


def test_found_alone() -> None:
    """Noise alone is found within .5 dB."""
    for rate in (8_000, 48_000):
        assert level_of(profile_of(AudioTape(noise(10, rate)), None).power, rate) == pytest.approx(0, abs=0.5)


@pytest.mark.parametrize("name", ["LJ001-0003.wav", "austen-0890.wav"])
def test_found_under_speech(recordings: Path, name: str) -> None:
    """Noise under real speech, 10 dB below it, is found within 4 dB at all frequencies; digital silence beside it does not matter."""
    speech = Audio.read(recordings / name)
    hiss = noise(speech.duration, speech.rate).samples[:, : speech.frames]
    scale = math.sqrt(np.square(speech.samples).mean() / 10) / LEVEL
    mixed = Audio(np.pad(speech.samples + scale * hiss, ((0, 0), (0, 3 * speech.rate))), speech.rate)
    profile = profile_of(AudioTape(mixed), None)
    for part in np.array_split(profile.power / scale**2, 4):
        exact = 2 * hop_of(speech.rate) * LEVEL**2  # of each bin: the sum of the squared window, times the variance
        assert 10 * math.log10(part.mean() / exact) == pytest.approx(0, abs=4)


def test_nothing_to_find() -> None:
    """In silence, or in next to nothing, there is no noise."""
    for frames in (0, 1, 500, 80_000):
        assert not profile_of(AudioTape(Audio(np.zeros((2, frames), np.float32), 8_000)), None).power.any()


@pytest.mark.parametrize(
    "given",
    [
        (1.0, 1.0), (2.0, 1.0), (-1.0, 1.0), (math.nan, 1.0), (0.0, math.inf), (1.0, 1.05), (1.0, 2.5), (5.0, 6.0),
        Audio(np.zeros((1, 8_000), np.float32), 8_000), Audio(np.ones((1, 100), np.float32), 8_000),
        Audio(np.zeros((1, 0), np.float32), 8_000),
    ],
)  # fmt: skip
def test_refused(given: Audio | tuple[float, float]) -> None:
    """No such span, too short, beyond the end, silent."""
    with pytest.raises(OptionError) as caught:
        profile_of(AudioTape(noise(2, 8_000)), given)
    assert caught.value.field == "noise_profile"


def test_silent_span() -> None:
    """A span of digital silence is no noise."""
    with pytest.raises(OptionError, match="silent"):
        profile_of(AudioTape(Audio(np.zeros((1, 8_000), np.float32), 8_000)), (0.2, 0.8))
