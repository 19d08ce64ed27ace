"""Promises of auricle.music.rhythm.level: which of the decoded beats are beats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.music.rhythm.activity import Activity
from auricle.music.rhythm.level import at_level, played, sounding, strongest, with_first

Floats = npt.NDArray[np.float64]


def heard(frames: int, strokes: dict[float, float]) -> Activity:
    """Strokes at these frames, so strong."""
    figures = np.full(frames, 0.01)
    for frame, strong in strokes.items():
        figures[round(frame)] = strong
    return Activity(figures, np.full(frames, 0.25), figures, figures)


def pattern(period: float, count: int, strengths: tuple[float, ...]) -> tuple[Activity, Floats]:
    """Strokes of these strengths in turn, so many frames apart."""
    places = np.asarray(10 + period * np.arange(count), np.float64)
    return heard(int(places[-1]) + 20, {place: strengths[n % len(strengths)] for n, place in enumerate(places)}), places


@given(shift=st.integers(-1, 1), frame=st.integers(0, 99))
def test_the_strongest_of_three_frames(shift: int, frame: int) -> None:
    """A peak beside the beat is the beat's."""
    figures = np.zeros(100)
    figures[frame] = 1
    assert strongest(figures, np.array([float(np.clip(frame + shift, 0, 99))]))[0] == 1


def test_what_dies_away_has_no_beats() -> None:
    """Beats counted before the first stroke and after the last are dropped; a single weak one amid others stays."""
    strengths = [0.05] * 4 + [0.8] * 10 + [0.05] + [0.8] * 10 + [0.1, 0.05, 0.05, 0.0]
    places = np.asarray(10 + 25 * np.arange(len(strengths)), np.float64)
    activity = heard(int(places[-1]) + 20, dict(zip(places, strengths, strict=True)))
    np.testing.assert_array_equal(played(activity, places), places[4:25])


@pytest.mark.parametrize("phase", [0, 1])
def test_a_fast_beat_that_alternates_is_half_as_fast(phase: int) -> None:
    """At 200 beats a minute, strong and weak in turn: the strong ones."""
    activity, places = pattern(15, 60, (0.9, 0.2) if phase == 0 else (0.2, 0.9))
    np.testing.assert_array_equal(at_level(activity, places), places[phase::2])


@pytest.mark.parametrize(("period", "strengths"), [(15, (0.9, 0.8)), (25, (0.9, 0.1)), (30, (0.9, 0.3, 0.3)), (30, (0.9, 0.5, 0.7, 0.5))])
def test_other_beats_stay(period: float, strengths: tuple[float, ...]) -> None:
    """Fast and even; chords on every other beat at a usual tempo; a waltz; four quarters."""
    activity, places = pattern(period, 60, strengths)
    np.testing.assert_array_equal(at_level(activity, places), places)


@pytest.mark.parametrize("first", [0, 1])
def test_three_quarters_that_are_six_eighths(first: int) -> None:
    """Where quarters were counted, but the first and fourth eighth of six are the strong ones: two dotted quarters."""
    activity, eighths = pattern(20, 121, (0.9, 0.2, 0.3))
    np.testing.assert_allclose(at_level(activity, eighths[first::2]), eighths[3 * first : len(eighths) - first : 3], atol=1e-9)


def test_a_waltz_with_eighths_is_no_six_eighths() -> None:
    """Strong quarters, weak eighths between them."""
    activity, eighths = pattern(15, 121, (0.9, 0.3, 0.7, 0.3, 0.7, 0.3))
    np.testing.assert_array_equal(at_level(activity, eighths[::2]), eighths[::2])


def test_too_few_to_tell() -> None:
    """They are left alone."""
    activity, places = pattern(15, 5, (0.9, 0.1))
    np.testing.assert_array_equal(at_level(activity, places), places)


def test_silence_has_no_beats() -> None:
    """A second and more of nothing; a rest of half a second has."""
    bands = np.ones((400, 34), np.float16)
    bands[100:200] = bands[300:325] = 0
    beats = np.arange(0, 400, 10.0)
    np.testing.assert_array_equal(sounding(bands, beats), beats[(beats < 100) | (beats >= 200)])
    assert len(sounding(np.zeros_like(bands), beats)) == 0


@pytest.mark.parametrize(("start", "found"), [(0, True), (2, True), (12, False), (50, False)])
def test_a_sound_that_begins_with_a_beat(start: int, found: bool) -> None:
    """Its first beat is one if the recording begins with it, an interval before the second."""
    bands = np.ones((400, 34), np.float16)
    bands[:start] = 0
    beats = np.arange(25, 400, 25.0)
    np.testing.assert_array_equal(with_first(bands, beats), np.append(start, beats) if found else beats)
