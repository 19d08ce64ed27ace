"""What markup leaves to be read: runs of text, and breaks between them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Break", "Markup", "Run", "plain"]


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text that is read one way.

    Attributes:
        text: what to read.
        spans: for each character of ``text`` the place in the source of the first character that it stands for, and after the last:
            an entity is several characters, and what replaces others stands for all of them.
        language: BCP 47 tag by markup, None for that of the whole text.
        pace: times the asked speed.
        say_as: how to read it ("characters", "cardinal", "ordinal", "digits", "date", "time", "telephone", "fraction", "unit"); None: as
            a person would.
        phonemes: how to say all of it (IPA), None: as it is written.
    """

    text: str
    spans: tuple[tuple[int, int], ...]
    language: str | None = None
    pace: float = 1.0
    say_as: str | None = None
    phonemes: str | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """Silence.

    Attributes:
        seconds: how long.
    """

    seconds: float


Markup = Run | Break


def plain(text: str) -> tuple[Markup, ...]:
    """A text without markup."""
    return (Run(text, tuple((place, place + 1) for place in range(len(text)))),)
