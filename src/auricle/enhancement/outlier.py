"""Whether what stands out of a sound was added to it, and what the sound would have been without.

The extent of what was added is that which explains most (S. J. Godsill, P. J. W. Rayner, "Digital Audio Restoration" (1998), section
5.3), and it is replaced by interpolation (Janssen, Veldhuis and Vries, 1986); see `auricle.enhancement.autoregression`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from auricle.enhancement.autoregression import Mask, Signal, coefficients, correlation, forward, interpolated, normal_matrix, two_sided

__all__ = ["Evidence", "Repair", "Surroundings", "repair"]

_SEARCHES = 3  # for a start and an end in turns; as a rule two suffice
_PRICE = 16.0  # times the error's variance by which a sample more must lower its energy to be part of a click
_OUTSTANDING = 200.0  # times what an addition would explain of any stretch as long nearby
_DISTINCT = 15.0  # so many times is enough where an addition explains so much more than a pulse does:
_BETTER = 250.0  # variances of the error, a likelihood ratio of exp(125)
_LEFT = 0.1  # share of the error's surplus that may stay
_NOTHING = 0.02  # share that is as good as none
_USUAL = 0.95  # share of the stretches nearby whose interpolation is usual
_BENEFIT = 2.0  # times the energy of the usual interpolation's error that a click must have
_AUDIBLE = 0.01  # share of the energy nearby that a click must have
_TINY = 1e-30


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How much around a suspect is looked at, in samples.

    Attributes:
        near: on either side of it, what is modelled.
        order: of the model.
        silence: on either side, what must not be digital silence on one side alone.
    """

    near: int
    order: int
    silence: int


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
        surely_added = self.added > self.pulse + clearly * _BETTER and self.left < _NOTHING
        enough = clearly * (_DISTINCT if surely_added else _OUTSTANDING)
        is_click = not self.edge and self.added > self.pulse and self.left < _LEFT and self.outstanding > enough
        return is_click and self.benefit > _BENEFIT * clearly and self.share > _AUDIBLE * clearly


@dataclass(frozen=True, slots=True)
class Repair:
    """What would replace a click: its samples, from ``start`` to before ``end``, and why."""

    start: int
    end: int
    filling: Signal
    evidence: Evidence


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


def repair(signal: Signal, filled: Signal, span: tuple[int, int], around: Surroundings) -> Repair:
    """The best for what may be in ``span`` of ``signal``, when ``filled`` is what it would be without any clicks."""
    near, first, last = around.near, span[0] - around.near, span[1] + around.near
    missing = np.pad(np.ones(span[1] - span[0], np.bool_), near)
    model = _Model.of(filled[first:last], missing, around.order)
    sound = np.where(missing, signal[first:last], model.clean)
    surprise = two_sided(sound, model.b)
    factor = _factor(span[1] - span[0], model.b)
    start, end = (near + place for place in _likeliest(surprise[near:-near], factor, _PRICE * model.variance))
    whitening = _inverse(factor[: end - start, : end - start])
    change = whitening.T @ (whitening @ surprise[start:end])
    repaired = sound.copy()
    repaired[start:end] -= change
    explained = float(np.sum((whitening @ surprise[start:end]) ** 2))
    evidence = _evidence(sound, repaired, slice(start, end), explained, whitening, model, around)
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


def _factor(count: int, b: Signal) -> Signal:
    """Cholesky's, of B for so many samples in a row."""
    return np.asarray(np.linalg.cholesky(normal_matrix(np.arange(count), b)), np.float64)


def _inverse(factor: Signal) -> Signal:
    """Of a lower triangular matrix. LAPACK's own: its solver for many right sides starts threads, which cost more than they do."""
    from scipy.linalg.lapack import dtrtri

    inverse: Signal = dtrtri(factor, lower=1)[0]
    return inverse


def _evidence(
    sound: Signal, repaired: Signal, click: slice, explained: float, whitening: Signal, model: _Model, around: Surroundings
) -> Evidence:
    """Weighs a piece with a suspect against the same piece with it repaired."""
    length, order = click.stop - click.start, len(model.b) - 1
    usual = two_sided(model.clean, model.b)[order:-order]
    # einsum, for matrix products of this size start threads
    white = np.einsum("ij,kj->ik", sliding_window_view(usual, length)[:: max(1, 3 * length // 4)], whitening)
    changes = np.sum(np.einsum("ij,jk->ik", white, whitening) ** 2, axis=1)
    change = float(np.sum((sound - repaired) ** 2))
    error = forward(sound, model.a) ** 2
    reached = slice(click.start - order, click.stop + order)
    noise = (length + 2 * order) * model.variance
    before, after = float(np.sum(error[reached])) - noise, float(np.sum(forward(repaired, model.a)[reached] ** 2)) - noise
    silent = [
        not np.any(side) for side in (sound[click.start - around.silence : click.start], sound[click.stop : click.stop + around.silence])
    ]
    return Evidence(
        added=explained / model.variance - _PRICE * length,
        pulse=_largest(error[around.near - order : order - around.near] / model.variance - _PRICE),
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
