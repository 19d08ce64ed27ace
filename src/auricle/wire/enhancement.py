"""What enhancement did, as JSON objects: in our words, and the guide's.

Levels are rounded to hundredths. What JSON has no number for, such as the loudness of silence, which is minus infinity, is null.
"""

from __future__ import annotations

import math
import sys
from base64 import b64encode
from typing import TYPE_CHECKING

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:  # see results
    from typing_extensions import TypedDict

if TYPE_CHECKING:  # these bring numpy
    from auricle.enhancement.report import Report, Sound, StepReport

__all__ = [
    "WireEnhanced",
    "WireEnhancementReport",
    "WireEnhancementStep",
    "WireLiveEnhanced",
    "WireSound",
    "enhanced",
    "enhancement_report",
    "live_enhanced",
]


class WireSound(TypedDict):
    """How a recording sounds: the figures of EBU R 128, the level of its noise (dBFS, RMS), and its length in seconds; null: silence."""

    integrated_lufs: float | None
    short_term_lufs: float | None
    momentary_lufs: float | None
    loudness_range_lu: float | None
    true_peak_dbtp: float | None
    noise_floor_dbfs: float | None
    duration: float


class WireEnhancementStep(TypedDict):
    """What one step found and did, by name with the unit."""

    name: str
    facts: dict[str, float | None]


class WireEnhancementReport(TypedDict):
    """The sound before, what was done in the order in which it was done, and the sound after; `notes` are sentences for the user."""

    before: WireSound
    after: WireSound
    steps: list[WireEnhancementStep]
    notes: list[str]


class WireEnhanced(TypedDict):
    """What `POST /enhance_audio` answers: the guide's fields, then ours."""

    enhanced_audio_base64: str
    sample_rate: int
    duration_seconds: float
    channels: int
    output_format: str
    report: WireEnhancementReport


class WireLiveEnhanced(TypedDict):
    """What there is of a live stream's audio, enhanced, as it was sent: the same encoding, rate and channels; perhaps nothing yet."""

    enhanced_audio_base64: str
    sample_rate: int
    duration_seconds: float
    channels: int
    encoding: str


def enhancement_report(report: Report) -> WireEnhancementReport:
    """A report's object."""
    return {
        "before": _sound(report.before),
        "after": _sound(report.after),
        "steps": list(map(_step, report.steps)),
        "notes": list(report.notes),
    }


def enhanced(report: Report, *, rate: int, channels: int, output_format: str, data: bytes = b"") -> WireEnhanced:
    """An enhanced recording whose encoded audio is ``data``, at a rate in Hertz; without, its place is left empty."""
    return {
        "enhanced_audio_base64": b64encode(data).decode("ascii"),
        "sample_rate": rate,
        "duration_seconds": round(report.after.duration, 3),
        "channels": channels,
        "output_format": output_format,
        "report": enhancement_report(report),
    }


def live_enhanced(data: bytes, *, encoding: str, rate: int, channels: int, frame_bytes: int) -> WireLiveEnhanced:
    """A piece of an enhanced stream: samples at a rate in Hertz, of which one of each channel takes so many bytes."""
    return {
        "enhanced_audio_base64": b64encode(data).decode("ascii"),
        "sample_rate": rate,
        "duration_seconds": round(len(data) / (frame_bytes * rate), 3),
        "channels": channels,
        "encoding": encoding,
    }


def _sound(sound: Sound) -> WireSound:
    loudness = sound.loudness
    return {
        "integrated_lufs": _level(loudness.integrated),
        "short_term_lufs": _level(loudness.short_term),
        "momentary_lufs": _level(loudness.momentary),
        "loudness_range_lu": _level(loudness.range),
        "true_peak_dbtp": _level(loudness.true_peak),
        "noise_floor_dbfs": _level(sound.noise_floor),
        "duration": round(sound.duration, 3),
    }


def _step(step: StepReport) -> WireEnhancementStep:
    return {"name": step.name, "facts": {name: _level(value) for name, value in step.facts.items()}}


def _level(value: float) -> float | None:
    return round(float(value), 2) if math.isfinite(value) else None
