"""Promises of auricle.resample: streaming equals batch, the length is exact, sines keep their level and aliases are gone."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.errors import OptionError
from auricle.resample import MonoResampler, Resampler, resample

Samples = npt.NDArray[np.float32]
RATES = [4000, 8000, 11025, 16000, 22050, 24000, 44100, 48000, 96000, 192000]


def noise(channels: int, frames: int) -> Samples:
    """White noise, which shows every fault of a filter."""
    return np.random.default_rng(frames).uniform(-0.9, 0.9, (channels, frames)).astype(np.float32)


def sine(hertz: float, rate: int, seconds: float) -> Samples:
    """A closed form, and nothing at its ends for a filter to ring on."""
    time = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[None]


def middle(samples: Samples) -> Samples:
    """Away from the ends, where the filter has seen only half of its window."""
    return samples[0, samples.shape[1] // 4 : -samples.shape[1] // 4]


@settings(deadline=None, max_examples=60)
@given(
    rates=st.tuples(st.sampled_from(RATES), st.sampled_from(RATES)),
    cuts=st.lists(st.integers(0, 3000), max_size=12),
    frames=st.integers(0, 3000),
    channels=st.integers(1, 2),
)
def test_any_chunking_equals_batch(rates: tuple[int, int], cuts: list[int], frames: int, channels: int) -> None:
    """Chunks of any lengths, empty ones too, give the same bits as one chunk."""
    samples = noise(channels, frames)
    resampler = Resampler(*rates, channels)
    edges = [0, *sorted(min(cut, frames) for cut in cuts), frames]
    pieces = [resampler.feed(samples[:, first:last]) for first, last in pairwise(edges)]
    streamed = np.concatenate([*pieces, resampler.finish()], axis=1)
    assert np.array_equal(streamed, resample(Audio(samples, rates[0]), rates[1]).samples)


@pytest.mark.parametrize("chunk", [1, 7, 160, 441])
def test_awkward_chunks_equal_batch(chunk: int) -> None:
    """A second of sound, in chunks down to one sample."""
    samples = noise(1, 9000)
    resampler = Resampler(44100, 16000, 1)
    pieces = [resampler.feed(samples[:, first : first + chunk]) for first in range(0, 9000, chunk)]
    streamed = np.concatenate([*pieces, resampler.finish()], axis=1)
    assert np.array_equal(streamed, resample(Audio(samples, 44100), 16000).samples)


@settings(deadline=None, max_examples=60)
@given(source=st.integers(1000, 200_000), target=st.integers(1000, 200_000), frames=st.integers(1, 2000))
def test_length(source: int, target: int, frames: int) -> None:
    """Exactly `round(frames * target / source)` frames, and at least one."""
    changed = resample(Audio(noise(1, frames), source), target)
    assert changed.frames == max(1, round(frames * target / source))
    assert changed.rate == target


@pytest.mark.parametrize("source", RATES)
@pytest.mark.parametrize("target", RATES)
def test_sine_keeps_frequency_phase_and_level(source: int, target: int) -> None:
    """1 kHz is 1 kHz in the same place: level within 0.01 dB, and 90 dB above all that is not that sine."""
    seconds = 0.4  # a whole number of samples at every rate
    found = middle(resample(Audio(sine(1000, source, seconds), source), target).samples).astype(np.float64)
    wanted = middle(sine(1000, target, seconds)).astype(np.float64)
    gain = found @ wanted / (wanted @ wanted)
    assert abs(20 * np.log10(gain)) < 0.01
    error = found - gain * wanted
    assert 10 * np.log10((wanted @ wanted) / (error @ error + 1e-20)) > 90


@pytest.mark.parametrize(
    ("source", "target", "hertz"),
    [(96000, 44100, 22100), (96000, 44100, 40000), (48000, 16000, 8010), (48000, 16000, 20000), (44100, 8000, 4010),
     (192000, 4000, 2010), (192000, 48000, 90000),
     (16000, 4000, 7000)],
)  # fmt: skip
def test_no_aliases(source: int, target: int, hertz: float) -> None:
    """What lies above the new Nyquist frequency is more than 100 dB down."""
    given_sine = sine(hertz, source, 1)
    found = middle(resample(Audio(given_sine, source), target).samples).astype(np.float64)
    level = np.sqrt(np.mean(found**2)) / np.sqrt(np.mean(middle(given_sine) ** 2))
    assert 20 * np.log10(level + 1e-20) < -100


@pytest.mark.parametrize(("source", "target"), [(8000, 44100), (16000, 48000), (44100, 48000)])
def test_no_images(source: int, target: int) -> None:
    """Upwards, nothing appears above the old Nyquist frequency: 100 dB below the signal."""
    found = middle(resample(Audio(sine(1234, source, 1), source), target).samples)
    spectrum = np.abs(np.fft.rfft(found * np.blackman(found.size)))
    above = spectrum[np.fft.rfftfreq(found.size, 1 / target) > source / 2]
    assert 20 * np.log10(above.max() / spectrum.max()) < -100


@pytest.mark.parametrize(("source", "target"), [(44100, 16000), (48000, 44100), (8000, 48000), (192000, 4000), (4000, 192000)])
@pytest.mark.parametrize("channels", [1, 2])
def test_agrees_with_soxr(source: int, target: int, channels: int) -> None:
    """The library's own one-shot call gives the same within float32 rounding."""
    samples = noise(channels, 20_000)
    ours = resample(Audio(samples, source), target).samples
    theirs = soxr.resample(samples.T, source, target, quality="HQ").T
    assert abs(ours.shape[1] - theirs.shape[1]) <= 1
    common = min(ours.shape[1], theirs.shape[1])
    assert np.abs(ours[:, :common] - theirs[:, :common]).max() < 1e-6


