"""Chapters of a recording, for the formats whose header is completed at the end, when their times are known: MP4 and its kin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container.core import Chapter as LibavChapter

__all__ = ["CHAPTERED", "Chapter", "libav_chapters"]

CHAPTERED = ("m4a", "aac", "alac")  # the output formats that keep chapters


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of a recording that players can go to.

    Attributes:
        title: what they call it.
        start: where it begins; it lasts until the next one, or to the end. Seconds.
    """

    title: str
    start: float


def libav_chapters(chapters: Sequence[Chapter], frames: int, rate: int) -> list[LibavChapter]:
    """The chapters as PyAV takes them.

    Args:
        chapters: in order of time; what begins behind the end is left out.
        frames: length of the recording. Frames.
        rate: its sample rate. Hertz.
    """
    starts = [round(chapter.start * rate) for chapter in chapters]
    ends = [end for _, end in pairwise([*starts, frames])]
    return [
        {
            "id": number,
            "start": start,
            "end": min(end, frames),
            "time_base": Fraction(1, rate),
            "metadata": {"title": chapter.title},
        }
        for number, (chapter, start, end) in enumerate(zip(chapters, starts, ends, strict=True))
        if start < frames
    ]
