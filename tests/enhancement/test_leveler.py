"""Leveler: speakers come together, all else stays where it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyebur128
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.enhancement.leveler import Leveler
from auricle.enhancement.report import Facts
from tests.test_stages import through

RATE = 22_050


def levelled(samples: Samples, rate: int = RATE, facts: Facts | None = None) -> Samples:
    """The sound through a leveler."""
    return np.concatenate(list(through(Leveler(rate, len(samples), facts), samples, [])), axis=1)


def noise(seconds: float, level_db: float, channels: int = 1, rate: int = RATE) -> Samples:
    """White noise."""
    return (np.random.default_rng(5).standard_normal((channels, round(seconds * rate))) * 10 ** (level_db / 20)).astype(np.float32)


def level(samples: Samples) -> float:
    """RMS. dB."""
    return float(10 * np.log10((samples.astype(np.float64) ** 2).mean()))


def loudness_range(samples: Samples) -> float:
    """LRA of EBU Tech 3342, by libebur128. LU."""
    state = pyebur128.R128State(len(samples), RATE, pyebur128.MeasurementMode.MODE_LRA)
    state.add_frames(np.ascontiguousarray(samples.T, np.float64).ravel(), samples.shape[1])
    return float(pyebur128.get_loudness_range(state))


@pytest.fixture(scope="module")
def turns(recordings: Path) -> list[Samples]:
    """Two speakers who take turns, the second 12 dB softer."""
    names = ("LJ001-0001", "LJ001-0003", "LJ001-0005", "LJ001-0007") * 2
    read = [Audio.read(recordings / f"{name}.wav").samples for name in names]
    return [np.float32(0.25 if place % 2 else 1) * samples for place, samples in enumerate(read)]


def test_speakers_come_together(turns: list[Samples]) -> None:
    """The difference between a loud and a quiet speaker shrinks by more than half, and the loudness range falls."""
    before = np.concatenate(turns, axis=1)
    facts: Facts = {}
    after = levelled(before, facts=facts)
    levels = [level(turn) for turn in np.split(after, np.cumsum([turn.shape[1] for turn in turns])[:-1], axis=1)]
    spread = np.mean(levels[::2]) - np.mean(levels[1::2])
    was = np.mean([level(turn) for turn in turns[::2]]) - np.mean([level(turn) for turn in turns[1::2]])
    assert was > 10
    assert 0 < spread < was / 2
    assert loudness_range(after) < 0.65 * loudness_range(before)
    assert 5 < facts["most_gain_db"] <= 12
    assert -12 <= facts["least_gain_db"] < -1


def test_one_speaker_stays(turns: list[Samples]) -> None:
    """Somebody who speaks evenly is changed little: by less than 4 dB at any time, and by less than 1 dB on the whole."""
    facts: Facts = {}
    after = levelled(turns[2], facts=facts)
    assert max(facts["most_gain_db"], -facts["least_gain_db"]) < 4
    assert abs(level(after) - level(turns[2])) < 1


def test_only_differences_count(turns: list[Samples]) -> None:
    """There is no target: a recording that is 20 dB softer is treated the same, and stays 20 dB softer."""
    before = np.concatenate(turns[:3], axis=1)
    factor = np.float32(0.1)
    np.testing.assert_allclose(levelled(before * factor), levelled(before) * factor, rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("floor_db", [-60, -45, -35])
def test_pauses_are_not_lifted(turns: list[Samples], floor_db: float) -> None:
    """In a pause of four seconds the gain stays what it was for the speech before; what is heard in it does not become louder."""
    speech = turns[0] / np.float32(10 ** (level(turns[0]) / 20 + 1))  # at -20 dB
    before = np.concatenate([speech, np.zeros((1, 4 * RATE), np.float32), speech], axis=1)
    before += noise(before.shape[1] / RATE, floor_db)
    after = levelled(before)
    start = speech.shape[1]
    said, paused = slice(start - RATE, start), slice(start + RATE, start + 3 * RATE)
    gain = level(after[:, said]) - level(before[:, said])
    assert level(after[:, paused]) - level(before[:, paused]) == pytest.approx(gain, abs=1)


def test_background_at_the_beginning(turns: list[Samples]) -> None:
    """Soft sounds before anybody speaks do not make speech too loud."""
    background = np.concatenate(turns[:1], axis=1) * np.float32(0.02)
    after = levelled(np.concatenate([background, turns[0]], axis=1))[:, background.shape[1] :]
    assert abs(level(after[:, 2 * RATE :]) - level(turns[0][:, 2 * RATE :])) < 1.5


def test_something_loud_at_the_beginning(turns: list[Samples]) -> None:
    """A second of something 23 dB louder at the beginning is forgotten: a minute later speakers come together."""
    bang, voices = noise(1, level(turns[0]) + 23), np.concatenate(turns, axis=1)
    after = levelled(np.concatenate([bang, voices, voices], axis=1))[:, -voices.shape[1] :]
    assert loudness_range(after) < 0.65 * loudness_range(voices)


@pytest.mark.parametrize("silent", [0.0, 0.77, 3.0])
@pytest.mark.parametrize("rate", [8000, 48_000])
def test_steady_sound_stays(silent: float, rate: int) -> None:
    """A tone or a noise that goes on and on, after silence, too, stays as it is, bit for bit."""
    times = np.arange(8 * rate) / rate
    for sound in (0.1 * np.sin(2 * np.pi * 997 * times)[None], noise(8, -40, rate=rate)):
        silence = np.zeros((1, round(silent * rate)))
        facts: Facts = {}
        levelled(np.concatenate([silence, sound, silence], axis=1).astype(np.float32), rate, facts)
        assert max(facts["most_gain_db"], -facts["least_gain_db"]) < 0.1


def test_steps_of_tones() -> None:
    """A tone that is 10 dB softer for long is no pause: it is lifted, too."""
    times = np.arange(15 * 8000) / 8000
    tone = 0.1 * np.sin(2 * np.pi * 1000 * times)[None]
    facts: Facts = {}
    levelled(np.concatenate([tone, tone * 10**-0.5], axis=1).astype(np.float32), 8000, facts)
    assert 4 < facts["most_gain_db"] < 10


def test_gain_is_smooth() -> None:
    """The gain never changes faster than 6 dB/s, from no sample to the next, and is the same in all channels."""
    rate = 8000
    before = np.random.default_rng(3).choice(np.array([-0.01, 0.01], np.float32), (2, 20 * rate))
    before[1] *= np.float32(0.3)
    for start in range(0, 20, 4):
        before[:, start * rate : (start + 2) * rate] *= 6
        before[:, (start + 1) * rate + 2000 : (start + 1) * rate + 4000] *= np.float32(0.05)
    gains: npt.NDArray[np.float64] = 20 * np.log10(levelled(before, rate).astype(np.float64) / before)
    assert np.ptp(gains) > 5
    assert np.abs(gains).max() <= 12
    assert np.abs(np.diff(gains)).max() <= 6 / rate + 2e-6
    np.testing.assert_allclose(gains[0], gains[1], atol=2e-6)


def test_it_keeps_up_with_live_sound() -> None:
    """It holds back at most a second, at any rate."""
    assert all(Leveler(rate, 1).latency <= rate for rate in (8000, 11_025, 44_100, 192_000))


@settings(max_examples=20)
@given(st.integers(0, 24_000), st.integers(1, 3), st.lists(st.integers(0, 24_000), max_size=6))
def test_any_chunking(frames: int, channels: int, cuts: list[int]) -> None:
    """However the sound is cut, the same bits come out."""
    samples = noise(3, -20, channels, 8000)[:, :frames]
    samples *= np.float32(0.05) + np.square(np.sin(np.arange(frames, dtype=np.float32) / 2000))
    found = np.concatenate(list(through(Leveler(8000, channels), samples, [min(cut, frames) for cut in cuts])), axis=1)
    np.testing.assert_array_equal(found, levelled(samples, 8000))


@pytest.mark.parametrize("rate", [8000, 192_000])
@pytest.mark.parametrize("channels", [1, 8])
@pytest.mark.parametrize("frames", [0, 1, 300_000])
@pytest.mark.parametrize("value", [0.0, 0.5, 3e38])
def test_whatever_comes(rate: int, channels: int, frames: int, value: float) -> None:
    """Silence, DC, one sample, none, and the largest numbers: as many numbers come out, and silence stays silence."""
    samples = np.full((channels, frames), value, np.float32)
    after = levelled(samples, rate)
    assert after.shape == samples.shape
    assert np.isfinite(after).all()
    assert value or not after.any()


def test_facts_begin_anew() -> None:
    """A tape is played several times: each time the facts are those of this time."""
    facts: Facts = {"most_gain_db": 7.0, "least_gain_db": -7.0}
    Leveler(8000, 1, facts)
    assert facts == {"most_gain_db": 0.0, "least_gain_db": 0.0}
