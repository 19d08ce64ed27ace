"""The line through what a query and a recording share: the speed of the query and where in the recording it begins."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.identification.index import FRAME_S

__all__ = ["CLOSE", "line"]

CLOSE = 1.5  # to the line: what agrees. Frames
NEAR = 3.0  # to the line: what it is fitted to. Frames
FEWEST = 8  # hits that can tell the speed
TURN = 0.015  # most that a line may differ from the speed that was asked for
STRAIGHT = 0.9  # of the hits on the best line: enough for the line at the speed that was asked for

Real = npt.NDArray[np.float64]


def line(heard: Real, known: Real, speed: float) -> tuple[float, float]:
    """Slope and intercept of the recording's time over the query's.

    Least squares of what is near the line, three times; but the speed that was asked for, if as many hits nearly agree with that.

    Args:
        heard: when in the query each hit is, shape (hits,). Frames.
        known: when in the recording, shape (hits,). Frames.
        speed: that was asked for.
    """
    straight = speed, _intercept(heard, known, speed)
    slope, start = straight
    for _ in range(3):
        errors = known - start - slope * heard
        near = np.abs(errors) <= NEAR
        times = heard[near]
        if len(times) < FEWEST or np.ptp(times) < 1 / FRAME_S:  # too little to tell the speed by
            return straight
        centred = times - times.mean()
        turn = float((centred * errors[near]).sum() / (centred**2).sum())
        slope = min(max(slope + turn, speed * (1 - TURN)), speed * (1 + TURN))
        start = float(np.mean(known[near] - slope * times))
    return straight if _on_line(heard, known, *straight) >= STRAIGHT * _on_line(heard, known, slope, start) else (slope, start)


def _intercept(heard: Real, known: Real, slope: float) -> float:
    """The middle of what is near a line of this slope through the median."""
    starts = known - slope * heard
    middle = float(np.median(starts))
    near = np.abs(starts - middle) <= NEAR
    return float(np.mean(starts[near])) if near.any() else middle


def _on_line(heard: Real, known: Real, slope: float, start: float) -> int:
    """How many hits are so close to it that the slope matters."""
    return int((np.abs(known - start - slope * heard) <= CLOSE / 2).sum())
