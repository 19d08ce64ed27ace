"""The limiter: no true peak above the ceiling, whoever measures, and nothing else changed."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from auricle.audio import Audio, Samples
from auricle.errors import MissingDependency
from auricle.loudness import Limiter, true_peak
from auricle.resample import resample
from tests.loudness.signals import RATES, hostile, tone

RECORDINGS = [
    "jfk.flac",
    "hungarian_dance.ogg",
    "vibe_ace.ogg",
    "solo_trumpet.ogg",
    "fw-stereo_diarization.wav",
    "LJ001-0007.wav",
    "wy-light-ja.wav",
]


def limited(
    samples: Samples, rate: int = 48_000, gain_db: float = 0.0, ceiling: float = -1.0, facts: dict[str, float] | None = None
) -> Samples:
    """All of it."""
    limiter = Limiter(rate, len(samples), ceiling, gain_db, facts)
    return np.concatenate([limiter.feed(samples), limiter.finish()], axis=1)


def highest(samples: Samples, rate: int) -> float:
    """True peak at 16 times the rate, by three interpolations: ours, soxr's and scipy's. dBTP."""
    others = resample(Audio(samples, rate), 16 * rate).peak, np.abs(resample_poly(samples, 16, 1, axis=1)).max()
    return max(true_peak(Audio(samples, rate)), 20 * math.log10(max(others)))


@pytest.mark.parametrize("rate", [8000, 48_000, 192_000])
@pytest.mark.parametrize("name", list(hostile()))
@pytest.mark.parametrize("gain_db", [0.0, 9.0])
def test_hostile_sounds(name: str, rate: int, gain_db: float) -> None:
    """Stay below the ceiling."""
    assert highest(limited(hostile(rate, 0.5)[name], rate, gain_db), rate) <= -1.0


@pytest.mark.parametrize(
    "name",
    [
        "jfk.flac",
        "hungarian_dance.ogg",
        "vibe_ace.ogg",
        "solo_trumpet.ogg",
        "fw-stereo_diarization.wav",
        "LJ001-0007.wav",
        "wy-light-ja.wav",
    ],
)
@pytest.mark.parametrize("ceiling", [-1.0, -6.0])
def test_recordings(name: str, ceiling: float, recordings: Path) -> None:
    """Stay below the ceiling when they are made much too loud."""
    audio = Audio.read(recordings / name).slice(0, 4)
    sounds = limited(audio.samples, audio.rate, 8 - true_peak(audio), ceiling)
    assert highest(sounds, audio.rate) <= ceiling


@given(seed=st.integers(0, 1000), loud=st.floats(-20, 20), ceiling=st.floats(-20, 0))
@settings(max_examples=25)
def test_any_sound(seed: int, loud: float, ceiling: float) -> None:
    """Stays below the ceiling, by our meter."""
    generator = np.random.default_rng(seed)
    swells = np.repeat(generator.uniform(0, 1, 40) ** 3, 500)
    samples = (generator.standard_normal((2, 20_000)) * swells).astype(np.float32)
    assert true_peak(Audio(limited(samples, gain_db=loud, ceiling=ceiling), 48_000)) <= ceiling


@given(cuts=st.lists(st.integers(0, 20_000), max_size=8), rate=st.sampled_from([8000, 44_100, 333]), gain_db=st.sampled_from([0.0, 6.0]))
@settings(max_examples=30)
def test_any_chunking(cuts: list[int], rate: int, gain_db: float) -> None:
    """Gives the same samples, bit for bit, as many as were fed; and it holds back no more than it says."""
    samples = (np.random.default_rng(1).standard_normal((2, 20_000)) * 0.4).astype(np.float32)
    limiter = Limiter(rate, 2, -1.0, gain_db)
    given_back, fed = [], 0
    for part in np.split(samples, sorted(cuts), axis=1):
        given_back.append(limiter.feed(part))
        fed += part.shape[1]
        assert fed - sum(ready.shape[1] for ready in given_back) <= limiter.latency
    together = np.concatenate([*given_back, limiter.finish()], axis=1)
    assert np.array_equal(together, limited(samples, rate, gain_db))
    assert together.shape == samples.shape


@pytest.mark.parametrize("rate", [*RATES, 1, 37])
@pytest.mark.parametrize("channels", [1, 8])
def test_what_is_below_passes(rate: int, channels: int) -> None:
    """Bit for bit, or times the gain; the facts say that nothing was done."""
    samples = (0.1 * np.random.default_rng(2).uniform(-1, 1, (channels, 3001))).astype(np.float32)
    facts: dict[str, float] = {}
    assert np.array_equal(limited(samples, rate, facts=facts), samples)
    assert facts == {"reduction_db": 0.0, "limited_s": 0.0}
    assert np.array_equal(limited(samples, rate, 6.0), samples * np.float32(10 ** (6 / 20)))


def test_only_around_the_peak() -> None:
    """5 ms before a peak samples are what they were, and again a second after it."""
    samples = tone(-20, 3)
    samples[:, 48_000:48_100] *= 20
    sounds = limited(samples)
    assert np.array_equal(sounds[:, : 48_000 - 300], samples[:, : 48_000 - 300])
    assert np.array_equal(sounds[:, 2 * 48_000 + 24_000 :], samples[:, 2 * 48_000 + 24_000 :])
    assert not np.array_equal(sounds[:, 48_100:50_000], samples[:, 48_100:50_000])


def test_channels_are_linked() -> None:
    """Both get the same gain, though only one has the peak: the image stays."""
    left = tone(3, 1, channels=1)
    sounds = limited(np.concatenate([left, 0.25 * left]))
    assert sounds[1] == pytest.approx(0.25 * sounds[0], abs=1e-6)


def test_a_steady_tone_stays_a_tone() -> None:
    """What is limited all the time is only lowered: distortion is below -80 dB."""
    sounds = limited(tone(4, 3, channels=1))[0, 48_000:96_000].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(sounds * np.hanning(48_000)))
    rest = np.concatenate([spectrum[20:990], spectrum[1010:]])
    assert 20 * math.log10(rest.max() / spectrum[1000]) < -80


def test_the_facts() -> None:
    """Say by how much and for how long, of what is there."""
    facts: dict[str, float] = {}
    samples = np.concatenate([tone(-20, 1), tone(5, 1), np.zeros((2, 48_000), np.float32)], axis=1)
    limited(samples, facts=facts)
    assert facts["reduction_db"] == pytest.approx(6.4, abs=0.1)
    assert facts["limited_s"] == pytest.approx(1.0, abs=0.02)


def test_facts_begin_anew() -> None:
    """A limiter that has heard nothing says so, though another wrote there before."""
    facts = {"reduction_db": 3.0, "limited_s": 2.0}
    Limiter(48_000, 2, -1.0, 0.0, facts)
    assert facts == {"reduction_db": 0.0, "limited_s": 0.0}


@pytest.mark.parametrize("frames", [0, 1, 2])
def test_almost_nothing(frames: int) -> None:
    """Is as long as it was, and below the ceiling."""
    sounds = limited(np.full((1, frames), 2.0, np.float32))
    assert sounds.shape == (1, frames)
    assert np.abs(sounds).max(initial=0.0) <= 10 ** (-1 / 20)


def test_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra that has it."""
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(MissingDependency, match=r"auricle\[enhance\]"):
        Limiter(48_000, 2, -1.0)
