"""Clicks and pops: found where a sample is not what both its sides expect, and only those samples replaced.

Every short frame gets an autoregressive model. Where its forward and its backward prediction error both stand out of those nearby, a
click may be: the forward error is large in a click and after it, the backward error in it and before it (S. J. Godsill, P. J. W.
Rayner, "Digital Audio Restoration" (1998), sections 5.3 and 5.4). All that is suspected is interpolated (Janssen, Veldhuis and Vries,
1986), so that no suspect spoils another's model, and each is then judged against its neighbourhood: see `Evidence`. So drums,
consonants, the pulses of voices and brass, and clicks too faint to be worth it stay as they are.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from auricle.audio import Samples
from auricle.enhancement.autoregression import Mask, Signal, coefficients, interpolated, need_scipy
from auricle.enhancement.outlier import Repair, Surroundings, repair
from auricle.enhancement.report import Facts
from auricle.errors import OptionError
from auricle.stages import Blockwise

__all__ = ["Declick"]

_FRAMES = 32  # frames in a block
_MARGIN = 3  # frames looked at on either side of it
_TURNS = 2  # what stands beside a loud click is seen when that is gone
_CELLS = 128  # in a frame
_STEP = 16  # cells from one measurement of the usual error to the next
_FLOOR = 2.0**-17  # error that is always expected: half a step of 16 bits
_SUSPICIOUS = 6.0  # times the usual power of the error from which a closer look is taken
_SUSPECTS = 32  # in a window, the worst: with the next line it bounds the work in noise and percussion
_PATIENCE = 12  # suspects in a row that were none, after which the rest, which stand out less, are left alone
_EQUALS = 2  # suspects nearby that stand out a tenth as much; more are the sound's own texture


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many samples what takes, at a rate.

    Attributes:
        frame: from one model to the next, 23 ms.
        order: of the models of frames.
        cell: over which the error's power is measured, 0.18 ms.
        around: what is looked at to judge and fill a click, 35 ms on either side.
        reach: of a click on either side of where it stands out most, 1.2 ms.
        guard: what it may reach further than it stands out, 0.66 ms.
    """

    frame: int
    order: int
    cell: int
    around: Surroundings
    reach: int
    guard: int

    @classmethod
    def at(cls, rate: int) -> Sizes:
        """Those at ``rate``. Frames are whole cells."""
        cell = max(2, round(rate * 0.00018))
        frame = _CELLS * cell
        order = min(64, max(16, round(rate / 1000)))
        reach, guard = max(58, round(rate * 0.0012)), max(32, round(rate * 0.00066))
        return cls(frame, order, cell, Surroundings(round(1.5 * frame), min(96, 2 * order), order), reach, guard)


class Declick(Blockwise):
    """Takes clicks and pops out of one stream. Each channel is looked at separately; samples outside of clicks keep their bits.

    Args:
        rate: Hertz.
        channels: how many.
        sensitivity: 0 takes only the worst, 1 also the faint.
        facts: gets "clicks" and "repaired_samples".

    Raises:
        OptionError: ``sensitivity`` is not between 0 and 1.
        MissingDependency: scipy is not installed.
    """

    def __init__(self, rate: int, channels: int, sensitivity: float, facts: Facts) -> None:
        if not 0 <= sensitivity <= 1:
            raise OptionError("declick", f"declick is {sensitivity}; give a sensitivity from 0 (only the worst clicks) to 1")
        need_scipy("repairing clicks")
        self._sizes = Sizes.at(rate)
        self._margin = _MARGIN * self._sizes.frame
        super().__init__(channels, _FRAMES * self._sizes.frame, self._margin, self._margin)
        self._at, self._end = 0, sys.maxsize  # frames of the stream: where the next block begins, and the end as soon as it is known
        self._clearly = 3.0 ** (1 - 2 * sensitivity)
        self._facts = facts
        facts.update(clicks=0, repaired_samples=0)

    def finish(self) -> Samples:
        """See `Stage`."""
        self._end = self._at + self._owed
        return super().finish()

    def treat(self, window: Samples) -> Samples:
        """See `Blockwise`. A recording shorter than the margin says too little of itself."""
        own = slice(self._margin, window.shape[1] - self._margin)
        block = window[:, own].copy()
        heard = self._heard(window.shape[1])
        self._at += block.shape[1]
        if heard.stop - heard.start < self._margin:
            return block
        for channel, samples in enumerate(window):
            if np.any(samples):
                clean, clicks = _cleaned(samples.astype(np.float64), heard, self._sizes, self._clearly)
                clicks = clicks[own]
                block[channel, clicks] = clean[own][clicks]
                self._facts["clicks"] += len(_runs(clicks, 1))
                self._facts["repaired_samples"] += int(np.count_nonzero(clicks))
        return block

    def _heard(self, length: int) -> slice:
        """What of a window of so many samples belongs to the recording."""
        first = self._at - self._margin
        return slice(max(0, -first), min(length, self._end - first))


def _mirrored(signal: Signal, heard: slice) -> Signal:
    """A channel of a window with what was ``heard`` mirrored at the recording's ends: beside silence all of it would stand out."""
    beyond = heard.start, len(signal) - heard.stop
    return np.pad(signal[heard], beyond, mode="reflect")


