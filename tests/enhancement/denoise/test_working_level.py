"""Promises of auricle.enhancement.denoise.working_level."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auricle.enhancement.denoise.working_level import AHEAD, FRAME, Frames, WorkingLevel


def gains(frames: Frames) -> Frames:
    """Of a whole recording, heard at once."""
    level = WorkingLevel()
    level.hear(frames)
    return level.gains(len(frames))


def noise(seconds: float, rms: float) -> Frames:
    """White."""
    return (rms * np.random.default_rng(3).standard_normal((round(100 * seconds), FRAME))).astype(np.float32)


@given(st.integers(-10, 10))
def test_gain_and_level_cancel_out(power: int) -> None:
    """A recording twice as loud gets exactly half the gain, so a model hears the same."""
    sound = noise(1, 0.01)
    np.testing.assert_allclose(gains(sound * np.float32(2.0**power)) * np.float32(2.0**power), gains(sound), rtol=1e-5)


def test_quiet_sound_arrives_at_the_working_level() -> None:
    """However quiet, steady sound is brought between -30 and -10 dBFS within 25 s."""
    sound = noise(25, 1e-4)
    rms = np.sqrt(np.square(sound * gains(sound))[-100:].mean())
    assert -30 < 20 * np.log10(rms) < -10


@given(st.floats(0, 30))
def test_no_peak_is_made_too_high(exponent: float) -> None:
    """One sample of any height in quiet sound stays below 4 at the model, and a second later the gain is as if it had not been."""
    sound = noise(3, 0.001)
    struck = sound.copy()
    struck[100, 7] = 10 ** min(exponent, 6)
    assert np.abs(struck * gains(struck)).max() <= 4.001
    assert gains(struck)[-1, -1] > gains(sound)[-1, -1] / 4


def test_gain_moves_without_steps() -> None:
    """From sample to sample it changes by less than a thousandth of a loud onset's whole change."""
    sound = np.concatenate([noise(1, 0.001), noise(1, 0.3)])
    curve = gains(sound).ravel()
    assert curve[-1] < curve[0]
    assert np.abs(np.diff(curve)).max() < 0.002 * np.ptp(curve)


def test_silence_leaves_the_gain_as_it_is() -> None:
    """Nothing is learnt from nothing."""
    sound = np.concatenate([noise(1, 0.1), np.zeros((500, FRAME), np.float32)])
    curve = gains(sound)
    assert curve[100 + AHEAD, 0] == curve[-1, -1]
    assert np.all(gains(np.zeros((20, FRAME), np.float32)) == 1)
