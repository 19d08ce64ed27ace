"""Values of an analysis that the server asks for."""

from __future__ import annotations

import pickle
from dataclasses import replace

from auricle.music import PARTS
from auricle.server.analysing import NOTHING_HEARD, Analysing, LiveAnalysing, since
from tests.server.conftest import END, SECONDS


def test_everything_unless_said() -> None:
    """All parts, without the frames."""
    assert (Analysing().include, Analysing().frames) == (PARTS, False)


def test_they_can_be_sent_elsewhere() -> None:
    """To another process, or another machine."""
    for value in (Analysing(("rhythm",), frames=True), LiveAnalysing(), NOTHING_HEARD, END):
        assert pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own


def test_what_was_said_in_one() -> None:
    """The state at the end, all beats that are new, and the largest peak of the time."""
    first, second = SECONDS[2]
    assert since(NOTHING_HEARD, SECONDS[2]) == replace(second, beats=(*first.beats, *second.beats), peak=-3.0)


def test_nothing_was_said() -> None:
    """All is as it was, and no beat is told twice."""
    (last,) = END
    assert since(last, ()) == replace(last, beats=())
    assert since(NOTHING_HEARD, ()) == NOTHING_HEARD
