"""Stages: all of the sound comes out, where it was, however it came in."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio import Samples
from auricle.stages import Blockwise, Chain, Stage


class Shifted(Blockwise):
    """Each sample plus ten times the one ``before`` earlier plus a hundred times the one ``after`` later."""

    def __init__(self, channels: int, block: int, before: int, after: int) -> None:
        super().__init__(channels, block, before, after)
        self.shape = (block, before, after)

    def treat(self, window: Samples) -> Samples:
        """What the class says."""
        block, before, after = self.shape
        assert window.shape[1] == before + block + after
        return np.asarray(window[:, before : before + block] + 10 * window[:, :block] + 100 * window[:, before + after :], np.float32)


def through(stage: Stage, samples: Samples, cuts: list[int]) -> Iterator[Samples]:
    """What comes out when the sound is cut at ``cuts``; never later than the stage says."""
    fed = back = 0
    for piece in np.split(samples, sorted(cuts), axis=1):
        out = stage.feed(piece)
        fed, back = fed + piece.shape[1], back + out.shape[1]
        assert fed - stage.latency <= back <= fed
        yield out
    yield stage.finish()


@given(st.integers(0, 60), st.integers(1, 9), st.integers(0, 9), st.integers(0, 9), st.data())
def test_blockwise(frames: int, block: int, before: int, after: int, data: st.DataObject) -> None:
    """Every block sees what is around it, zeros beyond the ends, and any chunking gives the closed form."""
    samples = np.arange(1, 2 * frames + 1, dtype=np.float32).reshape(2, frames)
    cuts = data.draw(st.lists(st.integers(0, frames), max_size=6))
    found = np.concatenate(list(through(Shifted(2, block, before, after), samples, cuts)), axis=1)
    wide = np.pad(samples, ((0, 0), (before, after)))
    np.testing.assert_array_equal(found, samples + 10 * wide[:, :frames] + 100 * wide[:, before + after :])


@given(st.integers(0, 60), st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9), st.integers(0, 9)), max_size=3), st.data())
def test_chain(frames: int, shapes: list[tuple[int, int, int]], data: st.DataObject) -> None:
    """One stage after the other, whatever each holds back; none at all is the sound itself."""
    samples = np.arange(1, 2 * frames + 1, dtype=np.float32).reshape(2, frames)
    cuts = data.draw(st.lists(st.integers(0, frames), max_size=6))
    found = np.concatenate(list(through(Chain([Shifted(2, *shape) for shape in shapes]), samples, cuts)), axis=1)
    for shape in shapes:
        samples = np.concatenate(list(through(Shifted(2, *shape), samples, [])), axis=1)
    np.testing.assert_array_equal(found, samples)


def test_nothing_came() -> None:
    """Nothing comes out, of the channels that there are."""
    assert Chain([Shifted(2, 3, 1, 1), Shifted(2, 5, 0, 2)]).finish().shape == (2, 0)
    assert not Chain([]).finish().size
