"""`auricle.enhance` as its users hear it, on real recordings damaged in known ways; other tools' figures come from the same sound.

How the recordings are damaged and judged is in `benchmarks`, which prints the same figures for many more of them.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.enhancement import Band, EnhanceOptions, enhance
from auricle.loudness import PRESETS
from benchmarks.enhancing import peers
from benchmarks.enhancing.degraded import Clean, babble, clicked, coloured, hum_and_fan, mixed
from benchmarks.enhancing.denoising import at_level, lost, reduced, word_errors
from benchmarks.enhancing.fidelity import changed, detection, f1, pesq_wb, sdr, si_sdr, true_peak
from benchmarks.enhancing.levelling import loudness_of
from benchmarks.references import words_of
from tests.conftest import Reference

RECORDINGS = Path(__file__).parent.parent / "recordings"
SPEECH, OTHERS = ("LJ001-0005.wav", "austen-0920.wav"), ("wy-light-es.wav", "wy-light-de.wav", "austen-0880.wav", "arctic_a0024.wav")
UNDERSTOOD = ("LJ001-0001.wav", "LJ001-0007.wav", "arctic_a0024.wav", "austen-0870.wav")
MUSIC = ("hungarian_dance.ogg", "vibe_ace.ogg", "solo_trumpet.ogg")
EVERYTHING = sorted(file.name for file in RECORDINGS.iterdir() if file.suffix in {".wav", ".flac", ".ogg", ".mp3"})
LOUD, QUIET = 16.9, 30.8  # dB: recording over its clicks

Mixes = list[tuple[Audio, Audio]]  # clean and noisy


def heard(name: str, start: float, end: float) -> Clean:
    """A part of a recording. Seconds."""
    return Clean(name, Audio.read(RECORDINGS / name).slice(start, end))


@pytest.fixture(scope="module")
def mixes() -> Mixes:
    """Two people, in pink noise, in a room with a fan, and among others who talk."""
    others = [heard(name, 0, 4) for name in OTHERS]
    made = []
    for name in SPEECH:
        clean = heard(name, 0, 4).audio
        frames, rate = clean.frames, clean.rate
        noises = (coloured(frames, rate, 1), hum_and_fan(frames, rate), babble(others, frames, rate))
        made += [(clean, mixed(clean, noise, snr)) for noise, snr in zip(noises, (10, 5, 15), strict=True)]
    return made


def test_noise_is_reduced_as_well_as_the_model_can(mixes: Mixes) -> None:
    """Noisy speech sounds clearly better, at 16 as at 22 kHz within .05 PESQ of DeepFilterNet3 driven directly."""
    clean = reduced("deepfilter")
    noisy, ours, theirs = zip(
        *((pesq_wb(was, now), pesq_wb(was, clean(now)), pesq_wb(was, peers.deepfilternet(now))) for was, now in mixes), strict=True
    )
    assert np.mean(ours) >= np.mean(noisy) + 0.6
    for person in (slice(3), slice(3, 6)):
        assert np.mean(ours[person]) >= np.mean(theirs[person]) - 0.05


def test_the_light_engine_helps_too(mixes: Mixes) -> None:
    """RNNoise makes noisy speech better, within .05 PESQ of its own library."""
    light = reduced("rnnoise")
    noisy, ours, theirs = zip(
        *((pesq_wb(was, now), pesq_wb(was, light(now)), pesq_wb(was, peers.rnnoise(now))) for was, now in mixes[:4]), strict=True
    )
    assert np.mean(ours) >= np.mean(noisy) + 0.2
    assert np.mean(ours) >= np.mean(theirs) - 0.05


def test_the_level_does_not_matter(mixes: Mixes) -> None:
    """SI-SDR changes by less than 1 dB when the same sound comes in at -60, -25 and 0 dBFS."""
    clean, noisy = mixes[0]
    found = [si_sdr(clean.samples, reduced("deepfilter")(at_level(noisy, level)).samples) for level in (-60, -25, 0)]
    assert max(found) - min(found) <= 1
    assert min(found) > si_sdr(clean.samples, noisy.samples)


@pytest.mark.parametrize("name", MUSIC)
def test_music_stays(name: str) -> None:
    """It loses 1 dB at most to noise reduction."""
    audio = heard(name, 0, 10).audio
    assert lost(audio, reduced("deepfilter")(audio)) <= 1


def test_clean_speech_is_understood_as_before(references: list[Reference]) -> None:
    """Whisper tiny.en hears at most .02 more of the words wrong after noise reduction."""
    known = {reference.path.name: reference.text for reference in references}
    clean = [Clean(name, heard(name, 0, 10).audio, tuple(words_of(known[name]))) for name in UNDERSTOOD]
    assert word_errors(clean, reduced("deepfilter")) <= word_errors(clean, lambda audio: audio) + 0.02


@pytest.mark.parametrize("name", EVERYTHING)
def test_loudness_is_what_was_asked_for(name: str) -> None:
    """Every recording comes within 0.1 LU, measured by libebur128, and no true peak, at 16 times the rate, is above the ceiling."""
    audio = heard(name, 0, 8).audio
    preset = ("podcast", "ebu", "spotify", "audiobook")[EVERYTHING.index(name) % 4]
    target, ceiling = PRESETS[preset]
    result = enhance(audio, EnhanceOptions(loudness=preset, most_limiting=30.0))
    assert result.audio.samples.shape == audio.samples.shape
    assert loudness_of(result.audio) == pytest.approx(target, abs=0.1)  # by libebur128 at 48 kHz
    assert true_peak(result.audio) <= ceiling
    assert all("Peaks were limited" in note for note in result.report.notes)


def test_a_target_out_of_reach_is_said() -> None:
    """Where peaks would have to be limited by more than is allowed, it stays quieter, and the report says so."""
    audio = heard("LJ001-0001.wav", 0, 4).audio
    result = enhance(audio, EnhanceOptions(loudness=-8.0, most_limiting=1.0))
    assert loudness_of(result.audio) < -8.5
    assert true_peak(result.audio) <= -1
    assert any("LUFS" in note for note in result.report.notes)


@pytest.fixture(scope="module")
def pieces() -> list[Clean]:
    """Music and speech, four seconds each."""
    return [
        heard("hungarian_dance.ogg", 4, 8),
        heard("vibe_ace.ogg", 10, 14),
        heard("LJ001-0001.wav", 0, 4),
        heard("two_cities.flac", 1, 5),
    ]


def test_loud_clicks_are_found_and_repaired(pieces: list[Clean]) -> None:
    """F1 at least .80, SNR at least 26 dB from 16.9, and better than FFmpeg's adeclick."""
    repair, other = EnhanceOptions(declick=True), peers.ffmpeg("adeclick")
    counts, ours, theirs = [], [], []
    for damaged in (clicked(one, LOUD) for one in pieces):
        result = enhance(damaged.audio, repair).audio
        for before, after, spans in zip(damaged.audio.samples, result.samples, damaged.spans, strict=True):
            counts.append(detection(spans, changed(before, after), 20))
        ours.append(sdr(damaged.clean.samples, result.samples))
        theirs.append(sdr(damaged.clean.samples, other(damaged.audio).samples))
    assert f1(*(sum(column) for column in zip(*counts, strict=True))) >= 0.8
    assert np.mean(ours) >= 26
    assert np.mean(ours) > np.mean(theirs) + 1


