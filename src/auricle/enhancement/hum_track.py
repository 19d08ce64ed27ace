"""A hum's harmonics, measured all along a recording; `hum` says how they are found."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.resample import Resampler
from auricle.tape import Tape

__all__ = ["Hum", "followed", "resampled"]

_RATE = 6000  # of the sound in which harmonics are measured
_HIGHEST_HZ = 2400.0
_HOP_S = 0.125  # from one frame to the next; a frame is two of them, so that harmonics up to 4 Hz off are seen
_TURNING = 65  # frames, eight seconds, over which it is measured how fast harmonics turn
_SWING = 257  # frames, half a minute, over which a harmonic's amplitude and phase are measured
_WANDER_HZ = 0.001  # how far the frequency may wander from one frame to the next
_BLOCK = 64  # frames of which the softer ones tell what is usual
_DRIFT_HZ = 0.4  # how far the fundamental may drift from its mean
_LAGS = (2, 8)  # frames over which turning is measured: first without ambiguity, then more exactly
_LOCKS = 3  # steps of Gauss and Newton's method
_SILENT = 1e-8

_AT_ONCE = 4096  # frames, of which much is worked out

_Turning = npt.NDArray[np.complex64]  # shape (frames, channels): a harmonic brought down to 0 Hz
_Values = npt.NDArray[np.float64]
_Found = dict[int, tuple[_Turning, float, float]]  # by number: amplitudes, and power before and after


@dataclass(frozen=True, slots=True, eq=False)
class Hum:
    """A hum.

    Attributes:
        hertz: its mean frequency.
        numbers: of its harmonics; 1 is the fundamental.
        removed_db: by how much there is less at its harmonics without it, in the quieter half of the recording.
        base: frequency from which ``phase`` is counted. Hertz.
        hop: time from one frame to the next; the first is at 0. Seconds.
        phase: of the fundamental beyond that of ``base``, shape (frames,). Radians.
        swings: complex amplitudes, shape (frames, harmonics, channels).
    """

    hertz: float
    numbers: tuple[int, ...]
    removed_db: float
    base: float
    hop: float
    phase: _Values
    swings: npt.NDArray[np.complex64]

    def sound(self, first: int, frames: int, rate: int) -> Samples:
        """What of it is heard, shape (channels, frames), from the frame ``first`` of the recording on."""
        place = (first + np.arange(frames)) / rate / self.hop
        whole = np.minimum(place.astype(np.intp), len(self.phase) - 2)
        starts = np.flatnonzero(np.diff(whole, prepend=-1))
        parts = [self._between(int(whole[part[0]]), place[part]) for part in np.split(np.arange(frames), starts[1:]) if len(part)]
        return np.concatenate(parts, axis=1) if parts else np.zeros((self.swings.shape[2], 0), np.float32)

    def _between(self, frame: int, place: _Values) -> Samples:
        """From a frame to the next: phase and amplitudes go straight from one to the other."""
        along = place - frame
        turn = self.phase[frame] + along * (self.phase[frame + 1] - self.phase[frame])
        fundamental = np.exp(1j * (2 * math.pi * self.base * self.hop * place + turn)).astype(np.complex128)
        sound = np.zeros((self.swings.shape[2], len(place)))
        # Harmonic by harmonic: matrices of this shape are slower.
        for wave, here, there in zip(_powers(fundamental, self.numbers), self.swings[frame], self.swings[frame + 1], strict=True):
            for channel, (start, end) in enumerate(zip(here, there, strict=True)):
                step = end - start
                sound[channel] += (start.real + along * step.real) * wave.real - (start.imag + along * step.imag) * wave.imag
        return sound.astype(np.float32)


def _powers(wave: npt.NDArray[np.complex128], numbers: tuple[int, ...]) -> Iterator[npt.NDArray[np.complex128]]:
    power, reached = np.ones_like(wave), 0
    for number in numbers:
        for _ in range(number - reached):
            power = power * wave
        reached = number
        yield power


def followed(tape: Tape, hertz: float, steady: float) -> Hum | None:
    """The hum at about ``hertz``, all along the recording, which is played once; None if none of its harmonics is steady.

    A harmonic must be ``steady`` times as strong as its error (power), four fifths of the time: with noise alone it is 3 at most.

    Takes 12 bytes × harmonics (48 at most) × channels × 8 frames a second, and some more: 100 MB for three hours of stereo.
    """
    rate = min(_RATE, tape.rate)
    half = max(1, round(_HOP_S * rate))
    count = int(min(_HIGHEST_HZ, 0.45 * rate) / hertz)
    turning = _brought_down(tape, rate, half, hertz, count) if count else np.zeros((0, 0, 0), np.complex64)
    if len(turning) <= max(_LAGS):
        return None
    hop = half / rate
    # Where the hum is weak, a voice's harmonics lead the estimate of its drift astray: then more of it goes if it is taken to have none.
    phase, found, before, after = max((_locked(turning, lags, steady, hop) for lags in (_LAGS, ())), key=lambda it: it[2] - it[3])
    if not found:
        return None
    return Hum(
        hertz=hertz + float(phase[-1] / (2 * math.pi * hop * (len(phase) - 1))),
        numbers=tuple(found),
        removed_db=10 * math.log10(before / max(after, 1e-30)),
        base=hertz,
        hop=hop,
        phase=np.pad(phase, (1, 3), mode="reflect", reflect_type="odd"),
        swings=np.pad(np.stack([swing for swing, _, _ in found.values()], axis=1), ((1, 3), (0, 0), (0, 0)), mode="edge"),
    )


def _locked(turning: npt.NDArray[np.complex64], lags: tuple[int, ...], steady: float, hop: float) -> tuple[_Values, _Found, float, float]:
    """The fundamental's phase, at first by how far all harmonics turn over ``lags``, then by the steady ones.

    With it these, and their power before and after.
    """
    phase, weights = np.zeros(len(turning)), np.stack([_weights(turning[:, at]) for at in range(turning.shape[1])], axis=1)
    for lag in lags:
        phase += _phase(turning, weights, phase, lag, hop)
        _measured(turning, weights, phase, steady)
    found, behind = _measured(turning, weights, phase, steady)
    for _ in range(_LOCKS):
        phase = _eased(phase, *behind)
        found, behind = _measured(turning, weights, phase, steady)
    before, after = (float(sum(each[part] for each in found.values())) for part in (1, 2))
    return phase, found, before, after


def _measured(
    turning: npt.NDArray[np.complex64], weights: npt.NDArray[np.float32], phase: _Values, steady: float
) -> tuple[_Found, tuple[_Values, _Values]]:
    """The steady harmonics; and the slope and bend of their error over the phase.

    Sets the weights anew.
    """
    found = {}
    heard = (np.abs(turning) > _SILENT).any(axis=1)
    turned = strength = np.zeros(len(phase))
    for at in range(turning.shape[1]):
        still = _still(turning[:, at], (at + 1) * phase)
        swing, quality = _steady(still, weights[:, at] * heard)
        swing = swing * heard  # what was silenced stays silent
        # What is left once the hum is gone says best where there is little else.
        weights[:, at] = _weights(still - swing)
        if np.quantile(quality, 0.2) > steady:
            found[at + 1] = swing, _quieter(still), _quieter(still - swing)
            turned = turned + ((at + 1) * weights[:, at] * (still * swing.conj()).imag).sum(axis=1)
            strength = strength + ((at + 1) ** 2 * weights[:, at] * np.square(np.abs(swing))).sum(axis=1)
    return found, (turned, strength)


def _eased(phase: _Values, slope: _Values, bend: _Values) -> _Values:
    """The phase that fits better, of a frequency that wanders as little as the mains do: a penalised least squares fit.

    Whittaker: On a new method of graduation (1923), with second differences; the harmonics' turns are small enough to be straight.
    """
    from scipy.linalg import solveh_banded

    stiff = 1 / (2 * math.pi * _WANDER_HZ * _HOP_S) ** 2
    count = len(phase)
    bands = np.zeros((3, count))  # of the matrix: two above the diagonal, one, and the diagonal
    for weight, place in zip((1.0, -2.0, 1.0), range(3), strict=True):
        bands[2, place : count - 2 + place] += stiff * weight**2
    bands[1, 1:-1] -= 2 * stiff
    bands[1, 2:] -= 2 * stiff
    bands[0, 2:] = stiff
    bands[2] += bend + 1e-9 * stiff
    # A frame that seems to be off by more than that says nothing.
    target = phase + np.clip(slope / np.maximum(bend, 1e-30), -0.5, 0.5)
    return np.asarray(solveh_banded(bands, (bend + 1e-9 * stiff) * target))


def resampled(tape: Tape, rate: int) -> Iterator[Samples]:
    """``tape`` at another rate, block by block."""
    resampler = Resampler(tape.rate, rate, tape.channels)
    for block in tape.play():
        yield resampler.feed(block)
    yield resampler.finish()


def _brought_down(tape: Tape, rate: int, half: int, hertz: float, count: int) -> npt.NDArray[np.complex64]:
    """Shape (frames, harmonics, channels); frame k is around (k + 1) hops: two hops under a Hann window."""
    times = np.arange(-half, half) / rate
    window = (1 + np.cos(np.pi * times * rate / half)) / half
    down = window[:, np.newaxis] * np.exp(-2j * math.pi * hertz * np.outer(times, np.arange(1, count + 1)))
    parts, at = [np.zeros((0, count, tape.channels), np.complex64)], 0
    waiting = np.zeros((tape.channels, 0), np.float32)
    for block in resampled(tape, rate):
        waiting = np.concatenate([waiting, block], axis=1)
        frames = waiting.shape[1] // half - 1
        if frames < 1:
            continue
        views = np.lib.stride_tricks.sliding_window_view(waiting, 2 * half, axis=1)[:, : frames * half : half]
        middle = (at + 1 + np.arange(frames)) * half / rate
        exact = np.ascontiguousarray(views, np.float64)
        turned = (exact @ down.real + 1j * (exact @ down.imag)) * np.exp(-2j * math.pi * hertz * np.outer(middle, np.arange(1, count + 1)))
        parts.append(turned.transpose(1, 2, 0).astype(np.complex64))
        waiting, at = waiting[:, frames * half :], at + frames
    turning, at = np.empty((at, count, tape.channels), np.complex64), 0
    for place, part in enumerate(parts):
        turning[at : at + len(part)], at = part, at + len(part)
        parts[place] = part[:0].copy()  # so that the whole is never there twice
    return turning


def _weights(turning: _Turning) -> npt.NDArray[np.float32]:
    """One over the power, but no more than for what is usual: what is louder counts less, such as speech over hum."""
    power = np.square(np.abs(turning)) + np.float32(1e-16)
    blocks = np.pad(power, ((0, -len(power) % _BLOCK), (0, 0)), mode="reflect" if len(power) > _BLOCK else "edge")
    usual = np.quantile(blocks.reshape(-1, _BLOCK, power.shape[1]), 0.3, axis=1)
    usual = np.maximum(usual, 1e-3 * np.median(usual, axis=0))
    return np.asarray(1 / np.maximum(np.repeat(usual, _BLOCK, axis=0)[: len(power)], power), np.float32)


def _phase(turning: npt.NDArray[np.complex64], weights: npt.NDArray[np.float32], phase: _Values, lag: int, hop: float) -> _Values:
    """Of the fundamental beyond ``phase``, by how far the harmonics turn over ``lag`` frames. Radians."""
    products = np.stack(
        [_turn(_still(turning[:, number], (number + 1) * phase), weights[:, number], lag) for number in range(turning.shape[1])], axis=1
    )
    # With the longer lag only what does not turn by more than half a circle is looked for.
    most = 2 * _DRIFT_HZ * _LAGS[0] / lag / 4 if lag > _LAGS[0] else _DRIFT_HZ
    grid = np.linspace(-most, most, 81)
    turns = np.exp(-2j * math.pi * lag * hop * np.outer(np.arange(1, turning.shape[1] + 1), grid)).astype(np.complex64)
    drift = np.concatenate([_drift(products[at : at + _AT_ONCE], turns, grid) for at in range(0, len(products), _AT_ONCE)])
    drift = np.interp(np.arange(len(phase) - 1) + 0.5, np.arange(len(drift)) + lag / 2, drift)
    return np.concatenate([[0.0], np.cumsum(2 * math.pi * hop * drift)])


def _drift(products: npt.NDArray[np.complex64], turns: npt.NDArray[np.complex64], grid: _Values) -> _Values:
    """Which frequency of ``grid`` the harmonics' turns fit best, and what lies between them. Shape (frames,)."""
    score = (products @ turns).real
    best = np.clip(np.argmax(score, axis=1), 1, len(grid) - 2)
    left, middle, right = (np.take_along_axis(score, best[:, np.newaxis] + step, axis=1)[:, 0] for step in (-1, 0, 1))
    bend = np.minimum(left - 2 * middle + right, -1e-12)
    return np.asarray(grid[best] + np.clip((left - right) / 2 / bend, -1, 1) * (grid[1] - grid[0]))


