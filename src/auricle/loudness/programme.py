"""Loudness of a stream: ITU-R BS.1770-5, EBU Tech 3341 (EBU mode) and EBU Tech 3342 (loudness range)."""

from __future__ import annotations

import math
from array import array

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.errors import MissingDependency
from auricle.loudness.weighting import channel_weights, k_weighting

__all__ = ["Programme"]

Floats = npt.NDArray[np.float64]

_HOPS = 100  # a second: momentary and short-term loudness are looked at every 10 ms, for 100 ms miss the loudest moment
_MOMENTARY, _SHORT_TERM = 40, 300  # hops: 400 ms and 3 s
_STEP = 10  # hops from one gating block to the next: 400 ms overlap by 75 %, and 3 s by 2.9 s (Tech 3342, section 2)
_OFFSET = -0.691  # BS.1770-5, annex 1, equation 2
_ABSOLUTE = -70.0  # gate. LUFS
_RELATIVE, _RELATIVE_RANGE = -10.0, -20.0  # gates: LU below what passes the first
_QUIETEST, _LOUDEST = 10, 95  # percentiles between which the loudness range lies


class Programme:
    """Loudness of a stream, without its true peak. In three hours it keeps 2 MB.

    Args:
        rate: of the stream. Hertz.
        channels: of the stream, in WAVE order.

    Raises:
        MissingDependency: scipy is not installed.
    """

    def __init__(self, rate: int, channels: int) -> None:
        try:
            from scipy.signal import sosfilt
        except ImportError as error:
            raise MissingDependency("loudness", "enhance") from error
        self._filter = sosfilt
        self._rate = rate
        self._sections, self._weights = k_weighting(rate), channel_weights(channels)
        self._state = np.zeros((len(self._sections), channels, 2))
        self._waiting = np.zeros((channels, 0))  # K-weighted, less than a hop
        self._hops = 0
        self._recent: Floats = np.zeros(0)  # energy of the last hops, at most three seconds
        self._blocks, self._ranges = array("d"), array("d")  # mean power of 400 ms and of 3 s, every 100 ms
        self._momentary = self._short_term = 0.0

    def feed(self, samples: Samples) -> None:
        """The next chunk, shape (channels, frames), float32."""
        if not samples.shape[1]:
            return  # of which the filter makes an error
        weighted, self._state = self._filter(self._sections, samples.astype(np.float64), axis=1, zi=self._state)
        energies = self._energies(np.concatenate([self._waiting, weighted], axis=1))
        known, energies = len(self._recent), np.concatenate([self._recent, energies])
        self._momentary = max(self._momentary, self._heard(energies, known, _MOMENTARY, self._blocks))
        self._short_term = max(self._short_term, self._heard(energies, known, _SHORT_TERM, self._ranges))
        self._hops += len(energies) - known
        self._recent = energies[-_SHORT_TERM:]

    @property
    def integrated(self) -> float:
        """So far. LUFS; -inf for silence, and for less than 400 ms."""
        return _gated(np.array(self._blocks))

    @property
    def momentary(self) -> float:
        """The loudest 400 ms so far. LUFS."""
        return float(_lufs(self._momentary))

    @property
    def short_term(self) -> float:
        """The loudest three seconds so far. LUFS."""
        return float(_lufs(self._short_term))

    def last(self, seconds: float) -> float:
        """Loudness of the last ``seconds``, of at most three. LUFS; -inf for silence, and before so much has come."""
        hops = round(seconds * _HOPS)
        recent = self._recent[-hops:]
        return float(_lufs(recent.sum() / (hops * self._rate / _HOPS))) if len(recent) == hops else -math.inf

    @property
    def range(self) -> float:
        """Loudness range so far (Tech 3342). LU; 0 for less than three seconds."""
        levels = _above(np.array(self._ranges), _RELATIVE_RANGE)
        if not len(levels):
            return 0.0
        low, high = np.percentile(_lufs(levels), [_QUIETEST, _LOUDEST], method="nearest")
        return float(high - low)

    def _energies(self, weighted: Floats) -> Floats:
        """Sum of squares over all channels of each whole hop; what is left of ``weighted`` waits."""
        begun = self._hops * self._rate // _HOPS
        count = ((begun + weighted.shape[1] + 1) * _HOPS - 1) // self._rate - self._hops
        edges = np.arange(self._hops, self._hops + count + 1) * self._rate // _HOPS - begun
        self._waiting = weighted[:, edges[-1] :].copy()
        if not edges[-1]:
            return np.zeros(count)
        power = np.zeros((len(weighted), edges[-1] + 1))  # a zero at the end, where a hop without a frame may begin
        np.square(weighted[:, : edges[-1]], out=power[:, :-1])
        sums = np.add.reduceat(power, edges[:-1], axis=1)
        sums[:, np.diff(edges) == 0] = 0.0
        return np.asarray((sums * self._weights[:, None]).sum(axis=0))

    def _heard(self, energies: Floats, known: int, hops: int, kept: array[float]) -> float:
        """The largest mean power of a window of ``hops`` that ends after the ``known`` ones; every `_STEP` th is ``kept``."""
        first = max(0, known + 1 - hops)  # in energies, where the first of the new windows begins
        if len(energies) - first < hops:
            return 0.0
        windows = np.lib.stride_tricks.sliding_window_view(energies[first:], hops)
        powers = windows.sum(axis=1) / (hops * self._rate / _HOPS)
        kept.extend(powers[-(self._hops - known + first) % _STEP :: _STEP])
        return float(powers.max())


def _gated(powers: Floats) -> float:
    """Mean of what passes both gates (BS.1770-5, annex 1, equations 5 to 7). LUFS."""
    loud = _above(powers, _RELATIVE)
    return float(_lufs(loud.mean())) if len(loud) else -math.inf


def _above(powers: Floats, relative: float) -> Floats:
    """Those above the absolute gate, and then above ``relative`` LU of their mean."""
    loud = powers[_lufs(powers) > _ABSOLUTE]
    return loud[_lufs(loud) > _lufs(loud.mean()) + relative] if len(loud) else loud


def _lufs(power: npt.ArrayLike) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(_OFFSET + 10 * np.log10(power))
