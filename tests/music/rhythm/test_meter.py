"""Promises of auricle.music.rhythm.meter: bars from cues."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.music.rhythm.meter import downbeat_cues, is_ternary, read_bars


@pytest.mark.parametrize("size", [2, 3, 4])
@pytest.mark.parametrize("phase", [0, 1])
def test_high_cues_are_downbeats(size: int, phase: int) -> None:
    """Every so many beats, whatever the first one is."""
    expected = (np.arange(61) - phase) % size + 1
    bars = read_bars(np.where(expected == 1, 2.0, -1.0) + np.random.default_rng(1).normal(0, 0.5, 61), ternary=False)
    assert bars.beats_per_bar == size
    np.testing.assert_array_equal(bars.positions, expected)


def test_nothing_known_is_common_time() -> None:
    """Beats that are all alike are in fours."""
    assert read_bars(np.zeros(40), ternary=False).beats_per_bar == 4


def test_a_bar_may_be_cut_short() -> None:
    """A single bar of two amid bars of four moves the downbeats that follow."""
    first = np.zeros(82, bool)
    first[:40:4] = first[40] = first[42::4] = True
    bars = read_bars(np.where(first, 3.0, -1.0), ternary=False)
    assert bars.beats_per_bar == 4
    np.testing.assert_array_equal(bars.positions == 1, first)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 1000), beats=st.integers(1, 60), ternary=st.booleans(), spread=st.floats(0, 20))
def test_bars_are_counted_from_one(seed: int, beats: int, ternary: bool, spread: float) -> None:
    """Whatever the cues: each position is the next one, or 1 after a bar that is cut short."""
    bars = read_bars(np.random.default_rng(seed).normal(0, spread, beats), ternary)
    assert all(after in (before % bars.beats_per_bar + 1, 1) for before, after in pairwise(bars.positions))


def test_after_a_silence_bars_begin_anew() -> None:
    """Wherever the bar before ended."""
    expected = np.concatenate((np.arange(42) % 4, np.arange(40) % 4)) + 1
    begins = np.isin(np.arange(82), (0, 42))
    bars = read_bars(np.where(expected == 1, 1.0, -0.3), ternary=False, begins=begins)
    np.testing.assert_array_equal(bars.positions, expected)


@pytest.mark.parametrize("phase", [0, 1])
def test_snares_are_no_downbeats(phase: int) -> None:
    """Even if they are the loudest beats; which of the others begins a bar the other cues say."""
    place = (np.arange(64) + phase) % 4
    cues = np.where(place % 2 == 1, 1.0, -1.0) + np.where(place == 0, 0.6, 0.0)
    bars = read_bars(cues, ternary=False, snares=np.where(place % 2 == 1, 1.0, -1.0))
    np.testing.assert_array_equal(bars.positions, place + 1)


def test_a_new_bass_note_is_a_downbeat() -> None:
    """Without a word from the network, a spectrum that changes every third beat makes bars of three."""
    generator = np.random.default_rng(0)
    bands = np.repeat(generator.uniform(0, 2, (20, 34)), 3, axis=0)
    cues = downbeat_cues(np.full(60, 0.5), (np.ones(60),), bands)
    bars = read_bars(cues, ternary=False)
    assert bars.beats_per_bar == 3
    np.testing.assert_array_equal(np.flatnonzero(bars.positions == 1)[1:], np.arange(3, 60, 3))


@pytest.mark.parametrize(
    ("places", "ternary"),
    [((0, 1 / 3, 2 / 3), True), ((0, 1 / 2), False), ((0, 2 / 3), False), ((0,), False), ((0, 1 / 4, 1 / 2, 3 / 4), False)],
)
def test_thirds(places: tuple[float, ...], ternary: bool) -> None:
    """Beats in three parts are ternary; halves, quarters and swing are not."""
    beats = np.arange(10, 900, 30.0)
    onset = np.zeros(1000)
    for place in places:
        onset[np.rint(beats + 30 * place).astype(int)] = 1
    assert is_ternary(onset, beats) is ternary
