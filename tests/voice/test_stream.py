"""From phrases to sound, with an engine whose words can be counted: each is a tone of its own length."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Mono
from auricle.codec import AudioProcessingConfig
from auricle.voice.engine import Phrase, Spoken, Token, Voice
from auricle.voice.stream import Saying, SpeechStream

RATE = 16_000
ANNA = Voice("anna", "made-up", ("en-US",), "CC0-1.0", word_times=True)


class Tones:
    """A tenth of a second for each letter of a word, half a dB softer each word; only roughly at the asked speed."""

    rate, longest, soon = RATE, 100, 30

    def __init__(self, *, knows_times: bool = True) -> None:
        self.said: list[str] = []
        self._knows_times = knows_times

    def say(self, phrase: Phrase, voice: Voice, speed: float, emotion: str) -> Spoken:
        """Beeps."""
        self.said.append(phrase.text)
        rough = 1 + 0.8 * (speed - 1)
        lengths = [0.1 * len(token.text) for token in phrase.tokens]
        samples = np.concatenate([self.tone(length / rough) for length in lengths])
        ends = np.cumsum(lengths) / rough
        times = tuple((float(end - length / rough), float(end)) for end, length in zip(ends, lengths, strict=True))
        return Spoken(samples, times if self._knows_times else (), sum(lengths) if self._knows_times else None)

    @staticmethod
    def tone(seconds: float) -> Mono:
        """200 Hz."""
        return (0.5 * np.sin(2 * np.pi * 200 * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def phrase(text: str, start: int = 0, **more: float) -> Phrase:
    """Words with their places, from one on."""
    tokens = []
    for word in text.split():
        tokens.append(Token(word, (start, start + len(word))))
        start += len(word) + 1
    return Phrase(tuple(tokens), "en-US", **more)


def saying(*phrases: Phrase, source: str, engine: Tones | None = None, speed: float = 1.0, pause: float = 0.0) -> Saying:
    """Anna says it."""
    return Saying(engine or Tones(), ANNA, "en-US", speed, "neutral", source, iter(phrases), "anna", pause)


def heard(stream: SpeechStream) -> Audio:
    """All pieces."""
    return Audio.join(piece.audio for piece in stream)


@pytest.mark.parametrize("speed", [0.5, 0.75, 1.0, 1.25, 2.0])
def test_the_speed_is_exact(speed: float) -> None:
    """Though the engine only comes near; pauses go along, and so do words."""
    stream = SpeechStream([saying(phrase("aaaa bbbbbb", pause=0.5), source="aaaa bbbbbb", speed=speed)])
    pieces = list(stream)
    assert pieces[0].audio.duration == pytest.approx(1.5 / speed, rel=0.005)
    first, second = pieces[0].words
    assert (first.text, second.text) == ("aaaa", "bbbbbb")
    assert first.end == pytest.approx(0.4 / speed, rel=0.01)
    assert second.start == pytest.approx(first.end)
    assert second.end == pytest.approx(1.0 / speed, rel=0.01)


def test_an_engine_that_knows_nothing_of_speed() -> None:
    """Speaks at its own, and all of it is stretched."""

    class Steady(Tones):
        def say(self, phrase: Phrase, voice: Voice, speed: float, emotion: str) -> Spoken:
            return super().say(phrase, voice, 1.0, emotion)

    audio = heard(SpeechStream([saying(phrase("aaaaaaaaaa"), source="a", engine=Steady(knows_times=False), speed=2.0)]))
    assert audio.duration == pytest.approx(0.5, rel=0.005)


def test_no_clicks() -> None:
    """A phrase begins and ends in silence, wherever its wave happens to be."""
    one, two = phrase("aaab"), phrase("ccc", 5)
    audio = heard(SpeechStream([saying(one, two, source="aaab ccc")]))
    steps = np.abs(np.diff(audio.samples[0]))
    assert steps.max() <= 0.5 * 2 * np.pi * 200 / RATE * 1.05  # the tone's own steepest
    assert abs(audio.samples[0, 0]) < 0.001
    assert abs(audio.samples[0, -1]) < 0.001


def test_what_is_read_as_one_is_one_word() -> None:
    """As "3/4", which is said in two, is one of the text; times count from the beginning of the speech."""
    source = "3/4 of it"
    tokens = (Token("three", (0, 3)), Token("quarters", (0, 3)), Token("of", (4, 6)), Token("it", (7, 9)))
    stream = SpeechStream([saying(phrase("aaaa", pause=0.6), Phrase(tokens, "en-US"), source=source)])
    words = [word for piece in stream for word in piece.words][1:]
    assert [(word.text, word.span) for word in words] == [("3/4", (0, 3)), ("of", (4, 6)), ("it", (7, 9))]
    assert [words[0].start, words[0].end] == pytest.approx([1.0, 2.3])
    assert words[2].end == pytest.approx(2.7)


def test_the_first_piece_does_not_wait() -> None:
    """Nothing is said before it is asked for, nothing after it was left; that is no error."""
    engine = Tones()

    def phrases() -> Iterator[Phrase]:
        yield phrase("one")
        yield phrase("two")
        raise AssertionError("nobody asked for it")

    with SpeechStream([Saying(engine, ANNA, "en-US", 1.0, "neutral", "one two", phrases())]) as stream:
        assert engine.said == []
        next(stream)
        assert engine.said == ["one"]
        next(stream)
    assert list(stream) == []
    assert engine.said == ["one", "two"]


@settings(deadline=None, max_examples=30)
@given(
    rate=st.sampled_from([8000, 16_000, 22_050, 44_100, 48_000]),
    channels=st.integers(1, 2),
    lengths=st.lists(st.integers(1, 12), min_size=1, max_size=5),
)
def test_rate_and_channels(rate: int, channels: int, lengths: list[int]) -> None:
    """As asked, to the frame, at any rate."""
    said = [phrase("a" * length, pause=0.05) for length in lengths]
    stream = SpeechStream([saying(*said, source="a" * 12)], AudioProcessingConfig(sample_rate=rate, channels=channels))
    assert (stream.rate, stream.channels) == (rate, channels)
    pieces = list(stream)
    for piece, length in zip(pieces, lengths, strict=True):
        assert (piece.audio.rate, piece.audio.channels) == (rate, channels)
        assert piece.audio.frames == pytest.approx((0.1 * length + 0.05) * rate, abs=1)


def test_turns_have_times_and_pauses() -> None:
    """Each from its first sample to its last, with the pause after it beyond."""
    sayings = [saying(phrase("aaaa"), source="aaaa", pause=1.0), saying(phrase("bb"), source="bb")]
    stream = SpeechStream(sayings)
    audio = heard(stream)
    assert [(turn.speaker, turn.text) for turn in stream.turns] == [("anna", "aaaa"), ("anna", "bb")]
    assert [time for turn in stream.turns for time in (turn.start, turn.end)] == pytest.approx([0.0, 0.4, 1.4, 1.6])
    assert audio.duration == pytest.approx(1.6)
    assert audio.slice(0.41, 1.39).peak == 0
