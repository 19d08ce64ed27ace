"""What benchmarks of enhancement share: what they are given, what things cost, and tables that say whether a target is met."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from auricle.audio import Audio
from benchmarks.references import RECORDINGS

__all__ = ["Given", "cost", "judged", "mean", "table"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Given:
    """What to measure with.

    Attributes:
        speech: folder of recordings, with a manifest of what is said in them or without.
        noise: folder of noises; without one they are made.
        music: folder of music.
        quick: a part of everything.
    """

    speech: Path = RECORDINGS
    noise: Path | None = None
    music: Path = RECORDINGS
    quick: bool = False

    def some(self, everything: Iterable[T], every: int) -> list[T]:
        """All of it, or one of ``every`` when it must be quick."""
        return list(everything)[:: every if self.quick else 1]


def cost(work: Callable[[Audio], T], audio: Audio) -> tuple[T, float]:
    """What becomes of audio, and how many CPU seconds it takes, of all threads: other work on the machine changes these little."""
    began = time.process_time()
    result = work(audio)
    return result, time.process_time() - began


def mean(values: Sequence[float]) -> float:
    """Not a number where there are none."""
    return statistics.fmean(values) if values else float("nan")


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """In Markdown."""
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows), ""]


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def judged(rows: Iterable[tuple[str, str, str, bool]]) -> list[str]:
    """What was measured, what it should be, and whether it is."""
    return table(["", "measured", "target", ""], [(*row, "met" if met else "**missed**") for *row, met in rows])
