"""Landmarks that nobody heard, and catalogues of them."""

from __future__ import annotations

import numpy as np

from auricle.identification.changes import Addition
from auricle.identification.hearing import Heard
from auricle.identification.index import FRAME_S, Landmarks


def landmarks(seed: int, count: int = 500, distinct: int = 2000) -> Landmarks:
    """Random ones, in the order of their frames, with few enough hashes that recordings share many."""
    random = np.random.default_rng(seed)
    frames = np.sort(random.integers(0, 4 * count + 1, count)).astype(np.uint32)
    return Landmarks(random.integers(0, distinct, count).astype(np.uint32), frames, (4 * count + 1) * FRAME_S)


def addition(name: str, seed: int, count: int = 500, *, replace: bool = False) -> Addition:
    """A recording to add."""
    return Addition(name, {"title": f"Song {seed}"}, Heard(landmarks(seed, count), np.arange(seed, seed + 40, dtype=np.uint32)), replace)


Triples = list[tuple[int, int, int]]


def expected(hashes: list[int], recordings: dict[int, Landmarks]) -> Triples:
    """What an index of these recordings should say: asked, recording, frame; in order. Python's loops instead of anything clever."""
    return sorted(
        (asked, number, int(frame))
        for asked, wanted in enumerate(hashes)
        for number, known in recordings.items()
        for value, frame in zip(known.hashes.tolist(), known.frames.tolist(), strict=True)
        if value == wanted
    )
