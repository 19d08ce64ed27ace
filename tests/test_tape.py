"""Tapes: they can be played again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio, Samples
from auricle.errors import OutputError
from auricle.stages import Chain
from auricle.tape import BLOCK, AudioTape, Derived, Kept, Tape, Treated
from tests.test_stages import Shifted

AUDIO = Audio(np.random.default_rng(0).uniform(-1, 1, (2, 2 * BLOCK + 77)).astype(np.float32), 48_000)


@dataclass(frozen=True)
class Failing(Derived):
    """A tape that fails after its first block."""

    error: Exception

    def play(self) -> Iterator[Samples]:
        """See `Tape`."""
        yield next(iter(self.tape.play()))
        raise self.error


def played(tape: Tape) -> Audio:
    """All of it."""
    return Audio(np.concatenate(list(tape.play()), axis=1), tape.rate)


def test_audio() -> None:
    """It plays what it is."""
    np.testing.assert_array_equal(played(AudioTape(AUDIO)).samples, AUDIO.samples)


def test_treated() -> None:
    """A stage of its own each time: what is left in one does not get into the next."""
    tape = Treated(AudioTape(AUDIO), lambda: Chain([Shifted(2, 1000, 7, 50)]))
    first, second = played(tape), played(tape)
    np.testing.assert_array_equal(first.samples, second.samples)
    assert first.frames == AUDIO.frames


def test_kept() -> None:
    """The same samples, as often as one likes, also at the same time, and any part of them."""
    tape = Kept.record(AudioTape(AUDIO))
    assert (tape.rate, tape.channels, tape.frames) == (48_000, 2, AUDIO.frames)
    for one, other in zip(tape.play(), tape.play(), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(played(tape).samples, AUDIO.samples)
    part = np.concatenate(list(tape.part(5, BLOCK + 9)), axis=1)
    np.testing.assert_array_equal(part, AUDIO.samples[:, 5 : BLOCK + 9])
    assert not list(tape.part(5, 5))
    told: list[int] = []
    tape.played = told.append
    assert [block.shape[1] for block in tape.play()] == told
    tape.close()


def test_what_fails_is_not_kept() -> None:
    """The file goes at once when whoever plays gives up, and the system's errors become ours."""
    files = len(list(Path("/proc/self/fd").iterdir()))
    for error, seen in ((KeyError("gone"), KeyError), (OSError(28, "no space"), OutputError)):
        with pytest.raises(seen):
            Kept.record(Failing(AudioTape(AUDIO), error))
        assert len(list(Path("/proc/self/fd").iterdir())) == files
