"""Spectral noise reduction: steady noise goes, evenly, and all else stays."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.enhancement.denoise.noise_profile import NoiseProfile, hop_of, profile_of, spectra_of
from auricle.enhancement.denoise.spectral import SpectralStage
from auricle.errors import OptionError
from auricle.tape import AudioTape

RATE = 8_000


def treated(
    samples: Samples, rate: int, profile: NoiseProfile | None, limit_db: float | None = None, cuts: tuple[int, ...] = ()
) -> Samples:
    """All that comes out, when it is fed in pieces."""
    stage = SpectralStage(rate, len(samples), profile, limit_db, {})
    return np.concatenate([*(stage.feed(piece) for piece in np.split(samples, sorted(cuts), axis=1)), stage.finish()], axis=1)


def noise(frames: int, channels: int = 1, level: float = 0.05, seed: int = 0) -> Samples:
    """White."""
    return np.random.default_rng(seed).normal(0, level, (channels, frames)).astype(np.float32)


def none(rate: int) -> NoiseProfile:
    """No noise at all."""
    return NoiseProfile(rate, np.zeros(2 * hop_of(rate) + 1))


def decibels(signal: Samples, error: Samples) -> float:
    """How much stronger the one is."""
    return 10 * math.log10(float(np.square(signal, dtype=np.float64).sum() / np.square(error, dtype=np.float64).sum()))


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 192_000])
@pytest.mark.parametrize("frames", [0, 1, 5_000])
def test_identity(rate: int, frames: int) -> None:
    """Without noise, or with a limit of 0 dB, what goes in comes out, in place."""
    samples = noise(frames, 3)
    np.testing.assert_allclose(treated(samples, rate, none(rate)), samples, atol=1e-6)
    np.testing.assert_allclose(treated(samples, rate, None, 0.0), samples, atol=1e-6)


@settings(max_examples=25)
@given(st.lists(st.integers(0, 4_000), max_size=5), st.booleans())
def test_chunks(cuts: list[int], live: bool) -> None:
    """Any chunks give the same, bit for bit, never later than promised."""
    samples = noise(4_000, 2)
    profile = None if live else profile_of(AudioTape(Audio(samples, RATE)), (0.0, 0.5))
    np.testing.assert_array_equal(treated(samples, RATE, profile, cuts=tuple(cuts)), treated(samples, RATE, profile))


def test_latency() -> None:
    """It holds back no more than it says, less than 70 ms."""
    stage = SpectralStage(48_000, 1, None, None, {})
    assert stage.latency < 0.07 * 48_000
    back = sum(stage.feed(noise(100)).shape[1] for _ in range(100))
    assert back >= 10_000 - stage.latency


@pytest.mark.parametrize("live", [False, True])
@pytest.mark.parametrize("limit", [6.0, 12.0, None])
def test_noise_alone(live: bool, limit: float | None) -> None:
    """It goes down by the limit, or by 15 dB and more; the facts say by how much."""
    samples, facts = noise(10 * RATE, 2), dict[str, float]()
    profile = None if live else profile_of(AudioTape(Audio(samples, RATE)), Audio(noise(5 * RATE, seed=1), RATE))
    stage = SpectralStage(RATE, 2, profile, limit, facts)
    left = np.concatenate([stage.feed(samples), stage.finish()], axis=1)[:, RATE:]
    found = decibels(samples[:, RATE:], left)
    assert found > (15 if limit is None else limit - 1)
    assert limit is None or found <= limit
    assert facts["noise_dbfs"] == pytest.approx(20 * math.log10(0.05), abs=0.7)
    assert facts["noise_lowered_db"] == pytest.approx(found, abs=1.5)


@pytest.mark.parametrize("live", [False, True])
def test_no_musical_noise(live: bool) -> None:
    """What is left of noise is about as even as it was: powers of its spectra have no long tails (kurtosis; Uemura and others, 2008)."""

    def kurtosis(samples: Samples) -> float:
        power = np.square(np.abs(spectra_of(samples, RATE)[0, :, 2:-2]))
        return float(((power - power.mean()) ** 4).mean() / power.var() ** 2)

    samples = noise(10 * RATE)
    profile = None if live else profile_of(AudioTape(Audio(samples, RATE)), None)
    left = treated(samples, RATE, profile)[:, RATE:]
    assert kurtosis(left) < 5 * kurtosis(samples)


@pytest.mark.parametrize("name", ["LJ001-0003.wav", "jfk.flac"])
@pytest.mark.parametrize("live", [False, True])
def test_speech(recordings: Path, name: str, live: bool) -> None:
    """White noise 5 dB below real speech: 4 dB more signal to distortion; clean speech keeps 15 dB and more."""
    speech = Audio.read(recordings / name)
    hiss = noise(speech.frames, level=math.sqrt(np.square(speech.samples).mean()) * 10 ** (-5 / 20))
    mixed = speech.samples + hiss
    profile = None if live else profile_of(AudioTape(Audio(mixed, speech.rate)), None)
    left = treated(mixed, speech.rate, profile)
    assert decibels(speech.samples, left - speech.samples) > decibels(speech.samples, hiss) + 4
    clean = None if live else profile_of(AudioTape(speech), None)
    assert decibels(speech.samples, treated(speech.samples, speech.rate, clean) - speech.samples) > 15


def test_stereo_image() -> None:
    """Every channel gets the same gains: what is one channel times a number still is."""
    left = noise(3 * RATE)
    out = treated(np.concatenate([left, -0.25 * left]), RATE, None)
    np.testing.assert_allclose(out[1], -0.25 * out[0], atol=1e-7)


@pytest.mark.parametrize("live", [False, True])
def test_level(live: bool) -> None:
    """A thousandth of the sound gives a thousandth: nothing depends on the level."""
    samples = noise(2 * RATE) + 0.2 * np.sin(np.arange(2 * RATE) * 0.7).astype(np.float32)
    outs = []
    for scale in (1.0, 2.0**-10):
        quiet = samples * np.float32(scale)
        profile = None if live else profile_of(AudioTape(Audio(quiet, RATE)), (0.0, 1.0))
        outs.append(treated(quiet, RATE, profile) / np.float32(scale))
    np.testing.assert_allclose(outs[0], outs[1], atol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.5, 1e18])
@pytest.mark.parametrize("channels", [1, 8])
def test_no_noise(value: float, channels: int) -> None:
    """Silence stays silence, and DC and what is far beyond full scale come out finite; so does sound after silence."""
    samples = np.full((channels, RATE), value, np.float32)
    out = treated(samples, RATE, None)
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 1.01 * value
    after = np.concatenate([np.zeros((channels, RATE), np.float32), noise(RATE, channels)], axis=1)
    assert np.isfinite(treated(after, RATE, None)).all()


def test_refused() -> None:
    """A limit below 0 dB, and a profile of another rate."""
    for limit in (-1.0, math.nan):
        with pytest.raises(OptionError) as caught:
            SpectralStage(RATE, 1, None, limit, {})
        assert caught.value.field == "noise_limit"
    with pytest.raises(OptionError) as caught:
        SpectralStage(RATE, 1, none(16_000), None, {})
    assert caught.value.field == "noise_profile"
