"""Promises of auricle.music.harmony.hpcp: a peak is where its sine is, and chunks make no difference."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.music.harmony.hpcp import FINE, HOP, SIZE, Profiler, Profiles, find_peaks
from auricle.music.part import RATE

NOISE = np.random.default_rng(3).normal(0, 0.1, 5 * RATE).astype(np.float32)


def _profiles(sound: np.ndarray, keep: float | None = None) -> Profiles:
    profiler = Profiler(keep)
    profiler.feed(sound.astype(np.float32))
    return profiler.profiles()


@pytest.mark.parametrize("hertz", [82.41, 440.0, 1234.5, 3300.0])
def test_a_sine_is_one_peak_at_its_pitch_and_level(hertz: float) -> None:
    """Within a cent and half a decibel, however it lies between the bins."""
    sine = 0.5 * np.sin(2 * np.pi * hertz * np.arange(SIZE) / RATE)
    peaks = find_peaks(sine.astype(np.float32)[None])
    loudest = int(np.argmax(peaks.magnitude))
    assert peaks.pitch[loudest] == pytest.approx(57 + 12 * np.log2(hertz / 440), abs=0.03 if hertz < 100 else 0.01)
    assert 20 * np.log10(peaks.magnitude[loudest] / 0.5) == pytest.approx(0, abs=0.5)
    assert np.delete(peaks.magnitude, loudest).max(initial=0) < 0.01


@pytest.mark.parametrize("hertz", [30.0, 4000.0])
def test_what_lies_outside_the_range_of_chords_is_not_heard(hertz: float) -> None:
    """Below 40 Hz and above 3500 Hz next to nothing is folded onto pitch classes."""
    inside, outside = (_profiles(np.sin(2 * np.pi * tone * np.arange(RATE) / RATE)).whole[2:-2].sum() for tone in (440, hertz))
    assert outside < 0.01 * inside


def test_silence_and_a_constant_have_no_peaks() -> None:
    """Not even faint ones."""
    for sound in (np.zeros(RATE), np.full(RATE, 0.5)):
        assert not _profiles(sound).whole[1:-2].any()


def test_frames_are_centred_every_hop_within_the_recording() -> None:
    """One frame for every hop that begins in it; a tone is strongest in the frames around it."""
    sound = np.zeros(20 * HOP)
    sound[7 * HOP - 1000 : 7 * HOP + 1000] = np.sin(2 * np.pi * 440 * np.arange(2000) / RATE)
    profiles = _profiles(sound)
    assert profiles.whole.shape == (20, FINE)
    assert int(profiles.whole[:, 85:95].sum(axis=1).argmax()) == 7
    assert len(_profiles(sound[:1]).whole) == 1
    assert len(_profiles(sound[:0]).whole) == 0


def test_bass_and_middle_are_heard_apart() -> None:
    """A bass note is in `bass` and faint in `middle`; one at 400 Hz is in `middle` and not in `bass`."""
    low, high = (_profiles(np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE)) for hertz in (60, 400))
    assert low.bass[3].sum() == pytest.approx(low.whole[3].sum(), rel=0.01)
    assert low.middle[3].sum() < 0.1 * low.whole[3].sum()
    assert high.middle[3].sum() == pytest.approx(high.whole[3].sum(), rel=0.01)
    assert high.bass[3].sum() < 0.01 * high.whole[3].sum()


@settings(max_examples=15)
@given(st.lists(st.integers(0, 40_000), max_size=12))
def test_any_chunking_gives_the_same_bits(cuts: list[int]) -> None:
    """Also when it was asked for what it has in between."""
    whole = _profiles(NOISE)
    profiler = Profiler()
    for piece in np.split(NOISE, sorted(min(cut * 3, len(NOISE)) for cut in cuts)):
        profiler.feed(piece)
        profiler.profiles()
    chunked = profiler.profiles()
    assert (whole.start, whole.end) == (chunked.start, chunked.end)
    for one, other in ((whole.whole, chunked.whole), (whole.middle, chunked.middle), (whole.bass, chunked.bass)):
        assert np.array_equal(one, other)


def test_what_is_kept_are_the_last_seconds() -> None:
    """The same frames as without dropping any, at the same times, and no more than a block above what was asked for."""
    sound = np.tile(NOISE, 4)
    everything, kept = _profiles(sound), _profiles(sound, keep=6)
    first = round(kept.start * RATE / HOP)
    assert kept.end == everything.end
    assert 6 <= kept.end - kept.start <= 13
    assert np.array_equal(everything.whole[first:], kept.whole)
