"""Tracks of immich-memories-music, as the finder of peaks hears them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import immich_memories_music
import numpy as np

from auricle.audio import Audio, Mono
from auricle.codec import open_audio
from auricle.identification.peaks import RATE
from auricle.resample import resample

__all__ = ["tracks"]

SECONDS = 30


@cache
def tracks(count: int) -> tuple[Mono, ...]:
    """The first half minute of each of the first tracks by name."""
    return tuple(_heard(path) for path in sorted(Path(immich_memories_music.__file__).parent.rglob("*.opus"))[:count])


def _heard(path: Path) -> Mono:
    blocks: list[Audio] = []
    with open_audio(path) as decoder:
        for block in decoder:
            blocks.append(block.remix(1))
            if sum(block.duration for block in blocks) >= SECONDS:
                break
    return np.asarray(resample(Audio.join(blocks), RATE).samples[0][: SECONDS * RATE])
