"""Clicks and pops: found where a sample is not what both its sides expect, and only those samples replaced.

Every short frame gets an autoregressive model. Where its forward and its backward prediction error both stand out of those nearby, a
click may be: the forward error is large in a click and after it, the backward error in it and before it (S. J. Godsill, P. J. W.
Rayner, "Digital Audio Restoration" (1998), sections 5.3 and 5.4). All that is suspected is interpolated (Janssen, Veldhuis and Vries,
1986), so that no suspect spoils another's model, and each is then judged against its neighbourhood: see `Evidence`. So drums,
consonants, the pulses of voices and brass, and clicks too faint to be worth it stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from auricle.audio import Samples
from auricle.enhancement.autoregression import (
    Mask,
    Signal,
    coefficients,
    correlation,
    forward,
    interpolated,
    need_scipy,
    normal_matrix,
    two_sided,
)
from auricle.enhancement.report import Facts
from auricle.errors import OptionError
from auricle.stages import Blockwise

__all__ = ["Declick"]

_FRAMES = 32  # frames in a block
_MARGIN = 3  # frames looked at on either side of it
_TURNS = 2  # what stands beside a loud click is seen when that is gone
_CELLS = 128  # in a frame
_SEARCHES = 3  # for a start and an end in turns; as a rule two suffice
_STEP = 16  # cells from one measurement of the usual error to the next
_FLOOR = 2.0**-17  # error that is always expected: half a step of 16 bits
_SUSPICIOUS = 6.0  # times the usual power of the error from which a closer look is taken
_SUSPECTS = 32  # in a window, the worst: with the next line it bounds the work in noise and percussion
_PATIENCE = 8  # suspects in a row that were none, after which the rest, which stand out less, are left alone
_PRICE = 16.0  # times the error's variance by which a sample more must lower its energy to be part of a click
_OUTSTANDING = 100.0  # times what an addition would explain of any stretch as long nearby
_DISTINCT = 35.0  # so many times is enough where an addition explains more than a pulse by the factor
_BETTER = 1.1
_AS_GOOD = 0.9  # share of what a pulse would explain that an addition must
_LEFT = 0.1  # share of the error's surplus that may stay
_USUAL = 0.95  # share of the stretches nearby whose interpolation is usual
_BENEFIT = 0.7  # times the energy of the usual interpolation's error that a click must have
_AUDIBLE = 0.01  # share of the energy nearby that a click must have
_EQUALS = 2  # suspects nearby that stand out a tenth as much; more are the sound's own texture
_TINY = 1e-30


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many samples what takes, at a rate.

    Attributes:
        frame: from one model to the next, 23 ms.
        order: of the models of frames.
        cell: over which the error's power is measured, 0.18 ms.
        near: on either side of a click, what is modelled to fill it, 35 ms.
        fine: order of that model.
        longest: click that is still one, 1.75 ms.
        guard: what a click may reach further than it stands out, 0.35 ms.
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
        cell = max(2, round(rate * 0.00018))
        frame = _CELLS * cell
        order = min(64, max(16, round(rate / 1000)))
        longest, guard = max(48, round(rate * 0.00175)), max(8, round(rate * 0.00035))
        return cls(frame, order, cell, round(1.5 * frame), min(96, 2 * order), longest, guard)


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
                self._facts["repaired_samples"] += int(np.count_nonzero(clicks))
        return block


def _cleaned(signal: Signal, sizes: Sizes, clearly: float) -> tuple[Signal, Mask]:
    """A channel of a window without its clicks, and where they were."""
    clean, clicks = signal.copy(), np.zeros(len(signal), np.bool_)
    for _ in range(_TURNS):
        spans = [_grown(clicks, *span) for span in _suspects(clean, sizes, clearly)]
        spans = [(start, end) for start, end in spans if sizes.near <= start and end <= len(signal) - sizes.near]
        repairs = _repairs(signal, _filled(clean, spans, sizes), spans, sizes, clearly)
        for repair in repairs:
            clean[repair.start : repair.end] = repair.filling
            clicks[repair.start : repair.end] = True
        if not repairs:
            break
    return clean, clicks


def _suspects(signal: Signal, sizes: Sizes, clearly: float) -> list[tuple[int, int]]:
    """From where to where, generously, clicks may be; the worst first."""
    power = _power(signal, sizes)
    score = power / (_usual(power) + _FLOOR**2)
    runs = _runs(score > _SUSPICIOUS * clearly, -(-sizes.longest // (2 * sizes.cell)))
    runs.sort(key=lambda run: -float(np.max(score[slice(*run)])))
    spans = []
    for start, end in runs[:_SUSPECTS]:
        peak = (start + int(np.argmax(score[start:end]))) * sizes.cell
        low, high = peak - sizes.longest // 2, peak + sizes.cell + sizes.longest // 2
        spans.append((max(start * sizes.cell, low) - sizes.guard, min(end * sizes.cell, high) + sizes.guard))
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
    return np.minimum(after, before)


def _usual(power: Signal) -> Signal:
    """What is usual within a frame on either side of each cell: the median, or a third of what one in ten exceeds, if that is more."""
    wide = sliding_window_view(np.pad(power, _CELLS), 2 * _CELLS)[: len(power) : _STEP, ::2]
    middle, high = _CELLS // 2, int(0.9 * _CELLS)
    ordered = np.partition(wide, (middle, high), axis=1)
    return np.repeat(np.maximum(ordered[:, middle], ordered[:, high] / 3), _STEP)


def _filled(signal: Signal, spans: list[tuple[int, int]], sizes: Sizes) -> Signal:
    """``signal`` with all spans interpolated, one after the other."""
    filled = signal.copy()
    for start, end in spans:
        piece, missing = filled[start - sizes.near : end + sizes.near], _between(start, end, sizes)
        filled[start:end] = interpolated(piece, missing, coefficients(piece, sizes.order))[missing]
    return filled


def _between(start: int, end: int, sizes: Sizes) -> Mask:
    """Which samples of a piece are in the span that it is around."""
    return np.pad(np.ones(end - start, np.bool_), sizes.near)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a click, and against it.

    What disturbs a sound for a moment was either added to it or is a pulse that its own resonances answer, as those of a voice do the
    glottis (the two types of outlier of A. J. Fox, "Outliers in Time Series", Journal of the Royal Statistical Society B 34, 1972).
    What each explains is the prediction error's energy that goes away if so many samples are taken as unknown, less `_PRICE` for each:
    samples of the sound, or of the error.

    Attributes:
        added: what an addition explains, in variances of the error.
        pulse: what a pulse explains, likewise.
        outstanding: times what an addition explains of any stretch as long nearby, and so of any at a pitch period's distance.
        left: share of what the error's energy has too much that stays when it is repaired.
        benefit: its energy, in those of the usual error of interpolating as many samples nearby.
        share: its power, in that of the sound nearby.
        edge: whether digital silence begins or ends there.
    """

    added: float
    pulse: float
    outstanding: float
    left: float
    benefit: float
    share: float
    edge: bool

    def convinces(self, clearly: float) -> bool:
        """Whether it is a click, and better repaired; ``clearly`` is 1 as a rule."""
        enough = clearly * (_DISTINCT if self.added > _BETTER * self.pulse else _OUTSTANDING)
        is_click = not self.edge and self.added > _AS_GOOD * self.pulse and self.outstanding > enough and self.left < _LEFT
        return is_click and self.benefit > _BENEFIT * clearly and self.share > _AUDIBLE * clearly


