"""Silence at the ends, and stretches joined."""

from __future__ import annotations

import numpy as np
import pytest

from auricle.voice.engine import Spoken
from auricle.voice.silence import joined, trimmed

RATE = 1000


def said(before: float, long: float, after: float) -> Spoken:
    """A word of noise between silences (seconds), at half its natural length."""
    samples = np.zeros(round((before + long + after) * RATE), np.float32)
    first = round(before * RATE)
    samples[first : first + round(long * RATE)] = 0.5
    return trimmed(samples, RATE, [(before, before + long)], 2.0)


def test_at_most_fifty_milliseconds_are_left() -> None:
    """Words move with the sound; silence has no natural length of its own."""
    spoken = said(0.3, 1.0, 0.5)
    assert len(spoken.samples) == 1100
    assert spoken.times[0] == pytest.approx((0.05, 1.05))
    assert spoken.natural == pytest.approx(2.1)


def test_less_is_left_alone() -> None:
    """Nothing is added."""
    spoken = said(0.02, 1.0, 0.0)
    assert len(spoken.samples) == 1020
    assert spoken.times[0] == pytest.approx((0.02, 1.02))


def test_silence_alone_stays() -> None:
    """Whoever asked for it gets it; a word that nobody hears has no length."""
    spoken = trimmed(np.zeros(100, np.float32), RATE, [(0.0, 0.3)], None)
    assert (len(spoken.samples), spoken.times, spoken.natural) == (100, ((0.0, 0.0),), None)


def test_joined() -> None:
    """One after the other, with all words; natural length only where each part knows its own."""
    one, two = said(0.0, 1.0, 0.0), said(0.0, 0.5, 0.0)
    both = joined([one, two], RATE)
    assert len(both.samples) == 1500
    assert [time for word in both.times for time in word] == pytest.approx([0.0, 1.0, 1.0, 1.5])
    assert both.natural == pytest.approx(3.0)
    assert joined([one, Spoken(two.samples)], RATE).natural is None
