"""What markup leaves to be read: runs of text, and breaks between them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

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
    spans: Sequence[tuple[int, int]]
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
    return (Run(text, _InPlace(0, len(text))),)


class _InPlace(Sequence[tuple[int, int]]):
    """The spans of characters that stand for themselves, made when they are asked for: a book has a million of them."""

    def __init__(self, start: int, end: int) -> None:
        self._start, self._end = start, end

    def __len__(self) -> int:
        return self._end - self._start

    @overload
    def __getitem__(self, index: int) -> tuple[int, int]: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[tuple[int, int]]: ...

    def __getitem__(self, index: int | slice) -> tuple[int, int] | Sequence[tuple[int, int]]:
        if isinstance(index, slice):
            places = range(self._start, self._end)[index]
            return _InPlace(places.start, max(places.start, places.stop)) if places.step == 1 else [(place, place + 1) for place in places]
        place = range(self._start, self._end)[index]
        return place, place + 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(operator.eq, self, other))

    def __hash__(self) -> int:
        return hash((self._start, self._end))
