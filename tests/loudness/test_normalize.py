"""Recordings at a loudness: within 0.1 LU, below the ceiling, and with no more limiting than allowed."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio, Samples
from auricle.loudness import measure, normalized
from auricle.resample import resample
from auricle.stages import Chain
from auricle.tape import AudioTape, Tape, Treated
from tests.loudness.signals import tone, tones

RECORDINGS = ["jfk.flac", "hungarian_dance.ogg", "vibe_ace.ogg", "solo_trumpet.ogg", "fw-stereo_diarization.wav", "wy-fr-name.wav"]


def played(tape: Tape) -> Audio:
    """As it sounds."""
    return Audio(np.concatenate(list(tape.play()), axis=1), tape.rate)


@pytest.mark.parametrize(("target", "ceiling"), [(-16.0, -1.0), (-23.0, -1.0), (-14.0, -1.0), (-20.0, -3.0)])
@pytest.mark.parametrize("name", RECORDINGS)
def test_recordings(name: str, target: float, ceiling: float, recordings: Path) -> None:
    """Reach the target, below the ceiling at 16 times the rate; their length does not change, and much limiting is said."""
    audio = Audio.read(recordings / name).slice(0, 8)
    facts: dict[str, float] = {}
    notes: list[str] = []
    sounds = played(normalized(AudioTape(audio), target, ceiling, 30.0, facts, notes))
    assert measure(sounds).integrated == pytest.approx(target, abs=0.1)
    assert 20 * math.log10(resample(sounds, 16 * sounds.rate).peak) <= ceiling
    assert sounds.samples.shape == audio.samples.shape
    assert notes == (
        [] if facts["limited_db"] <= 6 else [f"Peaks were limited by up to {facts['limited_db']:.1f} dB to reach the loudness."]
    )


def test_one_exact_gain() -> None:
    """Where no peak needs limiting every sample is multiplied by the same number."""
    audio, facts = tones([(-30, 5)]), {"other": 1.0}
    sounds = played(normalized(AudioTape(audio), -20.0, -1.0, 6.0, facts, []))
    assert np.array_equal(sounds.samples, audio.samples * np.float32(10 ** (facts["gain_db"] / 20)))
    assert facts == {"other": 1.0, "gain_db": pytest.approx(10, abs=0.1), "limited_db": 0.0, "passes": 1.0}


def test_at_the_target_already() -> None:
    """It stays as it is."""
    tape = AudioTape(tones([(-16, 5)]))
    assert normalized(tape, -16.0, -1.0, 6.0, {}, []) is tape


def test_at_the_target_but_above_the_ceiling() -> None:
    """Its peaks are limited, and its loudness stays."""
    samples = tone(-16, 10)
    samples[:, 100_000:100_020] *= 8
    sounds = measure(normalized(AudioTape(Audio(samples, 48_000)), -16.0, -1.0, 20.0, {}, []))
    assert sounds.true_peak <= -1.0
    assert sounds.integrated == pytest.approx(-16, abs=0.1)


@pytest.mark.parametrize("most", [0.0, 2.0, 6.0])
def test_no_more_limiting_than_allowed(most: float) -> None:
    """It stays quieter than asked for, as loud as is allowed, and a sentence says so."""
    samples = tone(-30, 10)
    samples[:, ::9600] = 0.9
    facts: dict[str, float] = {}
    notes: list[str] = []
    sounds = measure(normalized(AudioTape(Audio(samples, 48_000)), -14.0, -1.0, most, facts, notes))
    assert facts["limited_db"] == pytest.approx(most, abs=0.01)
    assert facts["limited_db"] <= most + 1e-6
    assert sounds.integrated < -20
    assert sounds.true_peak <= -1.0
    assert len(notes) == 1
    assert f"{sounds.integrated:.1f} LUFS and not -14.0" in notes[0]


@pytest.mark.parametrize("samples", [np.zeros((2, 96_000)), tone(-10, 0.2), tone(-90, 3), np.zeros((1, 0)), np.full((1, 1), 0.5)])
def test_no_loudness(samples: Samples) -> None:
    """Silence, less than 400 ms and what no gate lets pass stay as they are, and a sentence says so."""
    tape, facts, notes = AudioTape(Audio(samples.astype(np.float32), 48_000)), dict[str, float](), list[str]()
    assert normalized(tape, -16.0, -1.0, 6.0, facts, notes) is tape
    assert facts == {"gain_db": 0.0, "limited_db": 0.0, "passes": 1.0}
    assert len(notes) == 1


def test_passes(recordings: Path) -> None:
    """The facts say how often it was played; a few times are enough."""
    plays, facts = list[Chain](), dict[str, float]()

    def counted() -> Chain:
        plays.append(Chain([]))
        return plays[-1]

    tape = Treated(AudioTape(Audio.read(recordings / "vibe_ace.ogg").slice(0, 10)), counted)
    normalized(tape, -14.0, -1.0, 30.0, facts, [])
    assert len(plays) == facts["passes"] <= 5


@pytest.mark.parametrize("rate", [8000, 192_000])
@pytest.mark.parametrize("channels", [1, 6, 8])
def test_rates_and_channels(rate: int, channels: int) -> None:
    """Reach the target."""
    generator = np.random.default_rng(4)
    samples = 0.02 * generator.standard_normal((channels, 2 * rate)) * (1 + 8 * (generator.random(2 * rate) > 0.9995))
    tape = normalized(AudioTape(Audio(samples.astype(np.float32), rate)), -16.0, -1.0, 30.0, {}, [])
    assert measure(tape).integrated == pytest.approx(-16, abs=0.1)
    assert measure(tape).true_peak <= -1.0
