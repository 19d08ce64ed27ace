"""Promises of auricle.music.rhythm.bar_pointer: the paths of Viterbi's algorithm on single frames, from beat to beat."""

from __future__ import annotations

import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.music.rhythm.bar_pointer import BarPointer, Bars

Floats = npt.NDArray[np.float64]
State = tuple[int, int, int]  # beat, interval, frame within the beat

SMALL = BarPointer(shortest=3, longest=7, meters=(2, 3), tempo_lambda=5.0, beat_share=1 / 4, narrowest=1, preference=0)


def log_change(model: BarPointer, old: int, new: int) -> float:
    """Equation 8 of the paper, by itself."""
    all_new = np.arange(model.shortest, model.longest + 1)
    total = np.exp(-model.tempo_lambda * np.abs(all_new / old - 1)).sum()
    return float(-model.tempo_lambda * abs(new / old - 1) - np.log(total))


def said(model: BarPointer, state: State, logs: Floats) -> Floats:
    """What a state says about all frames: `logs` are (beat, downbeat, none), shape (3, frames)."""
    beat, interval, frame = state
    return np.asarray(logs[2] if frame >= interval * model.beat_share else logs[1 if beat == 0 else 0])


def viterbi(model: BarPointer, meter: int, logs: Floats) -> float:
    """The best path's log-probability, frame by frame and state by state."""
    intervals = range(model.shortest, model.longest + 1)
    states = [(beat, interval, frame) for beat in range(meter) for interval in intervals for frame in range(interval)]
    score = {state: said(model, state, logs)[0] - np.log(len(states)) for state in states}
    for now in range(1, logs.shape[1]):
        before, score = score, {}
        for beat, interval, frame in states:
            last = (beat - 1) % meter
            arriving = (
                before[beat, interval, frame - 1]
                if frame
                else max(before[last, old, old - 1] + log_change(model, old, interval) for old in intervals)
            )
            score[beat, interval, frame] = arriving + said(model, (beat, interval, frame), logs)[now]
    return float(max(score.values()))


def pulses(frames: int, period: int, first: int, meter: int) -> Floats:
    """What a sure network would say of a steady beat, as log-probabilities (beat, downbeat, none)."""
    beat, downbeat = np.full(frames, 0.01), np.full(frames, 0.01)
    places = np.arange(first, frames - 1, period)
    for beside, sure in ((-1, 0.4), (1, 0.4), (0, 0.9)):  # a network's peaks are some frames wide
        beat[places + beside], downbeat[places + beside] = sure, 0.05
        downbeat[places[::meter] + beside], beat[places[::meter] + beside] = sure, 0.05
    return np.asarray(np.log(np.stack((beat, downbeat, (1 - beat - downbeat) / 15))))


@settings(deadline=None, max_examples=15)
@given(frames=st.integers(1, 45), seed=st.integers(0, 2**32 - 1))
def test_the_score_is_that_of_viterbi_on_frames(frames: int, seed: int) -> None:
    """For any observations and any length, with the phase free at both ends."""
    logs = np.log(np.random.default_rng(seed).uniform(0.01, 1, (3, frames)))
    bars = SMALL.decode(*logs)
    np.testing.assert_allclose(bars.scores, [viterbi(SMALL, meter, logs) for meter in SMALL.meters], rtol=1e-12)


@pytest.mark.parametrize("meter", [2, 3, 4])
@pytest.mark.parametrize("period", [14, 25, 37, 54])
def test_a_steady_beat_is_found_to_the_frame(period: int, meter: int) -> None:
    """Beats, bars and intervals of a steady beat that begins anywhere."""
    bars = BarPointer().decode(*pulses(1500, period, 9, meter))
    expected = np.arange(9, 1499, period)
    assert bars.meter == meter
    # The model looks for activation at a beat's first frames, of which the peak may be any.
    assert np.abs(bars.beats[-len(expected) :] - expected).max() <= 3
    np.testing.assert_array_equal(bars.positions[-len(expected) :], np.arange(len(expected)) % meter + 1)


def test_the_tempo_may_change() -> None:
    """An accelerando of a half is followed."""
    places = np.cumsum(np.rint(np.geomspace(40, 26, 60))).astype(int)
    beat = np.full(places[-1] + 20, 0.01)
    beat[places] = 0.9
    logs = np.log(np.stack((beat * 0.75, beat * 0.25, (1 - beat) / 15)))
    bars = BarPointer().decode(*logs)
    found = np.abs(bars.beats[:, None] - places[None, :]).min(axis=0)
    assert found.max() <= 2


@pytest.mark.parametrize(("preference", "interval"), [(0, 50), (4, 25)])
def test_where_two_tempi_are_nearly_as_likely_the_readier_is_taken(preference: float, interval: int) -> None:
    """A beat at 60 with weak strokes between is one at 120 only for who prefers what people tap."""
    strokes = np.full(1500, 0.01)
    for beside, sure in ((-1, 0.4), (1, 0.4), (0, 0.9)):
        strokes[10 + beside : 1490 : 50], strokes[35 + beside : 1490 : 50] = sure, 0.1 * sure
    logs = np.log(np.stack((strokes * 0.75, strokes * 0.25, (1 - strokes) / 15)))
    assert np.median(BarPointer(preference=preference).decode(*logs).intervals) == interval


def test_no_frames() -> None:
    """Nothing is heard, nothing is found."""
    nothing = np.zeros(0)
    bars: Bars = BarPointer().decode(nothing, nothing, nothing)
    assert len(bars.beats) == len(bars.positions) == 0


def test_an_hour_fits_into_100_megabytes() -> None:
    """What is kept of ten minutes takes a sixth of that."""
    logs = pulses(10 * 60 * 50, 25, 3, 4)
    tracemalloc.start()
    BarPointer().decode(*logs)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100e6 / 6
