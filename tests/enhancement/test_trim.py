"""Trimming: the silence goes, but for its margin, and every sound stays as it was."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.enhancement.trim import trimmed
from auricle.errors import OptionError
from auricle.tape import AudioTape, Kept, Tape

RATE = 8_000


def played(tape: Tape) -> Samples:
    """All of it."""
    return np.concatenate([np.zeros((tape.channels, 0), np.float32), *tape.play()], axis=1)


def cut(samples: Samples, below: bool | float, rate: int = RATE) -> tuple[Samples, dict[str, float], list[str]]:
    """What is left, the facts and the notes."""
    facts: dict[str, float] = {}
    notes: list[str] = []
    return played(trimmed(AudioTape(Audio(samples, rate)), below, facts, notes)), facts, notes


@given(st.integers(0, 20_000), st.integers(1, 20_000), st.integers(0, 20_000), st.sampled_from([True, -50.0]))
def test_silence(before: int, heard: int, after: int, below: bool | float) -> None:
    """Of digital silence around a sound at most 120 ms stay, a margin and what is left of a frame; the sound is not touched."""
    sound = np.where(np.arange(heard) % 2, 0.5, -0.5).astype(np.float32)
    samples = np.pad(sound, (before, after))[np.newaxis]
    left, facts, notes = cut(samples, below)
    first, last = round(facts["start_s"] * RATE), round(facts["end_s"] * RATE)
    np.testing.assert_array_equal(left, samples[:, first : samples.shape[1] - last])
    # Smoothing over 100 ms adds two frames.
    most = round((0.12 if below is not True else 0.16) * RATE)
    assert min(before, round(0.1 * RATE)) <= before - first <= most
    assert min(after, round(0.1 * RATE)) <= after - last <= most
    assert not notes


def test_level() -> None:
    """What lies above the level stays and what lies below goes."""
    samples = np.full((1, 5 * RATE), 10 ** (-55 / 20), np.float32)
    samples[:, 2 * RATE : 3 * RATE] = 0.1
    assert cut(samples, -60.0)[0].shape == samples.shape
    assert cut(samples, -50.0)[0].shape[1] == 1.2 * RATE


def test_one_channel() -> None:
    """A sound in one channel of eight is one."""
    samples = np.zeros((8, 2 * RATE), np.float32)
    samples[5, RATE : RATE + 800] = 0.01
    left, facts, _ = cut(samples, -50.0)
    assert left.shape == (8, 2400)
    assert facts == {"start_s": 0.9, "end_s": pytest.approx(0.8)}


@pytest.mark.parametrize("below", [True, -50.0])
@pytest.mark.parametrize("frames", [0, 1, 16_000])
def test_all_silent(below: bool | float, frames: int) -> None:
    """It is left whole, and a note says so."""
    left, facts, notes = cut(np.zeros((2, frames), np.float32), below)
    assert left.shape == (2, frames)
    assert facts == {"start_s": 0, "end_s": 0}
    assert len(notes) == 1


@pytest.mark.parametrize("name", ["jfk.flac", "LJ001-0003.wav", "arctic_a0024.wav"])
def test_speech_in_noise(recordings: Path, name: str) -> None:
    """Two seconds of the room's steady noise around real speech go, but for a quarter of a second or what the speaker left."""
    speech = Audio.read(recordings / name)
    pad = 2 * speech.rate
    clean = np.pad(speech.samples, ((0, 0), (pad, pad)))
    power = np.square(speech.samples).mean()
    samples = clean + np.random.default_rng(2).normal(0, math.sqrt(power) / 40, clean.shape).astype(np.float32)
    facts = cut(samples, True, speech.rate)[1]
    assert facts["start_s"] > 1.75
    assert facts["end_s"] > 1.75
    # No sound is lost: what went of the speech is softer than the noise.
    first, last = round(facts["start_s"] * speech.rate), round(facts["end_s"] * speech.rate)
    gone = np.concatenate([clean[:, :first], clean[:, clean.shape[1] - last :]], axis=1)
    assert np.square(gone).max() ** 0.5 < 3 * math.sqrt(power) / 40


def test_fade() -> None:
    """A fade to nothing over ten seconds loses only what is 60 dB down."""
    fade = 10.0 ** (-np.arange(10 * RATE) / RATE * 8 / 20)[np.newaxis]
    tone = np.sin(np.arange(10 * RATE) * 0.5)
    left, facts, _ = cut((fade * tone).astype(np.float32), True)
    assert facts["start_s"] == 0
    assert left.shape[1] / RATE > 7.5


@pytest.mark.parametrize("name", ["vibe_ace.ogg", "hungarian_dance.ogg"])
def test_music(recordings: Path, name: str) -> None:
    """What goes of real music is inaudible."""
    music = Audio.read(recordings / name)
    facts = cut(music.samples, True, music.rate)[1]
    gone = [music.slice(0, facts["start_s"]), music.slice(music.duration - facts["end_s"])]
    assert max(part.peak for part in gone) < 0.02 * music.peak


def test_kept() -> None:
    """A tape that is kept gives the same, again and again."""
    samples = np.zeros((2, 300_000), np.float32)
    samples[:, 140_000:160_000] = 0.3
    kept = Kept.record(AudioTape(Audio(samples, RATE)))
    tape = trimmed(kept, True, {}, [])
    np.testing.assert_array_equal(played(tape), played(trimmed(AudioTape(Audio(samples, RATE)), True, {}, [])))
    np.testing.assert_array_equal(played(tape), played(tape))
    assert (tape.rate, tape.channels) == (RATE, 2)
    kept.close()


@pytest.mark.parametrize("below", [0.0, 3.0, math.nan, -math.inf])
def test_refused(below: float) -> None:
    """A level at or above full scale is none of silence."""
    with pytest.raises(OptionError) as caught:
        trimmed(AudioTape(Audio(np.zeros(10, np.float32), RATE)), below, {}, [])
    assert caught.value.field == "trim"


def test_off() -> None:
    """False is the tape itself."""
    tape = AudioTape(Audio(np.zeros(10, np.float32), RATE))
    assert trimmed(tape, False, {}, []) is tape
