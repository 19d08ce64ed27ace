"""Clicks and pops: found where a sample is not what both its sides expect, and only those samples replaced.

In turns: an autoregressive model of every short frame; a click is where the two-sided prediction error stands out of the error nearby
(Godsill and Rayner, "Digital Audio Restoration" (1998), sections 5.3 and 5.4). What stands out is interpolated generously, cut down to
where the recording really leaves the interpolation, and interpolated again (Janssen, Veldhuis and Vries, 1986). It is kept if it
changed more than interpolation changes stretches of the same length nearby: so drums, consonants, the pulses of voices and brass, and
clicks too quiet to be worth it stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from auricle.audio import Samples
from auricle.enhancement.autoregression import Mask, Signal, coefficients, correlation, normal_matrix, restored, two_sided
from auricle.enhancement.report import Facts
from auricle.errors import OptionError
from auricle.stages import Blockwise

__all__ = ["Declick"]

_FRAMES = 16  # frames in a block
_MARGIN = 3  # frames looked at on either side of it
_TURNS = 2  # what stands beside a loud click is seen when that is gone
_FLOOR = 2.0**-17  # error that is always expected: half a step of 16 bits
_USUAL = 0.95  # share of the errors nearby that are usual: pulses of a voice lie within it, a few clicks outside
_STRONG = 3.0  # times the usual error from which a closer look is taken
_PRICE = 20.0  # times the prediction error's variance by which a sample more must lower its energy to be part of a click
_BENEFIT = 10.0  # times the usual energy of interpolation's error by which a click must exceed it
_AUDIBLE = 0.03  # share of the energy nearby that a click must have
_LEFT = 0.25  # share of the prediction error's energy that may stay: a step or an onset keeps most of it
_EVERY = 4  # samples from one stretch that is compared to the next


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many samples what takes, at a rate.

    Attributes:
        frame: from one model to the next, 23 ms.
        order: of the models of frames.
        cell: over which the error is measured, 1.5 ms.
        near: on either side of a click, what is modelled to fill it, 35 ms.
        fine: order of that model.
        longest: click that is still one, 3 ms.
        guard: what a click may reach further than it stands out, 0.25 ms.
    """

    frame: int
    order: int
    cell: int
    near: int
    fine: int
    longest: int
    guard: int

    @classmethod
    def at(cls, rate: int) -> Sizes:
        """Those at ``rate``. Frames are whole cells."""
        cell = max(8, round(rate * 0.00145))
        frame = 16 * cell
        order = min(64, max(16, round(rate / 1000)))
        return cls(frame, order, cell, round(1.5 * frame), min(96, 2 * order), 2 * cell, max(4, round(rate * 0.00025)))


class Declick(Blockwise):
    """Takes clicks and pops out of one stream. Each channel is looked at separately; samples outside of clicks keep their bits.

    Args:
        rate: Hertz.
        channels: how many.
        sensitivity: 0 takes only the worst, 1 also the faint.
        facts: gets "clicks" and "repaired_samples".

    Raises:
        OptionError: ``sensitivity`` is not between 0 and 1.
    """

    def __init__(self, rate: int, channels: int, sensitivity: float, facts: Facts) -> None:
        if not 0 <= sensitivity <= 1:
            raise OptionError("declick", f"declick is {sensitivity}; give a sensitivity from 0 (only the worst clicks) to 1")
        self._sizes = Sizes.at(rate)
        super().__init__(channels, _FRAMES * self._sizes.frame, _MARGIN * self._sizes.frame, _MARGIN * self._sizes.frame)
        self._clearly = 3.0 ** (1 - 2 * sensitivity)
        self._facts = facts
        facts.update(clicks=0, repaired_samples=0)

    def treat(self, window: Samples) -> Samples:
        """See `Blockwise`."""
        own = slice(_MARGIN * self._sizes.frame, (_MARGIN + _FRAMES) * self._sizes.frame)
        block = window[:, own].copy()
        for channel, samples in enumerate(window):
            if np.any(samples):
                clean, clicks = _cleaned(samples.astype(np.float64), self._sizes, self._clearly)
                clicks = clicks[own]
                block[channel, clicks] = clean[own][clicks]
                self._facts["clicks"] += len(_runs(clicks, 1))
                self._facts["repaired_samples"] += np.count_nonzero(clicks)
        return block


