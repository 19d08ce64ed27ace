"""A recording at a loudness: one gain where that is enough, and otherwise as much limiting as is allowed, measured until it is right."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from auricle.audio import Samples
from auricle.loudness.figures import Loudness
from auricle.loudness.limiter import CLEARANCE_DB, TOUCHES_DB, Limiter
from auricle.loudness.meter import measure
from auricle.tape import Tape, Treated

__all__ = ["normalized"]

_REACHED = 0.1  # LU: what is this near to the target has reached it
_ENOUGH = 0.03  # LU: when to stop looking, which leaves some room for meters that do not quite agree with ours
_MUCH_DB = 6.0  # of limiting: the user should know
_MOST_PASSES = 8
_TOLD_APART = 0.01  # dB: gains nearer than this say nothing about the slope
_FLATTEST = 0.2  # slope of loudness over gain that is believed


@dataclass(frozen=True, slots=True)
class Gain:
    """A stage that does no more."""

    factor: np.float32
    channels: int
    latency: int = 0

    def feed(self, samples: Samples) -> Samples:
        """See `Stage`."""
        return samples * self.factor

    def finish(self) -> Samples:
        """See `Stage`."""
        return np.zeros((self.channels, 0), np.float32)


def normalized(tape: Tape, target: float, ceiling: float, most_limiting: float, facts: dict[str, float], notes: list[str]) -> Tape:
    """The recording at ``target``, by one gain, and by limiting the peaks that it would lift above ``ceiling``.

    Limiting makes quieter, so that gain and limiting are tried and measured until the result is within 0.1 LU. Nothing else than the
    limiter ever changes the dynamics; where it would have to do more than ``most_limiting``, the result is quieter than asked for.
    What has no loudness (silence, less than 400 ms) stays as it is.

    Args:
        tape: what to play; it is played several times.
        target: LUFS.
        ceiling: the highest true peak. dBTP.
        most_limiting: by how much the highest peak may be lowered. dB.
        facts: gets "gain_db", "limited_db" (by how much the highest peak is lowered) and "passes" (how often it was played).
        notes: gets a sentence where the target is not reached, or by much limiting.

    Raises:
        MissingDependency: scipy is not installed.
    """
    before = measure(tape)
    facts.update(gain_db=0.0, limited_db=0.0, passes=1.0)
    if before.integrated == -math.inf:
        notes.append("The loudness was left as it is, for there is none to measure: silence, or less than 400 ms of sound.")
        return tape
    gain = target - before.integrated
    if abs(gain) <= _ENOUGH and before.true_peak <= ceiling:
        return tape
    if before.true_peak + gain <= ceiling - TOUCHES_DB:
        facts["gain_db"] = gain
        factor = np.float32(10 ** (gain / 20))
        return Treated(tape, lambda: Gain(factor, tape.channels))
    search = Search(tape, before, target, ceiling, most_limiting)
    search.run()
    facts.update(gain_db=search.gain, limited_db=search.facts["reduction_db"], passes=1.0 + search.passes)
    if abs(target - search.loudness) > _REACHED:
        notes.append(
            f"The loudness is {search.loudness:.1f} LUFS and not {target:.1f}, for more would take over {most_limiting:g} dB of limiting; "
            "allow more limiting, or ask for less loudness."
        )
    elif facts["limited_db"] > _MUCH_DB:
        notes.append(f"Peaks were limited by up to {facts['limited_db']:.1f} dB to reach the loudness.")
    return search.limited()


class Search:
    """For the gain before the limiter: the secant method on the loudness after it, which rises with the gain, ever more slowly.

    Args:
        tape: what to play.
        before: its figures.
        target: LUFS.
        ceiling: dBTP.
        most_limiting: dB.

    Attributes:
        gain: the last one tried. dB.
        loudness: what it led to. LUFS.
        facts: what the limiter then did.
        passes: how many were tried.
    """

    def __init__(self, tape: Tape, before: Loudness, target: float, ceiling: float, most_limiting: float) -> None:
        self._tape, self._before, self._target, self._ceiling, self._most = tape, before, target, ceiling, most_limiting
        self._aim = ceiling  # of the limiter; lower, should the true peak ever be above the ceiling
        self.gain = min(target - before.integrated, self._most_gain())
        self.loudness, self.passes = math.nan, 0
        self.facts: dict[str, float] = {}

    def run(self) -> None:
        """Try until it is right, or as right as it can be."""
        gain = self._most_gain() - self._most  # up to here nothing is limited, so that the loudness is known
        loudness, slope = self._before.integrated + gain, 1.0
        while not self._try():
            if abs(self.gain - gain) > _TOLD_APART:
                slope = min(1.0, max(_FLATTEST, (self.loudness - loudness) / (self.gain - gain)))
            gain, loudness = self.gain, self.loudness
            self.gain = min(gain + (self._target - loudness) / slope, self._most_gain())

    def limited(self) -> Tape:
        """The recording with the gain and the limiter that were found."""
        return self._through({})

    def _try(self) -> bool:
        """Measure what the gain leads to. Is there nothing left to try?"""
        after = measure(self._through(self.facts))
        self.loudness, self.passes = after.integrated, self.passes + 1
        if after.true_peak > self._ceiling and self.passes < _MOST_PASSES:
            self._aim -= after.true_peak - self._ceiling + TOUCHES_DB
            return False
        error = self._target - self.loudness
        return abs(error) <= _ENOUGH or (error > 0 and self.gain >= self._most_gain()) or self.passes == _MOST_PASSES

    def _through(self, facts: dict[str, float]) -> Tape:
        tape, aim, gain = self._tape, self._aim, self.gain
        return Treated(tape, lambda: Limiter(tape.rate, tape.channels, aim, gain, facts))

    def _most_gain(self) -> float:
        """With which the highest peak is lowered by as much as is allowed."""
        return self._aim - CLEARANCE_DB + self._most - self._before.true_peak
