"""What the server asks of whoever analyses music, and what is said of it live: plain, picklable values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from auricle.codec import AudioProcessingConfig
from auricle.codec.raw import RawFormat
from auricle.music.analysis import PARTS
from auricle.music.live import Rolling

__all__ = ["NOTHING_HEARD", "Analysing", "LiveAnalysing", "since"]

NOTHING_HEARD = Rolling(
    time=0.0,
    tempo=None,
    tempo_confidence=0.0,
    beats=(),
    beats_per_bar=None,
    key=None,
    momentary=-math.inf,
    short_term=-math.inf,
    peak=-math.inf,
)


@dataclass(frozen=True, slots=True)
class Analysing:
    """What is wanted of a recording.

    Attributes:
        include: the parts of the analysis, of `PARTS`.
        frames: keep the spectral features of every frame.
        salvage: use what can be decoded of a damaged recording.
        config: format of raw samples without a header.
    """

    include: tuple[str, ...] = PARTS
    frames: bool = False
    salvage: bool = False
    config: AudioProcessingConfig = field(default_factory=AudioProcessingConfig)


@dataclass(frozen=True, slots=True)
class LiveAnalysing:
    """What is wanted of live audio.

    Attributes:
        format: how the samples are sent.
    """

    format: RawFormat = field(default_factory=RawFormat)


def since(last: Rolling, said: Sequence[Rolling]) -> Rolling:
    """What was said after ``last``, in one: the state at its end, with all new beats, and the largest peak."""
    if not said:
        return replace(last, beats=())
    return replace(said[-1], beats=tuple(beat for each in said for beat in each.beats), peak=max(each.peak for each in said))
