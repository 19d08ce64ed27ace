"""Promises of auricle.music.rhythm.onsets: what begins is seen, what goes on or slides is not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Mono
from auricle.music.part import RATE
from auricle.music.rhythm.beatnet import BANDS, FRAME_RATE, BeatFeatures, Floats
from auricle.music.rhythm.onsets import OnsetStrength

SECONDS = np.arange(6 * RATE) / RATE


def features(sound: npt.NDArray[np.floating]) -> Floats:
    """Those of a whole sound."""
    eyes = BeatFeatures()
    return np.concatenate([eyes.feed(sound.astype(np.float32)), eyes.finish()])


def strength(seen: Floats) -> Floats:
    """That of a whole recording's features."""
    return OnsetStrength().feed(seen)


def notes(times: list[float], frequency: float = 440.0) -> Mono:
    """Tones with three harmonics that begin at once and die away."""
    sound = np.zeros_like(SECONDS)
    for time in times:
        since = SECONDS - time
        decay = np.where(since >= 0, np.exp(-6 * np.maximum(since, 0)), 0)
        sound += decay * sum(np.sin(2 * np.pi * frequency * n * since) / n for n in (1, 2, 3))
    return np.asarray(0.2 * sound, np.float32)


NOISE = features(np.random.default_rng(3).normal(0, 0.1, 2 * RATE))


def test_equal_to_the_paper_s_sum() -> None:
    """Each frame's strength is the sum of the positive rises above the highest of three bands one frame before, written out by hand."""
    expected = [0.0]
    for before, now in zip(NOISE[:-1, :BANDS], NOISE[1:, :BANDS], strict=True):
        highest = [max(before[max(band - 1, 0) : band + 2]) for band in range(BANDS)]
        expected.append(sum(max(0.0, float(level) - float(height)) for level, height in zip(now, highest, strict=True)))
    np.testing.assert_allclose(strength(NOISE), expected, atol=1e-4)


@given(sizes=st.lists(st.integers(0, 40), max_size=12))
@settings(deadline=None)
def test_any_chunking(sizes: list[int]) -> None:
    """Gives the same bits."""
    session = OnsetStrength()
    fed = [session.feed(part) for part in np.split(NOISE, np.cumsum(sizes, dtype=int))]
    np.testing.assert_array_equal(np.concatenate(fed), strength(NOISE))


@pytest.mark.parametrize("gain", [0.1, 1.0, 5.0])
def test_notes_stand_out(gain: float) -> None:
    """The strongest frames are those of the notes' beginnings, each within a frame and a half; between them there is next to nothing."""
    times = [0.5, 1.013, 1.5, 2.25, 2.5, 3.75, 4.001, 5.2]
    found = strength(features(gain * notes(times)))
    near = np.abs(np.arange(len(found))[:, None] / FRAME_RATE - times) < 0.06
    peaks = [np.where(one, found, 0).argmax() / FRAME_RATE for one in near.T]
    np.testing.assert_allclose(peaks, times, atol=0.031)
    assert found[~near.any(1)].max() < 0.1 * min(found[one].max() for one in near.T)


@pytest.mark.parametrize(
    "sound", [np.zeros_like(SECONDS), np.full_like(SECONDS, 0.5), np.sin(2 * np.pi * 440 * SECONDS)], ids=["silence", "DC", "tone"]
)
def test_where_nothing_begins(sound: Mono) -> None:
    """Nothing rises, but at the ends, where the sound is cut."""
    assert strength(features(sound))[3:-3].max() < 0.01


def test_vibrato_is_no_onset() -> None:
    """A tone that sways by half a tone six times a second has less than half of the strength that plain flux would give it."""
    sway = 1000 * 2 ** (np.sin(2 * np.pi * 6 * SECONDS) / 24)
    bands = features(0.5 * np.sin(2 * np.pi * np.cumsum(sway) / RATE))[5:-5]
    plain = bands[1:, BANDS:].sum()  # as it stands in BeatNet's features
    assert strength(bands).sum() < 0.5 * plain


def test_no_frames() -> None:
    """Have no strength; a single one has nothing to rise from."""
    assert strength(np.empty((0, 2 * BANDS), np.float32)).shape == (0,)
    np.testing.assert_array_equal(strength(NOISE[:1]), [0])
