"""A turn's audio and what is cut off it."""

from __future__ import annotations

import numpy as np

from auricle.audio import Mono
from auricle.speech.agreement import Heard
from auricle.speech.turn import Turn
from auricle.speech.vad import SAMPLE_RATE


def seconds(count: float) -> Mono:
    """So much audio, each sample its own number."""
    return np.arange(round(count * SAMPLE_RATE), dtype=np.float32)


def words(first: int, last: int, text: str = " so") -> list[Heard]:
    """One word in each second."""
    return [Heard(text, (second,), float(second), second + 0.8, 0.9) for second in range(first, last)]


def holding(count: float, final: list[Heard]) -> Turn:
    """A turn with so many seconds and these final words."""
    turn = Turn(0, seconds(count), 0)
    turn.final = final
    return turn


def test_audio_is_appended() -> None:
    """It is held in order, from where it began."""
    turn = Turn(7 * SAMPLE_RATE, seconds(1), 7 * SAMPLE_RATE)
    turn.add(seconds(0.5))
    assert (turn.start, turn.end) == (7 * SAMPLE_RATE, 8.5 * SAMPLE_RATE)
    np.testing.assert_array_equal(turn.samples, np.concatenate([seconds(1), seconds(0.5)]))


def test_a_short_turn_is_not_trimmed() -> None:
    """Context is worth more than the time it costs."""
    turn = holding(8, words(0, 8, " so."))
    turn.trim()
    assert turn.end - turn.start == 8 * SAMPLE_RATE


def test_it_is_trimmed_after_a_sentence() -> None:
    """The last that ended three seconds ago; the cut falls between its last word and the next."""
    turn = holding(10, [*words(0, 4), *words(4, 5, " so."), *words(5, 9)])
    turn.trim()
    assert turn.start == round(4.9 * SAMPLE_RATE)
    assert turn.samples[0] == turn.start
    assert [word.start for word in turn.final] == [5, 6, 7, 8]


def test_without_a_sentence_it_grows_to_twelve_seconds() -> None:
    """Then it is cut after any word that is three seconds old."""
    turn = holding(12, words(0, 11))
    turn.trim()
    assert turn.start == 0
    turn = holding(12.5, words(0, 12))
    turn.trim()
    assert [word.start for word in turn.final] == [9, 10, 11]
    assert turn.start == round(8.9 * SAMPLE_RATE)


def test_what_never_becomes_final_can_be_forgotten() -> None:
    """Fifteen seconds of it are held; of more, three are kept."""
    turn = holding(15, [])
    before = turn.overlong
    turn.add(seconds(0.1))
    turn.tail = words(13, 15)
    assert (before, turn.overlong) == (False, True)
    turn.forget()
    assert turn.end - turn.start == 3 * SAMPLE_RATE
    assert turn.tail == []


def test_the_end_of_the_turn_before_is_taken_over() -> None:
    """Its last three seconds with their words and language; the audio is joined where it was."""
    before = holding(6, words(0, 6))
    before.language = "de"
    turn = Turn(6 * SAMPLE_RATE, seconds(1), 6 * SAMPLE_RATE, before)
    turn.take_over()
    assert turn.end == 7 * SAMPLE_RATE
    assert [word.start for word in turn.final] == [3, 4, 5]
    assert turn.language == "de"
    held = turn.samples
    np.testing.assert_array_equal(held[: -len(seconds(1))], seconds(6)[turn.start :])
    turn.take_over()
    assert len(turn.samples) == len(held)


def test_no_more_than_three_seconds_are_taken_over() -> None:
    """However much came before its only words."""
    turn = Turn(30 * SAMPLE_RATE, seconds(1), 30 * SAMPLE_RATE, holding(30, words(28, 30)))
    turn.take_over()
    assert turn.end - turn.start == 4 * SAMPLE_RATE
    assert [word.start for word in turn.final] == [28, 29]


def test_of_a_turn_without_words_nothing_is_taken_over() -> None:
    """Unless this one goes on where it was divided: then its last words are still to come."""
    apart, joined = (Turn(30 * SAMPLE_RATE, seconds(1), 30 * SAMPLE_RATE, holding(30, []), joined=joined) for joined in (False, True))
    apart.take_over()
    joined.take_over()
    assert apart.end - apart.start == SAMPLE_RATE
    assert joined.end - joined.start == 4 * SAMPLE_RATE


def test_another_language_leaves_it_behind() -> None:
    """Then only the turn's own audio is held, and no words."""
    turn = Turn(6 * SAMPLE_RATE, seconds(1), 6 * SAMPLE_RATE, holding(6, words(0, 6)))
    turn.take_over()
    turn.leave()
    assert turn.start == 6 * SAMPLE_RATE
    np.testing.assert_array_equal(turn.samples, seconds(1))
    assert not turn.final


def test_memory_is_bounded() -> None:
    """However many words were cut off."""
    turn = holding(0, [])
    for start in range(0, 3000, 10):
        turn.add(seconds(10))
        turn.final += words(start, start + 10)
        turn.trim()
    assert len(turn.samples) <= 12 * SAMPLE_RATE
    assert len(turn.final) <= 12
