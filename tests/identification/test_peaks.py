"""Promises of auricle.identification.peaks: where peaks are, at any level and for any chunking, and that nothing has none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Mono
from auricle.codec import decode
from auricle.identification.index import FRAME_S
from auricle.identification.peaks import DENSITY, LOWEST, RATE, PeakFinder, Peaks
from auricle.resample import resample

RECORDINGS = Path(__file__).parents[1] / "recordings"


def heard(samples: Mono, *cuts: int) -> Peaks:
    """The peaks of samples that are fed in parts."""
    finder = PeakFinder()
    for part in np.split(samples, sorted(cuts)):
        finder.feed(part)
    return finder.finish()


TRUMPET: Mono = resample(decode(RECORDINGS / "solo_trumpet.ogg").remix(1), RATE).samples[0]


def same(first: Peaks, second: Peaks) -> bool:
    """Bit for bit."""
    names = ("frames", "octaves", "heights")
    return first.duration == second.duration and all(np.array_equal(getattr(first, name), getattr(second, name)) for name in names)


@given(st.lists(st.integers(0, len(TRUMPET)), max_size=8))
@settings(deadline=None, max_examples=20)
def test_chunks(cuts: list[int]) -> None:
    """However a recording is cut, the peaks are the same, bit for bit."""
    assert same(heard(TRUMPET, *cuts), heard(TRUMPET))


@pytest.mark.parametrize("hertz", [110.0, 440.0, 1234.5, 3000.0])
def test_position(hertz: float) -> None:
    """The loudest peak of a tone that swells in 20 ms and fades is within 0.3 % of its frequency and 20 ms of its middle."""
    times = np.arange(2 * RATE) / RATE
    tone = np.exp(-(((times - 0.9) / 0.06) ** 2)) * np.sin(2 * np.pi * hertz * times)
    peaks = heard(tone.astype(np.float32))
    best = np.argmax(peaks.heights)
    assert LOWEST * 2 ** peaks.octaves[best] == pytest.approx(hertz, rel=0.003)
    assert peaks.frames[best] * FRAME_S == pytest.approx(0.9, abs=0.02)


def test_level() -> None:
    """A recording 18 dB softer has the same peaks, but for its end, where the silence after it is no softer."""
    loud, soft = (heard(TRUMPET * gain).between(0, 4) for gain in (np.float32(1), np.float32(0.125)))
    near = np.abs(loud.frames[:, None] - soft.frames) < 0.05
    alike = np.abs(loud.octaves[:, None] - soft.octaves) < 0.001
    assert np.mean((near & alike).any(axis=1)) > 0.98
    assert abs(len(loud.frames) - len(soft.frames)) <= 0.02 * len(loud.frames)


@pytest.mark.parametrize("length", [0, 1, 100, 5 * RATE])
@pytest.mark.parametrize("value", [0.0, 0.5])
def test_nothing(length: int, value: float) -> None:
    """No samples, silence and DC have a duration and no more than the peaks that begin and end give."""
    peaks = heard(np.full(length, value, np.float32))
    assert peaks.duration == length / RATE
    assert value or len(peaks.frames) == 0
    assert np.all((peaks.frames < 0.2 / FRAME_S) | (peaks.frames > (peaks.duration - 0.2) / FRAME_S))


def test_density() -> None:
    """Noise, in which peaks are everywhere, has no more than the most of them, in the order of their times."""
    peaks = heard(np.random.default_rng(0).standard_normal(20 * RATE).astype(np.float32))
    assert 0 < len(peaks.frames) <= DENSITY * (peaks.duration + 2.1)
    assert np.all(np.diff(peaks.frames) >= -1)


def test_between() -> None:
    """A stretch has the peaks that lie in it, in its own time."""
    whole = heard(resample(Audio(TRUMPET[None], RATE), RATE).samples[0])
    part = whole.between(1.0, 2.0)
    kept = (whole.frames >= 1 / FRAME_S) & (whole.frames < 2 / FRAME_S)
    assert np.allclose(part.frames + 1 / FRAME_S, whole.frames[kept])
    assert part.duration == pytest.approx(1.0)
    assert whole.between(whole.duration + 5, whole.duration + 9).duration == 0