@pytest.mark.parametrize("target", [4000, 44100, 192000])
def test_one_sample(target: int) -> None:
    """Even one sample comes out, as long as it lasted but never as nothing."""
    assert resample(Audio(np.array([0.5], np.float32), 16000), target).frames == max(1, round(target / 16000))


def test_nothing_gives_nothing() -> None:
    """No frames in, no frames out."""
    assert resample(Audio(np.zeros((2, 0), np.float32), 8000), 16000).samples.shape == (2, 0)


def test_same_rate_is_no_work() -> None:
    """Nothing is filtered when the rates agree, in one go or in chunks."""
    audio = Audio(noise(2, 100), 8000)
    assert resample(audio, 8000) is audio
    resampler = Resampler(8000, 8000, 2)
    assert np.array_equal(resampler.feed(audio.samples), audio.samples)
    assert resampler.finish().shape == (2, 0)


@pytest.mark.parametrize("rate", [0, -8000])
def test_impossible_rates(rate: int) -> None:
    """A rate below 1 is an error that names the field."""
    with pytest.raises(OptionError) as caught:
        resample(Audio(noise(1, 10), 8000), rate)
    assert caught.value.field == "sample_rate"


@settings(deadline=None, max_examples=30)
@given(channels=st.integers(1, 8), cuts=st.lists(st.integers(0, 5000), max_size=6), rate=st.sampled_from(RATES))
def test_mono_is_the_mean_at_another_rate(channels: int, cuts: list[int], rate: int) -> None:
    """Whatever the blocks, it is the whole stream's mean, resampled."""
    audio = Audio(noise(channels, 5000), rate)
    mono = MonoResampler(16_000)
    pieces = [mono.feed(Audio(audio.samples[:, first:last], rate)) for first, last in pairwise([0, *sorted(cuts), 5000])]
    expected = resample(audio.remix(1), 16_000).samples[0]
    np.testing.assert_allclose(np.concatenate([*pieces, mono.finish()]), expected, atol=1e-6)


def test_another_stream_begins_after_the_end() -> None:
    """At its own rate; within a stream the rate may not change."""
    mono = MonoResampler(16_000)
    assert len(mono.finish()) == 0
    mono.feed(Audio(noise(2, 100), 44_100))
    with pytest.raises(OptionError, match="changes from 44100 to 8000 Hz"):
        mono.feed(Audio(noise(2, 100), 8000))
    mono.finish()
    assert len(np.concatenate([mono.feed(Audio(noise(1, 100), 8000)), mono.finish()])) == 200
