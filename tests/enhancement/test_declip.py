"""Peaks that were cut off come back; all else stays."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.enhancement.declip import Declip, Limits, declipped
from auricle.tape import AudioTape


def _mono(wave: np.ndarray) -> Samples:
    """A wave as one channel."""
    return wave.astype(np.float32)[None]


def _restored(samples: Samples, rate: int = 16000) -> tuple[Samples, dict[str, float], list[str]]:
    """What becomes of them, with the facts and notes."""
    facts: dict[str, float] = {}
    notes: list[str] = []
    blocks = list(declipped(AudioTape(Audio(samples, rate)), facts, notes).play())
    return np.concatenate(blocks, axis=1) if blocks else samples[:, :0], facts, notes


def _sdr(clean: Samples, other: Samples) -> float:
    """Of ``other`` to ``clean``. dB."""
    return float(10 * np.log10(np.sum(clean.astype(float) ** 2) / np.sum((clean.astype(float) - other) ** 2)))


def _speech(recordings: Path) -> Audio:
    """Two seconds of it, with peaks of 0.8."""
    audio = Audio.read(recordings / "jfk.flac")
    part = audio.samples[:1, audio.rate // 2 : 5 * audio.rate // 2]
    return Audio(part * np.float32(0.8 / np.max(np.abs(part))), audio.rate)


@pytest.mark.parametrize(("over", "gain"), [(1, 6), (3, 6), (6, 6), (10, 0)])
def test_clipped_speech_is_restored(recordings: Path, over: float, gain: float) -> None:
    """Peaks cut by so many dB come back, and no sample is worse than between the limits: those keep their bits."""
    speech = _speech(recordings)
    limit = 0.8 * 10 ** (-over / 20)
    clipped = np.clip(speech.samples, -np.float32(limit), np.float32(limit))
    clean, facts, notes = _restored(clipped, speech.rate)
    assert _sdr(speech.samples, clean) > _sdr(speech.samples, clipped) + gain
    assert np.array_equal(clean[np.abs(clipped) < 0.99 * limit], clipped[np.abs(clipped) < 0.99 * limit])
    assert np.all(np.abs(clean) >= np.abs(clipped) - 1e-6)
    assert facts["clip_level_dbfs"] == pytest.approx(20 * np.log10(limit), abs=0.01)
    assert facts["peak_db"] == pytest.approx(20 * np.log10(np.max(np.abs(clean))), abs=0.01)
    assert len(notes) == 1
    assert notes[0].startswith("Peaks that were clipped at ")
    assert notes[0].endswith(".")


def test_a_tone_comes_back_above_full_scale() -> None:
    """A sine of amplitude 1.4, clipped at 1: the truth is known, and it exceeds full scale."""
    tone = _mono(1.4 * np.sin(2 * np.pi * 440 * np.arange(16000) / 16000))
    clean, facts, _ = _restored(np.clip(tone, -1, 1))
    assert _sdr(tone, clean) > _sdr(tone, np.clip(tone, -1, 1)) + 10
    assert facts["peak_db"] > 2


def test_only_the_side_that_was_clipped_is_restored() -> None:
    """With an offset only the tops are cut off."""
    tone = _mono(0.5 * np.sin(0.1 * np.arange(16000)) + 0.1)
    clipped = np.minimum(tone, np.float32(0.5))
    clean, _, _ = _restored(clipped)
    assert np.array_equal(clean[clipped < 0.49], clipped[clipped < 0.49])
    assert np.max(clean) > 0.55


def _unclipped() -> dict[str, Samples]:
    """Signals that have high samples of their own."""
    time = np.arange(16000)
    rng = np.random.default_rng(1)
    return {
        "nothing": np.zeros((1, 0), np.float32),
        "silence": np.zeros((2, 16000), np.float32),
        "one sample": np.ones((1, 1), np.float32),
        "sine": _mono(np.sin(time * 0.01)),
        "sine of 8 bits": _mono(np.round(127 * np.sin(time * 0.01)) / 128),
        "sawtooth": _mono(time % 200 / 100 - 1),
        "noise": np.clip(0.2 * rng.standard_normal((1, 16000)), -5, 5).astype(np.float32),
        "glitch": _mono(0.1 * np.sin(time * 0.01) + (time == 8000)),
    }


@pytest.mark.parametrize("name", _unclipped())
def test_what_was_not_clipped_stays(name: str) -> None:
    """Bit for bit, and it is the same tape."""
    tape = AudioTape(Audio(_unclipped()[name], 16000))
    facts: dict[str, float] = {}
    assert declipped(tape, facts, []) is tape
    assert facts == {"clipped_samples": 0}


def test_a_recording_stays(recordings: Path) -> None:
    """Real speech that was not clipped is left alone."""
    speech = _speech(recordings)
    assert np.array_equal(_restored(speech.samples, speech.rate)[0], speech.samples)


def test_what_is_hardly_anything_but_limits_is_left_with_a_note() -> None:
    """A tone that was clipped all but in its slopes says too little of what was above."""
    samples = np.stack([0.1 * np.sin(0.1 * np.arange(16000)), np.clip(50 * np.sin(0.01 * np.arange(16000)), -0.8, 0.8)]).astype(np.float32)
    clean, facts, notes = _restored(samples)
    assert np.array_equal(clean, samples)
    assert facts == {"clipped_samples": 0}
    assert notes == ["More than half of the samples of channel 2 are clipped; that is too much to restore, and it stays as it is."]


@pytest.mark.parametrize("level", [0.5, -1.0, 1.0])
@pytest.mark.parametrize("kind", ["constant", "muted", "square", "pulses", "noisy"])
def test_levels_are_not_clipped(level: float, kind: str) -> None:
    """An offset, also with silence in it, and pulses of one height are what they are: they stay, and no note speaks of them."""
    time = np.arange(300_000)
    steady, muted, square, pulses = np.ones(len(time)), time > 80_000, np.sign(np.sin(time * 0.1)), time % 100 < 60
    shapes = {"constant": steady, "noisy": steady, "muted": muted, "square": square, "pulses": pulses}
    noise = np.random.default_rng(1).normal(0, 2e-4, len(time)) if kind == "noisy" else 0
    samples = (level * shapes[kind] * 0.9 + noise).astype(np.float32)[None]
    clean, facts, notes = _restored(samples)
    assert np.array_equal(clean, samples)
    assert facts == {"clipped_samples": 0}
    assert notes == []


def test_facts_start_again_when_the_tape_is_played_again() -> None:
    """Playing twice counts once."""
    clipped = np.clip(_mono(1.4 * np.sin(0.1 * np.arange(16000))), -1, 1)
    facts: dict[str, float] = {}
    tape = declipped(AudioTape(Audio(clipped, 16000)), facts, [])
    counts = []
    for _ in range(2):
        list(tape.play())
        counts.append(facts["clipped_samples"])
    assert counts[0] == counts[1] == np.count_nonzero(np.abs(clipped) > 0.999)


@settings(max_examples=10)
@given(cuts=st.lists(st.integers(0, 12000), max_size=4))
def test_any_chunking_gives_the_same(cuts: list[int]) -> None:
    """Bit for bit."""
    clipped = np.clip(_mono(1.2 * np.sin(0.1 * np.arange(12000))), -1, 1)
    whole, pieces = (Declip(16000, [Limits(-1, 1)], {}) for _ in range(2))
    edges = [0, *sorted(cuts), 12000]
    chunked = [pieces.feed(clipped[:, start:end]) for start, end in pairwise(edges)]
    expected = np.concatenate([whole.feed(clipped), whole.finish()], axis=1)
    assert np.array_equal(np.concatenate([*chunked, pieces.finish()], axis=1), expected)
