"""Promises of auricle.music.clicks: every click is on its sample, downbeats stand out, and nothing clips."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.music.clicks import RECORDING, with_clicks
from auricle.music.results import Beat


def clicked(samples: Samples, rate: int, beats: list[Beat], cuts: tuple[int, ...] = ()) -> Samples:
    """A recording with clicks, given in these pieces."""
    edges = [0, *cuts, samples.shape[1]]
    blocks = [Audio(samples[:, start:end], rate) for start, end in pairwise(edges)]
    return Audio.join(with_clicks(blocks, beats)).samples


def pitch(sound: Samples, rate: int) -> float:
    """Of the loudest frequency. Hertz."""
    spectrum = np.abs(np.fft.rfft(sound[0], 8 * rate))
    return float(spectrum.argmax() / 8)


@pytest.mark.parametrize("rate", [8000, 44_100, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_clicks_are_on_their_samples(rate: int, channels: int) -> None:
    """In every channel a click begins on the nearest sample, with its peak; before it is silence."""
    times = [0.0, 0.30001, 0.7123456, 0.99]
    sound = clicked(np.zeros((channels, rate), np.float32), rate, [Beat(time, 2) for time in times])
    for before, time in pairwise([-1.0, *times]):
        at = round(time * rate)
        assert np.all(np.abs(sound[:, at : at + rate // 100]).argmax(axis=1) == 0)
        assert np.all(sound[:, at] == sound[0, round(times[0])])
        assert not np.any(sound[:, max(0, round((before + 0.07) * rate)) : at])


def test_downbeats_are_higher_and_louder() -> None:
    """An octave, and to be told from the others by their peaks."""
    rate = 16_000
    silence = np.zeros((1, rate), np.float32)
    down, other = (clicked(silence, rate, [Beat(0.5, position)]) for position in (1, 2))
    assert pitch(down, rate) == pytest.approx(2 * pitch(other, rate), rel=0.01)
    assert down.max() > other.max() > 0.3


def test_nothing_clips() -> None:
    """A recording of full scale stays within it, also where beats are closer than clicks are long."""
    rate = 44_100
    loud = np.tile(np.array([1.0, -1.0], np.float32), (2, rate // 2))
    beats = [Beat(time, 1 + number % 2) for number, time in enumerate(np.arange(0, 1, 0.013))]
    assert np.abs(clicked(loud, rate, beats)).max() <= 1


def test_the_recording_is_there() -> None:
    """Without beats nothing but its level is changed, by 6 dB; its rate, channels and blocks stay."""
    noise = np.random.default_rng(3).uniform(-1, 1, (2, 5000)).astype(np.float32)
    blocks = [Audio(noise[:, :1234], 48_000), Audio(noise[:, 1234:], 48_000)]
    mixed = list(with_clicks(blocks, []))
    assert [(block.frames, block.channels, block.rate) for block in mixed] == [(1234, 2, 48_000), (3766, 2, 48_000)]
    np.testing.assert_array_equal(Audio.join(mixed).samples, noise * np.float32(RECORDING))
    assert np.float32(RECORDING) == 0.5


def test_beats_beyond_the_end_are_not_heard() -> None:
    """Nor do they make it longer; a click that the end cuts is cut."""
    sound = clicked(np.zeros((1, 1000), np.float32), 1000, [Beat(0.99, 1), Beat(1.0, 2), Beat(7.0, 1)])
    assert sound.shape == (1, 1000)
    assert sound[0, 990] > 0
    assert not sound[0, :990].any()


def test_no_blocks() -> None:
    """Nothing gives nothing."""
    assert list(with_clicks([], [Beat(0.0, 1)])) == []


@settings(deadline=None, max_examples=50)
@given(
    cuts=st.lists(st.integers(0, 3000), max_size=6),
    times=st.lists(st.floats(0, 0.4), max_size=8),
)
def test_any_chunking(cuts: list[int], times: list[float]) -> None:
    """The same samples, bit for bit."""
    noise = np.random.default_rng(4).uniform(-1, 1, (2, 3000)).astype(np.float32)
    beats = [Beat(time, number % 3) for number, time in enumerate(sorted(times))]
    np.testing.assert_array_equal(clicked(noise, 8000, beats, tuple(sorted(cuts))), clicked(noise, 8000, beats))
