"""Promises of auricle.music.rhythm.activity."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auricle.music.rhythm.activity import beat_activity


def heard(frames: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Activations and onsets that mean nothing."""
    generator = np.random.default_rng(seed)
    return generator.dirichlet((1, 1, 4), frames).astype(np.float32), generator.gamma(1, 1, frames).astype(np.float32)


@given(gain=st.floats(1e-3, 1e3), frames=st.integers(1, 400))
def test_the_level_of_onsets_does_not_matter(gain: float, frames: int) -> None:
    """Louder onsets throughout are the same activity."""
    activations, onsets = heard(frames)
    louder = beat_activity(activations, onsets * np.float32(gain))
    np.testing.assert_allclose(louder.beat, beat_activity(activations, onsets).beat, rtol=1e-4)


@given(frames=st.integers(0, 200), seed=st.integers(0, 100), silent=st.booleans())
def test_logarithms_are_finite(frames: int, seed: int, silent: bool) -> None:
    """For any recording, of any length, silence too."""
    activations, onsets = heard(frames, seed)
    for log in beat_activity(activations, onsets * (not silent)).logs():
        assert log.shape == (frames,)
        assert np.isfinite(log).all()


def test_a_quiet_passage_has_beats_too() -> None:
    """After a minute ten times as quiet as the one before, onsets there are as strong beside their surroundings."""
    onsets = np.zeros(6000, np.float32)
    onsets[::25] = 1
    onsets[3000:] /= 10
    activity = beat_activity(np.tile(np.array((0.5, 0.1, 0.4), np.float32), (6000, 1)), onsets)
    assert activity.onset[4500::25].min() > 0.9
