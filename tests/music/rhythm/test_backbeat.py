"""Promises of auricle.music.rhythm.backbeat: snares between kicks are found, and other turns are not taken for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest

from auricle.music.rhythm.backbeat import backbeat

BEATS = 10 + 25 * np.arange(40.0)
SNARES = np.where(np.arange(40) % 2, 1.0, -1.0)


def heard(low: Sequence[float], high: Sequence[float]) -> npt.NDArray[np.float16]:
    """Strokes on the beats that last five frames, so strong in turn in the low and the high bands."""
    bands = np.zeros((1030, 34), np.float16)
    for number, frame in enumerate(BEATS.astype(int)):
        bands[frame : frame + 5, :4] = low[number % len(low)]
        bands[frame : frame + 5, 18:] = high[number % len(high)]
    return bands


@pytest.mark.parametrize("low", [(1.5, 1.5), (1.5, 0.5)], ids=["four on the floor", "rock"])
@pytest.mark.parametrize("high", [(0.2, 0.5), (0.0, 0.5)], ids=["with hats", "without hats"])
def test_a_backbeat(low: Sequence[float], high: Sequence[float]) -> None:
    """Kicks on all or on the first and third beat, snares on the second and fourth."""
    np.testing.assert_array_equal(backbeat(heard(low, high), BEATS), SNARES)
    np.testing.assert_array_equal(backbeat(heard(low[::-1], high[::-1]), BEATS), -SNARES)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ((1.0, 1.0), (0.3, 0.3)),
        ((1.5, 0.8), (0.6, 0.3)),
        ((0.0, 0.0), (0.6, 0.3)),
        ((1.5, 0.5, 0.5), (0.2, 0.5, 0.5)),
        ((1.5, 1.0, 1.0, 1.0), (0.2, 0.2, 0.5, 0.2)),
        ((0.0,), (0.0,)),
    ],
    ids=["all alike", "accents of everything", "clicks", "waltz", "snare on three only", "silence"],
)
def test_no_backbeat(low: Sequence[float], high: Sequence[float]) -> None:
    """What is strong in turn is an accent, nothing turns, or it turns in threes or fours."""
    np.testing.assert_array_equal(backbeat(heard(low, high), BEATS), 0)


def test_too_few_beats_to_tell() -> None:
    """Nothing is said."""
    np.testing.assert_array_equal(backbeat(heard((1.5,), (0.2, 0.5)), BEATS[:10]), np.zeros(10))
