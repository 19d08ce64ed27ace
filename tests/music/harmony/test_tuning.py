"""Promises of auricle.music.harmony.tuning: pitches are heard as the instruments are tuned."""

from __future__ import annotations

import numpy as np
import pytest

from auricle.audio import Mono
from auricle.music.harmony.hpcp import FINE, Profiler
from auricle.music.harmony.tuning import estimate_tuning, pitches_agreeing, tune
from auricle.music.part import RATE


def _chord(cents: float) -> Mono:
    """Two seconds of A minor with six overtones a note, `cents` off A = 440 Hz."""
    time = np.arange(2 * RATE) / RATE
    notes = [440 * 2 ** ((above + cents / 100) / 12) for above in (0, 3, 7, -24)]
    tones = [0.1 * 0.6**n * np.sin(2 * np.pi * note * n * time) for note in notes for n in range(1, 7)]
    return np.sum(tones, axis=0).astype(np.float32)  # type: ignore[no-any-return]


@pytest.mark.parametrize("cents", [-45, -30, -12.5, 0, 3, 21, 40])
def test_detuned_chords_are_measured_within_three_cents(cents: float) -> None:
    """The overtones of a chord lie off the tempered scale by themselves; the tuning is found all the same."""
    profiler = Profiler()
    profiler.feed(_chord(cents))
    assert estimate_tuning(profiler.profiles().whole) == pytest.approx(cents, abs=3)


def test_silence_is_in_tune() -> None:
    """Nothing deviates where nothing sounds."""
    assert estimate_tuning(np.zeros((5, FINE), np.float32)) == 0
    assert estimate_tuning(np.zeros((0, FINE), np.float32)) == 0


@pytest.mark.parametrize("cents", [-40, 0, 20])
def test_a_note_in_tune_falls_onto_its_pitch_class_alone(cents: int) -> None:
    """All of it: the squared cosine is 1 in its middle and 0 a semitone away."""
    fine = np.zeros((1, FINE), np.float32)
    fine[0, (90 + cents // 10) % FINE] = 0.5
    assert tune(fine, cents)[0] == pytest.approx(np.eye(12)[9] * 0.5, abs=1e-6)


def test_pitches_agree_on_a_semitone_and_contradict_between_two() -> None:
    """All the magnitude agrees, none does for pitches everywhere, and a quarter tone off counts against the tuning."""
    fine = np.zeros((3, FINE), np.float32)
    fine[0, 40], fine[1, 45], fine[2] = 2, 2, 2
    assert pitches_agreeing(fine, 0) == pytest.approx([2, -2, 0], abs=1e-4)
