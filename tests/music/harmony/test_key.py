"""Promises of auricle.music.harmony.key: the key and where it changes."""

from __future__ import annotations

import re
from importlib.metadata import distribution
from pathlib import Path

import immich_memories_music
import mir_eval
import numpy as np
import pytest

from auricle import Audio
from auricle.music.harmony import HarmonyPart
from auricle.music.part import RATE
from auricle.music.results import PITCH_CLASSES, Harmony
from auricle.resample import resample
from tests.music.rendered import MAJOR, MINOR, click_track, progression


def _harmony(*sounds: np.ndarray) -> Harmony:
    part = HarmonyPart()
    for sound in sounds:
        part.feed(sound)
    return part.finish()


@pytest.mark.parametrize("mode", ["major", "minor"])
@pytest.mark.parametrize("tonic", PITCH_CLASSES)
def test_every_key_is_found_in_and_out_of_tune(tonic: str, mode: str) -> None:
    """One span, surely, the other candidates less likely, and the tuning to three cents."""
    for number, cents in enumerate((0, -30, 30)):
        chords = (MAJOR if mode == "major" else MINOR)[number % 2]
        found = _harmony(progression(f"{tonic} {mode}", 120, 10, chords=chords, cents=cents).samples)
        assert found.key is not None
        assert found.key.name == f"{tonic} {mode}"
        assert found.key.confidence > 0.5
        assert found.candidates[0] == found.key
        assert [span.key for span in found.keys] == [found.key]
        assert found.tuning == pytest.approx(cents, abs=3)


def test_generated_music_is_in_the_key_that_was_asked_for() -> None:
    """The MIREX score of the 28 tracks of immich-memories-music against their prompts: .70 or more."""
    licence = next(file for file in distribution("immich-memories-music").files or () if file.name == "LICENSE-MUSIC")
    keys = dict(re.findall(r"(\S+\.opus) +\d+ bpm +(\S+ (?:major|minor))", licence.read_text()))
    tracks = sorted(Path(immich_memories_music.__file__).parent.rglob("*.opus"))
    assert len(tracks) == len(keys) == 28
    scores = []
    for track in tracks:
        key = _harmony(resample(Audio.read(track).remix(1), RATE).samples[0]).key
        scores.append(mir_eval.key.weighted_score(keys[track.name], key.name) if key else 0)
    assert np.mean(scores) >= 0.70


@pytest.mark.parametrize(("first", "second"), [("C major", "D major"), ("A minor", "C minor"), ("F major", "A minor")])
def test_a_modulation_is_found_where_it_is(first: str, second: str) -> None:
    """Two spans without a gap, the change within a few bars."""
    before, after = progression(first, 120, 40), progression(second, 120, 40)
    one, other = _harmony(before.samples, after.samples).keys
    assert one.key is not None
    assert other.key is not None
    assert (one.key.name, other.key.name) == (first, second)
    assert one.end == other.start == pytest.approx(before.duration, abs=5)
    assert (one.start, other.end) == pytest.approx((0, before.duration + after.duration))


def test_music_after_noise_has_its_key_and_noise_has_none() -> None:
    """The spans tell them apart."""
    noise = np.random.default_rng(1).normal(0, 0.1, 40 * RATE).astype(np.float32)
    quiet, sounding = _harmony(noise, progression("E major", 120, 40).samples).keys
    assert quiet.key is None
    assert sounding.key is not None
    assert sounding.key.name == "E major"
    assert quiet.end == pytest.approx(40, abs=6)


def test_clicks_and_a_hum_are_in_no_key() -> None:
    """They have pitch, but neither chords nor a scale."""
    time = np.arange(10 * RATE) / RATE
    hum = np.sum([np.sin(2 * np.pi * 100 * n * time) / n for n in range(1, 9)], axis=0).astype(np.float32) * 0.1
    assert _harmony(click_track(seconds=10).samples).key is None
    assert _harmony(hum).key is None


@pytest.mark.parametrize("chords", [[("maj", 0), ("maj", 7)], [("min", 0), ("maj", 3), ("maj", 10)], [("maj", 0)]])
def test_candidates_are_three_keys_the_likeliest_first(chords: list[tuple[str, int]]) -> None:
    """Their confidences add up to no more than 1."""
    candidates = _harmony(progression("D major", 120, 8, chords=chords).samples).candidates
    confidences = [key.confidence for key in candidates]
    assert len({key.name for key in candidates}) == 3
    assert confidences == sorted(confidences, reverse=True)
    assert 0 < sum(confidences) <= 1
