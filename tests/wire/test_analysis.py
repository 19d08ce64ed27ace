"""An analysis as JSON: the guide's names first, ours with units, and null for what was not found."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from auricle import wire
from auricle.loudness.figures import Loudness
from auricle.music.live import Rolling
from auricle.music.results import (
    Beat,
    Chord,
    Dynamics,
    Feature,
    Harmony,
    Key,
    KeySpan,
    MusicAnalysis,
    Rhythm,
    Section,
    Spectrum,
    Tag,
    TagMoment,
    Tags,
    TempoCandidate,
    TempoPoint,
)

RHYTHM = Rhythm(
    120.00404,
    0.91234,
    (Beat(0.12345, 1), Beat(0.6, 2)),
    2,
    "2/4",
    (TempoCandidate(120.0, 0.7), TempoCandidate(60.0, 0.2)),
    (TempoPoint(1, 119.999),),
)
MINOR = Key("A", "minor", 0.75)
HARMONY = Harmony(
    MINOR,
    (MINOR, Key("C", "major", 0.2)),
    -12.34,
    (KeySpan(0, 2, MINOR), KeySpan(2, 3, None)),
    (Chord(0, 1, "A", "min"), Chord(1, 2, None, None)),
)
ONE = Feature(1234.56789, 0.1)
SPECTRUM = Spectrum(ONE, ONE, ONE, ONE, ONE, (ONE,) * 7, (ONE,) * 13, 2.345)
DYNAMICS = Dynamics(Loudness(-14.001, -12.0, -11.0, 4.0, -1.0), 13.001)
TAGS = Tags((Tag("guitar", 0.51239),), "rock", (Tag("rock", 1.0),), (TagMoment(0, 3, (Tag("guitar", 0.5),)),))
WHOLE = MusicAnalysis(3.0, 44_100, 2, RHYTHM, HARMONY, SPECTRUM, DYNAMICS, TAGS, (Section(0, 3, "A"),), ("A note.",))


def test_a_whole_analysis() -> None:
    """Every part under its name; times to milliseconds, tempi and levels to hundredths, scores to four decimals."""
    found = wire.analysis(WHOLE)
    assert (found["duration"], found["sample_rate"], found["channels"], found["notes"]) == (3.0, 44_100, 2, ["A note."])
    assert found["rhythm"]["tempo"] == 120.0
    assert found["rhythm"]["beats"][0] == {"time": 0.123, "position": 1}
    assert found["rhythm"]["downbeats"] == [0.123]
    assert found["harmony"]["key"] == {"name": "A minor", "spelled": "A minor", "camelot": "8A", "confidence": 0.75}
    assert found["harmony"]["keys"][1] == {"start": 2.0, "end": 3.0, "key": None, "spelled": None}
    assert [chord["symbol"] for chord in found["harmony"]["chords"]] == ["Am", "N.C."]
    assert found["spectrum"]["centroid_hz"] == {"mean": 1234.57, "std": 0.1}
    assert found["dynamics"]["loudness"]["integrated_lufs"] == -14.0
    assert found["tags"]["tags"] == [{"name": "guitar", "score": 0.5124}]
    assert found["sections"] == [{"start": 0.0, "end": 3.0, "label": "A"}]
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_names_have_sharps_and_spellings_are_musicians() -> None:
    """The guide's name of a key has a sharp, beside it is the usual spelling, and chords have the key's accidentals."""
    key = Key("A#", "minor", 0.75)
    harmony = Harmony(key, (key,), keys=(KeySpan(0, 3, key),), chords=(Chord(0, 3, "D#", "maj"),))
    found = wire.guide_analysis(dataclasses.replace(WHOLE, harmony=harmony))
    assert found["key_signature"] == "A# minor"
    assert found["harmony"]["key"] == {"name": "A# minor", "spelled": "Bb minor", "camelot": "3A", "confidence": 0.75}
    assert found["harmony"]["keys"] == [{"start": 0.0, "end": 3.0, "key": "A# minor", "spelled": "Bb minor"}]
    assert found["harmony"]["chords"] == [{"start": 0.0, "end": 3.0, "label": "D#:maj", "symbol": "Eb"}]


@pytest.mark.parametrize(("seconds", "integrated"), [(10.0, -math.inf), (0.3, -math.inf), (2.0, -14.0)])
def test_figures_that_silence_and_little_sound_do_not_have_are_null(seconds: float, integrated: float) -> None:
    """No zeros: silence has no loudness, no range and no tuning, and less than three seconds have no loudness range."""
    loudness = Loudness(integrated, -math.inf, -math.inf, 0.0, -1.0)
    for plr in (None, 0.0):
        found = wire.analysis(MusicAnalysis(seconds, 8000, 1, harmony=Harmony(None), dynamics=Dynamics(loudness, plr)))
        assert found["harmony"]["tuning_cents"] is None
        assert found["dynamics"]["loudness"]["loudness_range_lu"] is None
        assert found["dynamics"]["peak_to_loudness_lu"] == (None if plr is None or math.isinf(integrated) else 0.0)


def test_what_was_not_asked_for_is_not_there() -> None:
    """A part that is None has no field; what was asked for and not found is null."""
    found = wire.analysis(MusicAnalysis(3.0, 8000, 1, rhythm=Rhythm(None, 0.01)))
    assert set(found) == {"duration", "sample_rate", "channels", "notes", "rhythm"}
    assert found["rhythm"]["tempo"] is None
    assert found["rhythm"]["beats"] == []


def test_the_guide_s_answer() -> None:
    """The guide's six fields come first, with the figures of ours."""
    found = wire.guide_analysis(WHOLE)
    assert list(found)[:6] == ["tempo", "beat_count", "beat_times", "key_signature", "spectral_features", "duration_seconds"]
    assert (found["tempo"], found["beat_count"], found["beat_times"], found["key_signature"]) == (120.0, 2, [0.123, 0.6], "A minor")
    assert list(found["spectral_features"]) == [
        "spectral_centroid", "spectral_rolloff", "spectral_bandwidth", "zero_crossing_rate", "mfcc_features",
    ]  # fmt: skip
    assert len(found["spectral_features"]["mfcc_features"]) == 13
    assert {name: found[name] for name in wire.analysis(WHOLE)} == wire.analysis(WHOLE)  # type: ignore[literal-required]


@pytest.mark.parametrize("part", ["rhythm", "harmony", "spectrum"])
def test_the_guide_s_answer_needs_its_parts(part: str) -> None:
    """Without one of them there is nothing to say."""
    with pytest.raises(ValueError, match="rhythm, harmony and spectrum"):
        wire.guide_analysis(dataclasses.replace(WHOLE, **{part: None}))  # type: ignore[arg-type] # any of its names


def test_frames_only_where_they_are() -> None:
    """Six digits each, as plain numbers."""
    with_frames = dataclasses.replace(SPECTRUM, flatness=Feature(0.5, 0.0, np.array([0.1234567, 1.0], np.float32)))
    found = wire.analysis(MusicAnalysis(3.0, 8000, 1, spectrum=with_frames))
    assert found["spectrum"]["flatness"]["frames"] == [0.123457, 1.0]
    assert "frames" not in found["spectrum"]["centroid_hz"]


def test_live_music() -> None:
    """What is new, what is so now, and null for silence."""
    found = wire.rolling(Rolling(5.0, None, 0.1, (Beat(4.5, 1),), None, None, -math.inf, -math.inf, -math.inf))
    assert found["beats"] == [{"time": 4.5, "position": 1}]
    assert (found["tempo"], found["key"], found["momentary_lufs"], found["peak_dbfs"]) == (None, None, None, None)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
