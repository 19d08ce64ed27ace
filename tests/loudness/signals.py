"""Test signals: EBU Tech 3341's and 3342's tones, and what limiters find hard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auricle.audio import Audio, Samples

RATES = (8_000, 16_000, 44_100, 48_000, 96_000, 192_000)
SILENCE = -np.inf


def tone(dbfs: float, seconds: float, rate: int = 48_000, channels: int = 2, hertz: int = 1000) -> Samples:
    """A sine with that peak, in phase in all channels; one second of it, repeated."""
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)
    return np.tile(np.resize(wave.astype(np.float32), round(seconds * rate)), (channels, 1))


def tones(parts: Sequence[tuple[float, float]], rate: int = 48_000) -> Audio:
    """Stereo tones of these levels (dBFS) and lengths (seconds), one after the other."""
    return Audio(np.concatenate([tone(level, seconds, rate) for level, seconds in parts], axis=1), rate)


def surround(levels: Sequence[float], seconds: float = 20.0, rate: int = 48_000) -> Audio:
    """A tone in every channel, each at its level (dBFS)."""
    return Audio(np.concatenate([tone(level, seconds, rate, 1) for level in levels]), rate)


def hostile(rate: int = 48_000, seconds: float = 1.0) -> dict[str, Samples]:
    """Stereo sounds whose true peaks are hard to hold, near full scale."""
    generator = np.random.default_rng(20)
    time = np.arange(round(seconds * rate)) / rate
    noise = generator.standard_normal((2, len(time)))
    sparse = np.where(generator.random((2, len(time))) > 0.999, 3.0, 0.01) * np.sign(noise)
    one = {
        "square": np.sign(np.sin(2 * np.pi * 317 * time)),
        "near Nyquist": np.sin(0.97 * np.pi * np.arange(len(time)) + 0.3),
        "fs/4": np.sin(np.pi / 2 * np.arange(len(time)) + np.pi / 4),
        "burst": np.where((time * 10).astype(int) % 3 == 1, 2.0, 0.05) * np.sin(2 * np.pi * 1234.5 * time),
        "step": np.where(time > seconds / 2, 1.0, 0.0),
        "bass": 2 * np.sin(2 * np.pi * 40 * time),
    }
    every = {name: np.stack([wave, 0.5 * wave]) for name, wave in one.items()} | {"noise": 0.3 * noise, "clicks": sparse}
    return {name: wave.astype(np.float32) for name, wave in every.items()}
