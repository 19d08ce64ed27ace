"""Promises of auricle.music.harmony.chords: chords have the right root, quality and times."""

from __future__ import annotations

import mir_eval
import numpy as np
import pytest

from auricle.music.harmony import HarmonyPart
from auricle.music.harmony.chords import Evidence, find_chords, overtones
from auricle.music.harmony.hpcp import HOP
from auricle.music.part import RATE
from auricle.music.results import PITCH_CLASSES, Chord
from tests.music.rendered import MAJOR, MINOR, Rendered, progression


def majmin_accuracy(chords: tuple[Chord, ...], music: Rendered) -> float:
    """mir_eval's majmin score, weighted by time (MIREX audio chord estimation)."""
    truth = np.array([(start, end) for start, end, _ in music.chords])
    found, labels = mir_eval.util.adjust_intervals(
        np.array([(chord.start, chord.end) for chord in chords]), [chord.label for chord in chords], truth[0, 0], truth[-1, 1], "N", "N"
    )
    pieces, true, said = mir_eval.util.merge_labeled_intervals(truth, [label for *_, label in music.chords], found, labels)
    return float(mir_eval.chord.weighted_accuracy(mir_eval.chord.majmin(true, said), mir_eval.util.intervals_to_durations(pieces)))


def _chords(music: Rendered) -> tuple[Chord, ...]:
    part = HarmonyPart()
    part.feed(music.samples)
    return part.finish().chords


@pytest.mark.parametrize("cents", [0, 35])
@pytest.mark.parametrize("bass", [False, True])
@pytest.mark.parametrize("drums", [False, True])
@pytest.mark.parametrize(("key", "chords"), [("D# major", MAJOR[1]), ("B minor", MINOR[1])])
def test_rendered_chords_are_found(key: str, chords: tuple[tuple[str, int], ...], drums: bool, bass: bool, cents: float) -> None:
    """With and without bass and drums, in tune and not, nearly all the time has its chord."""
    music = progression(key, 100, 15, chords=chords, drums=drums, bass=bass, cents=cents)
    assert majmin_accuracy(_chords(music), music) >= 0.95


@pytest.mark.parametrize("tempo", [60, 90, 140])
def test_chords_change_when_they_change(tempo: float) -> None:
    """Within a frame, and nothing is found in between."""
    music = progression("G major", tempo, 12)
    found = [chord for chord in _chords(music) if chord.root]
    assert [chord.label for chord in found] == [label for *_, label in music.chords]
    assert [chord.start for chord in found[1:]] == pytest.approx([start for start, *_ in music.chords[1:]], abs=HOP / RATE)


@pytest.mark.parametrize(("seventh", "label"), [((0, 4, 7, 10), "maj"), ((0, 4, 7, 11), "maj"), ((0, 3, 7, 10), "min")])
@pytest.mark.parametrize("root", range(12))
def test_sevenths_count_as_their_triads(seventh: tuple[int, ...], label: str, root: int) -> None:
    """On every root, the bass playing it."""
    chroma = np.sum([np.roll(overtones(), root + tone) for tone in seventh], axis=0)
    frames, bass = (np.tile(row, (20, 1)).astype(np.float32) for row in (chroma, np.roll(overtones(), root)))
    (chord,) = find_chords(Evidence(frames, bass, np.ones(20, np.float32)), 0.0, 2.0)
    assert chord.label == f"{PITCH_CLASSES[root]}:{label}"


def test_where_pitches_agree_with_no_tuning_there_is_no_chord() -> None:
    """The same chroma is a chord in music and none in speech."""
    chroma = np.tile(overtones(), (40, 1)).astype(np.float32)
    agreement = np.repeat(np.array([0.6, 0.0], np.float32), 20)
    music, speech = find_chords(Evidence(chroma, chroma, agreement), 0.0, 40 * HOP / RATE)
    assert (music.label, speech.label) == ("C:maj", "N")
    assert music.end == speech.start == pytest.approx(19.5 * HOP / RATE)


def test_noise_has_no_chord() -> None:
    """Equal pitch classes are none, and so is silence."""
    for level in (0.0, 1.0):
        flat = np.full((20, 12), level, np.float32)
        assert find_chords(Evidence(flat, flat, np.zeros(20, np.float32)), 0.0, 2.0) == (Chord(0.0, 2.0, None, None),)


def test_overtones_leak_into_fifth_and_third() -> None:
    """Of the first six, three are octaves, two fifths (really twelfths) and one a major third."""
    spread = overtones(1.0)
    assert (spread[0], spread[7], spread[4], spread.sum()) == (3, 2, 1, 6)
