"""Spectral features: librosa's, of a stream; and onsets where something begins."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import librosa
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Mono
from auricle.music.part import RATE
from auricle.music.results import Feature, Spectrum
from auricle.music.spectrum import SpectrumPart
from auricle.resample import resample

RECORDINGS = Path(__file__).parent.parent / "recordings"
NAMES = ["centroid", "rolloff", "bandwidth", "flatness", "crossings", *["contrast"] * 7, *["mfcc"] * 13]


def recorded(name: str, seconds: float = 12.0) -> Mono:
    """The beginning of a shipped recording, at 22,050 Hz."""
    audio = Audio.read(RECORDINGS / name)
    sound: Mono = resample(audio.slice(0, seconds).remix(1), RATE).samples[0]
    return sound


def noise(seconds: float, level: float = 0.1) -> Mono:
    """White noise."""
    return np.random.default_rng(7).normal(0, level, int(seconds * RATE)).astype(np.float32)


def tone(seconds: float, hertz: float = 440.0) -> Mono:
    """A sine."""
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def surrounded(sound: Mono, seconds: float = 2.0) -> Mono:
    """Silence on both sides."""
    return np.pad(sound, int(seconds * RATE))


SOUNDS: dict[str, Callable[[], Mono]] = {
    "music": lambda: recorded("vibe_ace.ogg"),
    "orchestra": lambda: recorded("hungarian_dance.ogg"),
    "a trumpet that fades out": lambda: recorded("solo_trumpet.ogg"),
    "speech": lambda: recorded("jfk.flac"),
    "clipped music": lambda: np.clip(20 * recorded("vibe_ace.ogg", 5.0), -1, 1),
    "speech of 8 kHz": lambda: resample(resample(Audio(recorded("jfk.flac", 5.0)[None], RATE), 8000), RATE).samples[0],
    "noise": lambda: noise(4.0),
    "tone": lambda: tone(4.0),
    "a sound in silence": lambda: surrounded(noise(0.3)),
    "the loudest at the end": lambda: np.concatenate([noise(3.0, 1e-6), tone(1.0)]),
    "silence": lambda: np.zeros(RATE, np.float32),
    "direct current": lambda: np.full(RATE, 0.3, np.float32),
    "negative direct current": lambda: np.full(RATE, -0.3, np.float32),
    "one sample": lambda: np.full(1, -0.5, np.float32),
    "a hop less one": lambda: noise(511 / RATE),
    "a hop": lambda: noise(512.5 / RATE),
    "64 frames": lambda: noise(63.5 * 512 / RATE),
    "65 frames": lambda: noise(64.5 * 512 / RATE),
}


def analysed(sound: Mono, chunks: Sequence[int] = (), frames: bool = True) -> Spectrum:
    """All that is found in a sound, fed in chunks of so many samples."""
    part = SpectrumPart(frames)
    for chunk in np.split(sound, np.cumsum(chunks, dtype=int)):
        part.feed(chunk)
    return part.finish()


def features(spectrum: Spectrum) -> list[Feature]:
    """All features, in the order of `NAMES`."""
    plain = [spectrum.centroid, spectrum.rolloff, spectrum.bandwidth, spectrum.flatness, spectrum.zero_crossing_rate]
    return [*plain, *spectrum.contrast, *spectrum.mfcc]


def frames(spectrum: Spectrum) -> npt.NDArray[np.float32]:
    """The frames of all features, shape (features, frames)."""
    return np.array([feature.frames for feature in features(spectrum)], np.float32)


@cache
def reference(name: str) -> npt.NDArray[np.float64]:
    """What librosa finds in a sound at its defaults, in the order of `NAMES`."""
    sound, of = SOUNDS[name](), librosa.feature
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sounds shorter than a frame
        return np.vstack(
            [
                of.spectral_centroid(y=sound, sr=RATE),
                of.spectral_rolloff(y=sound, sr=RATE),
                of.spectral_bandwidth(y=sound, sr=RATE),
                of.spectral_flatness(y=sound),
                of.zero_crossing_rate(sound),
                of.spectral_contrast(y=sound, sr=RATE),
                of.mfcc(y=sound, sr=RATE, n_mfcc=13),
            ]
        )


def clicks(per_second: float, seconds: float = 12.0) -> tuple[Mono, int]:
    """Short bursts, the first after 0.2 s, and how many there are."""
    times = np.arange(0.2, seconds - 0.2, 1 / per_second)
    burst = noise(0.02, 0.3) * np.exp(-np.arange(int(0.02 * RATE)) / 100)
    sound = np.zeros(int(seconds * RATE), np.float32)
    for time in times:
        sound[int(time * RATE) :][: len(burst)] += burst.astype(np.float32)
    return sound, len(times)


def plucked(per_second: float, seconds: float = 12.0) -> tuple[Mono, int]:
    """Chords of three decaying tones that ring into each other, and how many there are."""
    random, length = np.random.default_rng(5), int(seconds * RATE)
    times = np.arange(0.2, seconds - 0.2, 1 / per_second)
    sound = np.zeros(length)
    for start in (times * RATE).astype(int):
        time = np.arange(length - start) / RATE
        envelope = np.exp(-4 * time) * np.minimum(time / 0.005, 1)
        for pitch in random.integers(0, 36, 3):
            hertz = 110 * 2 ** (pitch / 12)
            sound[start:] += sum(np.sin(2 * np.pi * hertz * partial * time) / partial for partial in range(1, 9)) * envelope
    return (0.7 * sound / np.abs(sound).max()).astype(np.float32), len(times)


@pytest.mark.parametrize("name", SOUNDS)
def test_every_frame_is_librosas(name: str) -> None:
    """Each feature of each frame within a thousandth, or, where it is nearly 0, within a thousandth of a unit (dB, share, Hertz)."""
    theirs, ours = reference(name), frames(analysed(SOUNDS[name]()))
    assert ours.shape == theirs.shape
    for row, (feature, expected) in enumerate(zip(NAMES, theirs, strict=True)):
        least = 1e-6 if feature in ("flatness", "crossings") else 1e-3
        np.testing.assert_allclose(ours[row], expected, rtol=1e-3, atol=least, err_msg=f"{feature}, row {row}")


@pytest.mark.parametrize("name", ["music", "a trumpet that fades out", "speech", "a sound in silence", "the loudest at the end"])
def test_means_and_deviations_are_those_of_all_frames(name: str) -> None:
    """Sums that are put together block by block come to what all frames at once would."""
    theirs, ours = reference(name), features(analysed(SOUNDS[name](), frames=False))
    np.testing.assert_allclose([feature.mean for feature in ours], theirs.mean(axis=1), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose([feature.std for feature in ours], theirs.std(axis=1), rtol=1e-4, atol=1e-4)


def test_frames_only_where_asked_for() -> None:
    """A summary keeps no frames."""
    assert all(feature.frames is None for feature in features(analysed(noise(1.0), frames=False)))


@given(chunks=st.lists(st.integers(0, 9000), max_size=12))
@settings(deadline=None, max_examples=25)
def test_any_chunking(chunks: list[int]) -> None:
    """The same bits, however the sound comes."""
    sound = clicks(5.0, 3.0)[0]
    whole, pieces = analysed(sound), analysed(sound, chunks)
    np.testing.assert_array_equal(frames(pieces), frames(whole))
    assert [(one.mean, one.std) for one in features(pieces)] == [(one.mean, one.std) for one in features(whole)]
    assert pieces.onset_rate == whole.onset_rate


def test_no_samples() -> None:
    """There is nothing to say about nothing: figures are 0, frames are none."""
    nothing = analysed(np.zeros(0, np.float32))
    assert all((feature.mean, feature.std) == (0.0, 0.0) for feature in features(nothing))
    assert frames(nothing).shape == (25, 0)
    assert nothing.onset_rate == 0.0


@pytest.mark.parametrize("per_second", [1.0, 2.5, 4.0, 8.0, 10.0])
@pytest.mark.parametrize("floor", [0.0, 0.003])
def test_clicks_are_counted(per_second: float, floor: float) -> None:
    """Clicks, in silence and in noise of -50 dB, to 3 %, from once to ten times a second."""
    sound, count = clicks(per_second)
    rate = analysed(sound + noise(12.0, floor)).onset_rate
    assert rate == pytest.approx(count / 12.0, rel=0.03)


@pytest.mark.parametrize("per_second", [1.0, 2.0, 4.0])
def test_chords_are_counted(per_second: float) -> None:
    """Plucked chords that ring into each other, to 5 %."""
    sound, count = plucked(per_second)
    assert analysed(sound).onset_rate == pytest.approx(count / 12.0, rel=0.05)


def test_onsets_do_not_depend_on_the_level() -> None:
    """A recording 40 dB quieter has as many."""
    sound, _ = plucked(3.0)
    assert analysed((0.01 * sound).astype(np.float32)).onset_rate == analysed(sound).onset_rate


@pytest.mark.parametrize(
    "sound", [np.zeros(10 * RATE, np.float32), noise(20.0), tone(10.0), tone(10.0, 5000.0), np.full(10 * RATE, 0.3, np.float32)]
)
def test_nothing_begins_where_nothing_changes(sound: Mono) -> None:
    """Silence, steady noise, steady tones, direct current: no onset, not even where the recording begins and ends."""
    assert analysed(sound).onset_rate == 0.0
