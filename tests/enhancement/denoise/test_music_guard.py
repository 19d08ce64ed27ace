"""Promises of auricle.enhancement.denoise.music_guard. What the model would remove is all there is, in music as in noise alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auricle import Audio
from auricle.audio import Mono, Samples
from auricle.enhancement.denoise.music_guard import MusicGuard
from auricle.resample import resample

RATE = 48_000
TIME = np.arange(8 * RATE) / RATE
RANDOM = np.random.default_rng(1)


def decided(sound: Samples, chunk: int = 1 << 17) -> Mono:
    """How much may go of each sample."""
    guard = MusicGuard()
    parts = [guard.feed(part, part) for part in np.split(sound, range(chunk, sound.shape[1], chunk), axis=1)]
    return np.concatenate([*parts, guard.finish()])


def kept(sound: Samples) -> float:
    """How much is lost, dB."""
    left = sound * (1 - decided(sound))
    return float(10 * np.log10(np.square(sound).sum() / np.square(left).sum()))


@pytest.mark.parametrize("name", ["vibe_ace.ogg", "hungarian_dance.ogg", "solo_trumpet.ogg"])
def test_recorded_music_is_kept(name: str, recordings: Path) -> None:
    """It loses at most 1 dB, at any level, though the model would remove all of it."""
    music = resample(Audio.read(recordings / name), RATE).samples[:, : 20 * RATE]
    assert kept(music * np.float32(0.01)) < 1


def chords() -> Mono:
    """Four triads of plucked strings, two a second."""
    at = TIME % 0.5
    roots = np.array([220, 174.6, 196, 261.6])[(TIME // 0.5).astype(int) % 4]
    partials = [np.sin(2 * np.pi * roots * third * k * at) / k for third in (1, 1.26, 1.5) for k in range(1, 6)]
    return (0.1 * sum(partials, np.zeros(1)) * np.exp(-4 * at)).astype(np.float32)


def drums() -> Mono:
    """A bass drum on every beat and a hi-hat between."""
    beat, offbeat = TIME % 0.5, (TIME + 0.25) % 0.5
    bass = np.sin(2 * np.pi * 60 * beat) * np.exp(-15 * beat)
    return (0.5 * bass + 0.2 * RANDOM.standard_normal(len(TIME)) * np.exp(-50 * offbeat)).astype(np.float32)


@pytest.mark.parametrize("music", [chords(), drums(), chords() + drums()], ids=["chords", "drums", "both"])
def test_made_music_is_kept(music: Mono) -> None:
    """Notes without a beat, a beat without notes; in both channels, or in opposite ones."""
    assert kept(music[None]) < 1
    assert kept(np.stack([music, -music])) < 1


@pytest.mark.parametrize(
    "noise",
    [
        RANDOM.standard_normal(len(TIME)),
        np.cumsum(RANDOM.standard_normal(len(TIME))) / 100,
        sum(np.sin(2 * np.pi * 50 * k * TIME) / k for k in range(1, 20)),
        RANDOM.standard_normal(len(TIME)) * (1.3 + np.sin(2 * np.pi * 7 * TIME)) + np.sin(2 * np.pi * 240 * TIME),
        RANDOM.standard_normal(len(TIME)) * (TIME % 4 > 2),
        np.zeros(len(TIME)),
        np.ones(len(TIME)),
    ],
    ids=["white", "brown", "hum", "fan", "gusts", "silence", "dc"],
)
def test_noise_goes(noise: Mono) -> None:
    """All of it, from the first to the last sample."""
    assert np.all(decided((0.1 * noise)[None].astype(np.float32)) == 1)


def test_any_chunking_decides_the_same() -> None:
    """Bit for bit; one decision for each sample, and no longer held back than stated."""
    sound = np.concatenate([RANDOM.standard_normal(3 * RATE).astype(np.float32), chords()])[None]
    whole = decided(sound)
    np.testing.assert_array_equal(decided(sound, 7_777), whole)
    guard = MusicGuard()
    assert len(guard.feed(sound, sound)) >= sound.shape[1] - guard.latency
    assert whole.min() == 0
    assert np.abs(np.diff(whole)).max() < 1e-4
