"""Slower or faster at the same pitch: the only importer of python_stretch.

Signalsmith Stretch, a phase vocoder that keeps the phases of neighbouring peaks together (https://signalsmith-audio.co.uk/code/stretch).
"""

from __future__ import annotations

import numpy as np

from auricle.audio import Mono
from auricle.errors import MissingDependency

__all__ = ["stretched"]


def stretched(samples: Mono, rate: int, factor: float) -> Mono:
    """The same sound ``factor`` times as long, `round(factor * frames)` frames exactly.

    Args:
        samples: shape (frames,).
        rate: Hertz.
        factor: above 1 is slower.

    Raises:
        MissingDependency: the extra `voice` is not installed.
    """
    try:
        from python_stretch.Signalsmith import Stretch
    except ImportError as error:
        raise MissingDependency("speaking faster or slower", "voice") from error
    machine = Stretch(0)  # the seed: the same sound every time
    machine.preset(1, rate)
    machine.setTimeFactor(1 / factor)
    padded = np.pad(samples, (0, machine.blockSamples()))  # so that there is enough of it
    length = round(len(samples) * factor)
    return np.asarray(machine.process(np.ascontiguousarray(padded[None], np.float32)), np.float32)[0, :length]
