"""Clicks are taken out; all else stays."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Samples
from auricle.enhancement.declick import Declick
from auricle.errors import MissingDependency, OptionError


def _mono(wave: np.ndarray) -> Samples:
    """A wave as one channel."""
    return wave.astype(np.float32)[None]


def _declicked(samples: Samples, rate: int, sensitivity: float = 0.5, cuts: tuple[int, ...] = ()) -> tuple[Samples, dict[str, float]]:
    """All that comes out of one stream, fed in chunks, and its facts."""
    facts: dict[str, float] = {}
    stage = Declick(rate, len(samples), sensitivity, facts)
    edges = [0, *sorted(cuts), samples.shape[1]]
    chunks = [stage.feed(samples[:, start:end]) for start, end in pairwise(edges)]
    return np.concatenate([*chunks, stage.finish()], axis=1), facts


def _snr(clean: Samples, other: Samples) -> float:
    """Of ``other`` to ``clean``. dB."""
    return float(10 * np.log10(np.sum(clean.astype(float) ** 2) / np.sum((clean.astype(float) - other) ** 2)))


def _speech(recordings: Path) -> Audio:
    """Two seconds of it."""
    audio = Audio.read(recordings / "jfk.flac")
    return Audio(audio.samples[:1, audio.rate // 2 : 5 * audio.rate // 2], audio.rate)


def _clicks(frames: int) -> tuple[Samples, list[int]]:
    """Twelve loud bursts of 1 to 34 samples, and where they start."""
    rng = np.random.default_rng(3)
    added, starts = np.zeros((1, frames), np.float32), [int(frames * (k + 0.5) / 12) for k in range(12)]
    for number, start in enumerate(starts):
        length = 1 + 3 * number
        added[0, start : start + length] = rng.choice([-1, 1], length) * rng.uniform(0.3, 0.6, length)
    return added, starts


def test_loud_clicks_in_speech_are_found_and_filled(recordings: Path) -> None:
    """At least ten of twelve are counted, no more than two others are, and the speech comes back by 15 dB."""
    speech = _speech(recordings)
    added, starts = _clicks(speech.samples.shape[1])
    clicked = speech.samples + added
    clean, facts = _declicked(clicked, speech.rate)
    found = [bool(np.any(clean[0, start : start + 34] != clicked[0, start : start + 34])) for start in starts]
    assert sum(found) >= 10
    assert facts["clicks"] <= 14
    assert _snr(speech.samples, clean) > _snr(speech.samples, clicked) + 15


def test_clean_speech_stays(recordings: Path) -> None:
    """What has no clicks is changed below -50 dB, if at all."""
    speech = _speech(recordings)
    clean, _ = _declicked(speech.samples, speech.rate)
    assert np.array_equal(clean, speech.samples) or _snr(speech.samples, clean) > 50


def test_drums_stay() -> None:
    """An onset raises the energy and it stays raised: that is music."""
    rng, rate = np.random.default_rng(4), 44100
    beat = np.exp(-np.arange(rate // 4) / 3000) * (rng.standard_normal(rate // 4) + 2 * np.sin(np.arange(rate // 4) * 0.02))
    music = _mono(0.1 * np.tile(beat, 6) + 1e-4 * rng.standard_normal(6 * (rate // 4)))
    assert np.array_equal(_declicked(music, rate)[0], music)


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 96000, 192000])
def test_a_glitch_is_repaired_at_any_rate(rate: int) -> None:
    """One sample of full scale in a tone; the tone is restored there and keeps its bits elsewhere."""
    tone = _mono(0.2 * np.sin(2 * np.pi * 440 * np.arange(rate // 2) / rate))
    tone = tone + np.float32(1e-4) * np.random.default_rng(5).standard_normal(tone.shape).astype(np.float32)
    broken = tone.copy()
    broken[0, rate // 4] = 1
    clean, facts = _declicked(broken, rate)
    assert np.max(np.abs(clean - tone)) < 0.01
    assert np.count_nonzero(clean != broken) == facts["repaired_samples"]
    assert facts["clicks"] == 1


def test_channels_are_looked_at_separately() -> None:
    """A click in the left leaves the right as it is."""
    noise = np.float32(0.01) * np.random.default_rng(6).standard_normal((2, 22050)).astype(np.float32)
    noise[0, 11000:11004] += 0.8
    clean, facts = _declicked(noise, 44100)
    assert facts["clicks"] == 1
    assert np.array_equal(clean[1], noise[1])


@settings(max_examples=8)
@given(cuts=st.lists(st.integers(0, 15000), max_size=4))
def test_any_chunking_gives_the_same(cuts: list[int]) -> None:
    """Bit for bit."""
    noise = np.float32(0.01) * np.random.default_rng(7).standard_normal((1, 15000)).astype(np.float32)
    noise[0, 1000::3000] = 0.9
    assert np.array_equal(_declicked(noise, 16000, cuts=tuple(cuts))[0], _declicked(noise, 16000)[0])


def _odd() -> dict[str, Samples]:
    """Signals that break detectors."""
    time = np.arange(16000)
    return {
        "nothing": np.zeros((1, 0), np.float32),
        "silence": np.zeros((1, 16000), np.float32),
        "one sample": np.ones((1, 1), np.float32),
        "constant": np.full((1, 16000), 0.5, np.float32),
        "square": _mono(np.sign(np.sin(time * 0.1))),
        "sawtooth": _mono(time % 200 / 100 - 1),
        "noise": np.float32(0.2) * np.random.default_rng(8).standard_normal((1, 16000)).astype(np.float32),
        "dropout": _mono(np.sin(time * 0.1) * (time // 1000 % 5 > 0)),
    }


@pytest.mark.parametrize("name", _odd())
def test_odd_signals_survive(name: str) -> None:
    """They come out finite, as long as they were, and no louder."""
    samples = _odd()[name]
    clean, _ = _declicked(samples, 16000)
    assert clean.shape == samples.shape
    assert np.all(np.isfinite(clean))
    assert np.max(np.abs(clean), initial=0) <= np.max(np.abs(samples), initial=0)


@settings(deadline=None, max_examples=40)
@given(
    wave=st.lists(st.sampled_from([0.0, 0.01, -0.01, 0.5, -0.5, 1.0, -1.0]) | st.floats(-1, 1, width=32), min_size=1, max_size=120),
    times=st.integers(1, 4),
    rate=st.sampled_from([8000, 44100]),
)
def test_short_recordings_stay(wave: list[float], times: int, rate: int) -> None:
    """Whatever a recording of up to 60 ms is: that it ends is no reason to take it for a click."""
    samples = _mono(np.tile(wave, times))
    clean, facts = _declicked(samples, rate)
    assert np.array_equal(clean, samples)
    assert facts == {"clicks": 0, "repaired_samples": 0}


@pytest.mark.parametrize("frames", [4000, 20_011])
@pytest.mark.parametrize("kind", ["full scale", "noise", "tone", "burst"])
def test_a_recording_may_begin_and_end_loud(kind: str, frames: int) -> None:
    """The silence before its first sample and after its last is no evidence, and so is all that lies right at its ends."""
    time, rng = np.arange(frames), np.random.default_rng(11)
    noise = 0.01 * rng.standard_normal(frames)
    bursts = np.where(np.minimum(time, frames - 1 - time) < 6, 0.8, 0) + noise
    loud = {"full scale": np.ones(frames), "noise": 30 * noise, "tone": np.cos(time * 0.3), "burst": bursts}[kind].clip(-1, 1)
    assert np.array_equal(_declicked(_mono(loud), 16000)[0], _mono(loud))


@pytest.mark.parametrize("place", [150, 8000, 15_850])
def test_a_click_near_an_end_is_repaired(place: int) -> None:
    """Ten milliseconds of sound before or after it are enough."""
    noise = _mono(0.01 * np.random.default_rng(12).standard_normal(16000))
    clicked = noise.copy()
    clicked[0, place : place + 3] += 0.5
    clean, facts = _declicked(clicked, 16000)
    assert facts["clicks"] == 1
    assert np.max(np.abs(clean - noise)) < 0.1


@pytest.mark.parametrize("name", ["constant", "noise", "silence"])
def test_steady_sound_stays(name: str) -> None:
    """There is no click in it."""
    assert np.array_equal(_declicked(_odd()[name], 16000)[0], _odd()[name])


def test_more_sensitive_finds_no_less() -> None:
    """Clicks of rising height: the more sensitive, the more are found."""
    noise = np.float32(0.01) * np.random.default_rng(9).standard_normal((1, 32000)).astype(np.float32)
    noise[0, 1000::2000] += np.float32(0.03) * np.arange(1, 17, dtype=np.float32)
    few, usual, many = (_declicked(noise, 16000, sensitivity)[1]["clicks"] for sensitivity in (0, 0.5, 1))
    assert few <= usual <= many
    assert few < many


@pytest.mark.parametrize("sensitivity", [-0.1, 1.1, float("nan")])
def test_a_sensitivity_out_of_range_is_refused(sensitivity: float) -> None:
    """The error names the field."""
    with pytest.raises(OptionError, match="from 0") as error:
        Declick(44100, 1, sensitivity, {})
    assert error.value.field == "declick"


def test_without_scipy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the extra."""
    monkeypatch.setitem(sys.modules, "scipy.linalg", None)
    with pytest.raises(MissingDependency, match=r"repairing clicks.*auricle\[enhance\]"):
        Declick(44100, 1, 0.5, {})


def test_facts_are_plain_numbers() -> None:
    """They go into JSON."""
    noise = np.float32(0.01) * np.random.default_rng(6).standard_normal((1, 22050)).astype(np.float32)
    noise[0, 11000] = 0.8
    _, facts = _declicked(noise, 44100)
    assert {name: type(value) for name, value in facts.items()} == {"clicks": int, "repaired_samples": int}
