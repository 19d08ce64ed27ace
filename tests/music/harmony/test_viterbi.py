"""Promises of auricle.music.harmony.viterbi: the path found is the likeliest of all."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auricle.music.harmony.viterbi import likeliest_path, runs


@given(st.integers(1, 6), st.integers(1, 3), st.integers(0, 1000))
def test_no_path_is_likelier(steps: int, states: int, seed: int) -> None:
    """Every path is tried."""
    generator = np.random.default_rng(seed)
    seen = generator.normal(size=(steps, states))
    table = np.log(generator.dirichlet(np.ones(states), states))
    np.fill_diagonal(table, 0.0)  # as likely to enter any state, by staying

    def likelihood(path: tuple[int, ...]) -> float:
        return float(sum(seen[step, state] for step, state in enumerate(path)) + sum(table[a, b] for a, b in pairwise(path)))

    best = max(likelihood(path) for path in product(range(states), repeat=steps))
    assert np.isclose(likelihood(tuple(likeliest_path(seen, table).tolist())), best)


def test_no_steps_have_no_path() -> None:
    """And no stretches."""
    path = likeliest_path(np.zeros((0, 3)), np.zeros((3, 3)))
    assert path.shape == (0,)
    assert runs(path) == []


@given(st.lists(st.integers(0, 3), min_size=1))
def test_runs_tell_the_path(states: list[int]) -> None:
    """Joined they are the path, and neighbours differ."""
    stretches = runs(np.array(states))
    assert [state for first, after, state in stretches for _ in range(first, after)] == states
    assert all(one[2] != other[2] and one[1] == other[0] for one, other in pairwise(stretches))
