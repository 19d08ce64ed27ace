"""Structure: boundaries where the music changes, the same letter for what sounds alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Mono
from auricle.music.part import RATE
from auricle.music.results import Section
from auricle.music.structure import StructurePart, snapped
from auricle.resample import resample

RECORDINGS = Path(__file__).parent.parent / "recordings"
BEAT = 0.5  # seconds
MAJOR, MINOR = (0, 4, 7), (0, 3, 7)
VERSE = ((0, MAJOR), (5, MAJOR), (7, MAJOR), (0, MAJOR))  # C F G C
BRIDGE = ((9, MINOR), (2, MINOR), (4, MINOR), (9, MINOR))  # Am Dm Em Am


def played(seconds: float, chords: Sequence[tuple[int, tuple[int, ...]]] = VERSE, partials: int = 6, drums: float = 0.0) -> Mono:
    """Four beats of each chord, with more or fewer partials, and noise bursts on the beats."""
    random, length = np.random.default_rng(3), int(BEAT * RATE)
    time = np.arange(length) / RATE
    beats = []
    for number in range(round(seconds / BEAT)):
        root, intervals = chords[number // 4 % len(chords)]
        pitches = [130.8 * 2 ** ((root + interval) / 12) for interval in intervals]
        tones = sum(np.sin(2 * np.pi * hertz * part * time) / part for hertz in pitches for part in range(1, partials + 1))
        beats.append(0.1 * tones * np.exp(-3 * time) + drums * random.normal(0, 1, length) * np.exp(-60 * time))
    return np.concatenate(beats).astype(np.float32)


@cache
def recorded(name: str) -> Mono:
    """A shipped recording, at 22,050 Hz."""
    sound: Mono = resample(Audio.read(RECORDINGS / name).remix(1), RATE).samples[0]
    return sound


def noise(seconds: float, level: float = 0.1) -> Mono:
    """White noise."""
    return np.random.default_rng(1).normal(0, level, int(seconds * RATE)).astype(np.float32)


def sections(*pieces: Mono, chunk: int = 3 * RATE) -> tuple[Section, ...]:
    """What is found in the pieces, one after the other, fed in chunks of so many samples."""
    sound, part = np.concatenate(pieces), StructurePart()
    for first in range(0, len(sound), chunk):
        part.feed(sound[first : first + chunk])
    return part.finish()


def letters(found: Sequence[Section]) -> str:
    """The labels, in order."""
    return "".join(section.label for section in found)


def starts(found: Sequence[Section]) -> list[float]:
    """Seconds."""
    return [section.start for section in found]


def test_rondo() -> None:
    """A B A C A, where B has other chords and C has drums: boundaries within a second, and the letters."""
    a, b, c = played(24), played(16, BRIDGE), played(24, drums=0.3)
    found = sections(a, b, a, c, a[: 16 * RATE])
    assert letters(found) == "ABACA"
    assert starts(found) == pytest.approx([0, 24, 40, 64, 88], abs=1.0)
    assert found[-1].end == pytest.approx(104.0)


def test_timbre_alone() -> None:
    """The same chords on a brighter instrument are another section, and the instrument's return is the first one again."""
    found = sections(played(20), played(16, partials=15), played(20))
    assert letters(found) == "ABA"
    assert starts(found) == pytest.approx([0, 20, 36], abs=1.0)


def test_harmony_alone() -> None:
    """The same instrument with other chords, where no boundary falls on a whole second."""
    a, b = played(24.0), played(16.0, BRIDGE)
    found = sections(a[9000:], b, a, b)
    lead = 9000 / RATE
    assert letters(found) == "ABAB"
    assert starts(found) == pytest.approx([0, 24 - lead, 40 - lead, 64 - lead], abs=1.0)


