"""What the noise of a recording sounds like: its power at each frequency, and the short-time spectra in which it is measured."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Samples
from auricle.errors import OptionError
from auricle.resample import resample
from auricle.tape import AudioTape, Tape

__all__ = ["OVERLAP", "NoiseProfile", "Powers", "Spectra", "hop_of", "power_of", "profile_of", "rms_of", "spectra_of", "window_of"]

Powers = npt.NDArray[np.float64]  # shape (frames, bins): of the spectra, the mean of all channels
Spectra = npt.NDArray[np.complex128]  # shape (channels, frames, bins)

OVERLAP = 4  # frames that cover each sample: 32 ms every 8 ms, as in Ephraim and Malah (1985), section IV

_LEAST_S = 0.1  # of noise that make a profile
_GROUP = 16  # frames averaged before their quantile is taken: an eighth of a second
# Independent frames in a group: neighbours' powers are correlated by the squared autocorrelation of the window (a sine), at 1/4, 1/2, 3/4.
_INDEPENDENT = _GROUP / (1 + 2 * (0.570 + 0.101 + 0.002))
_QUANTILE = 0.2  # of the groups: below it a frequency is taken to be noise alone, even if something sounds most of the time
_LOWEST_DB, _STEP_DB, _STEPS = -200.0, 0.5, 600  # classes of levels: the powers are squared sums of about 1000 samples
_SILENT = 1e-20  # mean square; what is below, such as zeros, was never recorded


@dataclass(frozen=True, slots=True, eq=False)
class NoiseProfile:
    """A noise.

    Attributes:
        rate: of the sound that it is in. Hertz.
        power: mean square of each bin of its spectra (`spectra_of`), shape (bins,).
    """

    rate: int
    power: npt.NDArray[np.float64]


def hop_of(rate: int) -> int:
    """Frames of sound from one spectrum to the next: about 8 ms, and a number with small factors, for the Fourier transform."""
    return 8 * max(1, round(rate / 1000))


def window_of(rate: int) -> npt.NDArray[np.float64]:
    """The window before and after the transform, shape (4 hops,): a sine, whose square adds up to 2 wherever four overlap."""
    size = OVERLAP * hop_of(rate)
    return np.sin(np.pi * (np.arange(size) + 0.5) / size)


def spectra_of(samples: Samples, rate: int) -> Spectra:
    """Of all whole frames, each a hop after the one before."""
    from scipy.fft import rfft

    hop = hop_of(rate)
    frames = np.lib.stride_tricks.sliding_window_view(samples, OVERLAP * hop, axis=1)[:, ::hop]
    return np.asarray(rfft(frames * window_of(rate), axis=2))


def power_of(spectra: Spectra) -> Powers:
    """Mean over the channels."""
    return np.asarray((np.square(spectra.real) + np.square(spectra.imag)).mean(axis=0))


def rms_of(power: npt.NDArray[np.float64], rate: int) -> float:
    """Mean square of a sound whose spectra have this ``power``, shape (bins,), by Parseval's theorem."""
    size = OVERLAP * hop_of(rate)
    return float(2 * power.sum() - power[0] - power[-1]) / (size * size / 2)


def profile_of(tape: Tape, given: Audio | tuple[float, float] | None) -> NoiseProfile:
    """The profile of the noise in ``tape``.

    Args:
        tape: a recording; it is played once, but for a recording of the noise.
        given: a recording of the noise alone, at any rate and with any channels, or from when to when only the noise is heard in
            ``tape`` (seconds). None finds it: at each frequency the power that is not exceeded a fifth of the time (Stahl, Fischer and
            Bippus: Quantile based noise estimation for spectral subtraction and Wiener filtering, 2000), without its bias.

    Raises:
        OptionError: what was given is too short, silent, or not within the recording ("noise_profile").
    """
    if given is None:
        return NoiseProfile(tape.rate, _found(tape))
    noise = AudioTape(resample(given, tape.rate)) if isinstance(given, Audio) else AudioTape(_span(tape, given))
    if noise.audio.duration < _LEAST_S:
        raise OptionError("noise_profile", f"the noise lasts {noise.audio.duration:g} s; give at least {_LEAST_S:g} s of it")
    total, count = np.zeros(1), 0
    for powers in _powers(noise):
        total, count = total + powers.sum(axis=0), count + len(powers)
    if rms_of(total / count, tape.rate) < _SILENT:
        raise OptionError("noise_profile", "the noise is silent; give a part in which it can be heard")
    return NoiseProfile(tape.rate, total / count)


