"""Both ends of the chain."""

from __future__ import annotations

import math

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.enhancement.measured import Measured, Once
from auricle.errors import EmptyAudio
from auricle.tape import AudioTape
from tests.test_tape import played

TONE = Audio(np.sin(2 * np.pi * 997 * np.arange(48_000 * 4) / 48_000).astype(np.float32) / np.float32(10), 48_000)


def test_measured() -> None:
    """A sine of 997 Hz at -20 dBFS has -23.01 LUFS in one channel (EBU Tech 3341: -23 dBFS in two), and is its own noise floor."""
    tape = Measured(AudioTape(TONE))
    with pytest.raises(RuntimeError):
        _ = tape.sound
    np.testing.assert_array_equal(played(tape).samples, TONE.samples)
    assert tape.sound.loudness.integrated == pytest.approx(-23.01, abs=0.05)
    assert tape.sound.loudness.true_peak == pytest.approx(-20, abs=0.05)
    assert tape.sound.noise_floor == pytest.approx(-23.01, abs=0.2)
    assert tape.sound.duration == 4.0


def test_silence() -> None:
    """Has no level at all."""
    tape = Measured(AudioTape(Audio(np.zeros((2, 48_000), np.float32), 48_000)))
    played(tape)
    assert (tape.sound.loudness.integrated, tape.sound.noise_floor) == (-math.inf, -math.inf)


def test_once() -> None:
    """The blocks as they come, and then no more."""
    tape = Once(TONE.blocks(1000))
    assert (tape.rate, tape.channels) == (48_000, 1)
    np.testing.assert_array_equal(played(tape).samples, TONE.samples)
    assert not list(tape.play())
    with pytest.raises(EmptyAudio):
        Once([])
