"""Promises of auricle.music.envelope: a waveform's outline is its samples' extremes and power, however long it is and however cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.music.envelope import Envelope


def seen(samples: Samples, rate: int = 8000, cuts: tuple[int, ...] = ()) -> Envelope:
    """A recording, in these pieces."""
    envelope = Envelope(rate)
    for start, end in pairwise([0, *cuts, samples.shape[1]]):
        envelope.feed(samples[:, start:end])
    envelope.finish()
    return envelope


def test_a_peak_of_one_sample_is_seen_in_an_hour() -> None:
    """Lowest and highest sample of any channel, where they are."""
    rate, envelope = 8000, Envelope(8000)
    for minute in range(60):
        block = np.full((2, 60 * rate), 0.01, np.float32)
        if minute == 20:
            block[0, 77], block[1, 80] = 0.9, -0.7
        envelope.feed(block)
    envelope.finish()
    lowest, highest = envelope.extremes
    (column,) = np.flatnonzero(highest > 0.02)
    assert (highest[column], lowest[column]) == (np.float32(0.9), np.float32(-0.7))
    assert envelope.times[column] <= 1200.0096 < envelope.times[column + 1]
    assert 2048 <= envelope.columns <= 4096
    assert envelope.times[-1] == pytest.approx(3600, rel=0.001)


@pytest.mark.parametrize("seconds", [0.5, 10, 100])
@pytest.mark.parametrize("rate", [8000, 44_100])
def test_the_power_of_a_sine(seconds: float, rate: int) -> None:
    """Its amplitude over the square root of two in all columns but the last, of a thousandth of a second or more."""
    wave = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * rate)) / rate)
    rms = seen(wave[None].astype(np.float32), rate).rms
    np.testing.assert_allclose(rms[:-1], 0.5 / np.sqrt(2), rtol=0.03)


@pytest.mark.parametrize("frames", [1, 7, 8, 9, 1000])
def test_short_recordings(frames: int) -> None:
    """One sample has an outline, too."""
    envelope = seen(np.full((1, frames), 0.5, np.float32))
    assert envelope.extremes[1].max() == 0.5
    assert envelope.times[-1] >= frames / 8000


def test_nothing() -> None:
    """No samples have no columns."""
    envelope = Envelope(8000)
    envelope.finish()
    assert envelope.columns == len(envelope.rms) == 0


def test_it_watches_what_flows_through() -> None:
    """The blocks come out as they went in, and are seen."""
    blocks = list(Audio(np.random.default_rng(1).uniform(-1, 1, (2, 5000)).astype(np.float32), 8000).blocks(999))
    envelope = Envelope(8000)
    assert list(envelope.watch(blocks)) == blocks
    np.testing.assert_array_equal(envelope.extremes, seen(Audio.join(blocks).samples).extremes)


@settings(deadline=None, max_examples=30)
@given(cuts=st.lists(st.integers(0, 50_000), max_size=6), channels=st.integers(1, 3))
def test_any_chunking(cuts: list[int], channels: int) -> None:
    """The same outline; the power but for rounding."""
    samples = np.random.default_rng(2).uniform(-0.5, 0.5, (channels, 50_000)).astype(np.float32)
    whole, cut = seen(samples), seen(samples, cuts=tuple(sorted(cuts)))
    np.testing.assert_array_equal(cut.extremes, whole.extremes)
    np.testing.assert_allclose(cut.rms, whole.rms, rtol=1e-6)