def _span(tape: Tape, span: tuple[float, float]) -> Audio:
    start, end = span
    if not (math.isfinite(start) and math.isfinite(end) and 0 <= start < end):
        raise OptionError("noise_profile", f"the noise is from {start:g} to {end:g} s; give a start of at least 0 and a later end")
    first, last = round(start * tape.rate), round(end * tape.rate)
    parts, at = [np.zeros((tape.channels, 0), np.float32)], 0
    for block in tape.play():
        parts.append(block[:, max(0, first - at) : max(0, last - at)])
        at += block.shape[1]
        if at >= last:
            return Audio(np.concatenate(parts, axis=1), tape.rate)
    message = f"the noise is from {start:g} to {end:g} s of a recording of {at / tape.rate:g} s; give a span within it"
    raise OptionError("noise_profile", message)


def _powers(tape: Tape) -> Iterator[Powers]:
    """Of all its whole frames, some hundreds at a time."""
    hop = hop_of(tape.rate)
    waiting = np.zeros((tape.channels, 0), np.float32)
    for block in tape.play():
        waiting = np.concatenate([waiting, block], axis=1)
        count = waiting.shape[1] // hop - OVERLAP + 1
        if count >= _GROUP:
            count -= count % _GROUP
            yield from (
                power_of(spectra_of(waiting[:, at * hop : (at + 8 * _GROUP + OVERLAP - 1) * hop], tape.rate))[: count - at]
                for at in range(0, count, 8 * _GROUP)
            )
            waiting = waiting[:, count * hop :]
    if waiting.shape[1] >= OVERLAP * hop:
        yield power_of(spectra_of(waiting, tape.rate))


def _found(tape: Tape) -> npt.NDArray[np.float64]:
    """Shape (bins,); zeros if it is shorter than a group of frames, or never anything but silent."""
    from scipy.special import gammaincinv

    bins = OVERLAP * hop_of(tape.rate) // 2 + 1
    counts = np.zeros((bins, _STEPS), np.int64)
    for powers in _powers(tape):
        groups = powers[: len(powers) - len(powers) % _GROUP].reshape(-1, _GROUP, bins).mean(axis=1)
        heard = groups[groups.sum(axis=1) > _SILENT * bins]
        classes = (10 * np.log10(np.maximum(heard, 1e-30)) - _LOWEST_DB) / _STEP_DB
        places = np.clip(classes, 0, _STEPS - 1).astype(np.intp) + _STEPS * np.arange(bins)
        counts += np.bincount(places.ravel(), minlength=counts.size).reshape(counts.shape)
    if not counts.any():
        return np.zeros(bins)
    quantile = _quantiles(counts)
    # Averages of noise are gamma distributed; this is where that distribution's quantile lies.
    bias = gammaincinv(_INDEPENDENT, _QUANTILE) / _INDEPENDENT
    return np.asarray(np.where(quantile > _LOWEST_DB + _STEP_DB, 10 ** (quantile / 10) / bias, 0.0))


def _quantiles(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Of each row's histogram of levels; dB."""
    reached = np.cumsum(counts, axis=1)
    wanted = _QUANTILE * reached[:, -1:]
    place = np.argmax(reached >= wanted, axis=1)[:, np.newaxis]
    inside = np.take_along_axis(counts, place, axis=1)
    within = 1 - (np.take_along_axis(reached, place, axis=1) - wanted) / inside
    return np.asarray(_LOWEST_DB + _STEP_DB * (place + within))[:, 0]