def _cleaned(signal: Signal, sizes: Sizes, clearly: float) -> tuple[Signal, Mask]:
    """A channel of a window without its clicks, and where they were."""
    clean, clicks = signal.copy(), np.zeros(len(signal), np.bool_)
    for _ in range(_TURNS):
        surprising = _surprising(clean, sizes, clearly)
        for start, end in _runs(surprising, 2 * sizes.guard):
            repair = Repair.of(signal, clean, clicks, (start, end), sizes)
            if repair is not None and repair.worth(clearly):
                clean[repair.start : repair.end] = repair.filling
                clicks[repair.start : repair.end] = True
    return clean, clicks


def _surprising(signal: Signal, sizes: Sizes, clearly: float) -> Mask:
    """Which samples stand out of what both sides expect.

    The two-sided error is smeared by the order on either side, the forward error only after a click and the backward error only before
    it: where both are large, or the two-sided error is at its highest, the click is.
    """
    frame, order = sizes.frame, sizes.order
    padded = np.pad(signal, frame // 2 + order)
    models = coefficients(sliding_window_view(padded[order:], 2 * frame)[::frame], order)
    pieces = sliding_window_view(padded[frame // 2 :], frame + 2 * order)[::frame]
    forward, backward, both = (np.abs(error).ravel() for error in _errors(pieces, models))
    highest = both >= _greatest(both, order)
    strong = both > np.maximum(_scale(both, sizes.cell) * _STRONG * clearly**0.5, _FLOOR)
    sharp = np.minimum(forward, backward)
    surprising: Mask = strong & (highest | (sharp > 2 * _scale(sharp, sizes.cell)))
    return surprising


def _errors(pieces: Signal, models: Signal) -> tuple[Signal, Signal, Signal]:
    """Forward, backward and two-sided prediction error within pieces that have the order's samples more on either side."""
    order = models.shape[-1] - 1
    size = 1 << (pieces.shape[-1] + order).bit_length()
    sound, model = np.fft.rfft(pieces, size), np.fft.rfft(models, size)
    power = model.real**2 + model.imag**2
    products = (sound * model, sound * model.conj(), sound * power / np.sum(models**2, axis=1, keepdims=True))
    forward, backward, both = (np.fft.irfft(product, size)[:, order : pieces.shape[-1] - order] for product in products)
    return forward, backward, both


def _greatest(error: Signal, reach: int) -> Signal:
    """The largest of each sample and its neighbours up to about ``reach`` away, by doubling."""
    padded, width = np.pad(error, reach), 1
    while 2 * width <= 2 * reach + 1:
        padded, width = np.maximum(padded[:-width], padded[width:]), 2 * width
    rest = 2 * reach + 1 - width
    return np.maximum(padded[: len(padded) - rest], padded[rest:])


def _scale(error: Signal, cell: int) -> Signal:
    """How large the error usually is around each sample: the larger of before and after, so that what begins and stays is usual."""
    cells = error.reshape(-1, cell)
    side = np.pad(cells, ((4, 4), (0, 0)))
    median = np.median(np.lib.stride_tricks.as_strided(side, (len(cells) + 5, 4 * cell), (side.strides[0], side.strides[1])), axis=1)
    around = np.pad(cells[:, ::4] if cell > 8 else cells, ((20, 20), (0, 0)))
    wide = sliding_window_view(around, 41, axis=0)[::4].reshape(-1, around.shape[1] * 41)
    usual = np.repeat(np.quantile(wide, _USUAL, axis=1), 4)[: len(cells)]
    both = np.maximum(np.maximum(median[:-5], median[5:]) / 0.6745, usual)
    return np.repeat(both, cell)


@dataclass(frozen=True, slots=True)
class Repair:
    """What would replace a click.

    Attributes:
        start, end: the samples of it.
        filling: what was interpolated, shape (end - start,).
        change: energy of recording minus filling.
        least: what it must exceed to be a click, by what interpolation changes in stretches as long nearby, and by how loud they are.
        left: share of what the prediction error's energy has too much that stays; infinite where sound begins or ends.
    """

    start: int
    end: int
    filling: Signal
    change: float
    least: float
    left: float

    @classmethod
    def of(cls, signal: Signal, clean: Signal, clicks: Mask, span: tuple[int, int], sizes: Sizes) -> Repair | None:
        """The best for what stands out in ``span``; None if it is too long or too near the window's ends to tell."""
        start, end = _grown(clicks, span[0] - 3 * sizes.guard, span[1] + 3 * sizes.guard)
        first, last = start - sizes.near, end + sizes.near
        if end - start > sizes.longest + 6 * sizes.guard or first < 0 or last > len(signal):
            return None
        piece = clean[first:last].copy()
        missing = np.zeros(len(piece), np.bool_)
        missing[sizes.near : -sizes.near] = True
        filled, a = restored(piece, missing, sizes.fine, 2)
        piece[missing] = signal[start:end]
        return cls._cut(piece, filled, correlation(a), first, sizes)

    @classmethod
    def _cut(cls, piece: Signal, filled: Signal, b: Signal, first: int, sizes: Sizes) -> Repair:
        """Cut down to what the click is likeliest to be, when all that it may be is ``filled``, in a piece that starts at ``first``."""
        surprise, expected = two_sided(piece, b), two_sided(filled, b)[len(b) : -len(b)]
        span = slice(sizes.near, len(piece) - sizes.near)
        factor = np.linalg.inv(np.linalg.cholesky(normal_matrix(np.arange(span.stop - span.start), b)))
        low, length = _likeliest(surprise[span], factor, float(np.mean(expected**2)) / b[0])
        start, end = span.start + low, span.start + low + length
        inverse = factor[:length, :length].T @ factor[:length, :length]
        change = inverse @ surprise[start:end]
        usual = np.sum((sliding_window_view(expected, length)[::_EVERY] @ inverse) ** 2, axis=1)
        repaired = piece.copy()
        repaired[start:end] -= change
        least = max(_BENEFIT * float(np.quantile(usual, _USUAL)), _AUDIBLE * length * float(np.mean(filled**2)))
        around = slice(start - len(b), end + len(b))
        noise = (around.stop - around.start) * float(np.mean(expected**2))
        before, after = (float(np.sum(error[around] ** 2)) - noise for error in (surprise, two_sided(repaired, b)))
        left = after / before if before > 0 else np.inf
        edge = bool(np.any(piece[start - sizes.order : start])) != bool(np.any(piece[end : end + sizes.order]))
        return cls(first + start, first + end, repaired[start:end], float(np.sum(change**2)), least, np.inf if edge else left)

    def worth(self, clearly: float) -> bool:
        """Whether it changes more than it would change what is no click, and nothing is left that sticks out."""
        return self.left < _LEFT and self.change > clearly * self.least + (self.end - self.start) * _FLOOR**2


def _grown(clicks: Mask, start: int, end: int) -> tuple[int, int]:
    """The span, and with it the clicks known already that it touches."""
    start, end = max(start, 0), min(end, len(clicks))
    while start > 0 and clicks[start - 1]:
        start -= 1
    while end < len(clicks) and clicks[end]:
        end += 1
    return start, end


def _likeliest(surprise: Signal, inverse: Signal, variance: float) -> tuple[int, int]:
    """Where in a span a click begins and how many samples it has.

    Taking m samples as unknown lowers the energy of the prediction error by y' inv(B) y, y being their two-sided error; taking m more
    that are sound lowers it by m times the error's variance. With the Cholesky factor of B, the energies of all lengths from one start
    are a running sum.

    Args:
        surprise: the two-sided error in the span.
        inverse: of the factor for the whole span.
        variance: of the prediction error.
    """
    count = len(surprise)
    starts = sliding_window_view(np.pad(surprise, (0, count)), count)[:count]
    gain = np.cumsum((starts @ inverse.T) ** 2 - _PRICE * variance, axis=1)
    gain[np.add.outer(np.arange(count), np.arange(count)) >= count] = -np.inf
    start, last = np.unravel_index(np.argmax(gain), gain.shape)
    return int(start), int(last) + 1


def _runs(mask: Mask, gap: int) -> list[tuple[int, int]]:
    """From where to where it is true; runs with fewer than ``gap`` samples between are one."""
    places = np.flatnonzero(mask)
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > gap)
    starts = places[np.concatenate([[0], breaks + 1])]
    ends = places[np.concatenate([breaks, [len(places) - 1]])] + 1
    return list(zip(starts.tolist(), ends.tolist(), strict=True))
