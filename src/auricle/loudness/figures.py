"""How loud a recording is: the figures of EBU R 128."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Loudness"]


@dataclass(frozen=True, slots=True)
class Loudness:
    """Measured as ITU-R BS.1770-5 and EBU Tech 3341 and 3342 say. Silence is -inf, and so is what is too short for a figure.

    Attributes:
        integrated: of the whole, gated. LUFS.
        short_term: the loudest three seconds. LUFS.
        momentary: the loudest 400 ms. LUFS.
        range: loudness range, LRA. LU; 0 for what is too short.
        true_peak: the largest value between and at the samples. dBTP.
    """

    integrated: float
    short_term: float
    momentary: float
    range: float
    true_peak: float
