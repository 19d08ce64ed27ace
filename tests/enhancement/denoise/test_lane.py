"""Promises of auricle.enhancement.denoise.lane."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio import Mono
from auricle.enhancement.denoise.lane import Lane
from auricle.enhancement.denoise.working_level import FRAME, Frames


class Late:
    """A model that only delays, by two frames."""

    delay = 2 * FRAME
    made = 0

    def __init__(self) -> None:
        Late.made += 1
        self._inside = [np.zeros(FRAME, np.float32)] * 2

    def process(self, frame: Mono) -> Mono:
        """See `Suppressor`."""
        self._inside.append(frame)
        return self._inside.pop(0)


class Poisoned(Late):
    """One whose state is spoilt for good by loud sound."""

    spoilt = False

    def process(self, frame: Mono) -> Mono:
        """See `Suppressor`."""
        self.spoilt |= bool(np.abs(frame).max() > 1.5)
        return super().process(frame) * np.float32(np.nan if self.spoilt else 1)


def played(lane: Lane, frames: Frames, cut: int | None = None) -> Frames:
    """All that comes out."""
    cut = len(frames) if cut is None else cut
    return np.concatenate([lane.feed(frames[:cut]), lane.feed(frames[cut:]), lane.finish()])


def sound(count: int, seed: int = 1) -> Frames:
    """Noise."""
    return (0.1 * np.random.default_rng(seed).standard_normal((count, FRAME))).astype(np.float32)


@given(st.integers(0, 60), st.integers(0, 60))
def test_what_a_model_only_delays_comes_out_in_time(count: int, cut: int) -> None:
    """Frame for frame where it went in, at the level at which it went in, for any chunking."""
    frames = sound(count)
    np.testing.assert_allclose(played(Lane(Late, Late.delay), frames, cut), frames, rtol=1e-5)


def test_a_silent_channel_costs_no_model() -> None:
    """Nothing is created before there is something to hear."""
    Late.made = 0
    silence = np.zeros((40, FRAME), np.float32)
    assert not played(Lane(Late, Late.delay), silence).any()
    assert Late.made == 0
    played(Lane(Late, Late.delay), np.concatenate([silence, sound(1)]))
    assert Late.made == 1


def test_a_spoilt_model_is_replaced() -> None:
    """What is not a number never comes out, and the stream goes on."""
    frames = sound(100)
    frames[40, 5] = 1000.0
    result = played(Lane(Poisoned, Late.delay), frames)
    assert np.isfinite(result).all()
    np.testing.assert_allclose(result[60:], frames[60:], rtol=1e-5)
