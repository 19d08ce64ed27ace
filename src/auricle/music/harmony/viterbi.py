"""The likeliest path through a hidden Markov model."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt

__all__ = ["likeliest_path", "runs"]


def likeliest_path(likelihoods: npt.NDArray[np.float64], transitions: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Viterbi's algorithm (Rabiner, "A tutorial on hidden Markov models", Proc. IEEE 1989, III.B), entering the first step as any.

    Args:
        likelihoods: log-likelihoods of what was seen, shape (steps, states).
        transitions: log-probabilities from a state (row) to a state (column), shape (states, states).

    Returns:
        The states, shape (steps,).
    """
    steps, states = likelihoods.shape
    came_from = np.zeros((steps, states), np.uint8)
    columns = np.arange(states)
    score = np.zeros(states)
    # The one loop over steps: each needs the one before it. Three numpy calls on a small table each.
    for step in range(steps):
        ways = score[:, None] + transitions
        came_from[step] = ways.argmax(axis=0)
        score = ways[came_from[step], columns] + likelihoods[step]
    return _trace(came_from, int(score.argmax())) if steps else np.zeros(0, np.intp)


def _trace(came_from: npt.NDArray[np.uint8], last: int) -> npt.NDArray[np.intp]:
    path = np.empty(len(came_from), np.intp)
    for step in range(len(path) - 1, -1, -1):
        path[step] = last
        last = int(came_from[step, last])
    return path


def runs(path: npt.NDArray[np.intp]) -> list[tuple[int, int, int]]:
    """The stretches of one state: (first step, step after the last, state)."""
    edges = [0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]
    return [(first, after, int(path[first])) for first, after in pairwise(edges) if after > first]
