"""Promises of auricle.music.rhythm.frames: what each frame of a recording says, for any chunking, in little memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auricle.audio import Mono
from auricle.music.part import RATE
from auricle.music.rhythm.beatnet import Activations, BeatFeatures, BeatNet
from auricle.music.rhythm.frames import RhythmFrames
from auricle.music.rhythm.onsets import OnsetStrength

NOISE = np.random.default_rng(11).normal(0, 0.1, 4 * RATE).astype(np.float32)


def heard(sound: Mono, sizes: Sequence[int] = ()) -> RhythmFrames:
    """A whole sound, fed in pieces of these sizes, and then the rest."""
    frames = RhythmFrames()
    for part in np.split(sound, np.cumsum(sizes, dtype=int)):
        frames.feed(part)
    frames.finish()
    return frames


WHOLE = heard(NOISE)


@given(sizes=st.lists(st.integers(0, 3 * RATE), max_size=8))
@example(sizes=[1] * 30)
@settings(deadline=None, max_examples=25)
def test_any_chunking(sizes: list[int]) -> None:
    """Gives the same bits."""
    frames = heard(NOISE, sizes)
    np.testing.assert_array_equal(frames.activations, WHOLE.activations)
    np.testing.assert_array_equal(frames.onsets, WHOLE.onsets)


def test_what_it_is_made_of() -> None:
    """The network's activations and the onset strength of BeatNet's features, also for more than it takes at once."""
    sound = np.tile(NOISE, 8)
    eyes, network = BeatFeatures(), Activations(BeatNet.load())
    features = np.concatenate([eyes.feed(sound), eyes.finish()])
    frames = heard(sound)
    np.testing.assert_array_equal(frames.activations, np.concatenate([network.feed(features), network.finish()]))
    np.testing.assert_array_equal(frames.onsets, OnsetStrength().feed(features))


@pytest.mark.parametrize("samples", [0, 1, 441, 442, 30_000])
def test_short_ones(samples: int) -> None:
    """⌈n / 441⌉ frames of any sound, with probabilities that add up to 1 and strengths that are not negative."""
    frames = heard(NOISE[:samples])
    count = -(-samples // 441)
    assert frames.activations.shape == (count, 3)
    assert frames.onsets.shape == (count,)
    assert frames.activations.dtype == frames.onsets.dtype == np.float32
    np.testing.assert_allclose(frames.activations.sum(1), 1, atol=1e-6)
    assert (frames.onsets >= 0).all()


def test_silence() -> None:
    """Has neither beats nor onsets."""
    frames = heard(np.zeros(10 * RATE, np.float32))
    assert (frames.activations.argmax(1) == 2).all()
    assert not frames.onsets.any()
