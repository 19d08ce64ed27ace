"""Figures in columns."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auricle.columns import Columns


@given(st.integers(0, 200), st.sets(st.integers(0, 200)), st.sampled_from([(), (3,)]))
def test_a_column_is_what_is_in_it(hops: int, cuts: set[int], bands: tuple[int, ...]) -> None:
    """Lowest, highest and mean power of its hops, however they came and however many they are."""
    random = np.random.default_rng(hops)
    samples = random.standard_normal((2, hops, 4)).astype(np.float32)
    power = random.random((hops, *bands)).astype(np.float32)
    columns = Columns(8, bands)
    for start, end in pairwise(sorted({0, hops, *(cut for cut in cuts if cut < hops)})):
        for first in range(start, end, 8):
            here = slice(first, min(end, first + 8))
            columns.put(samples[:, here], power[here])
    assert len(columns) <= 8
    lowest, highest = columns.extremes
    for column in range(len(columns)):
        here = slice(column * columns.width, (column + 1) * columns.width)
        assert (lowest[column], highest[column]) == (samples[:, here].min(), samples[:, here].max())
        np.testing.assert_allclose(columns.power[column], power[here].mean(axis=0), rtol=1e-5)


def test_columns_are_as_fine_as_they_may_be() -> None:
    """More than half of the columns are used, once any had to be joined."""
    columns = Columns(8)
    for hops in range(1, 100):
        columns.put(np.zeros((1, 1, 1), np.float32), np.ones(1))
        assert min(hops, 5) <= len(columns) <= 8
