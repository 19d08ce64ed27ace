"""What is said for a text: the words of its tokens, joined."""

from __future__ import annotations

from auricle.voice.text.lexicon import Lexicon
from auricle.voice.text.markup import Run
from auricle.voice.text.normalize import tokens

__all__ = ["run", "spoken"]


def run(text: str, say_as: str | None = None, phonemes: str | None = None) -> Run:
    """A run in which every character stands for itself."""
    return Run(text, tuple((place, place + 1) for place in range(len(text))), say_as=say_as, phonemes=phonemes)


def spoken(text: str, language: str = "en-US", say_as: str | None = None) -> str:
    """The words of ``text``."""
    return " ".join(token.text for token in tokens(run(text, say_as), language, Lexicon()))