@dataclass(frozen=True, slots=True)
class Repair:
    """What would replace a click: its samples, from ``start`` to before ``end``, and why."""

    start: int
    end: int
    filling: Signal
    evidence: Evidence


def _repairs(signal: Signal, filled: Signal, spans: list[tuple[int, int]], sizes: Sizes, clearly: float) -> list[Repair]:
    """What is to be replaced: what convinces, and has not many equals nearby."""
    repairs: list[Repair] = []
    trusted = 0
    for span in spans:
        repairs.append(_repair(signal, filled, span, sizes))
        trusted = 0 if repairs[-1].evidence.convinces(clearly) else trusted + 1
        if trusted == _PATIENCE:
            break
    return [it for it in repairs if it.evidence.convinces(clearly) and _equals(it, repairs, sizes.near) <= _EQUALS]


def _equals(repair: Repair, repairs: list[Repair], near: int) -> int:
    """How many others are about as surprising nearby."""
    nearby = (other.evidence.added for other in repairs if other is not repair and abs(other.start - repair.start) < near)
    return sum(added > repair.evidence.added / 10 for added in nearby)


@dataclass(frozen=True, slots=True)
class _Model:
    """What the sound around a suspect is like.

    Attributes:
        clean: the piece without the suspect.
        a, b: the model's coefficients and their autocorrelation.
        variance: of the prediction error.
    """

    clean: Signal
    a: Signal
    b: Signal
    variance: float

    @classmethod
    def of(cls, piece: Signal, missing: Mask, order: int) -> _Model:
        """That of a ``piece`` in which what is ``missing`` was filled roughly."""
        a = coefficients(piece, order)
        clean, b = interpolated(piece, missing, a), correlation(a)
        return cls(clean, a, b, float(np.mean(forward(clean, a)[order:] ** 2)) + _TINY)


