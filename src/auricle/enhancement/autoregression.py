"""Autoregressive models: what a stretch of sound is like, and what it would have been where it is missing.

A model of order p predicts a sample from the p before it: x[n] = -a[1] x[n-1] - … - a[p] x[n-p] + e[n]. Seen from both sides, its
prediction error is e = a * x, and what is missing is best filled so that the error's energy is least: linear equations in the missing
samples with the matrix B[i, j] = b[|i - j|], where b is the autocorrelation of a.

Sources: A. J. E. M. Janssen, R. N. J. Veldhuis, L. B. Vries, "Adaptive interpolation of discrete-time signals that can be modeled as
autoregressive processes", IEEE Trans. ASSP 34 (1986), equations 9 to 14; S. J. Godsill, P. J. W. Rayner, "Digital Audio Restoration"
(1998), sections 4.3.2 and 5.2.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from auricle.errors import MissingDependency

__all__ = ["Mask", "Signal", "coefficients", "correlation", "forward", "interpolated", "need_scipy", "normal_matrix", "solved", "two_sided"]

Signal = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_FLOOR = 1e-9  # white noise added to every model, as a share of the power: -90 dB, the error of 16-bit samples at full scale
_ROUNDING = 1e-10  # added to b[0], so that B is positive definite for any rounding
_SILENCE = 1e-20  # power below which there is nothing to model
_FEW = 64  # equations from which the band of B saves more than it costs


def need_scipy(feature: str) -> None:
    """Says that ``feature`` cannot be had without scipy, where that is missing.

    Raises:
        MissingDependency: it is.
    """
    try:
        import scipy.fft
        import scipy.linalg  # noqa: F401 - only whether it is there
    except ImportError:
        raise MissingDependency(feature, "enhance") from None


def coefficients(frames: Signal, order: int) -> Signal:
    """The models of many stretches at once, by the autocorrelation method with a Hann taper.

    Args:
        frames: shape (..., samples).
        order: p, fewer than there are samples.

    Returns:
        a with a[0] = 1, shape (..., order + 1). All poles lie inside the unit circle. Silence has a = 1, 0, 0, …

    The recursion is Levinson's and Durbin's (J. Durbin, "The Fitting of Time-Series Models", 1960).
    """
    from scipy.fft import next_fast_len

    length = frames.shape[-1]
    size = next_fast_len(length + order, real=True)
    spectrum = np.fft.rfft(frames * _taper(length), size)
    r = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[..., : order + 1]
    return _levinson(r) if r.ndim > 1 else _compiled(r)


@lru_cache(maxsize=8)
def _taper(length: int) -> Signal:
    """Hann's, without the zeros at its ends."""
    taper: Signal = np.hanning(length + 2)[1:-1]
    return taper


def _levinson(r: Signal) -> Signal:
    """The coefficients that belong to autocorrelations, shape (..., order + 1)."""
    order = r.shape[-1] - 1
    error = r[..., 0] * (1 + _FLOOR) + _SILENCE
    a = np.zeros_like(r)
    a[..., 0] = 1
    for at in range(1, order + 1):
        reflection = -np.einsum("...i,...i->...", a[..., :at], r[..., at:0:-1]) / error
        a[..., 1 : at + 1] += reflection[..., None] * a[..., at - 1 :: -1][..., :at]
        error = error * (1 - reflection**2)
    return a


def _compiled(r: Signal) -> Signal:
    """As `_levinson`, for one stretch: many times as fast."""
    from scipy.linalg import solve_toeplitz

    column = r[:-1].copy()
    column[:1] += column[:1] * _FLOOR + _SILENCE
    return np.concatenate([[1.0], -solve_toeplitz(column, r[1:], check_finite=False)])


def correlation(a: Signal) -> Signal:
    """The autocorrelation b of the coefficients, lags 0 to order; shape as ``a``, (..., order + 1)."""
    count = a.shape[-1]
    size = 1 << (2 * count).bit_length()
    spectrum = np.fft.rfft(a, size)
    b: Signal = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[..., :count]
    b[..., 0] *= 1 + _ROUNDING
    return b


def forward(signal: Signal, a: Signal) -> Signal:
    """The prediction error e of ``signal``, shape (samples,), by the model ``a``; what was before is taken as zero."""
    return np.convolve(signal, a)[: len(signal)]


def two_sided(signal: Signal, b: Signal) -> Signal:
    """The prediction error, filtered once more with the time-reversed model: how far each sample is from what both sides expect.

    It is the filter matched to a click of one sample (Godsill and Rayner, section 5.3.2).

    Args:
        signal: shape (..., samples); zero outside.
        b: from `correlation`, shape (..., order + 1).

    Returns:
        Of the shape of ``signal``. Divided by b[0] it is sample minus interpolated sample.
    """
    from scipy.fft import next_fast_len

    order, length = b.shape[-1] - 1, signal.shape[-1]
    size = next_fast_len(length + 2 * order, real=True)
    kernel = np.concatenate([b[..., :0:-1], b], axis=-1)
    product = np.fft.rfft(signal, size) * np.fft.rfft(kernel, size)
    return np.fft.irfft(product, size)[..., order : order + length]


def normal_matrix(places: npt.NDArray[np.intp], b: Signal) -> Signal:
    """B for samples missing at ``places``: b of their distances, 0 beyond the order; shape (missing, missing)."""
    distance = np.abs(places[:, None] - places)
    return np.where(distance < len(b), b[np.minimum(distance, len(b) - 1)], 0.0)


def solved(places: npt.NDArray[np.intp], b: Signal, right: Signal) -> Signal:
    """The solution x of B x = ``right`` for samples missing at the increasing ``places``."""
    from scipy.linalg import cho_solve, solve_toeplitz

    count = len(places)
    if places[-1] - places[0] == count - 1:
        x: Signal = solve_toeplitz(np.pad(b, (0, max(0, count - len(b))))[:count], right, check_finite=False)
    elif count < _FEW:
        x = cho_solve((np.linalg.cholesky(normal_matrix(places, b)), True), right, check_finite=False)
    else:
        x = _solved_in_band(places, b, right)
    return x


def _solved_in_band(places: npt.NDArray[np.intp], b: Signal, right: Signal) -> Signal:
    """As `solved`: B has no more diagonals than b has lags."""
    from scipy.linalg import solveh_banded

    count = len(places)
    rows = min(len(b), count)
    far = np.concatenate([places, np.full(rows - 1, places[-1] + len(b))])
    distance = sliding_window_view(far, count) - places
    band = np.where(distance < len(b), b[np.minimum(distance, len(b) - 1)], 0.0)
    x: Signal = solveh_banded(band, right, lower=True, check_finite=False)
    return x


def interpolated(signal: Signal, missing: Mask, a: Signal) -> Signal:
    """``signal`` with the missing samples replaced by those that the model with the coefficients ``a`` finds likeliest.

    Exact where the missing samples have as many known ones on both sides as the order; beyond its ends the signal is taken as zero.

    Args:
        signal: shape (samples,).
        missing: which samples to replace, whatever they are; of the same shape.
        a: from `coefficients`, shape (order + 1,).
    """
    places = np.flatnonzero(missing)
    b = correlation(a)
    filled = np.where(missing, 0.0, signal)
    if len(places):
        filled[places] = -solved(places, b, two_sided(filled, b)[places])
    return filled
