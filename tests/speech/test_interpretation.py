"""What the real models make of a turn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Mono
from auricle.codec import AudioProcessingConfig, decode
from auricle.errors import OptionError
from auricle.speech import load_recognizer
from auricle.speech.agreement import Heard
from auricle.speech.interpretation import Interpreter
from auricle.speech.turn import Turn
from auricle.speech.vad import SAMPLE_RATE


def samples(path: Path) -> Mono:
    """One channel at 16 kHz."""
    mono: Mono = decode(path, AudioProcessingConfig(sample_rate=SAMPLE_RATE, channels=1)).samples[0]
    return mono


def turn(audio: Mono, start: float = 0.0, before: Turn | None = None) -> Turn:
    """A turn that is voiced to its end, from a second of the stream on."""
    place = round(start * SAMPLE_RATE)
    made = Turn(place, audio, place, before)
    made.voiced, made.ended = made.end, True
    return made


def text(words: list[Heard] | None) -> str:
    """As it is written."""
    assert words is not None
    return "".join(word.text for word in words).strip()


def test_words_after_those_that_are_final(recordings: Path) -> None:
    """What is final is not given again, and what is given continues it; times are those of the stream."""
    interpreter = Interpreter(load_recognizer("base"), "en", None)
    held = turn(samples(recordings / "jfk.flac"), 100.0)
    every = interpreter.words(held, last=True)
    assert every is not None
    assert text(every).replace(",", "").startswith("And so my fellow Americans ask not")
    assert 100 <= every[0].start < every[-1].end <= held.end / SAMPLE_RATE
    held.final = every[:5]
    rest = interpreter.words(held, last=True)
    assert text(rest) == text(every[5:])
    assert rest is not None
    assert rest[0].start == pytest.approx(every[5].start, abs=0.1)


def test_nobody_speaks() -> None:
    """Noise has no words, and a turn's words after it are none."""
    noise = np.random.default_rng(1).normal(0, 0.05, 3 * SAMPLE_RATE).astype(np.float32)
    assert Interpreter(load_recognizer("tiny.en"), "en", None).words(turn(noise), last=True) == []


def test_another_language_leaves_what_was_before(recordings: Path) -> None:
    """A turn that took over words in one language and is in another begins anew; one in the same goes on."""
    interpreter = Interpreter(load_recognizer("base"), None, None)
    german = turn(samples(recordings / "wy-light-de.wav"))
    words = interpreter.words(german, last=True)
    assert words
    assert german.language == "de"
    german.final = words
    spanish = turn(samples(recordings / "wy-light-es.wav"), german.end / SAMPLE_RATE, german)
    spanish.take_over()
    assert (spanish.language, spanish.final) == ("de", words)
    assert "luz" in text(interpreter.words(spanish, last=True)).lower()
    assert (spanish.language, spanish.final, spanish.start) == ("es", [], german.end)


def test_what_the_model_does_not_know_is_refused() -> None:
    """Before any audio comes."""
    with pytest.raises(OptionError, match="knows only English"):
        Interpreter(load_recognizer("tiny.en"), "de", None)
