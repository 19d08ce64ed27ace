"""What is known of a text while it is read: how far it is, when each word is said, how loud it is."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.cli.reading import Reading, captions
from auricle.cli.script import Script
from auricle.loudness import integrated_loudness
from auricle.voice import SpeechPiece, SpokenTurn, SpokenWord, Turn

RATE = 24_000


class FakeStream:
    """A stream that says each turn in two pieces, and a pause as a piece of its own."""

    def __init__(self, turns: tuple[Turn, ...], *, timed: bool = True, gain: tuple[float, ...] = (0.1, 0.1)) -> None:
        self.voice = SimpleNamespace(word_times=timed)
        self.turns: list[SpokenTurn] = []
        self._said, self._timed, self._gain = turns, timed, gain

    def __iter__(self) -> Iterator[SpeechPiece]:
        for turn, gain in zip(self._said, self._gain, strict=False):
            half = len(turn.text) // 2
            for start, end in ((0, half), (half, len(turn.text))):
                word = SpokenWord(turn.text[start:end], 0.0, 1.0, (start, end))
                yield SpeechPiece(tone(gain), (word,) if self._timed else ())
            self.turns.append(SpokenTurn("heart", turn.text, 0.0, 1.0))
            if turn.pause_ms:
                yield SpeechPiece(Audio(np.zeros(RATE, np.float32), RATE))


def tone(gain: float) -> Audio:
    """A second of 440 Hz."""
    return Audio((gain * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32), RATE)


def script(*, conversation: bool = False) -> Script:
    """Two turns, at places 10 and 20 of a text."""
    return Script("it", (Turn("abcdefgh", None, 1000), Turn("ijkl")), (10, 20), conversation=conversation)


def reading(stream: Any, asked: Script, loudness: float | None = None) -> Reading:
    """Someone who reads from a stand-in."""
    return Reading(stream, asked, loudness)


def test_how_far_it_is() -> None:
    """Progress is the share of characters whose words have been said, and is complete in the end."""
    read = reading(FakeStream(script().turns), script())
    shares = [read.position() / (read.expected or 0.0) for _ in read]
    assert shares == pytest.approx([14 / 24, 18 / 24, 20 / 24, 22 / 24, 1.0])
    assert read.duration == 5.0


def test_nobody_knows_how_far_it_is() -> None:
    """A voice without word times is at a time, of which nobody knows how much there will be."""
    read = reading(FakeStream(script().turns, timed=False), script())
    assert [(read.position(), read.expected) for _ in read] == [(float(second), None) for second in range(1, 6)]


def test_places_are_those_in_the_whole() -> None:
    """Words of later turns are where they stand in the whole text."""
    read = reading(FakeStream(script().turns), script())
    assert len(list(read)) == 5
    assert [word.span for words in read.sentences for word in words] == [(10, 14), (14, 18), (20, 22), (22, 24)]


@pytest.mark.parametrize("conversation", [False, True])
def test_loudness(conversation: bool) -> None:
    """Each chapter is as loud as was asked; a conversation only as a whole, for who speaks softly is meant to."""
    asked = script(conversation=conversation)
    stream = FakeStream(asked.turns, gain=(0.02, 0.2))
    blocks = list(reading(stream, asked, -20.0))
    assert [block.duration for block in blocks] == ([5.0] if conversation else [2.0, 3.0])
    assert [integrated_loudness(block) for block in blocks] == pytest.approx([-20.0] * len(blocks), abs=0.2)


def words(*texts: str, gap: int = 1) -> tuple[SpokenWord, ...]:
    """Words one after the other, with ``gap`` characters between them."""
    found, place = [], 0
    for number, text in enumerate(texts):
        found.append(SpokenWord(text, number, number + 0.5, (place, place + len(text))))
        place += len(text) + gap
    return tuple(found)


def test_captions() -> None:
    """Each piece is a segment from its first word to its last, with the words and their times."""
    one, two = captions([words("Good", "morning."), words("おはよう", "ございます", gap=0)], "en")
    assert (one.id, one.text, one.start, one.end) == (0, "Good morning.", 0.0, 1.5)
    assert [(word.text, word.start, word.end) for word in one.words] == [("Good", 0.0, 0.5), ("morning.", 1.0, 1.5)]
    assert two.text == "おはようございます"
