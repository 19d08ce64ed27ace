"""Promises of auricle.music.rhythm: beats, bars and tempo of music whose beats are known, and none where there are none."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import files
from itertools import pairwise
from pathlib import Path

import mir_eval
import numpy as np
import pytest

from auricle.audio import Audio, Mono
from auricle.music.part import RATE
from auricle.music.results import Rhythm
from auricle.music.rhythm import RhythmPart, read_rhythm
from auricle.resample import resample
from tests.music.rendered import Rendered, click_track, drum_loop, progression, ramp, steps

RECORDINGS = Path(__file__).parents[2] / "recordings"
SPEECH = ("LJ001-0001.wav", "LJ001-0005.wav", "austen-0870.wav", "jfk.flac", "fw-multilingual.mp3", "wy-light-en.wav")
TIME = np.arange(15 * RATE) / RATE
NOISE = np.random.default_rng(0).standard_normal(len(TIME))
SILENT_KINDS = {
    "silence": 0 * TIME,
    "DC": 0 * TIME + 0.5,
    "sine": 0.5 * np.sin(2 * np.pi * 440 * TIME),
    "vibrato": 0.5 * np.sin(2 * np.pi * 440 * TIME + 3 * np.sin(2 * np.pi * 5.5 * TIME)),
    "white noise": 0.2 * NOISE,
    "brown noise": np.cumsum(NOISE) / 1000,
}
GROOVES = {**dict.fromkeys(("rock", "four on the floor", "swing", "waltz"), (75, 97, 120, 143)), "6/8": (50, 62, 80, 100)}
MADE = {
    **{f"{groove} {bpm}": drum_loop(groove, bpm) for groove, tempi in GROOVES.items() for bpm in tempi},
    **{f"clicks {bpm}": click_track(bpm) for bpm in (60, 90, 120, 160, 200)},
    **{f"clicks in {size}": click_track(112, beats_per_bar=size) for size in (2, 3)},
    "fills": drum_loop("rock", 110, fills=True),
    "chords": progression("C major", 100),
    "chords and drums": progression("G major", 128, drums=True),
    "accelerando": drum_loop("rock", ramp(90, 140, 20)),
    "ritardando": drum_loop("rock", ramp(140, 90, 20)),
    "two tempi": drum_loop("rock", steps((100, 24), (126, 24)), 25),
}


@cache
def tracks() -> dict[Path, float]:
    """The packaged tracks and the tempi that were asked for."""
    listed = [path for path in files("immich-memories-music") or () if path.suffix == ".opus" or path.name == "LICENSE-MUSIC"]
    (licence,) = (path for path in listed if path.name == "LICENSE-MUSIC")
    tempi = dict(re.findall(r"(\w+\.opus) +(\d+) bpm", licence.read_text()))
    return {Path(str(path.locate())): float(tempi[path.name]) for path in listed if path.suffix == ".opus"}


def mono(path: Path) -> Mono:
    """As the part hears it."""
    audio = Audio.read(path)
    mixed = Audio(audio.samples.mean(axis=0, keepdims=True, dtype=np.float32), audio.rate)
    return np.asarray(resample(mixed, RATE).samples[0])


def rhythm_of(sound: Mono, *, chunk: int | None = None) -> Rhythm:
    """Heard at once or in chunks."""
    part = RhythmPart()
    for start in range(0, len(sound), chunk or max(1, len(sound))):
        part.feed(sound[start : start + (chunk or len(sound))])
    return part.finish()


@cache
def found(name: str) -> Rhythm:
    """In what was made here, read once."""
    return rhythm_of(MADE[name].samples)


def f_measure(true: np.ndarray, estimated: np.ndarray) -> float:
    """Within 70 ms, from second 5 on."""
    trim = mir_eval.beat.trim_beats
    return float(mir_eval.beat.f_measure(trim(true), trim(estimated)))


@pytest.mark.parametrize("name", MADE)
def test_beats_of_what_was_made_here(name: str) -> None:
    """Nearly all are found and nearly none is invented, in any meter and with a changing tempo."""
    assert f_measure(MADE[name].beats, np.array([beat.time for beat in found(name).beats])) >= 0.97


def test_downbeats_of_what_was_made_here() -> None:
    """They are, on average, where the bars begin."""
    scores = [f_measure(made.downbeats, np.array(found(name).downbeats)) for name, made in MADE.items()]
    assert np.mean(scores) >= 0.95


@pytest.mark.parametrize("name", [name for name, made in MADE.items() if made.bpm])
def test_a_steady_tempo_is_exact(name: str) -> None:
    """Within half a percent, whatever the frames."""
    assert found(name).tempo == pytest.approx(MADE[name].bpm, rel=0.005)


@pytest.mark.parametrize(
    ("name", "meter"),
    [("waltz 97", "3/4"), ("6/8 62", "6/8"), ("6/8 100", "6/8"), ("rock 97", "4/4"), ("swing 120", "4/4"), ("clicks in 2", "2/4")],
)
def test_meters(name: str, meter: str) -> None:
    """Three quarters, six eighths, four quarters; swing is not six eighths."""
    assert found(name).meter == meter


def test_tempo_of_real_tracks() -> None:
    """Of seven tracks of different moods: nearly all right, all right but for octaves, and most within a percent."""
    chosen = sorted(tracks().items())[::4]
    ratios = np.array([(rhythm_of(mono(path)[: 30 * RATE]).tempo or 1.0) / bpm for path, bpm in chosen])
    assert np.mean(np.abs(ratios - 1) < 0.04) >= 0.8
    assert all(min(abs(ratio / octave - 1) for octave in (0.5, 1, 2)) < 0.04 for ratio in ratios)
    assert np.mean(np.abs(ratios - 1) < 0.01) >= 0.65


@pytest.mark.parametrize("name", SPEECH)
def test_speech_has_no_beat(name: str) -> None:
    """Nothing is invented, and the confidence says so; what might be a tempo is listed as improbable."""
    rhythm = rhythm_of(mono(RECORDINGS / name)[: 15 * RATE])
    assert (rhythm.tempo, rhythm.beats, rhythm.meter) == (None, (), None)
    assert rhythm.confidence < 0.3
    assert sum(candidate.probability for candidate in rhythm.candidates) <= rhythm.confidence + 1e-9
    assert all(30 <= candidate.bpm <= 250 for candidate in rhythm.candidates)


@pytest.mark.parametrize("kind", SILENT_KINDS)
def test_sounds_without_a_beat(kind: str) -> None:
    """No beat, with little confidence."""
    rhythm = rhythm_of(SILENT_KINDS[kind].astype(np.float32))
    assert (rhythm.tempo, rhythm.beats) == (None, ())
    assert rhythm.confidence < 0.2


def test_no_beats_before_and_after_the_music() -> None:
    """Not one in the sound that dies away at the end, nor before the first."""
    made = MADE["waltz 97"]
    rumble = np.float32(1e-4) * np.random.default_rng(0).standard_normal(4 * RATE).astype(np.float32)
    dying = np.exp(-np.arange(4 * RATE) / RATE).astype(np.float32) * np.sin(2 * np.pi * 220 * np.arange(4 * RATE) / RATE).astype(np.float32)
    cut = made.samples[: round((made.beats[-1] + 0.3) * RATE)]
    times = np.array([beat.time for beat in rhythm_of(np.concatenate((rumble, cut, 0.2 * dying + rumble))).beats]) - 4
    assert times[0] > made.beats[0] - 0.1
    assert times[-1] < made.beats[-1] + 1.0


@pytest.mark.parametrize("name", ["vibe_ace.ogg", "hungarian_dance.ogg"])
def test_music_is_trusted(name: str) -> None:
    """Real music with a beat is well above what has none."""
    assert rhythm_of(mono(RECORDINGS / name)[: 30 * RATE]).confidence > 0.7


@pytest.mark.parametrize("count", [0, 1, 440, 5000])
def test_hardly_any_samples(count: int) -> None:
    """No beat, and no error."""
    assert rhythm_of(np.ones(count, np.float32)).tempo is None


@pytest.mark.parametrize("chunk", [1000, 22_051])
def test_any_chunking(chunk: int) -> None:
    """The same result, to the bit."""
    assert rhythm_of(MADE["waltz 97"].samples, chunk=chunk) == found("waltz 97")


def test_level_and_clipping_do_not_matter() -> None:
    """Twelve decibels too loud and clipped, or twenty too quiet: the same tempo."""
    made: Rendered = MADE["rock 120"]
    assert rhythm_of(np.clip(4 * made.samples, -1, 1)).tempo == pytest.approx(120, rel=0.005)
    assert rhythm_of(np.float32(0.1) * made.samples).tempo == pytest.approx(120, rel=0.005)


def test_music_that_begins_late_and_ends_early() -> None:
    """No beats in the silence around it and amid it."""
    made, gap = MADE["rock 97"], np.zeros(10 * RATE, np.float32)
    rhythm = rhythm_of(np.concatenate((gap, made.samples, gap, made.samples, gap)))
    times = np.array([beat.time for beat in rhythm.beats])
    second = 20 + made.duration
    assert rhythm.tempo == pytest.approx(97, rel=0.01)
    assert times.min() > 9.5 and times.max() < second + made.duration + 2.5
    assert not np.any((times > second - 10 + 2.5) & (times < second - 2.5))


def test_no_beats_in_silence() -> None:
    """Not one in ten seconds of nothing before, between and after loops; the tempo and its curve are those of the loops."""
    made, gap = MADE["four on the floor 120"], np.zeros(10 * RATE, np.float32)
    loop = made.samples[: round((made.beats[-1] + 0.4) * RATE)]
    rhythm = rhythm_of(np.concatenate((gap, loop, gap, loop, gap)))
    seconds = len(loop) / RATE
    starts = (10, 20 + seconds)
    assert all(any(start <= beat.time <= start + seconds for start in starts) for beat in rhythm.beats)
    assert rhythm.tempo == pytest.approx(120, rel=0.005)
    assert all(point.bpm == pytest.approx(120, rel=0.05) for point in rhythm.curve)


def test_a_recording_that_begins_with_a_beat() -> None:
    """Its first beat is found, and is a downbeat if it is one."""
    made = MADE["rock 120"]
    rhythm = rhythm_of(made.samples[round(made.beats[0] * RATE) :])
    assert rhythm.beats[0].time < 0.07
    assert rhythm.downbeats[0] < 0.07


def test_a_steady_tempo_does_not_slip() -> None:
    """A real recording at 130 throughout has no interval that is a tenth off, and its curve says so."""
    rhythm = rhythm_of(mono(RECORDINGS / "vibe_ace.ogg"))
    intervals = np.diff([beat.time for beat in rhythm.beats])
    assert np.abs(intervals / np.median(intervals) - 1).max() < 0.1
    assert all(point.bpm == pytest.approx(130, rel=0.02) for point in rhythm.curve)


@pytest.mark.parametrize("name", ["vibe_ace.ogg", "hungarian_dance.ogg"])
def test_bars_are_counted(name: str) -> None:
    """After each beat comes the next number or a new bar, never a jump to a later one."""
    positions = [beat.position for beat in rhythm_of(mono(RECORDINGS / name)).beats]
    assert all(after in (before + 1, 1) for before, after in pairwise(positions))


def test_without_bands() -> None:
    """A live session, which keeps none, has beats, bars and a tempo too."""
    activations = np.tile(np.array((0.01, 0.01, 0.98), np.float32), (1500, 1))
    onsets = np.full(1500, 0.01, np.float32)
    places = np.arange(10, 1490, 30)
    activations[places] = (0.9, 0.05, 0.05)
    activations[places[::3]] = (0.05, 0.9, 0.05)
    onsets[places] = 1
    rhythm = read_rhythm(activations, onsets)
    assert rhythm.tempo == pytest.approx(100, rel=1e-3)
    assert rhythm.meter == "3/4"
    np.testing.assert_allclose(rhythm.downbeats, places[::3] / 50, atol=0.011)
