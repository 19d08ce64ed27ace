"""Tests of the words of a fingerprint, by pictures whose words can be told by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from auricle.identification.chromaprint.chroma import NOTES
from auricle.identification.chromaprint.words import SILENCE, WIDTH, words


def steps(word: int) -> list[int]:
    """The sixteen steps, 0 to 3, that a word says in Gray code, the first filter's first."""
    return [[0, 1, 3, 2][word >> place & 3] for place in range(30, -1, -2)]


def test_silence_is_the_word_that_acoustid_knows() -> None:
    """Silence is 627964279 in every fingerprint that fpcalc ever made."""
    assert SILENCE == 627964279


def test_silence_by_hand() -> None:
    """With nothing anywhere every filter says 0, which lies between its thresholds at a known step."""
    assert steps(SILENCE) == [0, 3, 1, 1, 1, 3, 2, 1, 2, 2, 3, 1, 1, 2, 1, 2]


def test_one_note_by_hand() -> None:
    """All sound in the fourth note: the filters that add, or compare, what it lies in say so, and those that it is not in say nothing."""
    picture = np.zeros((WIDTH, NOTES))
    picture[:, 4] = 1.0
    found = steps(int(words(picture)[0]))
    assert found[0] == 3  # log(1 + 15) = 2.77 is above 2.635
    assert found[1] == 0  # notes 4-9 by thirds: it is in the lowest, so -log(1 + 15)
    assert found[2] == steps(SILENCE)[2]  # notes 0-3
    assert found[4] == steps(SILENCE)[4]  # two quarters each have half of it
    assert found[6] == steps(SILENCE)[6]  # notes 2-3


def test_a_word_for_each_frame_with_enough_after_it() -> None:
    """Sixteen frames make one word, each frame more another one, and fewer none."""
    assert [len(words(np.zeros((frames, NOTES)))) for frames in (0, 1, WIDTH - 1, WIDTH, WIDTH + 9)] == [0, 0, 0, 1, 10]


@given(arrays(np.float64, (WIDTH + 6, NOTES), elements=st.floats(0, 1)), st.integers(0, 6))
def test_a_word_knows_only_its_own_frames(picture: np.ndarray, frame: int) -> None:
    """The word of a frame is the same whatever lies before it and after its sixteen frames."""
    assert words(picture)[frame] == words(picture[frame : frame + WIDTH])[0]
