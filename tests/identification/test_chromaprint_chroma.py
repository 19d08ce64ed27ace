"""Tests of the picture of notes that fingerprints are made of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from auricle.identification.chromaprint.chroma import FRAME, HOP, NOTES, RATE, SMOOTHING, notes, smoothed


def tone(hertz: float, frames: int = 20, level: float = 0.5) -> npt.NDArray[np.float32]:
    """A sine of so many whole frames."""
    time = np.arange(FRAME + (frames - 1) * HOP) / RATE
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


@pytest.mark.parametrize("octave", [110.0, 220.0, 440.0, 880.0, 1760.0])
@pytest.mark.parametrize("semitone", range(NOTES))
def test_a_tone_is_its_note(octave: float, semitone: int) -> None:
    """A quarter tone above each note of five octaves, in the middle of its band: its note has nearly all the power, whatever the octave."""
    powers = notes(tone(octave * 2 ** ((semitone + 0.5) / NOTES)))
    if octave * 2 ** ((semitone + 1) / NOTES) <= 3520 and octave > 110:
        assert (powers[:, semitone] > 0.9 * powers.sum(axis=1)).all()
    assert (powers.argmax(axis=1) == semitone).all()


def test_whole_frames_only() -> None:
    """A frame begins every third of a frame, as long as there is a whole one."""
    assert len(notes(tone(440, frames=7))) == 7
    assert len(notes(tone(440, frames=7)[:-1])) == 6


@pytest.mark.parametrize("hertz", [20.0, 4000.0, 5000.0])
def test_only_what_all_recordings_have(hertz: float) -> None:
    """What lies below 28 or above 3520 Hz hardly counts, so a recording of a telephone is like the original."""
    inside, outside = notes(tone(440)).sum(), notes(tone(hertz)).sum()
    assert outside < 0.02 * inside


def test_loudness_does_not_matter() -> None:
    """Forty decibels less, and the picture is the same to a thousandth."""
    loud, soft = (smoothed(notes(tone(440, level=level) + tone(659, level=level / 2))) for level in (0.5, 0.005))
    np.testing.assert_allclose(loud, soft, atol=1e-3)


def test_smoothing() -> None:
    """An impulse of one frame is spread as the weights say, before each frame is scaled to unit length."""
    powers = np.zeros((9, NOTES))
    powers[:, 0] = 1
    powers[4, 1] = 1
    expected = SMOOTHING / SMOOTHING.sum()
    found = smoothed(powers)
    np.testing.assert_allclose(found[:, 1] / found[:, 0], expected)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1)


def test_silence_is_nothing() -> None:
    """Silence, and what is below -90 dBFS, has no notes; not a division by zero."""
    assert not smoothed(notes(np.zeros(FRAME * 4, np.float32))).any()
    assert not smoothed(notes(tone(440, level=1e-5))).any()


def test_beyond_full_scale() -> None:
    """What is louder than full scale is clipped as 16 bits would, and stays finite."""
    assert np.isfinite(notes(tone(440, level=1e6))).all()
