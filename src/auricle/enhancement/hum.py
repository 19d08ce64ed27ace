"""Mains hum and its harmonics: found, followed and subtracted.

Theory of operation. Hum is what is there all the time at multiples of one frequency near 50 or 60 Hz. Two passes look for it, and who
names the frequency needs only the second:

1. The geometric mean over time of long spectra, in which what comes and goes, such as notes and speech, hardly counts, shows steady
   lines; the frequency is the one whose multiples meet most of them.
2. Each harmonic is brought down to 0 Hz. Where the hum is, that gives a number which turns at most slowly; how fast, all harmonics tell
   together (the mains drift). Without that turning its mean over half a minute is the harmonic's amplitude and phase. Loud moments
   count less, so that it is measured in the pauses; a harmonic that is not steady most of the time stays.

What is subtracted is made of these numbers alone: nothing rings, and what lies a Hertz beside a harmonic is left.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.enhancement.hum_track import Hum, followed, resampled
from auricle.enhancement.report import Facts
from auricle.errors import OptionError
from auricle.tape import Derived, Tape

__all__ = ["hum_removed"]

_MAINS = (50.0, 60.0)
_BESIDE = 0.6  # how far the mains stray, and a recorder's clock. Hertz
_KEPT_HZ = 0.2  # within which the mains are kept
_BESIDE_ABOUT = 1.0  # how far what the user says may be off
_LEAST_HZ, _MOST_HZ = 40.0, 70.0
_LEAST_S = 2.5  # a recording in which a hum can be told from a tone

_RATE = 1200  # of the sound in which lines are looked for
_WINDOW_S = 4.0
_HIGHEST_HZ = 540.0  # what the resampler leaves flat at that rate
_AROUND_HZ = 8.0  # over which the spectrum's level without lines is taken
_BASIC = 3  # harmonics of which one must be among the lines
_CLEAR_DB = 15.0  # how far all lines together must stand out
_NEAR_HZ = 0.25  # how far a line may lie from a harmonic
_STEADY = 60.0  # see `followed`
_STEADY_IF_LIKELY = 12.0  # enough where the frequency is given, or where so many lines are clear, each by itself:
_LIKELY = 2

_Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _WithoutHum(Derived):
    """A tape from which the hum is subtracted while it is played."""

    hum: Hum

    def play(self) -> Iterator[Samples]:
        """See `Tape`."""
        at = 0
        for block in self.tape.play():
            yield (block - self.hum.sound(at, block.shape[1], self.rate)).astype(np.float32)
            at += block.shape[1]


def hum_removed(tape: Tape, about: bool | float, facts: Facts, notes: list[str]) -> Tape:
    """``tape`` without its mains hum; where no steady hum stands out it is ``tape`` itself.

    Args:
        tape: a recording; it is played once to look for hum, and once or twice more to measure it.
        about: the frequency, give or take 1 Hz, of which one steady harmonic is enough; True looks for lines near 50 and 60 Hz.
        facts: gets "hum_hz", "harmonics", how many were found, and "removed_db", by how much there is less at their frequencies in the
            quieter half of the recording.
        notes: gets a sentence if there is no hum.

    Raises:
        OptionError: the frequency is not between 40 and 70 Hz ("dehum").
    """
    if about is False:
        return tape
    if about is not True and not _LEAST_HZ <= about <= _MOST_HZ:
        raise OptionError("dehum", f"mains hum is looked for at {about:g} Hz; give the mains frequency, {_LEAST_HZ:g} to {_MOST_HZ:g} Hz")
    hum = _found(tape, about)
    if hum is None:
        facts.update(hum_hz=0.0, harmonics=0.0, removed_db=0.0)
        notes.append("No steady mains hum stands out; nothing was taken out.")
        return tape
    facts.update(hum_hz=hum.hertz, harmonics=float(len(hum.numbers)), removed_db=hum.removed_db)
    return _WithoutHum(tape, hum)


def _found(tape: Tape, about: bool | float) -> Hum | None:
    """The hum; where its frequency is given no line need stand out in the spectrum."""
    lines, standing = _lines(tape)
    if about is not True:
        hertz = _fundamental(lines, standing, [(about - _BESIDE_ABOUT, about + _BESIDE_ABOUT)])
        named = followed(tape, hertz, _STEADY_IF_LIKELY) if hertz is not None else None
        return named or followed(tape, about, _STEADY_IF_LIKELY)
    hertz = _fundamental(lines, standing, [(mains - _BESIDE, mains + _BESIDE) for mains in _MAINS])
    if hertz is None:
        return None
    clear = lines[standing >= _CLEAR_DB]
    likely = np.count_nonzero(np.abs(clear - hertz * np.round(clear / hertz)) < _NEAR_HZ) >= _LIKELY
    hum = followed(tape, hertz, _STEADY_IF_LIKELY if likely else _STEADY)
    return None if hum is None or _by_chance(hum) else hum


def _by_chance(hum: Hum) -> bool:
    """A line alone that is not where the mains are kept is a note, or a voice."""
    return len(hum.numbers) == 1 and min(abs(hum.hertz - hertz) for hertz in _MAINS) > _KEPT_HZ


def _lines(tape: Tape) -> tuple[_Values, _Values]:
    """Steady lines in the spectrum: their frequencies (Hertz), and how far they stand out (dB)."""
    from scipy.ndimage import median_filter

    rate = min(_RATE, tape.rate)
    total, count = np.zeros(0), 0
    for spectrum in _spectra(tape, rate):
        total, count = (total if count else 0) + spectrum, count + 1
    if not count:
        return np.zeros(0), np.zeros(0)
    width = rate / (2 * (len(total) - 1))
    level = total / count
    standing = level - median_filter(level, 2 * round(_AROUND_HZ / width) + 1, mode="nearest")
    # The fewer spectra, the more noise alone stands out: a single one strays by 5.6 dB.
    enough = 6 + 12 / math.sqrt(count)
    inner = standing[1:-1]
    peaks = 1 + np.flatnonzero((inner >= standing[:-2]) & (inner > standing[2:]) & (inner > enough))
    peaks = peaks[peaks * width < _HIGHEST_HZ]
    left, middle, right = (level[peaks + step] for step in (-1, 0, 1))
    return (peaks + (left - right) / 2 / (left - 2 * middle + right)) * width, standing[peaks]


def _spectra(tape: Tape, rate: int) -> Iterator[_Values]:
    """Of windows of four seconds, every two, that are not silent; mean of the channels, dB, at twice the frequencies needed."""
    from scipy.fft import rfft
    from scipy.signal import get_window

    size = round(_WINDOW_S * rate)
    for samples in _windows(tape, rate, size):
        power = np.square(np.abs(rfft(samples * get_window("hann", samples.shape[1]), 2 * size, axis=1))).mean(axis=0)
        if power.sum() > 1e-12:
            yield 10 * np.log10(power + 1e-20 * power.max())


def _windows(tape: Tape, rate: int, size: int) -> Iterator[Samples]:
    """Shape (channels, size), each half a window after the one before; a shorter recording is one window."""
    waiting, given = np.zeros((tape.channels, 0), np.float32), False
    for block in resampled(tape, rate):
        waiting = np.concatenate([waiting, block], axis=1)
        while waiting.shape[1] >= size:
            given = True
            yield waiting[:, :size]
            waiting = waiting[:, size // 2 :]
    if not given and waiting.shape[1] >= _LEAST_S * rate:
        yield waiting


def _fundamental(lines: _Values, standing: _Values, ranges: list[tuple[float, float]]) -> float | None:
    """The frequency whose multiples meet the most lines; None if there is none."""
    if not len(lines):
        return None
    grid = np.concatenate([np.arange(low, high, 0.01) for low, high in ranges])
    numbers = np.maximum(1, np.round(lines / grid[:, np.newaxis]))
    beside = np.abs(lines - numbers * grid[:, np.newaxis]) / _NEAR_HZ
    # No line counts for more than 20 dB: several harmonics tell more than one tone.
    scores = np.maximum(0, 1 - beside) * np.minimum(standing, 20)
    best = int(np.argmax(scores.sum(axis=1)))
    met, number = scores[best] > 0, numbers[best]
    if scores[best].sum() < _CLEAR_DB or not (met & (number <= _BASIC)).any():
        return None
    weight = scores[best] * number**2  # the same error of a line is a smaller one of its fundamental
    hertz = float((weight * lines / number).sum() / weight.sum())
    return hertz if any(low <= hertz <= high for low, high in ranges) else None
