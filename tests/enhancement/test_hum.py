"""Hum removal: the hum goes, steady or drifting, and all else stays; what has none is not touched."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio, Samples
from auricle.enhancement.hum import hum_removed
from auricle.errors import OptionError
from auricle.tape import AudioTape

RATE = 8_000


def hum_of(frames: int, rate: int, hertz: float, level: float = 0.02, drift: float = 0.0, harmonics: int = 10) -> Samples:
    """Harmonics that fall by 4 dB an octave; the frequency goes up and down by ``drift`` Hertz within two minutes. One channel."""
    time = np.arange(frames) / rate
    phase = 2 * np.pi * (hertz * time + 20 * drift * np.sin(time / 20))
    starts = np.random.default_rng(5).uniform(0, 2 * np.pi, harmonics)
    waves = [level / number**0.7 * np.cos(number * phase + starts[number - 1]) for number in range(1, harmonics + 1)]
    return np.asarray(np.sum(waves, axis=0)[np.newaxis], np.float32)


def cleaned(samples: Samples, rate: int, about: bool | float = True) -> tuple[Samples, dict[str, float], list[str]]:
    """What is left, the facts and the notes."""
    facts: dict[str, float] = {}
    notes: list[str] = []
    tape = hum_removed(AudioTape(Audio(samples, rate)), about, facts, notes)
    return np.concatenate([np.zeros((len(samples), 0), np.float32), *tape.play()], axis=1), facts, notes


def decibels(signal: Samples, error: Samples) -> float:
    """How much stronger the one is."""
    return 10 * math.log10(float(np.square(signal, dtype=np.float64).sum() / np.square(error, dtype=np.float64).sum()))


def speech(recordings: Path) -> Audio:
    """Twenty seconds of a real speaker."""
    return Audio.join(Audio.read(recordings / f"LJ001-000{number}.wav") for number in (1, 3)).slice(0, 16)


@pytest.mark.parametrize(("hertz", "drift"), [(50.03, 0.0), (59.9, 0.0), (50.0, 0.2)])
def test_under_speech(recordings: Path, hertz: float, drift: float) -> None:
    """Ten harmonics under real speech, 6 dB below it, go down by 30 dB, and so does the rest by not more than 25 dB below itself."""
    clean = speech(recordings)
    hum = hum_of(clean.frames, clean.rate, hertz, drift=drift)
    hum *= math.sqrt(np.square(clean.samples).mean() / np.square(hum).mean()) / 2
    left, facts, notes = cleaned(clean.samples + hum, clean.rate)
    assert decibels(hum, left - clean.samples) > 30
    assert decibels(clean.samples, left - clean.samples) > 30
    assert facts["hum_hz"] == pytest.approx(hertz, abs=0.02 + drift)
    assert facts["harmonics"] == 10
    assert facts["removed_db"] > 6
    assert not notes


@pytest.mark.parametrize("rate", [8_000, 44_100, 192_000])
def test_alone(rate: int) -> None:
    """At any rate, and with another hum in every channel, what is left of it is 40 dB less, to the last sample."""
    one, other = hum_of(6 * rate, rate, 50.1), hum_of(6 * rate, rate, 50.1, level=0.3, harmonics=3)
    noise = np.random.default_rng(0).normal(0, 1e-5, (2, 6 * rate)).astype(np.float32)
    left, facts, _ = cleaned(np.concatenate([one, -other]) + noise, rate)
    assert left.shape == noise.shape
    assert decibels(one, left[:1]) > 40
    assert decibels(other, left[1:]) > 40
    assert facts["hum_hz"] == pytest.approx(50.1, abs=0.005)


@pytest.mark.parametrize("name", ["LJ001-0003.wav", "arctic_a0024.wav", "hungarian_dance.ogg", "vibe_ace.ogg"])
def test_without(recordings: Path, name: str) -> None:
    """Real speech and music without hum stay as they are, bit for bit, and a note says so."""
    clean = Audio.read(recordings / name).slice(0, 20)
    left, facts, notes = cleaned(clean.samples, clean.rate)
    np.testing.assert_array_equal(left, clean.samples)
    assert facts == {"hum_hz": 0, "harmonics": 0, "removed_db": 0}
    assert len(notes) == 1


@pytest.mark.parametrize("hertz", [49.0, 55.0])
def test_bass(hertz: float) -> None:
    """A bass tone beside the mains stays; with hum in the pauses between its notes, the hum goes and the notes stay."""
    time = np.arange(20 * RATE) / RATE
    noise = np.random.default_rng(0).normal(0, 1e-3, (1, len(time))).astype(np.float32)
    bass = (0.3 * np.sin(2 * np.pi * hertz * time))[np.newaxis].astype(np.float32) + noise
    np.testing.assert_array_equal(cleaned(bass, RATE)[0], bass)
    notes, hum = np.where(time % 2 < 1, bass, noise), hum_of(len(time), RATE, 50.0)
    left = cleaned(notes + hum, RATE)[0]
    assert decibels(hum, left - notes) > 30
    assert decibels(notes, left - notes) > 40


def test_notes_on_the_mains() -> None:
    """Notes of exactly 50 Hz and its multiples, with pauses, are music, not hum."""
    time = np.arange(20 * RATE) / RATE
    noise = np.random.default_rng(0).normal(0, 1e-3, (1, len(time))).astype(np.float32)
    notes = np.where(time % 2 < 1, hum_of(len(time), RATE, 50.0, level=0.3), 0) + noise
    np.testing.assert_array_equal(cleaned(notes, RATE)[0], notes)


def test_about() -> None:
    """A hum elsewhere, as on a tape that runs too fast, is found where it is said to be, and only there."""
    noise = np.random.default_rng(0).normal(0, 1e-3, (1, 10 * RATE)).astype(np.float32)
    samples = hum_of(10 * RATE, RATE, 52.3) + noise
    np.testing.assert_array_equal(cleaned(samples, RATE)[0], samples)
    left, facts, _ = cleaned(samples, RATE, about=52.0)
    assert facts["hum_hz"] == pytest.approx(52.3, abs=0.005)
    assert decibels(samples - noise, left - noise) > 30


def with_lines(recordings: Path, lines: dict[float, float], seconds: float = 8) -> tuple[Samples, Samples, int]:
    """Real speech over a little noise, the same with steady tones (Hertz: amplitude), and the rate."""
    clean = speech(recordings).slice(0, seconds)
    time = np.arange(clean.frames) / clean.rate
    samples = clean.samples + np.random.default_rng(3).normal(0, 1e-4, clean.samples.shape).astype(np.float32)
    tones = np.sum([level * np.cos(2 * np.pi * hertz * time + hertz) for hertz, level in lines.items()], axis=0)
    return samples, (samples + tones).astype(np.float32), clean.rate


@pytest.mark.parametrize("lines", [{60.0: 0.003}, {180.0: 0.01}, {300.05: 0.01}])
def test_named(recordings: Path, lines: dict[float, float]) -> None:
    """Where the frequency is named one weak harmonic under five seconds of speech is enough, whichever it is."""
    clean, samples, rate = with_lines(recordings, lines, 5)
    left, facts, notes = cleaned(samples, rate, about=60.0)
    assert facts["harmonics"] == 1
    assert facts["hum_hz"] == pytest.approx(60, abs=0.05)
    assert decibels(samples - clean, left - clean) > 10
    assert not notes


@pytest.mark.parametrize("about", [50.0, 60.0])
def test_named_but_not_there(recordings: Path, about: float) -> None:
    """Speech without hum stays, bit for bit, also if a frequency is named."""
    clean = speech(recordings)
    left, _, notes = cleaned(clean.samples, clean.rate, about)
    np.testing.assert_array_equal(left, clean.samples)
    assert len(notes) == 1


@pytest.mark.parametrize("numbers", [(2, 3), (2, 4), (1, 2)])
def test_two_lines(recordings: Path, numbers: tuple[int, int]) -> None:
    """Two clear lines of one series are a hum, also where the fundamental is too weak to be seen."""
    clean, samples, rate = with_lines(recordings, {60.02 * number: 0.01 for number in numbers})
    left, facts, _ = cleaned(samples, rate)
    assert facts["hum_hz"] == pytest.approx(60.02, abs=0.01)
    assert facts["harmonics"] == 2
    assert decibels(samples - clean, left - clean) > 15


def test_gaps() -> None:
    """What was muted stays silent, and the hum around it goes."""
    samples = hum_of(20 * RATE, RATE, 50.0) + np.random.default_rng(0).normal(0, 1e-4, (1, 20 * RATE)).astype(np.float32)
    samples[:, 8 * RATE : 12 * RATE] = 0
    left = cleaned(samples, RATE)[0]
    assert np.abs(left[:, int(8.2 * RATE) : int(11.8 * RATE)]).max() == 0
    assert decibels(samples[:, : 7 * RATE], left[:, : 7 * RATE]) > 30


@pytest.mark.parametrize("samples", [np.zeros((2, 40_000)), np.full((1, 40_000), 0.5), np.ones((1, 1)), np.zeros((8, 0))])
@pytest.mark.parametrize("rate", [100, 8_000])
def test_nothing_there(samples: Samples, rate: int) -> None:
    """Silence, DC, one sample and none stay as they are."""
    left, _, notes = cleaned(samples.astype(np.float32), rate)
    np.testing.assert_array_equal(left, samples)
    assert len(notes) == 1


@pytest.mark.parametrize("about", [39.0, 71.0, math.nan, -50.0])
def test_refused(about: float) -> None:
    """A frequency that no mains have."""
    with pytest.raises(OptionError) as caught:
        cleaned(np.zeros((1, 10), np.float32), RATE, about)
    assert caught.value.field == "dehum"


def test_off() -> None:
    """False is the tape itself."""
    tape = AudioTape(Audio(np.zeros(10, np.float32), RATE))
    assert hum_removed(tape, False, {}, []) is tape
