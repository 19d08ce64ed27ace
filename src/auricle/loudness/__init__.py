"""How loud audio is to people, measured and changed: ITU-R BS.1770-5 and EBU R 128."""

from __future__ import annotations

import math

import numpy as np

from auricle.audio import Audio
from auricle.loudness.figures import Loudness
from auricle.loudness.limiter import Limiter
from auricle.loudness.meter import Meter, measure
from auricle.loudness.normalize import normalized
from auricle.loudness.peaks import TruePeak
from auricle.loudness.presets import PRESETS, checked, target_of

__all__ = [
    "PRESETS",
    "Limiter",
    "Loudness",
    "Meter",
    "at_loudness",
    "integrated_loudness",
    "measure",
    "normalized",
    "target_of",
    "true_peak",
]


def integrated_loudness(audio: Audio) -> float:
    """Loudness of the whole, gated. LUFS; -inf for silence, and for less than 400 ms, which no block fits.

    Raises:
        MissingDependency: scipy is not installed.
    """
    return measure(audio).integrated


def true_peak(audio: Audio) -> float:
    """The largest value between and at the samples. dBTP; -inf for silence."""
    peak = TruePeak(audio.channels)
    peak.feed(audio.samples)
    return 20 * math.log10(peak.value) if peak.value else -math.inf


def at_loudness(audio: Audio, target: float, ceiling: float = -1.0) -> Audio:
    """The same sound at an integrated loudness, or as near to it as its true peaks let it come without limiting. Silence stays silence.

    Args:
        audio: what it sounds like.
        target: LUFS, -70 to -5.
        ceiling: the highest true peak. dBTP.

    Raises:
        OptionError: the target is out of range.
        MissingDependency: scipy is not installed.
    """
    target = checked(target)
    sound = measure(audio)
    if sound.integrated == -math.inf:
        return audio
    gain = min(target - sound.integrated, ceiling - sound.true_peak)
    return Audio(audio.samples * np.float32(10 ** (gain / 20)), audio.rate)