def test_recordings_in_turn() -> None:
    """Two recordings of different music, one after the other and back."""
    one, other, length = recorded("vibe_ace.ogg"), recorded("hungarian_dance.ogg"), 20 * RATE
    found = sections(one[:length], other[:length], one[:length])
    assert letters(found) == "ABA"
    assert starts(found) == pytest.approx([0, 20, 40], abs=1.0)


def test_music_between_noise() -> None:
    """Noise, music, other noise of the same kind."""
    found = sections(noise(15), recorded("vibe_ace.ogg")[: 20 * RATE], noise(30)[15 * RATE :])
    assert letters(found) == "ABA"
    assert starts(found) == pytest.approx([0, 15, 35], abs=1.0)


@pytest.mark.parametrize(
    "sound",
    [played(60), played(60, drums=0.3), noise(60), recorded("jfk.flac"), 0.5 * np.sin(np.arange(40 * RATE, dtype=np.float32) / 9)],
    ids=["chords", "chords and drums", "noise", "speech", "tone"],
)
def test_what_stays_the_same_is_one_section(sound: Mono) -> None:
    """From the beginning to the end, named A."""
    assert sections(sound) == (Section(0.0, len(sound) / RATE, "A"),)


@pytest.mark.parametrize("samples", [0, 1, 5000, 30 * RATE])
@pytest.mark.parametrize("level", [0.0, 0.3])
def test_silence_has_no_sections(samples: int, level: float) -> None:
    """Neither have direct current, one sample, and no samples."""
    if level == 0 or samples != 5000:  # what begins within a frame is heard as a click
        assert sections(np.full(samples, level, np.float32)) == ()


def test_silence_between() -> None:
    """A long pause is in no section; what follows it is compared with what came before it."""
    found = sections(played(16), np.zeros(12 * RATE, np.float32), played(16))
    assert letters(found) == "AA"
    assert starts(found) == pytest.approx([0, 28], abs=1.0)
    assert [section.end for section in found] == pytest.approx([16, 44], abs=1.0)


def test_short_music() -> None:
    """Less than two sections' length is one section, however much it changes."""
    found = sections(played(3), noise(3))
    assert found == (Section(0.0, 6.0, "A"),)


def test_clipped() -> None:
    """Clipping changes the sound, not the structure."""
    found = sections(np.clip(6 * np.concatenate([played(24), played(24, drums=0.3), played(24)]), -1, 1))
    assert letters(found) == "ABA"
    assert starts(found) == pytest.approx([0, 24, 48], abs=1.0)


def test_sections_follow_each_other() -> None:
    """In order, without overlap, none shorter than 8 s, to the end of the recording."""
    sound = recorded("hungarian_dance.ogg")
    found = sections(sound)
    assert all(one.end == other.start and one.label != other.label for one, other in pairwise(found))
    assert all(section.end - section.start >= 8.0 for section in found)
    assert (found[0].start, found[-1].end) == (0.0, len(sound) / RATE)


@given(chunk=st.integers(500, 200_000))
@settings(deadline=None, max_examples=12)
def test_any_chunking(chunk: int) -> None:
    """The same sections, however the sound comes."""
    pieces = (played(12), noise(12), played(9))
    assert sections(*pieces, chunk=chunk) == sections(*pieces)


def test_boundaries_snap_to_downbeats() -> None:
    """Inner boundaries move to the nearest downbeat within a second; the others, and the recording's ends, stay."""
    found = (Section(0.0, 10.0, "A"), Section(10.0, 20.5, "B"), Section(24.0, 40.0, "A"))
    moved = snapped(found, [0.4, 8.9, 10.6, 12.0, 20.0, 26.0, 39.8])
    assert moved == (Section(0.0, 10.6, "A"), Section(10.6, 20.0, "B"), Section(24.0, 40.0, "A"))


def test_no_downbeats() -> None:
    """Without bars boundaries stay where they are."""
    found = (Section(0.0, 10.0, "A"), Section(10.0, 20.5, "B"))
    assert snapped(found, []) == found
    assert snapped((), [1.0]) == ()
