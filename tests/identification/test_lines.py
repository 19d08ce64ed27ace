"""Promises of auricle.identification.lines: the line that most hits are on, whatever the others are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.identification.lines import line


@given(slope=st.floats(0.987, 1.013), start=st.floats(-1e3, 1e5))
def test_slope(slope: float, start: float) -> None:
    """The line through points in whole frames is found, whatever its slope and start, among a third of others."""
    rng = np.random.default_rng(1)
    heard = np.sort(rng.uniform(0, 600, 300))
    known = np.round(start + slope * heard)
    known[::3] += rng.uniform(-2.9, 2.9, 100)
    found = line(heard, known, 1.0)
    assert found[0] + found[1] / 300 == pytest.approx(slope + start / 300, abs=0.5 / 300)
    assert found[0] == pytest.approx(slope, abs=0.004)


def test_its_own_speed() -> None:
    """Where the speed that was asked for explains as much, it is exactly that."""
    heard = np.arange(0.0, 300.0, 3.0)
    assert line(heard, np.round(heard + 50.2), 1.0)[0] == 1.0


@pytest.mark.parametrize("heard", [[5.0], [5.0, 6.0], [5.0] * 20])
def test_too_little(heard: list[float]) -> None:
    """What cannot tell a speed has the one that was asked for."""
    slope, start = line(np.array(heard), np.array(heard) * 1.02 + 7, 1.02)
    assert slope == 1.02
    assert start == pytest.approx(7)
