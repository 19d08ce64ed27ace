"""Autoregressive models and what they fill."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from scipy.linalg import solve_toeplitz, toeplitz
from scipy.signal import lfilter

from auricle.enhancement.autoregression import (
    coefficients,
    correlation,
    forward,
    interpolated,
    need_scipy,
    normal_matrix,
    solved,
    two_sided,
)
from auricle.errors import MissingDependency

_MODEL = np.array([1.0, -1.6, 0.9])


def _sound(samples: int = 6000) -> np.ndarray:
    """Noise, shaped by a known model."""
    return np.asarray(lfilter([1], _MODEL, np.random.default_rng(1).standard_normal(samples)))


def test_coefficients_solve_the_yule_walker_equations() -> None:
    """The recursion finds what scipy's solver of Toeplitz systems finds, for every frame of a batch."""
    frames = np.random.default_rng(2).standard_normal((3, 400))
    for frame, a in zip(frames, coefficients(frames, 12), strict=True):
        tapered = frame * np.hanning(402)[1:-1]
        r = np.correlate(tapered, tapered, "full")[399 : 399 + 13]
        np.testing.assert_allclose(a[1:], solve_toeplitz(r[:12], -r[1:]), atol=1e-6)


def test_coefficients_find_the_model_that_made_the_sound() -> None:
    """Of 6000 samples they are known to a few hundredths."""
    np.testing.assert_allclose(coefficients(_sound(), 2), _MODEL, atol=0.05)


def test_silence_has_a_model() -> None:
    """It predicts nothing."""
    np.testing.assert_array_equal(coefficients(np.zeros(100), 4), [1, 0, 0, 0, 0])


def test_two_sided_is_the_correlation_with_b() -> None:
    """It equals numpy's convolution with b and its mirror image, zero outside."""
    signal = _sound(50)
    b = np.correlate(_MODEL, _MODEL, "full")
    np.testing.assert_allclose(correlation(_MODEL), b[2:], rtol=1e-9)
    np.testing.assert_allclose(two_sided(signal, correlation(_MODEL)), np.convolve(signal, b)[2:-2], atol=1e-7)


def test_solved_solves_the_normal_equations() -> None:
    """The banded solution is that of the full matrix, whose entries are those of a Toeplitz matrix."""
    places, b = np.array([3, 4, 9, 10, 11, 40]), correlation(_MODEL)
    matrix = toeplitz(np.pad(b, (0, 47)))[np.ix_(places, places)]
    np.testing.assert_array_equal(normal_matrix(places, b), matrix)
    np.testing.assert_allclose(matrix @ solved(places, b, np.arange(6.0)), np.arange(6.0), atol=1e-9)


def test_interpolated_has_the_least_prediction_error() -> None:
    """The samples are those that numpy's least squares finds for the error's energy; all others keep their bits."""
    signal, missing = _sound(60), np.zeros(60, bool)
    missing[[20, 21, 22, 30]] = True
    matrix = toeplitz(np.pad(_MODEL, (0, 59)), np.zeros(60))
    known = np.where(missing, 0, signal)
    expected = np.linalg.lstsq(matrix[:, missing], -matrix @ known, rcond=None)[0]
    filled = interpolated(signal, missing, _MODEL)
    np.testing.assert_allclose(filled[missing], expected, atol=1e-6)
    np.testing.assert_array_equal(filled[~missing], signal[~missing])


def test_interpolated_without_a_gap_is_the_signal() -> None:
    """Nothing missing, nothing changed."""
    np.testing.assert_array_equal(interpolated(_sound(60), np.zeros(60, bool), _MODEL), _sound(60))


@pytest.mark.parametrize("gap", [1, 8, 40])
def test_interpolated_fills_gaps_in_tones(gap: int) -> None:
    """Sines follow a recurrence exactly, so gaps in them are filled to 40 dB, whatever stood there."""
    time = np.arange(3000)
    signal = np.sin(0.05 * time) + 0.5 * np.sin(0.31 * time + 1)
    missing = np.zeros(3000, bool)
    missing[1500 : 1500 + gap] = True
    filled = interpolated(np.where(missing, 100, signal), missing, coefficients(signal, 32))
    assert np.max(np.abs(filled - signal)) < 0.01


def test_one_stretch_has_the_model_that_it_has_among_others() -> None:
    """Whether compiled or for many at once, the recursion finds the same."""
    frames = np.random.default_rng(3).standard_normal((2, 300))
    np.testing.assert_allclose(coefficients(frames[0], 20), coefficients(frames, 20)[0], atol=1e-9)


@pytest.mark.parametrize("places", [np.arange(5, 40), np.arange(0, 90, 3), np.arange(0, 400, 2)])
def test_solved_solves_what_lies_close_what_is_few_and_what_is_many(places: np.ndarray) -> None:
    """Each has its own way; all solve the equations of numpy's matrix."""
    b, right = correlation(_MODEL), np.cos(np.arange(len(places)))
    np.testing.assert_allclose(normal_matrix(places, b) @ solved(places, b, right), right, atol=1e-8)


def test_forward_is_what_made_the_sound() -> None:
    """The prediction error of a filtered noise by its own model is the noise."""
    np.testing.assert_allclose(forward(_sound(500), _MODEL), np.random.default_rng(1).standard_normal(500), atol=1e-9)


def test_without_scipy_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the feature and the extra."""
    monkeypatch.setitem(sys.modules, "scipy.fft", None)
    with pytest.raises(MissingDependency, match=r"repairing.*auricle\[enhance\]"):
        need_scipy("repairing")
