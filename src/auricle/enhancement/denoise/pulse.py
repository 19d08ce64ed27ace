"""A beat: what drums have that play no notes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples

__all__ = ["flux", "pulse_clarity"]

_SHORT = 480  # samples at 48 kHz
_EDGES_HZ = (100, 400, 1000, 4000, 20_000)
_FASTEST, _SLOWEST = 20, 120  # frames of 10 ms from beat to beat
_SMOOTH = 5
_BLUR, _FLUTTER = 8, 0.8  # what repeats as clearly within less than a beat, but beyond the blur of a single blow, turns or flutters
_PEAKED = 0.6  # standard deviation over mean of what rises: blows stand out, a hum's ripple does not

Curve = npt.NDArray[np.float64]


def flux(sound: Samples) -> Curve:
    """How much the energy of four bands rises from frame to frame. dB.

    Args:
        sound: at 48 kHz, shape (channels, (n + 2) * 480).

    Returns:
        Shape (n,).
    """
    windows = np.lib.stride_tricks.sliding_window_view(sound, 2 * _SHORT, axis=1)[:, ::_SHORT]
    power = np.square(np.abs(np.fft.rfft(windows * np.hanning(2 * _SHORT)))).sum(axis=0)
    edges = [hertz * 2 * _SHORT // 48_000 for hertz in _EDGES_HZ]
    bands = np.add.reduceat(power, edges, axis=1)[:, :-1]
    rises = np.maximum(0, np.diff(10 * np.log10(bands + 1e-5 * power.sum(axis=1).max(initial=0) / len(edges) + 1e-12), axis=0))
    mean: Curve = rises.mean(axis=1)
    return mean


def pulse_clarity(rises: Curve) -> float:
    """How regularly something is struck, up to 1: the highest autocorrelation that has its like at twice the time, over the dip before it.

    After Scheirer and Slaney, "Construction and Evaluation of a Robust Multifeature Speech/Music Discriminator" (ICASSP 1997), whose
    pulse metric looks for the same beat in all bands, and Foote and Uchihashi, "The Beat Spectrum" (ICME 2001).

    Args:
        rises: of `flux`; less than 0.6 s of them tell nothing.
    """
    if len(rises) < 3 * _FASTEST:
        return 0.0
    smooth = np.convolve(rises, np.full(_SMOOTH, 1 / _SMOOTH), mode="same")
    if smooth.std() <= _PEAKED * smooth.mean():
        return 0.0
    smooth = smooth - smooth.mean()
    size = len(smooth)
    raw = np.correlate(smooth, smooth, "full")[size - 1 :]
    alike = raw / raw[0] * size / np.arange(size, 0, -1)
    lags = range(_FASTEST, min(_SLOWEST, size // 3) + 1)
    clarity = float(max(min(alike[lag], alike[2 * lag - 1 : 2 * lag + 2].max()) - max(0.0, alike[lag // 3 : lag].min()) for lag in lags))
    return 0.0 if alike[_BLUR:_FASTEST].max() > _FLUTTER * clarity else clarity
