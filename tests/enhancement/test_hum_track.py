"""A hum's harmonics: measured as they are, and heard as they were measured."""

from __future__ import annotations

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.enhancement.hum_track import Hum, followed
from auricle.tape import AudioTape

RATE = 8_000


def test_followed() -> None:
    """Numbers, frequency, amplitude and phase of harmonics are those that were put in; from a first guess that is .1 Hz off."""
    time = np.arange(20 * RATE) / RATE
    wave = 0.1 * np.cos(2 * np.pi * 50.1 * time + 1) + 0.03 * np.cos(2 * np.pi * 150.3 * time - 2)
    noise = np.random.default_rng(0).normal(0, 1e-3, len(time))
    hum = followed(AudioTape(Audio((wave + noise).astype(np.float32), RATE)), 50.0, 60)
    assert hum is not None
    assert hum.numbers == (1, 3)
    assert hum.hertz == pytest.approx(50.1, abs=1e-3)
    np.testing.assert_allclose(np.abs(hum.swings[:, :, 0]), np.broadcast_to([0.1, 0.03], hum.swings.shape[:2]), rtol=0.02)
    np.testing.assert_allclose(hum.sound(0, len(time), RATE)[0], wave, atol=3e-3)


def test_noise_alone() -> None:
    """There is no hum in noise, nor in next to nothing."""
    for frames in (0, 1, RATE, 20 * RATE):
        noise = np.random.default_rng(0).normal(0, 0.1, (2, frames)).astype(np.float32)
        assert followed(AudioTape(Audio(noise, RATE)), 50.0, 60) is None


@pytest.mark.parametrize("rate", [8_000, 11_025, 48_000])
def test_sound(rate: int) -> None:
    """The closed form of a steady harmonic, from wherever one listens."""
    swings = np.full((40, 1, 2), 0.5 * np.exp(0.7j), np.complex64)
    hum = Hum(hertz=50, numbers=(2,), removed_db=0, base=50, hop=0.125, phase=np.zeros(40), swings=swings)
    whole = hum.sound(0, 3 * rate, rate)
    np.testing.assert_allclose(whole[1], 0.5 * np.cos(2 * np.pi * 100 * np.arange(3 * rate) / rate + 0.7), atol=1e-6)
    np.testing.assert_allclose(hum.sound(1_234, 5_000, rate), whole[:, 1_234:6_234], atol=1e-6)
    assert hum.sound(7, 0, rate).shape == (2, 0)


def test_a_weak_harmonic_under_a_voice() -> None:
    """What turns with it, as a voice's harmonics do, does not lead astray: a steady line is measured as it is, and other lines are not."""
    time = np.arange(5 * RATE) / RATE
    wave = 0.01 * np.cos(2 * np.pi * 60 * time)
    glide = 2 * np.pi * (125 * time + 10 * np.sin(2 * time))
    voice = np.sum([0.1 * np.cos(number * glide) for number in range(1, 12)], axis=0)
    hum = followed(AudioTape(Audio((wave + voice).astype(np.float32), RATE)), 60.0, 12)
    assert hum is not None
    assert hum.numbers == (1,)
    assert hum.hertz == pytest.approx(60, abs=0.02)
