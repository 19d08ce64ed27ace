"""Promises of auricle.enhancement.denoise.notes."""

from __future__ import annotations

import numpy as np

from auricle.audio import Samples
from auricle.enhancement.denoise.notes import HOP, WINDOW, Notes

RATE = 48_000
TIME = np.arange(4 * RATE) / RATE
HISS = (1e-3 * np.random.default_rng(1).standard_normal(len(TIME)))[None].astype(np.float32)


def counted(removed: Samples, sound: Samples | None = None) -> int:
    """All that begins."""
    sound = removed if sound is None else sound
    notes = Notes()
    return sum(notes.hear(sound[:, at : at + WINDOW], removed[:, at : at + WINDOW]) for at in range(0, removed.shape[1] - WINDOW, HOP))


def tone(hertz: float, start: float, end: float) -> Samples:
    """One partial."""
    return (0.1 * np.sin(2 * np.pi * hertz * TIME) * (np.abs(2 * TIME - start - end) < end - start))[None].astype(np.float32)


def test_each_note_counts() -> None:
    """Four notes of one partial each, one after the other: as often as a frame shows it."""
    melody = sum((tone(hertz, 0.5 + 0.7 * n, 1.1 + 0.7 * n) for n, hertz in enumerate([440, 523, 659, 587])), HISS)
    assert 4 <= counted(melody) <= 4 * 8


def test_what_never_begins_is_no_note() -> None:
    """Hiss, and a tone that is there from the beginning."""
    assert counted(HISS) == 0
    assert counted(HISS + tone(440, 0, 4)) == 0


def test_what_slides_up_is_no_note() -> None:
    """A motor that speeds up from 200 Hz by a third of an octave a second."""
    phase = np.cumsum(200 * 2 ** (TIME / 3)) / RATE
    assert counted(HISS + (0.1 * np.sin(2 * np.pi * phase))[None].astype(np.float32)) <= 1


def test_a_line_whose_removal_begins_is_no_note() -> None:
    """It was in the sound before."""
    assert counted(HISS + tone(440, 2, 4), HISS + tone(440, 0, 4)) == 0
