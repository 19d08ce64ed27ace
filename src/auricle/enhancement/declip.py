"""Peaks that were cut off, put back.

A recording was clipped if its highest samples lie flat: runs of them at one level, and more of them there than just below it, which no
waveform has by itself. What was cut off is interpolated with an autoregressive model (Janssen, Veldhuis and Vries, 1986) under the
condition that it lies beyond the level: a quadratic programme with bounds, solved exactly by block principal pivoting (L. F. Portugal,
J. J. Júdice, L. N. Vicente, "A comparison of block pivoting and interior-point algorithms for linear least squares problems with
nonnegative variables", 1994).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.enhancement.autoregression import Mask, Signal, coefficients, correlation, need_scipy, solved, two_sided
from auricle.enhancement.report import Facts
from auricle.stages import Blockwise
from auricle.tape import Tape, Treated

__all__ = ["Declip", "Limits", "declipped"]

_FLAT = 0.999  # samples above this share of the highest lie at the same level
_BELOW = 0.97  # down to this share a waveform has more samples than at its very top: 2.4 times as many in a sine, 4.5 in a parabola
_HOPELESS = 0.5  # share of clipped samples from which nothing says what was there
_LEVELS = 3  # silence and two more; a waveform has others between
_FRAMES = 8  # frames in a block
_TURNS = 3  # of model and samples
_PIVOTS = 6  # as a rule five suffice
_ROUNDING = 1e-9
_HIGHEST = 4.0  # no peak is restored to more than this many times the level: 12 dB


@dataclass(slots=True)
class _Extreme:
    """What is known of the highest samples on one side of one channel.

    Attributes:
        peak: the highest.
        top: how many lie at its level.
        below: how many lie just below.
        flat: how many lie at its level between two that do.
        levels: some that samples have, one more than `_LEVELS` at least if there are.
    """

    peak: float = 0.0
    top: int = 0
    below: int = 0
    flat: int = 0
    levels: set[float] = field(default_factory=set)

    def hear(self, samples: npt.NDArray[np.float32]) -> None:
        """The next samples. What was counted at a much lower level is no longer of interest."""
        if len(self.levels) <= _LEVELS:
            self.levels.update(np.unique(samples)[: _LEVELS + 1].tolist())
        highest = float(samples.max(initial=0.0))
        if highest * _FLAT > self.peak:
            self.top = self.below = self.flat = 0
        self.peak = max(self.peak, highest)
        if self.peak == 0 or highest < self.peak * _BELOW:
            return
        top = samples >= self.peak * _FLAT
        self.top += int(np.count_nonzero(top))
        self.below += int(np.count_nonzero(samples >= self.peak * _BELOW)) - int(np.count_nonzero(top))
        self.flat += int(np.count_nonzero(top[:-2] & top[1:-1] & top[2:]))

    @property
    def clipped(self) -> bool:
        """Whether its top was cut off; an offset or pulses of one height have none."""
        return self.flat > 0 and self.top > self.below and len(self.levels) > _LEVELS


@dataclass(frozen=True, slots=True)
class Limits:
    """Where one channel was cut off.

    Attributes:
        low, high: the levels, as samples; infinite where nothing was.
    """

    low: float
    high: float

    def beyond(self, samples: Signal | Samples) -> npt.NDArray[np.int_]:
        """1 where ``samples`` lie at the upper limit, -1 where they lie at the lower, else 0."""
        return (samples >= self.high * _FLAT).astype(np.int_) - (samples <= self.low * _FLAT).astype(np.int_)


def declipped(tape: Tape, facts: Facts, notes: list[str]) -> Tape:
    """``tape`` with its clipped peaks restored; if it has none, itself.

    Restored peaks may exceed full scale: the level is left as it is, and a note says so.

    Args:
        tape: is played once to find the levels.
        facts: gets "clipped_samples" and, if there are any, "clip_level_dbfs" (the highest channel's) and "peak_db" (after).
        notes: gets what the user should know.
    """
    facts.update(clipped_samples=0)
    limits = [_limits(number, *sides, notes) for number, sides in enumerate(_heard(tape), 1)]
    levels = [abs(level) for limit in limits for level in (limit.low, limit.high) if math.isfinite(level)]
    if not levels:
        return tape
    facts["clip_level_dbfs"] = level = 20 * math.log10(max(levels))
    notes.append(
        f"Peaks that were clipped at {level:.1f} dBFS were restored above that level; "
        "where they exceed 0 dBFS, normalise or lower the level before whole numbers are written."
    )
    return Treated(tape, lambda: Declip(tape.rate, limits, facts))


def _heard(tape: Tape) -> list[tuple[_Extreme, _Extreme, int]]:
    """Of each channel the lower side, turned round, the upper side, and how many samples there are."""
    lower, upper = ([_Extreme() for _ in range(tape.channels)] for _ in range(2))
    frames = 0
    for block in tape.play():
        frames += block.shape[1]
        for channel, samples in enumerate(block):
            lower[channel].hear(-samples)
            upper[channel].hear(samples)
    return [(low, high, frames) for low, high in zip(lower, upper, strict=True)]


def _limits(number: int, low: _Extreme, high: _Extreme, frames: int, notes: list[str]) -> Limits:
    """Where channel ``number`` was clipped; nowhere, with a note, if there is little else."""
    # Where nothing lies further down the sound is an offset.
    clipped = [side for side in (low, high) if side.clipped and side.top + side.below < frames]
    if sum(side.top for side in clipped) > _HOPELESS * frames:
        notes.append(f"More than half of the samples of channel {number} are clipped; that is too much to restore, and it stays as it is.")
        clipped = []
    return Limits(-low.peak if low in clipped else -math.inf, high.peak if high in clipped else math.inf)


class Declip(Blockwise):
    """Restores the clipped peaks of one stream. All other samples keep their bits.

    Args:
        rate: Hertz.
        limits: where each channel was clipped.
        facts: gets "clipped_samples" and "peak_db".

    Raises:
        MissingDependency: scipy is not installed.
    """

    def __init__(self, rate: int, limits: list[Limits], facts: Facts) -> None:
        need_scipy("restoring clipped peaks")
        self._hop = max(128, round(rate * 0.0232))
        super().__init__(len(limits), _FRAMES * self._hop, self._hop, self._hop)
        self._limits, self._facts = limits, facts
        self._order = min(64, max(16, round(rate / 1000)))
        facts.update(clipped_samples=0, peak_db=-math.inf)

    def treat(self, window: Samples) -> Samples:
        """See `Blockwise`."""
        block = window[:, self._hop : -self._hop].copy()
        for samples, within, limits in zip(block, window, self._limits, strict=True):
            clipped = limits.beyond(samples) != 0
            if np.any(clipped):
                samples[clipped] = self._restored(within.astype(np.float64), limits)[self._hop : -self._hop][clipped]
                self._facts["clipped_samples"] += int(np.count_nonzero(clipped))
        peak = float(np.max(np.abs(block)))
        self._facts["peak_db"] = max(self._facts["peak_db"], 20 * math.log10(peak) if peak else -math.inf)
        return block

    def _restored(self, signal: Signal, limits: Limits) -> Signal:
        """A channel of a window: frames that overlap by half, faded into one another; only its block is whole."""
        total = np.zeros_like(signal)
        fade = np.sin(np.pi * (np.arange(2 * self._hop) + 0.5) / (2 * self._hop)) ** 2
        for frame in self._frames(len(signal)):
            total[frame] += fade * _unclipped(signal[frame], limits, self._order)
        return total

    def _frames(self, length: int) -> Iterator[slice]:
        """The frames of a window."""
        return (slice(at, at + 2 * self._hop) for at in range(0, length - self._hop, self._hop))


def _unclipped(signal: Signal, limits: Limits, order: int) -> Signal:
    """A frame with what was cut off restored; as it is where nothing was, or too much."""
    sign = limits.beyond(signal)
    places = np.flatnonzero(sign)
    if not 0 < len(places) <= _HOPELESS * len(signal):
        return signal
    sign = sign[places]
    least = np.where(sign > 0, limits.high, -limits.low)
    known = signal.copy()
    known[places] = 0
    free = np.ones(len(places), np.bool_)
    for _ in range(_TURNS):
        b = correlation(coefficients(signal, order))
        signal = known.copy()
        restored, free = _beyond(known, places, (sign * least).astype(np.float64), free, b)
        signal[places] = sign * np.clip(restored, least, _HIGHEST * least)
    return signal


def _beyond(known: Signal, places: npt.NDArray[np.intp], limit: Signal, free: Mask, b: Signal) -> tuple[Signal, Mask]:
    """The magnitudes, at least those of ``limit``, of samples at the ``places`` for which the prediction error is least.

    Which of them lie at their bound is guessed; those that disagree change sides, all at once, until none does.

    Args:
        known: the samples; zero at ``places``.
        places: increasing.
        limit: the bound of each, with the sign that it has.
        free: the first guess which lie beyond.
        b: from `correlation`.

    Returns:
        The magnitudes, and which lie beyond their bounds.
    """
    sign, pull = np.sign(limit), two_sided(known, b)[places]
    for _ in range(_PIVOTS):
        signal = known.copy()
        signal[places[~free]] = limit[~free]
        if np.any(free):
            right = pull if np.all(free) else two_sided(signal, b)[places]
            signal[places[free]] = -solved(places[free], b, right[free])
        wrong = free & (signal[places] * sign < np.abs(limit))
        if not np.all(free):
            wrong |= ~free & (two_sided(signal, b)[places] * sign < -_ROUNDING * b[0] * np.abs(limit))
        if not np.any(wrong):
            break
        free = free ^ wrong
    return signal[places] * sign, free
