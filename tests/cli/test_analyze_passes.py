"""How far an analysis has come."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.cli.analyze_passes import PASSES, Passes

SECONDS = 4


def blocks() -> Iterator[Audio]:
    """So many seconds of sound, in blocks of one."""
    for _ in range(SECONDS):
        yield Audio(np.zeros((1, 8000), np.float32), 8000)


def positions(passes: Passes, *names: str) -> Iterator[float]:
    """Where it stands while all of this is done, twice of which the recording flows through."""
    for name in names:
        with passes.step(name):
            for _ in passes.watch(blocks() if name in ("hear", "clicks") else ()):
                yield passes.position
            yield passes.position
    yield passes.position


def test_it_is_done_when_all_is_done() -> None:
    """It only grows, reaches the recording's length at the end, and not before the last step."""
    seen = list(positions(Passes(SECONDS, list(PASSES)), *PASSES))
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == pytest.approx(SECONDS)
    assert seen[-2] < SECONDS


def test_hearing_is_not_all() -> None:
    """While it is judged what was heard, something is left."""
    passes = Passes(SECONDS, ["hear", "judge"])
    with passes.step("hear"):
        assert len(list(passes.watch(blocks()))) == SECONDS
    assert 0.5 * SECONDS < passes.position < SECONDS


@pytest.mark.parametrize("duration", [1.0, 3.9])
def test_a_header_that_is_wrong(duration: float) -> None:
    """A recording that is longer than it says is done no earlier."""
    assert max(positions(Passes(duration, ["hear", "judge"]), "hear", "judge")) == pytest.approx(duration)


@pytest.mark.parametrize("duration", [None, 0.0])
def test_an_unknown_length(duration: float | None) -> None:
    """What was heard is shown, and stays while the rest is done."""
    assert list(positions(Passes(duration, ["hear", "judge", "plot"]), "hear", "judge", "plot")) == [0, 1, 2, 3, *[SECONDS] * 4]
