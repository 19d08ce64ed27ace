"""De-esser: sibilants become softer, all else stays as it is."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, sosfiltfilt

from auricle.audio import Audio, Samples
from auricle.enhancement.deesser import DeEsser
from auricle.enhancement.report import Facts
from auricle.errors import OptionError
from tests.test_stages import through

RATES = (16_000, 22_050, 48_000)
BURST_S, EVERY_S = 0.12, 0.5


def tamed(samples: Samples, rate: int, most: bool | float = True, facts: Facts | None = None) -> Samples:
    """The sound through a de-esser."""
    return np.concatenate(list(through(DeEsser(rate, len(samples), most, facts), samples, [])), axis=1)


@cache
def vowel(rate: int, seconds: float) -> npt.NDArray[np.float64]:
    """A harmonic sound that falls by 6 dB per octave, brighter than any vowel."""
    times = np.arange(round(rate * seconds)) / rate
    return np.asarray(0.1 * sum(np.sin(2 * np.pi * 140 * k * times + k * k) / k for k in range(1, int(0.45 * rate / 140))), np.float64)


@cache
def sibilant(rate: int, seconds: float) -> npt.NDArray[np.float64]:
    """Noise where an s is, with an RMS of 1."""
    hiss = sosfiltfilt(
        butter(3, [5000, 7500], "band", fs=rate, output="sos"), np.random.default_rng(2).standard_normal(round(rate * seconds))
    )
    return np.asarray(hiss / hiss.std(), np.float64)


def inside(rate: int, seconds: float, margin: float) -> npt.NDArray[np.bool_]:
    """Where the bursts are, narrower by ``margin`` at both ends."""
    phase = (np.arange(round(rate * seconds)) / rate + 0.25) % EVERY_S
    return np.asarray((phase >= 0.25 + margin) & (phase < 0.25 + BURST_S - margin))


def change(before: npt.NDArray[np.floating], after: npt.NDArray[np.floating]) -> float:
    """By how much the power changes. dB."""
    return float(10 * np.log10((after.astype(np.float64) ** 2).sum() / (before.astype(np.float64) ** 2).sum()))


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("level_db", [0, -6])
@pytest.mark.parametrize("over", [True, False])
def test_sibilants_fall_and_vowels_stay(rate: int, level_db: float, over: bool) -> None:
    """Bursts as loud as the voice, and at half of it, over it and alone, fall by nearly all that is allowed; vowels by less than 0.1 dB."""
    voice = vowel(rate, 3)
    hiss = sibilant(rate, 3) * voice.std() * 10 ** (level_db / 20)
    bursts = inside(rate, 3, 0)
    before = np.where(bursts, hiss + voice * over, voice)[None].astype(np.float32)
    facts: Facts = {}
    after = tamed(before, rate, 6, facts)
    band = butter(4, [5000, 7500], "band", fs=rate, output="sos")
    middle, between = inside(rate, 3, 0.02), ~inside(rate, 3, -0.03)
    assert -6.05 < change(sosfiltfilt(band, before[0])[middle], sosfiltfilt(band, after[0])[middle]) < -5
    assert change(before[0, between], after[0, between]) == pytest.approx(0, abs=0.1)
    assert facts == {"most_reduction_db": pytest.approx(6, abs=0.5), "sibilants": 6}


@pytest.mark.parametrize("most", [0.5, 3, 12, 24])
def test_by_how_much(most: float) -> None:
    """The reduction is what is asked for, and never more."""
    rate = 48_000
    before = np.where(inside(rate, 2, 0), 0.1 * sibilant(rate, 2), vowel(rate, 2))[None].astype(np.float32)
    facts: Facts = {}
    middle = inside(rate, 2, 0.02)
    found = change(before[0, middle], tamed(before, rate, most, facts)[0, middle])
    assert found == pytest.approx(-most, abs=0.02 * most + 0.05)
    assert facts["most_reduction_db"] == pytest.approx(most)


def test_true_is_6_db() -> None:
    """True asks for the usual reduction."""
    before = np.where(inside(16_000, 2, 0), 0.1 * sibilant(16_000, 2), vowel(16_000, 2))[None].astype(np.float32)
    np.testing.assert_array_equal(tamed(before, 16_000, True), tamed(before, 16_000, 6.0))


def test_level_does_not_matter() -> None:
    """A recording that is 60 dB softer is treated the same."""
    before = np.where(inside(16_000, 2, 0), 0.1 * sibilant(16_000, 2), vowel(16_000, 2))[None].astype(np.float32)
    factor = np.float32(2**-10)
    np.testing.assert_array_equal(tamed(before * factor, 16_000), tamed(before, 16_000) * factor)


@pytest.mark.parametrize("rate", RATES)
def test_steady_sound_stays_bit_for_bit(rate: int) -> None:
    """Where no sibilant stands out, not a bit changes: hiss, a vowel, a low and a high tone, rumble, and silence."""
    times = np.arange(3 * rate) / rate
    hiss = np.random.default_rng(4).standard_normal(3 * rate)
    for sound in (hiss, vowel(rate, 3), np.sin(2 * np.pi * 300 * times), np.sin(2 * np.pi * 6000 * times), hiss.cumsum() / 300, 0 * hiss):
        before = sound[None].astype(np.float32)
        facts: Facts = {}
        np.testing.assert_array_equal(tamed(before, rate, 24, facts), before)
        assert facts == {"most_reduction_db": 0, "sibilants": 0}


@pytest.mark.parametrize("rate", [4000, 8000, 11_025])
def test_low_rates(rate: int) -> None:
    """Where there is no room for sibilants nothing is done, and nothing is held back."""
    before = np.random.default_rng(5).standard_normal((2, rate)).astype(np.float32)
    assert DeEsser(rate, 2).latency == 0
    np.testing.assert_array_equal(tamed(before, rate), before)


@pytest.mark.parametrize("name", ["LJ001-0001.wav", "austen-0890.wav", "wy-light-de.wav"])
def test_speech(recordings: Path, name: str) -> None:
    """In speech one to four sibilants a second are lowered; what is below 3 kHz stays, and so does most of the time."""
    audio = Audio.read(recordings / name)
    facts: Facts = {}
    after = tamed(audio.samples, audio.rate, 6, facts)
    assert 0.9 < facts["sibilants"] / audio.duration < 4
    below = butter(4, 3000, fs=audio.rate, output="sos")
    assert change(sosfiltfilt(below, audio.samples[0]), sosfiltfilt(below, after[0])) == pytest.approx(0, abs=0.01)
    assert np.mean(after != audio.samples) < 0.35


@pytest.mark.parametrize("name", ["solo_trumpet.ogg", "vibe_ace.ogg"])
def test_music(recordings: Path, name: str) -> None:
    """Music, with cymbals or without, is hardly touched: what is changed is 40 dB below it."""
    audio = Audio.read(recordings / name).slice(0, 15)
    error = tamed(audio.samples, audio.rate).astype(np.float64) - audio.samples
    assert (error**2).sum() <= 1e-4 * (audio.samples.astype(np.float64) ** 2).sum()


def test_channels_are_linked() -> None:
    """A sibilant in one channel lowers the band in both by the same, so that nothing moves to the side."""
    left = np.where(inside(16_000, 2, 0), 0.1 * sibilant(16_000, 2), vowel(16_000, 2))
    after = tamed(np.stack([left, left / 4]).astype(np.float32), 16_000)
    np.testing.assert_array_equal(after[0] / 4, after[1])


@settings(max_examples=20)
@given(st.integers(0, 32_000), st.integers(1, 3), st.lists(st.integers(0, 32_000), max_size=6))
def test_any_chunking(frames: int, channels: int, cuts: list[int]) -> None:
    """However the sound is cut, the same bits come out."""
    sound = np.where(inside(16_000, 2, 0), 0.1 * sibilant(16_000, 2), vowel(16_000, 2))[:frames]
    samples = (sound * np.arange(1, channels + 1)[:, None]).astype(np.float32)
    found = np.concatenate(list(through(DeEsser(16_000, channels), samples, [min(cut, frames) for cut in cuts])), axis=1)
    np.testing.assert_array_equal(found, tamed(samples, 16_000))


@pytest.mark.parametrize("rate", [8000, 12_000, 192_000])
@pytest.mark.parametrize("channels", [1, 8])
@pytest.mark.parametrize("frames", [0, 1, 100_000])
@pytest.mark.parametrize("value", [0.0, 0.5, 3e38])
def test_whatever_comes(rate: int, channels: int, frames: int, value: float) -> None:
    """Silence, DC, one sample, none, and the largest numbers: as many numbers come out, and silence stays silence."""
    samples = np.full((channels, frames), value, np.float32)
    after = tamed(samples, rate)
    assert after.shape == samples.shape
    assert np.isfinite(after).all()
    assert value or not after.any()


@pytest.mark.parametrize("most", [0, -3, 24.1, math.nan, math.inf, False])
def test_reductions_that_there_are_not(most: float) -> None:
    """By nothing, by too much, or by what is no number: refused, with the field."""
    with pytest.raises(OptionError, match="give more than 0, at most 24 dB") as raised:
        DeEsser(48_000, 1, most)
    assert raised.value.field == "deess"


def test_facts_begin_anew() -> None:
    """A tape is played several times: each time the facts are those of this time."""
    facts: Facts = {"most_reduction_db": 7.0, "sibilants": 7.0}
    DeEsser(48_000, 1, True, facts)
    assert facts == {"most_reduction_db": 0.0, "sibilants": 0.0}
