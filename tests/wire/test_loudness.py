"""The figures of a recording as JSON."""

from __future__ import annotations

import json
import math

from auricle.loudness import Loudness
from auricle.wire.loudness import loudness


def test_figures_have_their_units() -> None:
    """In hundredths; each name ends in its unit."""
    assert loudness(Loudness(-16.004, -14.5, -12.25, 6.126, -1.0), 3.00049) == {
        "integrated_lufs": -16.0,
        "short_term_lufs": -14.5,
        "momentary_lufs": -12.25,
        "loudness_range_lu": 6.13,
        "true_peak_dbtp": -1.0,
        "duration": 3.0,
    }


def test_silence_is_null() -> None:
    """JSON has no infinity."""
    silent = loudness(Loudness(-math.inf, -math.inf, -math.inf, 0.0, -math.inf), 1.0)
    assert json.dumps(silent, allow_nan=False)
    assert silent["integrated_lufs"] is None