def _cleaned(signal: Signal, heard: slice, sizes: Sizes, clearly: float) -> tuple[Signal, Mask]:
    """A channel of a window without its clicks, and where they were.

    At the ends of what was ``heard``, without a model's length of sound on both sides, nothing is a click.
    """
    signal = _mirrored(signal, heard)
    clean, clicks = signal.copy(), np.zeros(len(signal), np.bool_)
    near = sizes.around.near
    for _ in range(_TURNS):
        spans = [_grown(clicks, *span) for span in _suspects(clean, heard, sizes, clearly)]
        spans = [span for span in spans if near <= span[0] and span[1] <= len(signal) - near]
        repairs = _repairs(signal, _mirrored(_filled(clean, spans, sizes), heard), spans, sizes, clearly)
        repairs = [it for it in repairs if heard.start + sizes.order <= it.start and it.end + sizes.order <= heard.stop]
        for found in repairs:
            clean[found.start : found.end] = found.filling
            clicks[found.start : found.end] = True
        if not repairs:
            break
        clean = _mirrored(clean, heard)
    return clean, clicks


def _suspects(signal: Signal, heard: slice, sizes: Sizes, clearly: float) -> list[tuple[int, int]]:
    """From where to where, generously, clicks may be in what was ``heard``, none beside another; the worst first."""
    power = _power(signal, sizes)
    score = power / (_usual(power) + _FLOOR**2)
    score[: heard.start // sizes.cell] = score[-(-heard.stop // sizes.cell) :] = 0
    runs = _runs(score > _SUSPICIOUS * clearly, -(-sizes.reach // (2 * sizes.cell)))
    runs.sort(key=lambda run: -float(np.max(score[slice(*run)])))
    spans: list[tuple[int, int]] = []
    for start, end in runs[:_SUSPECTS]:
        peak = (start + int(np.argmax(score[start:end]))) * sizes.cell
        low, high = peak - sizes.reach, peak + sizes.cell + sizes.reach
        span = max(start * sizes.cell - sizes.guard, low), min(end * sizes.cell + sizes.guard, high)
        if all(span[1] + sizes.order <= other[0] or other[1] + sizes.order <= span[0] for other in spans):
            spans.append(span)
    return spans


def _power(signal: Signal, sizes: Sizes) -> Signal:
    """The power of the forward or the backward prediction error, whichever is less, in each cell. Single precision is enough."""
    from scipy.fft import next_fast_len

    frame, order = sizes.frame, sizes.order
    padded = np.pad(signal, frame // 2 + order)
    models = coefficients(sliding_window_view(padded[order:], 2 * frame)[::frame], order)
    pieces = sliding_window_view(padded[frame // 2 :].astype(np.float32), frame + 2 * order)[::frame]
    size = next_fast_len(frame + 3 * order, real=True)
    sound, model = np.fft.rfft(pieces, size), np.fft.rfft(models.astype(np.float32), size)
    errors = (np.fft.irfft(product, size)[:, order : order + frame] for product in (sound * model, sound * model.conj()))
    after, before = (np.mean(error.reshape(-1, sizes.cell) ** 2, axis=1) for error in errors)
    return np.asarray(np.minimum(after, before), np.float64)


def _usual(power: Signal) -> Signal:
    """What is usual within a frame on either side of each cell: the median, or a third of what one in ten exceeds, if that is more."""
    wide = sliding_window_view(np.pad(power, _CELLS), 2 * _CELLS)[: len(power) : _STEP, ::2]
    middle, high = _CELLS // 2, int(0.9 * _CELLS)
    ordered = np.partition(wide, (middle, high), axis=1)
    usual: Signal = np.maximum(ordered[:, middle], ordered[:, high] / 3)
    return np.repeat(usual, _STEP)


def _filled(signal: Signal, spans: list[tuple[int, int]], sizes: Sizes) -> Signal:
    """``signal`` with all spans interpolated, one after the other."""
    filled, near = signal.copy(), sizes.around.near
    for start, end in spans:
        piece, missing = filled[start - near : end + near], np.pad(np.ones(end - start, np.bool_), near)
        filled[start:end] = interpolated(piece, missing, coefficients(piece, sizes.order))[missing]
    return filled


def _repairs(signal: Signal, filled: Signal, spans: list[tuple[int, int]], sizes: Sizes, clearly: float) -> list[Repair]:
    """What is to be replaced: what convinces, and has not many equals nearby."""
    repairs: list[Repair] = []
    trusted = 0
    for span in spans:
        repairs.append(repair(signal, filled, span, sizes.around))
        trusted = 0 if repairs[-1].evidence.convinces(clearly) else trusted + 1
        if trusted == _PATIENCE:
            break
    return [it for it in repairs if it.evidence.convinces(clearly) and _equals(it, repairs, sizes.around.near) <= _EQUALS]


def _equals(found: Repair, repairs: list[Repair], near: int) -> int:
    """How many others are about as surprising nearby."""
    nearby = (other.evidence.added for other in repairs if other is not found and abs(other.start - found.start) < near)
    return sum(added > found.evidence.added / 10 for added in nearby)


def _grown(clicks: Mask, start: int, end: int) -> tuple[int, int]:
    """The span, and with it the clicks known already that it touches."""
    start, end = max(start, 0), min(end, len(clicks))
    while start > 0 and clicks[start - 1]:
        start -= 1
    while end < len(clicks) and clicks[end]:
        end += 1
    return start, end


def _runs(mask: Mask, gap: int) -> list[tuple[int, int]]:
    """From where to where it is true; runs with fewer than ``gap`` samples between are one."""
    places = np.flatnonzero(mask)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > gap)
    starts = places[np.concatenate([[0], breaks + 1])]
    ends = places[np.concatenate([breaks, [len(places) - 1]])] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
