"""Promises of auricle.enhancement.denoise.neural, with a model of our own: it removes a known share of everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Mono, Samples
from auricle.enhancement.denoise.neural import NeuralStage
from auricle.enhancement.denoise.working_level import FRAME
from auricle.enhancement.report import Facts

RANDOM = np.random.default_rng(1)


class Halving:
    """A model that halves everything, two frames late."""

    delay = 2 * FRAME

    def __init__(self) -> None:
        self._inside = [np.zeros(FRAME, np.float32)] * 2

    def process(self, frame: Mono) -> Mono:
        """See `Suppressor`."""
        self._inside.append(frame * np.float32(0.5))
        return self._inside.pop(0)


def stage(rate: int, channels: int, limit_db: float | None = None, guard_music: bool = False, facts: Facts | None = None) -> NeuralStage:
    """One with that model."""
    return NeuralStage(Halving, 2 * FRAME, rate, channels, limit_db, guard_music, facts)


def played(made: NeuralStage, sound: Samples, *cuts: int) -> Samples:
    """All that comes out."""
    return np.concatenate([*(made.feed(part) for part in np.split(sound, sorted(cuts), axis=1)), made.finish()], axis=1)


def noise(channels: int, frames: int) -> Samples:
    """White, -20 dBFS."""
    return (0.1 * RANDOM.standard_normal((channels, frames))).astype(np.float32)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 3])
def test_everything_is_treated_where_it_is(rate: int, channels: int) -> None:
    """At any rate the model's half comes out, sample for sample, up to the Nyquist frequency."""
    sound = noise(channels, rate // 2)
    result = played(stage(rate, channels), sound)
    assert result.shape == sound.shape
    middle = slice(rate // 20, -rate // 20)
    assert np.sqrt(np.square(result - sound / 2)[:, middle].mean()) < 0.002


@settings(max_examples=15)
@given(st.integers(0, 30_000), st.lists(st.integers(0, 30_000), max_size=4), st.sampled_from([11_025, 48_000, 96_000]), st.booleans())
def test_any_chunking_gives_the_same(frames: int, cuts: list[int], rate: int, guard_music: bool) -> None:
    """Bit for bit, as many samples as came."""
    sound = noise(2, frames)
    whole = played(stage(rate, 2, guard_music=guard_music), sound)
    assert whole.shape == sound.shape
    np.testing.assert_array_equal(played(stage(rate, 2, guard_music=guard_music), sound, *cuts), whole)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("guard_music", [False, True])
def test_no_more_is_held_back_than_stated(rate: int, guard_music: bool) -> None:
    """For live use."""
    made, held = stage(rate, 1, guard_music=guard_music), 0
    for part in np.array_split(noise(1, 4 * rate), 160, axis=1):
        held += part.shape[1] - made.feed(part).shape[1]
        assert held <= made.latency


def test_limit_and_facts() -> None:
    """Nothing is lowered by more than the limit, and the facts say by how much, anew for each stage."""
    sound = noise(1, 48_000)
    for limit, expected in ((3.0, 10 ** (-1.5 / 10)), (None, 0.5)):
        facts: Facts = {"noise_lowered_db": 99.0}
        share = 1 if limit is None else 1 - 10 ** (-limit / 20)
        result = played(stage(48_000, 1, limit, facts=facts), sound)
        np.testing.assert_allclose(result, sound * (1 - share / 2), atol=1e-6)
        assert facts["noise_lowered_db"] == pytest.approx(-20 * np.log10(1 - share / 2), abs=0.1)  # the step in which floors are told apart
        assert expected < 1


def test_silent_channel_stays_silent() -> None:
    """Digital silence in the one, sound in the other."""
    sound = noise(2, 20_000) * np.array([[1], [0]], np.float32)
    result = played(stage(48_000, 2), sound)
    np.testing.assert_allclose(result[0], sound[0] / 2, atol=1e-5)
    assert not result[1].any()


@pytest.mark.parametrize("extreme", [1e30, -1e30, 3e38, 1e-40])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_extreme_samples_do_no_lasting_harm(extreme: float, rate: int) -> None:
    """All that comes out is a number, and half a second later all is as before."""
    sound = noise(2, 2 * rate)
    struck = sound.copy()
    struck[:, rate // 2] = extreme
    result = played(stage(rate, 2), struck)
    assert np.isfinite(result).all()
    np.testing.assert_allclose(result[:, rate:], played(stage(rate, 2), sound)[:, rate:], atol=2e-3)
