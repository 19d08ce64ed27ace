"""K-weighting and channel weights (ITU-R BS.1770-5, annex 1), at any sample rate.

The recommendation tabulates its two filters for 48 kHz and asks of other rates for "the same frequency response". The usual bilinear
transform of an analogue prototype bends the response towards the Nyquist frequency, by up to 0.3 dB at 8 kHz. Here the poles are carried
over exactly (as impulse invariance does) and the zeros are chosen so that the magnitude is that of the tabulated filter at chosen
frequencies: M. Vicanek, "Matched Second Order Digital Filters" (2016), sections 2 and 3. At 48 kHz this is the table itself; at 8 kHz
and above it is within 0.04 dB of it up to the Nyquist frequency or 20 kHz.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["channel_weights", "k_weighting"]

Floats = npt.NDArray[np.float64]

_RATE = 48_000  # of the tables. Hertz
_SHELF = (
    np.array([1.53512485958697, -2.69169618940638, 1.19839281085285]),
    np.array([1.0, -1.69065929318241, 0.73248077421585]),
)  # table 1
_HIGH_PASS = (np.array([1.0, -2.0, 1.0]), np.array([1.0, -1.99004745483398, 0.99007225036621]))  # table 2
_CORNER = 1682.0  # of the shelf: where its slope is steepest. Hertz
_HIGHEST = 20_000.0  # up to which the response has to be the same. Hertz

_BESIDE = 1.41  # weight of what comes from 60° to 120° (table 4); all else counts 1, the low-frequency effects nothing
# Azimuths in WAVE order are those of ITU-R BS.775 and BS.2051: the surrounds of up to six channels stand at 110°, the back ones of 7.1
# at 135° and its side ones at 90°.
_LAYOUTS = {
    4: (1.0, 1.0, _BESIDE, _BESIDE),
    5: (1.0, 1.0, 1.0, _BESIDE, _BESIDE),
    6: (1.0, 1.0, 1.0, 0.0, _BESIDE, _BESIDE),
    7: (1.0, 1.0, 1.0, 0.0, 1.0, _BESIDE, _BESIDE),
    8: (1.0, 1.0, 1.0, 0.0, 1.0, 1.0, _BESIDE, _BESIDE),
}


def channel_weights(channels: int) -> Floats:
    """What each channel's power counts, shape (channels,): mono to 7.1 in WAVE order; beyond that every channel counts the same."""
    return np.array(_LAYOUTS.get(channels, (1.0,) * channels))


def k_weighting(rate: int) -> Floats:
    """The two filters, shape (2, 6): second-order sections as `scipy.signal.sosfilt` takes them.

    Args:
        rate: of what is filtered. Hertz.
    """
    return np.stack([np.concatenate(_shelf(rate)), np.concatenate(_high_pass(rate))])


def _shelf(rate: int) -> tuple[Floats, Floats]:
    """The head's effect: the same gain at DC, at the corner and at the highest frequency (Vicanek, equations 26 to 29)."""
    recursive = _poles(_SHELF[1], rate)
    at = np.array([min(_CORNER, rate / 4), min(_HIGHEST, rate / 2)])
    turned = np.sin(np.pi * at / rate) ** 2
    at_dc = float(_SHELF[0].sum() / _SHELF[1].sum() * recursive.sum()) ** 2
    wanted = _power(*_SHELF, at, _RATE) / _power(np.ones(1), recursive, at, rate) - at_dc * (1 - turned)
    at_nyquist, between = np.linalg.solve(np.stack([turned, 4 * turned * (1 - turned)], axis=1), wanted)
    low, high = np.sqrt([at_dc, at_nyquist])
    half = (low + high) / 2
    first = (half + np.sqrt(half**2 + between)) / 2
    return np.array([first, (low - high) / 2, -between / (4 * first)]), recursive


def _high_pass(rate: int) -> tuple[Floats, Floats]:
    """The low-frequency B-curve: both zeros stay at DC, the gain is the same at 1 kHz, where loudness is calibrated."""
    recursive = _poles(_HIGH_PASS[1], rate)
    at = np.array([min(1000.0, rate / 4)])
    gain = np.sqrt(_power(*_HIGH_PASS, at, _RATE) / _power(_HIGH_PASS[0], recursive, at, rate))
    return gain * _HIGH_PASS[0], recursive


def _poles(recursive: Floats, rate: int) -> Floats:
    """The same decay and pitch at another rate."""
    return np.real(np.poly(np.roots(recursive) ** (_RATE / rate)))


def _power(forward: Floats, recursive: Floats, frequencies: Floats, rate: int) -> Floats:
    """Squared magnitude of a filter's response."""
    back = np.exp(-2j * np.pi * frequencies / rate)
    return np.asarray(np.abs(np.polyval(forward[::-1], back) / np.polyval(recursive[::-1], back)) ** 2)
