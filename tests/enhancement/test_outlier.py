"""What was added to a sound is told from its own pulses."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from auricle.enhancement.outlier import Repair, Surroundings, repair

_MODEL = np.poly([0.97 * np.exp(0.3j), 0.97 * np.exp(-0.3j), 0.9 * np.exp(1.2j), 0.9 * np.exp(-1.2j)]).real  # two resonances
_SPAN = (980, 1040)


def _judged(signal: np.ndarray, filled: np.ndarray) -> Repair:
    """What is found between the two."""
    return repair(signal, filled, _SPAN, Surroundings(800, 16, 16))


def _noise() -> np.ndarray:
    """What excites the resonances."""
    return np.random.default_rng(1).standard_normal(2000)


@pytest.mark.parametrize("length", [1, 5, 20])
def test_what_was_added_is_found_to_the_sample_and_taken_out(length: int) -> None:
    """The extent is the true one, and what is left of it is a tenth at most."""
    clean = lfilter([1], _MODEL, _noise())
    added = np.zeros(2000)
    added[1000 : 1000 + length] = 200 * np.random.default_rng(2).choice([-1, 1], length)
    found = _judged(clean + added, clean)
    assert (found.start, found.end) == (1000, 1000 + length)
    assert found.evidence.convinces(1)
    assert np.sqrt(np.mean((found.filling - clean[found.start : found.end]) ** 2)) < 20


def test_a_pulse_that_the_resonances_answer_is_none() -> None:
    """As loud as the click, but it rings: a pulse explains it better."""
    excited = _noise()
    excited[1000] += 200
    rung = lfilter([1], _MODEL, excited)
    evidence = _judged(rung, rung).evidence
    assert evidence.pulse > evidence.added
    assert not evidence.convinces(1)


def test_nothing_is_none() -> None:
    """Where nothing was added nothing convinces, however sensitive."""
    clean = lfilter([1], _MODEL, _noise())
    assert not _judged(clean, clean).evidence.convinces(1 / 3)


def test_the_beginning_of_sound_is_none() -> None:
    """Digital silence on one side: it is where the sound begins."""
    clean = np.where(np.arange(2000) < 1000, 0, lfilter([1], _MODEL, _noise()))
    found = _judged(clean + 500 * (np.arange(2000) == 1000), clean)
    assert found.evidence.edge
    assert not found.evidence.convinces(1)
