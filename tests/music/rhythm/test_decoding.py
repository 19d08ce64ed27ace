"""Promises of auricle.music.rhythm.decoding: a steady tempo is kept, a changing one followed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.music.rhythm.activity import Activity
from auricle.music.rhythm.decoding import decode_beats

Floats = npt.NDArray[np.float64]


def heard(places: Floats, frames: int) -> Activity:
    """A network and onsets that are sure of these beats, which a peak of three frames shows."""
    figures = np.full(frames, 0.02)
    at = np.rint(places).astype(int)
    figures[at - 1] = figures[at + 1] = 0.4
    figures[at] = 0.9
    return Activity(figures, np.full(frames, 0.25), figures, figures)


def test_a_steady_tempo_is_kept_where_little_is_heard() -> None:
    """Eight beats that are not played, with two strokes amid them that do not fit: the beats go on as before and after."""
    places = 10 + 23 * np.arange(120.0)
    played = np.delete(places, np.arange(60, 68))
    beats = decode_beats(heard(np.sort(np.append(played, places[[61, 64]] + 9)), 2800)).kept
    assert np.abs(np.diff(beats) / 23 - 1).max() < 0.15
    assert np.abs(beats[:, None] - played).min(axis=0).max() <= 2


def test_one_level_is_kept() -> None:
    """Where every beat is played for a while and then every other one, the beats stay as far apart as they were."""
    places = 10 + 18 * np.arange(160.0)
    beats = decode_beats(heard(np.concatenate((places[:100], places[100::2])), 2920)).kept
    assert np.ptp(np.diff(beats)) < 0.2 * np.median(np.diff(beats))


def test_a_changing_tempo_is_followed() -> None:
    """Nothing steady is forced upon an accelerando, nor upon two tempi."""
    for intervals in (np.geomspace(40, 26, 80), np.repeat((30.0, 24.0), 40)):
        places = 10 + np.cumsum(intervals)
        decoded = decode_beats(heard(places, int(places[-1]) + 10))
        np.testing.assert_array_equal(decoded.kept, decoded.free)
        assert np.abs(decoded.kept[:, None] - places).min(axis=0).max() <= 2


def test_hardly_any_frames() -> None:
    """No beats, or few, and no error."""
    for frames in (1, 2, 30):
        figures = np.full(frames, 0.01)
        assert len(decode_beats(Activity(figures, figures, figures, figures)).kept) <= 3
