"""What happens to music between a loudspeaker and a question: each takes and gives mono samples at `RATE`."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np

from auricle.audio import Audio, Mono
from auricle.codec import AudioProcessingConfig, decode, encode
from auricle.resample import resample
from benchmarks.references import RECORDINGS

__all__ = ["DEGRADATIONS", "RATE", "Degradation", "mixed"]

RATE = 44100
Degradation = Callable[[Mono, np.random.Generator], Mono]
_VOICES = ("LJ001-0001.wav", "LJ001-0003.wav", "LJ001-0005.wav", "austen-0870.wav", "austen-0890.wav", "austen-0930.wav", "jfk.flac")
_BANDS = (60.0, 150.0, 400.0, 1000.0, 2500.0, 6000.0, 15000.0)


def mixed(wanted: Mono, other: Mono, decibels: float) -> Mono:
    """Two sounds, the first so much stronger (RMS) than the second."""
    level = np.sqrt(np.mean(wanted**2) / max(float(np.mean(other**2)), 1e-20)) * 10 ** (-decibels / 20)
    return np.asarray(wanted + level * other, np.float32)


def coded(samples: Mono, rng: np.random.Generator) -> Mono:
    """MP3 at 64 kbit/s."""
    config = AudioProcessingConfig(output_format="mp3", bit_rate=64000)
    return np.asarray(decode(encode(Audio(samples[None], RATE), config)).samples[0])


def equalized(samples: Mono, rng: np.random.Generator) -> Mono:
    """Seven bands up or down by 12 dB, by chance, with straight lines between them over the logarithm of frequency."""
    gains = rng.choice((-12.0, 12.0), len(_BANDS))
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    curve = np.interp(np.log(np.maximum(hertz, 1)), np.log(_BANDS), gains)
    return np.fft.irfft(np.fft.rfft(samples) * 10 ** (curve / 20), len(samples)).astype(np.float32)


def clipped(samples: Mono, rng: np.random.Generator) -> Mono:
    """12 dB over what can be held."""
    limit = np.abs(samples).max() * 10 ** (-12 / 20)
    return np.clip(samples, -limit, limit)


def pink(length: int, rng: np.random.Generator) -> Mono:
    """Noise of the same power in each octave from 20 Hz up."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    hertz = np.fft.rfftfreq(length, 1 / RATE)
    return np.fft.irfft(np.where(hertz >= 20, spectrum / np.sqrt(np.maximum(hertz, 20)), 0), length).astype(np.float32)


def noisy(samples: Mono, rng: np.random.Generator) -> Mono:
    """Pink noise as strong as the music."""
    return mixed(samples, pink(len(samples), rng), 0)


def reverberant(samples: Mono, rng: np.random.Generator, seconds: float = 0.8) -> Mono:
    """A room: the direct sound and an exponential tail of noise (Polack) of the same energy that falls by 60 dB in ``seconds``."""
    times = np.arange(int(1.2 * seconds * RATE)) / RATE
    tail = rng.standard_normal(len(times)) * 10 ** (-3 * times / seconds)
    tail /= np.sqrt(np.sum(tail**2))
    tail[0] += 1
    length = 1 << int(len(samples) + len(tail)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, length) * np.fft.rfft(tail, length), length)
    return wet[: len(samples)].astype(np.float32)


def in_a_hall(samples: Mono, rng: np.random.Generator) -> Mono:
    """A reverberation time of 0.8 s, and six people who talk 5 dB below the music."""
    babble = sum((_talk(len(samples), rng) for _ in range(6)), np.zeros(len(samples), np.float32))
    return mixed(reverberant(samples, rng), babble, 5)


def _talk(length: int, rng: np.random.Generator) -> Mono:
    voice = _voices()[rng.integers(len(_VOICES))]
    said = np.resize(np.roll(voice, rng.integers(len(voice))), length)
    return said / max(float(np.sqrt(np.mean(said**2))), 1e-9)


@functools.cache
def _voices() -> list[Mono]:
    config = AudioProcessingConfig(sample_rate=RATE, channels=1)
    return [decode(RECORDINGS / name, config).samples[0] for name in _VOICES]


def played(speed: float) -> Degradation:
    """Played so many times as fast: higher, too."""
    return lambda samples, rng: resample(Audio(samples[None], round(RATE * speed)), RATE).samples[0]


DEGRADATIONS: Mapping[str, Degradation] = {
    "clean": lambda samples, rng: samples,
    "MP3 64k": coded,
    "EQ ±12 dB": equalized,
    "clipping 12 dB": clipped,
    "pink noise 0 dB": noisy,
    "reverb 0.8 s + babble 5 dB": in_a_hall,
    "speed -4 %": played(0.96),
    "speed -2 %": played(0.98),
    "speed +2 %": played(1.02),
    "speed +4 %": played(1.04),
}
