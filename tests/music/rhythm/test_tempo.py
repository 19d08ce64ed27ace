"""Promises of auricle.music.rhythm.tempo: exact where the tempo is constant, sensible where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.music.rhythm.tempo import fitted_tempo, is_gap, readiness, tempo_candidates, tempo_curve


@given(bpm=st.floats(55, 215), beats=st.integers(40, 300), seed=st.integers(0, 1000))
def test_frames_do_not_quantise_the_tempo(bpm: float, beats: int, seed: int) -> None:
    """Beat times rounded to frames of 20 ms still give a tempo within a fifth of a percent."""
    times = 0.5 + np.arange(beats) * 60 / bpm + np.random.default_rng(seed).uniform(-0.01, 0.01, beats)
    assert fitted_tempo(times) == pytest.approx(bpm, rel=2e-3)


def test_a_beat_too_many_or_too_few_does_not_matter() -> None:
    """One is missing, one is extra, one is late."""
    times = np.arange(100) * 0.5
    spoiled = np.sort(np.append(np.delete(times, [20]), 30.2))
    spoiled[50] += 0.08
    assert fitted_tempo(spoiled) == pytest.approx(120, rel=1e-3)


def test_the_tempo_of_most_of_the_recording() -> None:
    """Two thirds at 100, one third at 140: 100."""
    times = np.cumsum(np.concatenate((np.full(100, 0.6), np.full(50, 60 / 140))))
    assert fitted_tempo(times) == pytest.approx(100, rel=0.005)


def test_a_changing_tempo_has_a_middle() -> None:
    """From 90 to 140 evenly: between 105 and 125."""
    times = np.cumsum(60 / np.linspace(90, 140, 120))
    assert 105 < fitted_tempo(times) < 125


def test_the_curve_follows() -> None:
    """One point a bar, each near the tempo of its moment."""
    bpm = np.linspace(90, 140, 121)
    times = np.cumsum(60 / bpm)
    curve = tempo_curve(times, 4)
    assert len(curve) == 30
    for point in curve:
        assert point.bpm == pytest.approx(float(np.interp(point.time, times, bpm)), rel=0.02)


def test_candidates_are_the_tempo_and_its_relatives() -> None:
    """A plain pulse at 120: itself first; probabilities fall and add up to the confidence."""
    beats = np.arange(0, 1000, 25.0)
    activity = np.full(1000, 0.01)
    activity[::25] = 1
    candidates = tempo_candidates(120.0, activity, beats, 0.9)
    assert candidates[0].bpm == 120
    assert {60.0, 240.0} <= {candidate.bpm for candidate in candidates}
    assert sum(candidate.probability for candidate in candidates) == pytest.approx(0.9)
    assert [c.probability for c in candidates] == sorted((c.probability for c in candidates), reverse=True)


def test_weak_beats_make_half_the_tempo_likelier() -> None:
    """Where every second beat is weak, half the tempo is likelier than where all are alike."""
    beats = np.arange(0, 1000, 19.0)
    alike, weak = np.full(1000, 0.01), np.full(1000, 0.01)
    alike[::19] = weak[::38] = 1
    weak[19::38] = 0.2
    half = [next(c.probability for c in tempo_candidates(158.0, activity, beats, 1.0) if c.bpm == 79.0) for activity in (alike, weak)]
    assert half[1] > 1.3 * half[0]


@given(octaves=st.floats(0.1, 2))
def test_people_tap_most_readily_at_120(octaves: float) -> None:
    """As much less at half as at double the tempo, whatever the distance."""
    assert readiness(120) == 1
    assert readiness(120 * 2**octaves) == pytest.approx(readiness(120 / 2**octaves))
    assert readiness(120 * 2**octaves) < 1


def test_pauses_do_not_count() -> None:
    """Half a minute between two loops of ten seconds is no slow beat, neither in the tempo nor in its curve."""
    times = np.concatenate((np.arange(0, 10, 0.5), np.arange(40.2, 50, 0.5)))
    np.testing.assert_array_equal(np.flatnonzero(is_gap(times)), [19])
    assert fitted_tempo(times) == pytest.approx(120, rel=1e-3)
    assert all(point.bpm == pytest.approx(120, rel=1e-3) for point in tempo_curve(times, 4))


def test_a_changing_tempo_counts_by_time() -> None:
    """A minute at 60, then half a minute at 180: 60, though most beats are at 180."""
    assert fitted_tempo(np.cumsum(60 / np.repeat((60.0, 180.0), (60, 90)))) == pytest.approx(60, rel=0.02)
