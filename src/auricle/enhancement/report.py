"""What enhancement did: the results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auricle.audio import Audio
from auricle.loudness import Loudness

__all__ = ["Enhanced", "Facts", "Report", "Sound", "StepReport"]

Facts = dict[str, float]  # what a step found and did, by name with the unit: "clicks", "gain_db"; filled while a tape is played


@dataclass(frozen=True, slots=True)
class Sound:
    """How a recording sounds, in figures.

    Attributes:
        loudness: EBU R 128's.
        noise_floor: level of what is left where nothing is heard. dBFS, RMS; -inf for digital silence.
        duration: seconds.
    """

    loudness: Loudness
    noise_floor: float
    duration: float


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did.

    Attributes:
        name: of the step.
        facts: what it found and did, by name with the unit.
    """

    name: str
    facts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Report:
    """Before, what was done, and after.

    Attributes:
        before: the recording.
        after: what became of it.
        steps: in the order in which they were taken.
        notes: what the user should know, a sentence each: a target that was not reached, music that was left alone.
    """

    before: Sound
    after: Sound
    steps: tuple[StepReport, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Enhanced:
    """A recording, enhanced.

    Attributes:
        audio: at the rate, with the channels and, unless it was trimmed, of the length of the recording.
        report: what was done.
    """

    audio: Audio
    report: Report
