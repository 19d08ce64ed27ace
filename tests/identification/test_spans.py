"""Promises of auricle.identification.spans: what is played in a long query, in order, and where each begins and ends."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from auricle.audio import Audio, Mono
from auricle.identification.index import Postings
from auricle.identification.matching import Candidate
from auricle.identification.peaks import RATE
from auricle.identification.spans import prevailing, timeline
from auricle.resample import resample
from tests.identification.music import tracks
from tests.identification.remembered import peaks_of, remember

KNOWN = tracks(9)[:8]
INDEX = remember(KNOWN)


def part(number: int, start: float, end: float) -> Mono:
    """A stretch of a track. Seconds."""
    return tracks(9)[number][round(start * RATE) : round(end * RATE)]


def test_two_recordings() -> None:
    """Two recordings, one after the other: two spans that meet where they do, each with where in the recording it begins."""
    first, second = timeline(peaks_of(np.concatenate([part(0, 2, 22), part(5, 7, 27)])), INDEX)
    assert (first.recording, second.recording) == (0, 5)
    assert first.start == pytest.approx(0, abs=1) and first.end == pytest.approx(20, abs=1.5)
    assert second.start == pytest.approx(20, abs=1.5) and second.end == pytest.approx(40, abs=1.5)
    assert first.offset - first.start == pytest.approx(2, abs=0.05)
    assert second.offset - (second.start - 20) == pytest.approx(7, abs=0.05)
    assert first.end <= second.start


def test_faster() -> None:
    """A mix that is played 3 % faster is followed, and its speed is found."""
    mix = np.concatenate([part(1, 0, 25), part(2, 3, 28)])
    spans = timeline(peaks_of(resample(Audio(mix[None], round(RATE * 1.03)), RATE).samples[0]), INDEX)
    assert [span.recording for span in spans] == [1, 2]
    assert [span.speed for span in spans] == pytest.approx([1.03, 1.03], abs=0.003)


def test_gap() -> None:
    """Silence and unknown music between known music are in no span."""
    spans = timeline(peaks_of(np.concatenate([part(3, 0, 15), np.zeros(12 * RATE, np.float32), part(8, 0, 20), part(4, 5, 20)])), INDEX)
    assert [span.recording for span in spans] == [3, 4]
    assert spans[0].end < 16 and spans[1].start > 45


@pytest.mark.parametrize("samples", [np.zeros(0, np.float32), np.zeros(40 * RATE, np.float32), part(8, 0, 30)])
def test_nothing_known(samples: Mono) -> None:
    """No sound, silence and unknown music have no spans."""
    assert timeline(peaks_of(samples), INDEX) == []


def test_short() -> None:
    """A query shorter than a window is one span."""
    (span,) = timeline(peaks_of(part(6, 10, 14)), INDEX)
    assert span.recording == 6
    assert span.offset - span.start == pytest.approx(10, abs=0.05)


def span(recording: int, start: float, end: float) -> Candidate:
    """Of a recording, a vote for each second."""
    return Candidate(recording, start, end, 0.0, 0.9, round(end - start))


def test_prevailing() -> None:
    """Whatever the length, it is the recording whose spans together are half of the query, in its span with the most votes."""
    first, second = span(1, 0, 20), span(1, 40, 75)
    assert prevailing([first, span(2, 20, 40), second], 100) == second
    assert prevailing([first, span(2, 20, 40)], 100) is None
    assert prevailing([span(1, 0, 8)], 31) is None
    assert prevailing([], 0) is None


class Counted:
    """An index that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0

    def postings(self, hashes: npt.NDArray[np.uint32]) -> Postings:
        """As `Index` says."""
        self.asked += 1
        return INDEX.postings(hashes)


def test_unknown_music_costs_little() -> None:
    """It is asked for at all seven speeds only now and then: less than three times for a window of ten seconds that begins every five."""
    index = Counted()
    timeline(peaks_of(np.tile(part(8, 0, 20), 6)), index)
    assert index.asked < 3 * 120 / 5


def test_followed_back() -> None:
    """A recording at another speed, after unknown music, begins where it does and not where all speeds were tried next."""
    mix = np.concatenate([part(8, 0, 21), part(2, 0, 29)])
    (found,) = timeline(peaks_of(resample(Audio(mix[None], round(RATE * 1.04)), RATE).samples[0]), INDEX)
    assert found.recording == 2
    assert found.start == pytest.approx(21 / 1.04, abs=1.5)
