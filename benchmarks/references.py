"""Recordings with what is said in them, and how well a text agrees with that."""

from __future__ import annotations

import csv
import functools
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from whisper_normalizer.english import EnglishTextNormalizer

from auricle.audio import Mono
from auricle.codec import AudioProcessingConfig, decode
from auricle.server.settings import usable_cores
from auricle.speech.vad import SAMPLE_RATE

RECORDINGS = Path(__file__).parent.parent / "tests" / "recordings"
MANIFEST = RECORDINGS / "manifest.tsv"


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A recording and what is said in it.

    Attributes:
        name: of its file.
        samples: what is heard, one channel at 16 kHz.
        reference: the words, as `words_of` gives them.
    """

    name: str
    samples: Mono
    reference: list[str]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / SAMPLE_RATE


def spoken(manifest: Path) -> Iterator[Spoken]:
    """The recordings of a manifest (columns "file", "language", "reference") in which one person speaks English."""
    with manifest.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["language"] == "en" and row["reference"] and "diarization" not in row["file"]:
                yield Spoken(row["file"], heard(manifest.parent / row["file"]), words_of(row["reference"]))


def heard(recording: Path) -> Mono:
    """A recording as a model hears it: one channel at 16 kHz."""
    return np.asarray(decode(recording, AudioProcessingConfig(sample_rate=SAMPLE_RATE, channels=1)).samples[0])


def words_of(text: str) -> list[str]:
    """The words without case and punctuation, "ten" as "10", "won't" as "will not": Whisper's own English text normaliser."""
    words: list[str] = _normalizer()(text).split()
    return words


@functools.cache
def _normalizer() -> EnglishTextNormalizer:
    return EnglishTextNormalizer()


def aligned(said: Sequence[str], reference: Sequence[str]) -> tuple[int, list[tuple[int, int]]]:
    """A minimum edit alignment (Levenshtein 1966) of two texts.

    Returns:
        The number of words that are wrong, missing or too many; and the places in both of those that are the same, in order.
    """
    cost = np.zeros((len(said) + 1, len(reference) + 1), np.int64)
    cost[:, 0], cost[0] = np.arange(len(said) + 1), np.arange(len(reference) + 1)
    for i, word in enumerate(said, 1):
        for j, other in enumerate(reference, 1):
            cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (word != other))
    pairs = []
    i, j = len(said), len(reference)
    while i and j:
        same = said[i - 1] == reference[j - 1]
        if cost[i, j] == cost[i - 1, j - 1] + (not same):
            i, j = i - 1, j - 1
            if same:
                pairs.append((i, j))
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return int(cost[-1, -1]), pairs[::-1]


def said_again(words: Sequence[str]) -> int:
    """How many words say the same as those right before them: 1 in "the the", 3 in "to be or to be or"."""
    again: set[int] = set()
    for length in range(1, len(words) // 2 + 1):
        for first in range(length, len(words) - length + 1):
            if words[first - length : first] == words[first : first + length]:
                again.update(range(first, first + length))
    return len(again)


def percentile(values: Sequence[float], percent: float) -> float:
    """Linear between the nearest two; not a number where there are none."""
    return float(np.percentile(values, percent)) if len(values) else float("nan")


def heading(title: str) -> list[str]:
    """The first lines of a page: what was measured where."""
    return [
        f"# {title}",
        "",
        f"Written by `make bench` on {platform.machine()}, {usable_cores()} cores, Python {platform.python_version()}; "
        f"the load average before was {os.getloadavg()[0]:.1f}.",
    ]


def publish(page: str, file: Path | None) -> None:
    """Print a page of figures, and write it where one is asked for."""
    if file is not None:
        file.write_text(page)
    print(page)
