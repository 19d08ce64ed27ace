"""Tests of what all parts of an analysis share."""

from __future__ import annotations

import numpy as np

from auricle.music.part import bounded


def test_sound_is_left_alone() -> None:
    """Up to far above full scale not a bit is changed; nothing is nothing."""
    sound = np.array([[0.0, -1.0, 999_999.0], [1e-30, 1.0, -5.0]], np.float32)
    assert bounded(sound) is sound
    nothing = np.zeros((2, 0), np.float32)
    assert bounded(nothing) is nothing


def test_what_no_sound_has_is_cut_off() -> None:
    """120 dB above full scale, with its sign."""
    assert bounded(np.array([[3e38, -1e30, 0.5]], np.float32)).tolist() == [[1e6, -1e6, 0.5]]