def _repair(signal: Signal, filled: Signal, span: tuple[int, int], sizes: Sizes) -> Repair:
    """The best for what may be in ``span`` of ``signal``, when ``filled`` is what it would be without any clicks."""
    near, first, last = sizes.near, span[0] - sizes.near, span[1] + sizes.near
    missing = _between(*span, sizes)
    model = _Model.of(filled[first:last], missing, sizes.fine)
    sound = np.where(missing, signal[first:last], model.clean)
    surprise = two_sided(sound, model.b)
    factor = np.linalg.cholesky(normal_matrix(np.arange(span[1] - span[0]), model.b))
    start, end = (near + place for place in _likeliest(surprise[near:-near], factor, _PRICE * model.variance))
    whitening = _inverse(factor[: end - start, : end - start])
    change = whitening.T @ (whitening @ surprise[start:end])
    repaired = sound.copy()
    repaired[start:end] -= change
    explained = float(np.sum((whitening @ surprise[start:end]) ** 2))
    evidence = _evidence(sound, repaired, slice(start, end), explained, whitening, model, sizes)
    return Repair(first + start, first + end, repaired[start:end], evidence)


def _likeliest(surprise: Signal, factor: Signal, price: float) -> tuple[int, int]:
    """From where to where in a span a click is likeliest.

    Taking samples as unknown lowers the energy of the prediction error by y' inv(B) y, y being their two-sided error. With the Cholesky
    factor of B, which is Toeplitz, that is a running sum over all ends from one start, and over all starts from one end.

    Args:
        surprise: the two-sided error in the span.
        factor: for the whole span.
        price: of each sample taken.
    """
    from scipy.linalg import solve_triangular

    start, end, count = 0, len(surprise), len(surprise)
    for _ in range(_SEARCHES):
        white = solve_triangular(factor[: count - start, : count - start], surprise[start:], lower=True, check_finite=False)
        end = start + int(np.argmax(np.cumsum(white**2 - price))) + 1
        white = solve_triangular(factor[:end, :end], surprise[:end][::-1], lower=True, check_finite=False)
        start = end - int(np.argmax(np.cumsum(white**2 - price))) - 1
    return start, end


def _inverse(factor: Signal) -> Signal:
    """Of a lower triangular matrix. LAPACK's own: its solver for many right sides starts threads, which cost more than they do."""
    from scipy.linalg.lapack import dtrtri

    inverse: Signal = dtrtri(factor, lower=1)[0]
    return inverse


def _evidence(sound: Signal, repaired: Signal, click: slice, explained: float, whitening: Signal, model: _Model, sizes: Sizes) -> Evidence:
    """Weighs a piece with a suspect against the same piece with it repaired."""
    length, order = click.stop - click.start, len(model.b) - 1
    usual = two_sided(model.clean, model.b)[order:-order]
    # einsum, for matrix products of this size start threads
    white = np.einsum("ij,kj->ik", sliding_window_view(usual, length)[:: max(1, 3 * length // 4)], whitening)
    changes = np.sum(np.einsum("ij,jk->ik", white, whitening) ** 2, axis=1)
    change = float(np.sum((sound - repaired) ** 2))
    error = forward(sound, model.a) ** 2
    around = slice(click.start - order, click.stop + order)
    noise = (length + 2 * order) * model.variance
    before, after = float(np.sum(error[around])) - noise, float(np.sum(forward(repaired, model.a)[around] ** 2)) - noise
    silent = [not np.any(side) for side in (sound[click.start - sizes.order : click.start], sound[click.stop : click.stop + sizes.order])]
    return Evidence(
        added=explained / model.variance - _PRICE * length,
        pulse=_largest(error[sizes.near - order : order - sizes.near] / model.variance - _PRICE),
        outstanding=explained / (float(np.max(np.sum(white**2, axis=1))) + _TINY),
        left=after / max(before, _TINY),
        benefit=change / (float(np.quantile(changes, _USUAL)) + _TINY),
        share=change / (length * float(np.mean(model.clean**2)) + _TINY),
        edge=silent[0] != silent[1],
    )


def _largest(values: Signal) -> float:
    """The largest sum of neighbours (J. B. Kadane's algorithm, in J. Bentley, "Programming Pearls", 1986, column 8)."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    return float(np.max(sums - np.minimum.accumulate(sums)))


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