def _still(turning: _Turning, phase: _Values) -> _Turning:
    """Without the turning by ``phase``, by which it was also off the middle of the window, and seemed weaker."""
    off = np.gradient(phase) / math.pi  # bins: a frame is two hops long
    return np.asarray(turning * (np.exp(-1j * phase) / _response(off))[:, np.newaxis], np.complex64)


def _turn(still: _Turning, weights: npt.NDArray[np.float32], lag: int) -> npt.NDArray[np.complex64]:
    """How a harmonic turns over ``lag`` frames, shape (frames - lag,): a steady direction is long, a random one short."""
    weight = np.sqrt(weights[lag:] * weights[:-lag])
    ways = still / np.maximum(np.abs(still), np.float32(1e-16))
    mean = _smoothed(ways[lag:] * ways[:-lag].conj() * weight, _TURNING) / np.maximum(
        _smoothed(weight, _TURNING), 1e-12 * weight.max() + 1e-30
    )
    return np.asarray((mean * np.square(np.abs(mean))).sum(axis=1), np.complex64)


def _steady(still: _Turning, weight: npt.NDArray[np.float32]) -> tuple[_Turning, _Values]:
    """A harmonic's amplitude and phase, and by how much its power exceeds that of its error (in the best channel, shape (frames,))."""
    total = _smoothed(weight, _SWING)
    total = np.maximum(total, 1e-12 * total.max() + 1e-30)
    mean = _smoothed(weight * still, _SWING) / total
    stray = np.maximum(_smoothed(weight * np.square(np.abs(still)), _SWING) / total - np.square(np.abs(mean)), 1e-30)
    independent = np.square(total) / np.maximum(_smoothed(np.square(weight.astype(np.float64)), _SWING, power=2), 1e-30)
    quality = np.square(np.abs(mean)) * independent / stray
    # Less is subtracted where there is hardly any; all of it where it is clear.
    return (mean * np.maximum(0, 1 - 3 / np.maximum(quality, 3))).astype(np.complex64), quality.max(axis=1)


def _smoothed(values: npt.NDArray[Any], size: int, power: int = 1) -> npt.NDArray[Any]:
    """Sums over the frames around each under a Hann window, to a power."""
    from scipy.signal import oaconvolve

    # In double precision: a moment that counts little must not get the rounding errors of one that counts a million times more.
    exact = values.astype(np.result_type(values, np.float64))
    whole = oaconvolve(exact, np.hanning(size + 2)[1:-1, np.newaxis] ** power, axes=0)
    return np.asarray(whole[size // 2 : size // 2 + len(values)])


def _response(bins: _Values) -> _Values:
    """Of a Hann window, to a frequency that is so many bins off its middle."""
    bins = np.minimum(np.abs(bins), 0.9)
    return np.asarray(np.sinc(bins) / (1 - np.square(bins)))


def _quieter(turning: _Turning) -> float:
    return float(np.median(np.square(np.abs(turning)), axis=0).sum())
