"""How loud audio is to people: integrated loudness and true peak (ITU-R BS.1770-5), and audio at a given loudness."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Samples
from auricle.errors import MissingDependency, OptionError
from auricle.loudness.figures import Loudness
from auricle.resample import resample

__all__ = ["Loudness", "at_loudness", "integrated_loudness", "true_peak"]

_RATE = 48_000  # for which the recommendation gives its filters
# Annex 1, tables 1 and 2: the head's effect, and the revised low-frequency B-curve.
_HEAD = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
_LOW = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
_BLOCK, _HOP = round(0.4 * _RATE), round(0.1 * _RATE)  # gating blocks of 400 ms overlap by 75 %
_OFFSET = -0.691
_ABSOLUTE, _RELATIVE = -70.0, -10.0  # gates. LKFS, and LU below what passes the first
_SURROUND = 1.41  # weight of channels 4 and 5 of five, and of 5 and 6 of six (the low-frequency effects are left out)
_OVERSAMPLED = 4  # for the true peak, at 48 kHz (annex 2)


def integrated_loudness(audio: Audio) -> float:
    """Loudness of the whole, gated. LUFS; -inf for silence, and for less than 400 ms, which no block fits.

    Raises:
        MissingDependency: scipy is not installed.
    """
    powers = _powers(_weighted(resample(audio, _RATE).samples))
    loud = powers[_lufs(powers) > _ABSOLUTE]
    if not len(loud):
        return -math.inf
    loud = loud[_lufs(loud) > _lufs(loud.mean()) + _RELATIVE]
    return float(_lufs(loud.mean()))


def true_peak(audio: Audio) -> float:
    """The largest value between and at the samples. dBTP; -inf for silence."""
    peak = max(audio.peak, resample(audio, _OVERSAMPLED * _RATE).peak) if audio.frames else 0.0
    return 20 * math.log10(peak) if peak else -math.inf


def at_loudness(audio: Audio, target: float, ceiling: float = -1.0) -> Audio:
    """The same sound at an integrated loudness, or as near to it as its true peaks let it come. Silence stays silence.

    Args:
        audio: what it sounds like.
        target: LUFS, -70 to -5.
        ceiling: the highest true peak. dBTP.

    Raises:
        OptionError: the target is out of range.
    """
    if isinstance(target, bool) or not isinstance(target, int | float) or not -70 <= target <= -5:
        raise OptionError("loudness", f"the loudness is {target!r}; give -70 to -5 LUFS, such as -16 for podcasts or -23 for broadcast")
    loudness = integrated_loudness(audio)
    if loudness == -math.inf:
        return audio
    gain = min(target - loudness, ceiling - true_peak(audio))
    return Audio(audio.samples * np.float32(10 ** (gain / 20)), audio.rate)


def _weighted(samples: Samples) -> npt.NDArray[np.float64]:
    """As people hear it: shape (channels, frames)."""
    try:
        from scipy.signal import lfilter
    except ImportError as error:
        raise MissingDependency("loudness", "voice") from error
    weighted: npt.NDArray[np.float64] = lfilter(*_LOW, lfilter(*_HEAD, samples.astype(np.float64), axis=1), axis=1)
    return weighted


def _powers(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weighted mean square of each gating block, over all channels."""
    if samples.shape[1] < _BLOCK:
        return np.zeros(0)
    total = np.cumsum(np.pad(samples**2, ((0, 0), (1, 0))), axis=1)
    starts = np.arange(0, samples.shape[1] - _BLOCK + 1, _HOP)
    means = (total[:, starts + _BLOCK] - total[:, starts]) / _BLOCK
    powers: npt.NDArray[np.float64] = _channel_weights(len(samples)) @ means
    return powers


def _channel_weights(channels: int) -> npt.NDArray[np.float64]:
    """Annex 1, table 3, for channels in WAVE order."""
    surround = {5: [3, 4], 6: [4, 5]}.get(channels, [])
    weights = np.ones(channels)
    weights[surround] = _SURROUND
    if channels == 6:
        weights[3] = 0.0
    return weights


def _lufs(power: npt.ArrayLike) -> npt.NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(_OFFSET + 10 * np.log10(power))
