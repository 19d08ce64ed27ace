"""Instruments made of sines and noise, float64, shape (frames,), about 1 at most."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["click", "hat", "kick", "note", "snare"]

Floats = npt.NDArray[np.float64]

_A4 = 440.0


def _time(seconds: float, rate: int) -> Floats:
    return np.arange(round(seconds * rate)) / rate


@cache
def _noise(seconds: float, rate: int, low: float, high: float) -> Floats:
    """White noise between two frequencies, peak 1."""
    count = round(seconds * rate)
    spectrum = np.fft.rfft(np.random.default_rng(7).standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / rate)
    noise = np.fft.irfft(np.where((frequency >= low) & (frequency < high), spectrum, 0), count)
    return np.asarray(noise / np.abs(noise).max())


@cache
def click(hertz: float, rate: int) -> Floats:
    """A tone that begins with its peak, and dies away."""
    time = _time(0.05, rate)
    return np.asarray(np.cos(2 * np.pi * hertz * time) * np.exp(-time / 0.01))


@cache
def kick(rate: int) -> Floats:
    """A sine that falls from 160 to 50 Hz, with a click of its beater."""
    time = _time(0.25, rate)
    phase = 2 * np.pi * (50 * time + 110 * 0.03 * (1 - np.exp(-time / 0.03)))
    return np.asarray(np.sin(phase) * np.exp(-time / 0.09) + 0.3 * _noise(0.25, rate, 1000, 5000) * np.exp(-time / 0.004))


@cache
def snare(rate: int) -> Floats:
    """Noise, and the drum's own tone."""
    time = _time(0.2, rate)
    return np.asarray(_noise(0.2, rate, 400, 9000) * np.exp(-time / 0.05) + 0.5 * np.sin(2 * np.pi * 190 * time) * np.exp(-time / 0.04))


@cache
def hat(rate: int) -> Floats:
    """Short noise above 6 kHz."""
    return np.asarray(_noise(0.08, rate, 6000, rate / 2) * np.exp(-_time(0.08, rate) / 0.02))


@cache
def note(midi: int, seconds: float, cents: float, rate: int) -> Floats:
    """Partials that fade the sooner the higher they are, struck in 4 ms and damped in 30."""
    hertz = _A4 * 2 ** ((midi - 69 + cents / 100) / 12)
    time = _time(seconds, rate)
    partials = range(1, 1 + min(10, int(0.45 * rate / hertz)))
    sound = sum((np.sin(2 * np.pi * n * hertz * time) * np.exp(-time * (0.8 + 0.6 * n)) / n**1.3 for n in partials), np.zeros(len(time)))
    return np.asarray(sound * np.minimum(1, time / 0.004) * np.clip((seconds - time) / 0.03, 0, 1))