def test_quiet_clicks_are_not_made_worse(pieces: list[Clean]) -> None:
    """SNR stays at least at 30.8 dB on average, and no recording loses more than half a decibel."""
    repair = EnhanceOptions(declick=True)
    found = [
        sdr(damaged.clean.samples, enhance(damaged.audio, repair).audio.samples) for damaged in (clicked(one, QUIET) for one in pieces)
    ]
    assert np.mean(found) >= QUIET
    assert min(found) >= QUIET - 0.5


def test_what_has_no_clicks_is_left_alone(pieces: list[Clean]) -> None:
    """At least 50 dB SNR."""
    for one in pieces:
        assert sdr(one.audio.samples, enhance(one.audio, EnhanceOptions(declick=True)).audio.samples) >= 50


def test_the_whole_chain_in_one_call() -> None:
    """Hum, noise, clicks and a wrong level go at once, at the recording's own rate, channels and length; the report says what was done."""
    clean = Audio(np.concatenate([heard("LJ001-0003.wav", 0, 6).audio.samples] * 2), 22_050)
    noisy = mixed(mixed(clean, hum_and_fan(clean.frames, clean.rate), 12), coloured(clean.frames, clean.rate, 0), 25)
    options = EnhanceOptions(
        declip=True,
        declick=True,
        dehum=True,
        denoise="deepfilter",
        equalize=(Band(3000, 1.0),),
        deess=True,
        level=True,
        loudness="podcast",
    )
    result = enhance(clicked(Clean("all", noisy), 20).audio, options)
    assert (result.audio.samples.shape, result.audio.rate) == (clean.samples.shape, clean.rate)
    assert loudness_of(result.audio) == pytest.approx(-16, abs=0.1)
    assert true_peak(result.audio) <= -1
    assert pesq_wb(clean, result.audio) >= pesq_wb(clean, noisy) + 0.5
    steps = {step.name: step.facts for step in result.report.steps}
    assert list(steps) == ["declip", "declick", "dehum", "denoise", "equalize", "deess", "level", "normalize"]
    assert steps["declick"]["clicks"] > 5
    assert steps["denoise"]["noise_lowered_db"] > 0
    facts = [value for step in steps.values() for value in step.values()]
    assert {type(value) for value in facts} <= {int, float}  # what JSON can say
    assert all(map(math.isfinite, facts))
    assert result.report.after.loudness.integrated == pytest.approx(-16, abs=0.1)
    assert result.report.after.noise_floor < result.report.before.noise_floor - 10
    assert result.report.after.duration == result.report.before.duration == pytest.approx(6.0, abs=1e-3)
