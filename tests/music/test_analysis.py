"""Tests of the analysis as a whole: which parts hear what, and that blocks don't matter."""

from __future__ import annotations

import json
import math
import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle import wire
from auricle.audio import Audio, Samples
from auricle.errors import EmptyAudio, OptionError
from auricle.music import PARTS, Analysis, MusicAnalysis, analyze
from tests.music.rendered import MAJOR, drum_loop, progression, ramp

RATE = 22_050
SOUND = progression("C major", 120, 8).audio
RECORDINGS = Path(__file__).parents[1] / "recordings"


def spoken_of(found: MusicAnalysis) -> object:
    """Everything in it, in a form that can be compared."""
    return wire.analysis(found)


def test_all_parts_are_there_unless_some_are_asked_for() -> None:
    """Each part is named after what it finds; what was not asked for is None."""
    every = analyze(SOUND)
    assert None not in (every.rhythm, every.harmony, every.spectrum, every.dynamics, every.tags, every.sections)
    some = analyze(SOUND, include=("dynamics", "harmony"))
    assert (some.rhythm, some.spectrum, some.tags, some.sections) == (None, None, None, None)
    assert some.harmony == every.harmony
    assert some.dynamics == every.dynamics


def test_it_says_what_was_heard() -> None:
    """Length, rate and channels are those of the recording."""
    found = analyze(Audio(np.zeros((6, 48_000), np.float32), 48_000), include=["dynamics"])
    assert (found.duration, found.rate, found.channels) == (1.0, 48_000, 6)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(1, SOUND.frames - 1), max_size=6))
def test_blocks_of_any_size_give_the_same(cuts: list[int]) -> None:
    """Everything that was found, to the last digit that is told."""
    analysis = Analysis()
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), SOUND.frames], strict=True):
        analysis.feed(Audio(SOUND.samples[:, first:last], SOUND.rate))
    assert spoken_of(analysis.finish()) == spoken_of(analyze(SOUND))


def test_a_file_and_its_samples_are_the_same(tmp_path: Path) -> None:
    """However the recording comes in."""
    path = RECORDINGS / "solo_trumpet.ogg"
    parts = ("harmony", "dynamics", "spectrum")
    assert spoken_of(analyze(path, include=parts)) == spoken_of(analyze(Audio.read(path), include=parts))
    samples = Audio.read(path)
    assert spoken_of(analyze(samples.samples, rate=samples.rate, include=parts)) == spoken_of(analyze(path.read_bytes(), include=parts))


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros((1, 1), np.float32),
        np.full((2, 1), 0.5, np.float32),
        np.zeros((1, 3 * RATE), np.float32),
        np.full((1, 3 * RATE), 0.5, np.float32),
        np.random.default_rng(7).uniform(-0.5, 0.5, (1, 5 * RATE)).astype(np.float32),
    ],
    ids=["one sample", "one frame of stereo", "silence", "a constant", "noise"],
)
def test_what_is_no_music_gets_no_invention(samples: Samples) -> None:
    """No tempo, no key, no genre, and a note for each that was looked for."""
    found = analyze(Audio(samples, RATE))
    assert found.rhythm is not None
    assert found.harmony is not None
    assert found.tags is not None
    assert (found.rhythm.tempo, found.rhythm.beats, found.harmony.key, found.tags.genre) == (None, (), None, "uncertain")
    assert len(found.notes) == 2
    assert "NaN" not in repr(spoken_of(found))


@pytest.mark.parametrize("peak", [1e10, 1e30, 3e38])
def test_samples_that_no_sound_has(peak: float) -> None:
    """However absurd, as long as they are numbers, so are the figures."""
    told = wire.analysis(analyze(Audio((SOUND.samples[:, : 2 * RATE] * peak).clip(-3e38, 3e38).astype(np.float32), RATE)))
    assert json.dumps(told, allow_nan=False)


def test_silence_has_no_dynamics() -> None:
    """Minus infinity for its loudness, and no range."""
    found = analyze(Audio(np.zeros((1, RATE), np.float32), RATE), include=["dynamics"])
    assert found.dynamics is not None
    assert (found.dynamics.loudness.integrated, found.dynamics.range) == (-math.inf, None)


def test_the_dynamic_range_is_from_the_true_peak_to_the_loudness() -> None:
    """PLR, as defined: a full-scale sine of 1 kHz in one channel has 0 dBTP and -3.01 LUFS (BS.1770-5)."""
    sine = np.sin(2 * np.pi * 1000 * np.arange(5 * 48_000) / 48_000, dtype=np.float64).astype(np.float32)
    found = analyze(Audio(sine, 48_000), include=["dynamics"])
    assert found.dynamics is not None
    assert found.dynamics.range == pytest.approx(3.01, abs=0.05)


@pytest.mark.parametrize("varies", [False, True])
def test_a_tempo_that_varies_is_noted(varies: bool) -> None:
    """From which to which, if by more than a tenth; a steady one is not worth a word."""
    loop = drum_loop("rock", ramp(90, 140, 20) if varies else 110.0, 20)
    notes = analyze(loop.audio, include=["rhythm"]).notes
    assert len(notes) == varies
    for note in notes:
        slow, fast = (int(figure) for figure in re.findall(r"\d+", note))
        assert 88 <= slow <= 100 and 130 <= fast <= 142


def test_no_samples() -> None:
    """There is nothing to analyse, which is an error and not a result."""
    with pytest.raises(EmptyAudio):
        analyze(Audio(np.zeros((1, 0), np.float32), RATE))
    with pytest.raises(EmptyAudio):
        Analysis(["dynamics"]).finish()


def test_names_of_parts_may_be_written_in_capitals() -> None:
    """As on all faces."""
    assert analyze(SOUND, include=["Dynamics"]).dynamics is not None


@pytest.mark.parametrize("include", [["rythm"], [], "tempo"])
def test_parts_that_are_not_there(include: list[str] | str) -> None:
    """The error names the field and the parts there are."""
    with pytest.raises(OptionError) as error:
        analyze(SOUND, include=include)
    assert error.value.field == "include"
    assert error.value.allowed == PARTS


def test_a_recording_that_changes() -> None:
    """Blocks of another rate are refused, and both are named."""
    analysis = Analysis(["dynamics"])
    analysis.feed(Audio(np.zeros((1, 100), np.float32), RATE))
    with pytest.raises(OptionError, match=r"44100 Hz and 2 channels.*22050 Hz and 1 channel"):
        analysis.feed(Audio(np.zeros((2, 100), np.float32), 44_100))


def test_progress_is_told() -> None:
    """Ever larger shares, up to all of it."""
    told: list[float] = []
    analyze(SOUND, include=["dynamics"], progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_an_analysis_can_be_sent_to_another_process() -> None:
    """As the server does."""
    found = analyze(SOUND, include=["spectrum", "dynamics"], frames=True)
    again = pickle.loads(pickle.dumps(found))  # noqa: S301 - our own
    assert spoken_of(again) == spoken_of(found)
    assert found.spectrum is not None
    assert found.spectrum.centroid.frames is not None
    assert spoken_of(replace(found, spectrum=None)) != spoken_of(found)


def test_chords_and_key_of_a_known_piece() -> None:
    """The whole way from samples to names, on a progression whose chords are known."""
    assert MAJOR
    found = analyze(SOUND, include=["harmony"]).harmony
    assert found is not None
    assert found.key is not None
    assert found.key.name == "C major"
