"""How loud a recording is, as a JSON object."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # see results
    from typing_extensions import TypedDict

if TYPE_CHECKING:  # which brings numpy
    from auricle.loudness import Loudness

__all__ = ["WireLoudness", "loudness"]


class WireLoudness(TypedDict):
    """The figures of EBU R 128, in hundredths, and the length in seconds; null: silence, or too short for the figure."""

    integrated_lufs: float | None
    short_term_lufs: float | None
    momentary_lufs: float | None
    loudness_range_lu: float | None
    true_peak_dbtp: float | None
    duration: float


def loudness(figures: Loudness, duration: float) -> WireLoudness:
    """The figures of a recording of so many seconds."""
    return {
        "integrated_lufs": _level(figures.integrated),
        "short_term_lufs": _level(figures.short_term),
        "momentary_lufs": _level(figures.momentary),
        "loudness_range_lu": _level(figures.range),
        "true_peak_dbtp": _level(figures.true_peak),
        "duration": round(duration, 3),
    }


def _level(value: float) -> float | None:
    return round(value, 2) if math.isfinite(value) else None
