"""Promises of auricle.identification.landmarks: what is stored and what is asked, at another speed, too."""

from __future__ import annotations

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.identification.index import FRAME_S
from auricle.identification.landmarks import _ANCHORS, FARTHEST, STORED_PAIRS, STORED_PEAKS, landmarks, question
from auricle.identification.peaks import RATE, Peaks
from auricle.resample import resample
from tests.identification.music import tracks
from tests.identification.remembered import peaks_of


def shared(query: Peaks, recording: Peaks, speed: float = 1.0) -> float:
    """Of what is stored of a recording, the share that a query asks for."""
    stored = landmarks(recording).hashes
    return float(np.isin(stored, question(query, speed, speed).hashes).mean())


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_peaks(count: int) -> None:
    """No peaks and one peak make no landmark; two that are not too far apart make one."""
    peaks = Peaks(np.array([0.0, 10.0])[:count], np.ones(count, np.float32), np.ones(count, np.float32), 1.0)
    expected = count // 2
    assert len(landmarks(peaks).hashes) == expected
    assert bool(len(question(peaks).hashes)) == bool(expected)


def test_far_peaks() -> None:
    """Peaks farther apart than a pair may be make none."""
    peaks = Peaks(np.array([0.0, FARTHEST + 1.0], np.float64), np.ones(2, np.float32), np.ones(2, np.float32), 9.0)
    assert len(landmarks(peaks).hashes) == 0


def test_size() -> None:
    """Music gives between 50 and 150 landmarks a second: at nine bytes each less than 5 MB for an hour."""
    for samples in tracks(4):
        stored = landmarks(peaks_of(samples))
        assert 50 < len(stored.hashes) / stored.duration <= STORED_PEAKS * STORED_PAIRS
        assert stored.hashes.dtype == stored.frames.dtype == np.uint32
        assert stored.frames.max() * FRAME_S <= stored.duration + 0.2


def test_pairs() -> None:
    """Every pair that is asked for is two peaks of the query, the second one later."""
    peaks = peaks_of(tracks(1)[0][: 5 * RATE])
    asked = question(peaks)
    assert np.array_equal(asked.frames, peaks.frames[asked.anchors])
    assert np.all(peaks.frames[asked.partners] > asked.frames)


def test_all_is_asked() -> None:
    """A recording asks for nine in ten of the landmarks that are stored of it; another one, for less than a third."""
    first, second = (peaks_of(samples[: 5 * RATE]) for samples in tracks(2))
    assert shared(first, first) > 0.9
    assert shared(second, first) < 0.33


@pytest.mark.parametrize("speed", [0.95, 0.98, 1.02, 1.05])
def test_speed(speed: float) -> None:
    """Played at another speed, it asks for at least twice as many of the stored landmarks when it is told that speed."""
    samples = tracks(1)[0][: 6 * RATE]
    recording = peaks_of(samples)
    query = peaks_of(resample(Audio(samples[None], round(RATE * speed)), RATE).samples[0])
    assert shared(query, recording, speed) > 2 * shared(query, recording)


def test_long_recording() -> None:
    """A recording of many blocks of anchors has, block by block, the landmarks of its parts."""
    peaks = peaks_of(np.tile(tracks(1)[0], 8))
    half = peaks.between(0, peaks.duration / 2)
    whole, part = landmarks(peaks), landmarks(half)
    count = int(np.searchsorted(part.frames, (half.duration - 2) / FRAME_S))
    assert count > _ANCHORS
    assert np.array_equal(whole.hashes[:count], part.hashes[:count])
