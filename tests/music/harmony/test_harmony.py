"""Promises of auricle.music.harmony: key, tuning and chords of any sound, the same in any chunks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle import Audio
from auricle.music.harmony import HarmonyPart, read_harmony
from auricle.music.part import RATE
from auricle.music.results import Harmony
from auricle.resample import resample
from tests.music.rendered import progression

MUSIC = progression("A minor", 130, 8, drums=True)


def _harmony(sound: np.ndarray) -> Harmony:
    part = HarmonyPart()
    part.feed(np.asarray(sound, np.float32))
    return part.finish()


@settings(max_examples=10)
@given(st.lists(st.integers(0, len(MUSIC.samples)), max_size=9))
def test_any_chunking_gives_the_same_harmony(cuts: list[int]) -> None:
    """Bit for bit, and a caller may use its buffer again."""
    part = HarmonyPart()
    for piece in np.split(MUSIC.samples, sorted(cuts)):
        buffer = piece.copy()
        part.feed(buffer)
        buffer[:] = 1
    assert part.finish() == _harmony(MUSIC.samples)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(0),
        np.ones(1),
        np.zeros(5 * RATE),
        np.full(5 * RATE, 0.3),
        np.random.default_rng(0).normal(0, 0.2, 10 * RATE),
        np.cumsum(np.random.default_rng(0).normal(0, 0.001, 10 * RATE)),
    ],
    ids=["nothing", "one sample", "silence", "constant", "white noise", "brown noise"],
)
def test_where_there_is_no_music_nothing_is_invented(sound: np.ndarray) -> None:
    """No key, no chords, no tuning, and whatever candidates there are, nobody believes in."""
    found = _harmony(sound)
    assert found.key is None
    assert found.tuning is None
    assert all(candidate.confidence < 0.05 for candidate in found.candidates)
    assert [(chord.start, chord.end, chord.label) for chord in found.chords] == ([(0, len(sound) / RATE, "N")] if len(sound) else [])
    assert all(span.key is None for span in found.keys)


@pytest.mark.parametrize("name", ["jfk.flac", "LJ001-0001.wav", "wy-light-ko.wav", "goforward.wav"])
def test_speech_is_in_no_key(recordings: Path, name: str) -> None:
    """A voice's pitch glides: it agrees with no tuning."""
    found = _harmony(resample(Audio.read(recordings / name).remix(1), RATE).samples[0])
    assert found.key is None
    assert found.candidates[0].confidence < 0.1
    assert sum(chord.end - chord.start for chord in found.chords if chord.root) < 0.1 * found.chords[-1].end


@pytest.mark.parametrize("name", ["hungarian_dance.ogg", "vibe_ace.ogg"])
def test_recordings_of_music_are_in_a_key(recordings: Path, name: str) -> None:
    """Brahms' fifth Hungarian dance is in G minor in the orchestral version; all have chords most of the time."""
    found = _harmony(resample(Audio.read(recordings / name).remix(1), RATE).samples[0])
    assert found.key is not None
    assert name != "hungarian_dance.ogg" or found.key.name == "G minor"
    assert sum(chord.end - chord.start for chord in found.chords if chord.root) > 0.7 * found.chords[-1].end


def test_chords_and_keys_have_no_gaps() -> None:
    """Each begins where the one before it ends, from the beginning to the end."""
    found = _harmony(MUSIC.samples)
    for stretches in (found.chords, found.keys):
        assert [stretch.start for stretch in stretches] == [0.0, *(stretch.end for stretch in stretches[:-1])]
        assert stretches[-1].end == MUSIC.duration


def test_chroma_adds_up_to_one_and_is_strongest_on_tonic_and_dominant() -> None:
    """C, E and G of a long C major chord are the three strongest pitch classes."""
    chroma = _harmony(progression("C major", 120, 8, chords=[("maj", 0)]).samples).chroma
    assert sum(chroma) == pytest.approx(1)
    assert sorted(np.argsort(chroma)[-3:].tolist()) == [0, 4, 7]


def test_clipped_music_keeps_its_key() -> None:
    """Distortion adds overtones of the same notes."""
    found = _harmony(np.clip(MUSIC.samples * 20, -1, 1))
    assert found.key is not None
    assert found.key.name == "A minor"


def test_a_live_session_hears_the_last_half_minute() -> None:
    """After a change of key long enough ago only the new key is there, at its times in the session."""
    part = HarmonyPart(keep=30)
    first, second = progression("C major", 120, 30), progression("F# major", 120, 40)
    part.feed(first.samples)
    before = part.finish()
    part.feed(second.samples)
    after = part.finish()
    assert before.key is not None
    assert after.key is not None
    assert (before.key.name, after.key.name) == ("C major", "F# major")
    assert after.keys[0].start == pytest.approx(first.duration + second.duration - 30, abs=4)
    assert after.chords[-1].end == pytest.approx(first.duration + second.duration)
    assert after == read_harmony(part.profiles())
