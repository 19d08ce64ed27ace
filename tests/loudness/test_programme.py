"""Loudness against EBU Tech 3341 and 3342: the long cases. The short ones are in test_meter.py."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import pytest

from auricle.audio import Audio
from auricle.errors import MissingDependency
from auricle.loudness.programme import Programme
from tests.loudness.signals import RATES, tones

LUFS = 0.1  # Tech 3341, table 1: the tolerance of loudness
LU = 1.0  # Tech 3342, table 1: that of the loudness range
Parts = Sequence[tuple[float, float]]


def heard(audio: Audio) -> Programme:
    """The whole of it."""
    programme = Programme(audio.rate, audio.channels)
    for block in audio.blocks(1 << 17):
        programme.feed(block.samples)
    return programme


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("parts", "lufs"),
    [
        ([(-23, 20)], -23.0),  # case 1
        ([(-33, 20)], -33.0),  # case 2
        ([(-36, 10), (-23, 60), (-36, 10)], -23.0),  # case 3: the relative gate
        ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23.0),  # case 4: the absolute one
        ([(-26, 20), (-20, 20.1), (-26, 20)], -23.0),  # case 5
    ],
)
def test_integrated(parts: Parts, lufs: float, rate: int) -> None:
    """Tech 3341, cases 1 to 5."""
    assert heard(tones(parts, rate)).integrated == pytest.approx(lufs, abs=LUFS)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize(
    ("parts", "lu"),
    [
        ([(-20, 20), (-30, 20)], 10.0),
        ([(-20, 20), (-15, 20)], 5.0),
        ([(-40, 20), (-20, 20)], 20.0),
        ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15.0),
    ],
)
def test_loudness_range(parts: Parts, lu: float, rate: int) -> None:
    """Tech 3342, cases 1 to 4."""
    assert heard(tones(parts, rate)).range == pytest.approx(lu, abs=LU)


def test_without_scipy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra that has it."""
    monkeypatch.setitem(sys.modules, "scipy.signal", None)
    with pytest.raises(MissingDependency, match=r"auricle\[enhance\]"):
        Programme(48_000, 2)
