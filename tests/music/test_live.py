"""Tests of live analysis: what is said every second, and that it is what the whole would say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.music import analyze
from auricle.music.live import LiveAnalysis, Rolling
from tests.music.rendered import progression

RECORDINGS = Path(__file__).parents[1] / "recordings"
SONG = progression("A minor", 120, 24, drums=True)
RATE, SOUND = SONG.rate, SONG.audio.samples


def said_of(samples: Samples, cuts: Sequence[int], rate: int = RATE) -> list[Rolling]:
    """All that is said of a stream in these chunks."""
    live = LiveAnalysis(rate, len(samples))
    said = [one for chunk in np.split(samples, list(cuts), axis=1) for one in live.feed(chunk)]
    return [*said, *live.finish()]


@pytest.fixture(scope="module")
def said() -> list[Rolling]:
    """Of the song, in chunks of a tenth of a second."""
    return said_of(SOUND, range(RATE // 10, SOUND.shape[1], RATE // 10))


def test_once_a_second(said: list[Rolling]) -> None:
    """For every whole second of the stream, and once for what is left."""
    whole = SOUND.shape[1] // RATE
    assert [one.time for one in said[:whole]] == list(range(1, whole + 1))
    assert len(said) == whole + 1
    assert said[-1].time == SOUND.shape[1] / RATE


def test_tempo_and_key_are_found_soon_and_kept(said: list[Rolling]) -> None:
    """After ten seconds, as the whole song has them."""
    for one in said[10:]:
        assert one.tempo == pytest.approx(120, rel=0.02)
        assert one.key is not None
        assert one.key.name == "A minor"


def test_beats_come_with_a_tempo(said: list[Rolling]) -> None:
    """None before eight seconds were heard, and none in a second without a tempo."""
    for one in said:
        assert one.time >= 8 or one.tempo is None
        assert one.tempo or not one.beats
        assert (one.tempo is not None) == (one.tempo_confidence >= 0.5)


@pytest.mark.parametrize("name", ["jfk.flac", "two_cities.flac"])
def test_speech_has_no_beat(name: str) -> None:
    """Not for a second."""
    speech = Audio.read(RECORDINGS / name).slice(0, 11)
    assert all(one.tempo is None and not one.beats for one in said_of(speech.samples, [], speech.rate))


def test_every_beat_is_told_once_and_in_order(said: list[Rolling]) -> None:
    """All beats from the fifth second on lie within 50 ms of those that were played, with none missing and none twice."""
    told = [beat.time for one in said for beat in one.beats]
    assert told == sorted(told)
    for played in (time for time in SONG.beats if 5 < time < SONG.duration - 1):
        assert sum(abs(time - played) < 0.05 for time in told) == 1


def test_beats_are_told_when_they_are_certain(said: list[Rolling]) -> None:
    """A second after them at the soonest, and, once there is a tempo, not much later."""
    for one in said[11:-1]:
        assert all(one.time - 2.1 < beat.time <= one.time - 1 for beat in one.beats)


@settings(max_examples=4, deadline=None)
@given(st.lists(st.integers(0, 6 * RATE), max_size=8))
def test_any_chunks_say_the_same(cuts: list[int]) -> None:
    """Bit for bit."""
    sound = SOUND[:, : 6 * RATE]
    assert said_of(sound, sorted(cuts)) == said_of(sound, [])


def test_the_level() -> None:
    """A sine of 1 kHz at -20 dBFS in one channel has -23.01 LUFS (BS.1770-5), and silence has no level."""
    sine = 0.1 * np.sin(2 * np.pi * 1000 * np.arange(4 * 48_000) / 48_000)[None].astype(np.float32)
    said = said_of(np.concatenate([sine, np.zeros((1, 4 * 48_000), np.float32)], axis=1), [], 48_000)
    assert said[0].short_term == -math.inf
    assert said[0].momentary == pytest.approx(-23.01, abs=0.1)
    assert said[3].short_term == pytest.approx(-23.01, abs=0.1)
    assert said[0].peak == pytest.approx(-20, abs=0.01)
    assert said[5].peak == -math.inf
    assert said[7].momentary < -70


def test_nothing_says_nothing() -> None:
    """No samples, no answer; silence has neither tempo nor key."""
    assert said_of(np.zeros((2, 0), np.float32), []) == []
    silence = said_of(np.zeros((2, 3 * RATE), np.float32), [RATE])
    assert [(one.tempo, one.key, one.beats) for one in silence] == [(None, None, ())] * 4


def test_the_last_beats_come_at_the_end(said: list[Rolling]) -> None:
    """What was not certain yet is told with the end, so that as many beats are told as the whole has."""
    whole = analyze(SONG.audio, include=["rhythm"]).rhythm
    assert whole is not None
    told = [beat.time for one in said for beat in one.beats]
    assert told[-1] == pytest.approx(whole.beats[-1].time, abs=0.05)
