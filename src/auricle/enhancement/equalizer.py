"""Equaliser: any number of bands, each a filter of second order."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, cast, get_args

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.enhancement.options import Band, BandKind
from auricle.errors import MissingDependency, OptionError

__all__ = ["Cascade", "Equalizer", "parse_band", "response", "rounded", "sections"]

Doubles = npt.NDArray[np.float64]

_KINDS = get_args(BandKind)
_WITH_GAIN = ("peak", "low_shelf", "high_shelf")
_LOWEST_HZ = 0.1  # below, the poles of a filter are so close to 1 that float64 cannot place them well
_MOST_GAIN_DB = 60.0
_Q = (0.001, 1000.0)
_AT_ONCE = 8192  # frames that stay in the processor's cache
_NOTHING = 1e-200  # a filter's memory below this cannot be heard in float32 (whose smallest number is 1e-45), but is slow to compute with
_FULL = float(np.finfo(np.float32).max)

_TEXT = re.compile(r"(?:(?P<kind>[^@:]*)@)?(?P<frequency>[^@:]+)(?::(?P<gain>[^@:]*))?(?::(?P<q>[^@:]+))?")


class Cascade:
    """Filters of second order, one after the other, in float64, over one stream: the same for any chunking, bit for bit.

    Args:
        sections: shape (filters, 6): b0, b1, b2, 1, a1, a2 of each; see `sections`.
        channels: of the stream.

    Raises:
        MissingDependency: scipy is not installed.
    """

    def __init__(self, sections: Doubles, channels: int) -> None:
        self._filter, self._sections = _sosfilt(), sections
        self._memory = np.zeros((len(sections), channels, 2))

    def feed(self, samples: npt.NDArray[np.floating[Any]]) -> Doubles:
        """The next samples, shape (channels, frames), filtered."""
        out = np.empty(samples.shape)
        for at in range(0, samples.shape[1], _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            out[:, part], self._memory = self._filter(self._sections, samples[:, part], zi=self._memory)
            self._memory[np.abs(self._memory) < _NOTHING] = 0.0
        return out


class Equalizer:
    """Bands of an equaliser, as a stage: computed in float64 and rounded once. A band of 0 dB is left out.

    The filters are those of Robert Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients" (W3C Working
    Group Note, 2021). They come from analogue filters by the bilinear transform: the gain at the centre is exact, and the upper side
    of a band becomes steeper the nearer it is to half the sample rate.

    Args:
        rate: Hertz.
        channels: of the stream.
        bands: in any order.

    Raises:
        OptionError: a band cannot be had at this rate; it is named by its place.
        MissingDependency: scipy is not installed.
    """

    latency = 0

    def __init__(self, rate: int, channels: int, bands: Sequence[Band]) -> None:
        filters = sections(bands, rate)
        self._cascade = Cascade(filters, channels) if len(filters) else None
        self._none: Samples = np.zeros((channels, 0), np.float32)

    def feed(self, samples: Samples) -> Samples:
        """See `Stage`."""
        if self._cascade is None:
            return samples
        return rounded(self._cascade.feed(samples))

    def finish(self) -> Samples:
        """See `Stage`."""
        return self._none


def rounded(samples: Doubles) -> Samples:
    """Samples as float32; what is too large for that becomes the largest there is, for samples are finite."""
    return np.clip(samples, -_FULL, _FULL).astype(np.float32)


def sections(bands: Sequence[Band], rate: int) -> Doubles:
    """The filters of ``bands``, without those of 0 dB: shape (filters, 6), each b0, b1, b2, 1, a1, a2.

    Raises:
        OptionError: a band cannot be had at this rate; it is named by its place.
    """
    for place, band in enumerate(bands, 1):
        if flaw := _flaw(band) or _too_high(band, rate):
            raise OptionError("equalize", f"band {place}: {flaw}")
    heard = [band for band in bands if band.gain != 0 or band.kind not in _WITH_GAIN]
    return np.array([_section(band, rate) for band in heard]).reshape(-1, 6)


def response(bands: Sequence[Band], rate: int, frequencies: npt.ArrayLike) -> Doubles:
    """What ``bands`` do to sine waves.

    Args:
        bands: of an equaliser.
        rate: Hertz.
        frequencies: of the waves, any shape. Hertz.

    Returns:
        The gain at each. dB; -inf where nothing is left.

    Raises:
        OptionError: a band cannot be had at this rate; it is named by its place.
    """
    z = np.exp(-2j * np.pi * np.asarray(frequencies, np.float64) / rate)
    gain = np.ones(z.shape)
    for b0, b1, b2, a0, a1, a2 in sections(bands, rate):
        gain *= np.abs((b0 + z * (b1 + z * b2)) / (a0 + z * (a1 + z * a2)))
    with np.errstate(divide="ignore"):
        return np.asarray(20 * np.log10(gain))


def parse_band(text: str) -> Band:
    """A band as it is typed: ``[KIND@]FREQUENCY[:GAIN[:Q]]``, in Hertz and dB.

    Without a kind it is a peak. Peaks and shelves need a gain; passes and notches have none, so theirs stays empty when Q follows::

        100:-3            a peak, 3 dB down at 100 Hz, Q 1
        100:-3:1.4        the same, narrower
        low_shelf@120:3   everything below 120 Hz, 3 dB up
        high_pass@80      nothing below 80 Hz
        notch@50::30      50 Hz taken out, with Q 30

    Raises:
        OptionError: it is not of that form, or no such band exists at any rate.
    """
    parts = _TEXT.fullmatch(text.strip())
    if not parts:
        raise OptionError("equalize", f"{text!r} is no band; give FREQUENCY:GAIN[:Q] or KIND@FREQUENCY[:GAIN[:Q]], such as 100:-3:1.4")
    kind = parts["kind"] if parts["kind"] is not None else "peak"
    if not parts["gain"] and kind in _WITH_GAIN:
        raise OptionError("equalize", f"{text!r} has no gain; give one in dB, such as {parts['frequency']}:-3")
    frequency, gain, q = (_number(text, parts[name], usual) for name, usual in (("frequency", 0.0), ("gain", 0.0), ("q", 1.0)))
    band = Band(frequency, gain, q, cast("BandKind", kind))
    if flaw := _flaw(band):
        raise OptionError("equalize", f"{text!r}: {flaw}")
    return band


def _number(text: str, part: str | None, usual: float) -> float:
    try:
        return float(part) if part else usual
    except ValueError:
        raise OptionError("equalize", f"{text!r}: {part!r} is no number") from None


def _flaw(band: Band) -> str:
    """What is wrong with a band at any rate, and what would be right; empty if nothing. Written so that NaN is wrong, too."""
    if band.kind not in _KINDS:
        return f"{band.kind!r} is no kind of band; use one of: {', '.join(_KINDS)}"
    if not band.frequency >= _LOWEST_HZ:
        return f"its frequency is {band.frequency:g} Hz; give at least {_LOWEST_HZ:g} Hz"
    if not abs(band.gain) <= _MOST_GAIN_DB:
        return f"its gain is {band.gain:g} dB; give {-_MOST_GAIN_DB:g} to {_MOST_GAIN_DB:g} dB"
    if band.gain != 0 and band.kind not in _WITH_GAIN:
        return f"a {band.kind} has no gain, and {band.gain:g} dB is given; leave it out"
    if not _Q[0] <= band.q <= _Q[1]:
        return f"its q is {band.q:g}; give {_Q[0]:g} to {_Q[1]:g}"
    return ""


def _too_high(band: Band, rate: int) -> str:
    if band.frequency < rate / 2:
        return ""
    return f"its frequency is {band.frequency:g} Hz; give less than {rate / 2:g} Hz, half the rate of this recording"


def _section(band: Band, rate: int) -> Doubles:
    """One filter of the cookbook. A high shelf or pass is the low one with z → −z, which swaps 0 Hz and half the sample rate."""
    around = 2 * math.pi * band.frequency / rate
    mirror = -1.0 if band.kind.startswith("high_") else 1.0
    alpha = math.sin(around) / (2 * band.q)
    b, a = _FORMULAE[band.kind.removeprefix("low_").removeprefix("high_")](10 ** (band.gain / 40), mirror * math.cos(around), alpha)
    return np.array([*b, *a]) * [1, mirror, 1, 1, mirror, 1] / a[0]


_Three = tuple[float, float, float]


def _peak(amplitude: float, cos: float, alpha: float) -> tuple[_Three, _Three]:
    up, down = alpha * amplitude, alpha / amplitude
    return (1 + up, -2 * cos, 1 - up), (1 + down, -2 * cos, 1 - down)


def _shelf(amplitude: float, cos: float, alpha: float) -> tuple[_Three, _Three]:
    more, less, slope = amplitude + 1, amplitude - 1, 2 * math.sqrt(amplitude) * alpha
    above, below = more - less * cos, more + less * cos
    b = (amplitude * (above + slope), 2 * amplitude * (less - more * cos), amplitude * (above - slope))
    return b, (below + slope, -2 * (less + more * cos), below - slope)


def _pass(_: float, cos: float, alpha: float) -> tuple[_Three, _Three]:
    return ((1 - cos) / 2, 1 - cos, (1 - cos) / 2), (1 + alpha, -2 * cos, 1 - alpha)


def _notch(_: float, cos: float, alpha: float) -> tuple[_Three, _Three]:
    return (1, -2 * cos, 1), (1 + alpha, -2 * cos, 1 - alpha)


_FORMULAE: dict[str, Callable[[float, float, float], tuple[_Three, _Three]]] = {
    "peak": _peak,
    "shelf": _shelf,
    "pass": _pass,
    "notch": _notch,
}


def _sosfilt() -> Callable[..., tuple[Doubles, Doubles]]:
    try:
        from scipy.signal import sosfilt
    except ImportError:
        raise MissingDependency("equalising", "enhance") from None
    return cast("Callable[..., tuple[Doubles, Doubles]]", sosfilt)
