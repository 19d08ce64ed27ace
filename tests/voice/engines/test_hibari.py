"""The embedded voice."""

from __future__ import annotations

import numpy as np
import pytest

from auricle.errors import OptionError
from auricle.voice.engine import Phrase, Spoken, Token
from auricle.voice.engines.hibari import load, voices

TEXT = "The quick brown fox jumps over the lazy dog, and nobody knows why."


def said(text: str = TEXT, speed: float = 1.0) -> Spoken:
    """By the embedded voice."""
    heart = next(voices())
    return load(heart).say(Phrase(tuple(Token(word, (0, 0)) for word in text.split()), "en-US"), heart, speed, "neutral")


def test_it_speaks() -> None:
    """At 24 kHz, at about a person's pace, neither clipping nor silent, with little silence at its ends, and always the same."""
    spoken = said()
    seconds = len(spoken.samples) / 24_000
    assert 2.5 < seconds < 6
    assert 0.1 < np.abs(spoken.samples).max() <= 1
    assert np.abs(spoken.samples[:1000]).max() < 0.1
    np.testing.assert_array_equal(spoken.samples, said().samples)


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_it_keeps_its_own_pace(speed: float) -> None:
    """Whatever it is asked, for its pitch would change; so it says that it did not."""
    spoken = said(speed=speed)
    assert spoken.natural is None
    np.testing.assert_array_equal(spoken.samples, said().samples)


def test_times_of_words() -> None:
    """One for each, in order, within the sound, and there is sound where a word is."""
    spoken = said()
    times = spoken.times
    assert len(times) == len(TEXT.split())
    assert list(times) == sorted(times)
    assert all(0 <= start < end <= len(spoken.samples) / 24_000 for start, end in times)
    loud = np.sqrt((spoken.samples**2).mean())
    for start, end in times:
        assert np.abs(spoken.samples[round(start * 24_000) : round(end * 24_000)]).max() > loud / 2


def test_long_phrases_are_said_in_parts() -> None:
    """All of their words, in order."""
    spoken = said(" ".join([TEXT] * 9))
    assert len(spoken.times) == 9 * len(TEXT.split())
    assert list(spoken.times) == sorted(spoken.times)
    assert len(spoken.samples) == pytest.approx(9 * len(said().samples), rel=0.2)


def test_nothing_to_say() -> None:
    """Is refused, not mumbled."""
    with pytest.raises(OptionError, match="nothing to say"):
        said("…")
