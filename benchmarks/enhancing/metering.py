"""The meter against EBU Tech 3341 (2016) and Tech 3342 (2016): their cases, made from their definitions, at many rates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from auricle.audio import Audio, Samples
from auricle.loudness import Loudness, measure
from auricle.resample import resample
from benchmarks.enhancing.degraded import chance
from benchmarks.enhancing.judging import Given, cost, judged, table

RATES = (8_000, 16_000, 44_100, 48_000, 96_000, 192_000)
SILENT = -np.inf
LUFS, LU = (0.1, 0.1), (1.0, 1.0)  # tolerances below and above
DBTP = (0.4, 0.2)

Figure = Callable[[Loudness], float]
Parts = Sequence[tuple[float, float]]  # dBFS and seconds


@dataclass(frozen=True, slots=True)
class Case:
    """One of the documents' signals.

    Attributes:
        name: its kind.
        make: the signal at a rate.
        figure: what is asked for.
        value: what it should be.
        tolerance: by how much it may be below and above.
    """

    name: str
    make: Callable[[int], Audio]
    figure: Figure
    value: float
    tolerance: tuple[float, float]

    def passes(self, rate: int) -> bool:
        """Whether it does at a rate."""
        error = self.figure(measure(self.make(rate))) - self.value
        return -self.tolerance[0] <= error <= self.tolerance[1]


def tone(dbfs: float, seconds: float, rate: int) -> Samples:
    """A sine of 1 kHz, one channel."""
    time = np.arange(round(seconds * rate)) / rate
    return (10 ** (dbfs / 20) * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)[None]


def _stereo(parts: Parts) -> Callable[[int], Audio]:
    return lambda rate: Audio(np.tile(np.concatenate([tone(*part, rate) for part in parts], axis=1), (2, 1)), rate)


def _surround(rate: int) -> Audio:
    return Audio(np.concatenate([tone(level, 20, rate) for level in (-28, -28, -24, SILENT, -30, -30)]), rate)


def _peak(divisor: int, degrees: float, amplitude: float) -> Callable[[int], Audio]:
    def make(rate: int) -> Audio:
        wave = amplitude * np.sin(2 * np.pi * np.arange(rate) / divisor + np.radians(degrees))
        edge = np.minimum(1, np.arange(rate) / (rate / 50))  # the documents' files fade in and out
        return Audio((wave * edge * edge[::-1]).astype(np.float32)[None], rate)

    return make


def _between(offset: int) -> Callable[[int], Audio]:
    """A soft tone with one period of full scale in it, made at four times the rate and brought down from an offset."""

    def make(rate: int) -> Audio:
        count = np.arange(4 * rate // 2)
        middle = len(count) // 2 // 24 * 24
        wave = np.where((count >= middle) & (count < middle + 24), 1.0, 0.25) * np.sin(2 * np.pi * count / 24)
        return resample(Audio(np.pad(wave, (offset, 0)).astype(np.float32)[None], 4 * rate), rate)

    return make


INTEGRATED: Sequence[tuple[Parts, float]] = (
    ([(-23, 20)], -23),
    ([(-33, 20)], -33),
    ([(-36, 10), (-23, 60), (-36, 10)], -23),
    ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
)
RANGE: Sequence[tuple[Parts, float]] = (
    ([(-20, 20), (-30, 20)], 10),
    ([(-20, 20), (-15, 20)], 5),
    ([(-40, 20), (-20, 20)], 20),
    ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
)
PEAKS = ((4, 0.0, 0.5, -6.0), (4, 45.0, 0.5, -6.0), (6, 60.0, 0.5, -6.0), (8, 67.5, 0.5, -6.0), (4, 45.0, 1.41, 3.0))


def cases() -> Iterator[Case]:
    """All of them."""
    for parts, value in INTEGRATED:
        yield Case("integrated", _stereo(parts), lambda sound: sound.integrated, value, LUFS)
    yield Case("integrated, 5.1", _surround, lambda sound: sound.integrated, -23, LUFS)
    yield Case("short-term", _stereo([(-20, 1.34), (-30, 1.66)] * 5), lambda sound: sound.short_term, -23, LUFS)
    yield Case("momentary", _stereo([(-20, 0.18), (-30, 0.22)] * 25), lambda sound: sound.momentary, -23, LUFS)
    for number in range(20):
        yield Case("short-term", _stereo([(SILENT, 0.15 * number), (-23, 3), (SILENT, 1)]), lambda sound: sound.short_term, -23, LUFS)
        yield Case("momentary", _stereo([(SILENT, 0.02 * number), (-23, 0.4), (SILENT, 1)]), lambda sound: sound.momentary, -23, LUFS)
    for divisor, degrees, amplitude, value in PEAKS:
        yield Case("true peak", _peak(divisor, degrees, amplitude), lambda sound: sound.true_peak, value, DBTP)
    for offset in range(4):
        yield Case("true peak", _between(offset), lambda sound: sound.true_peak, 0.0, DBTP)
    for parts, value in RANGE:
        yield Case("range", _stereo(parts), lambda sound: sound.range, value, LU)


def metering_page(given: Given) -> Iterator[str]:
    """Which cases pass at which rate."""
    everything = given.some(cases(), 3)
    names = list(dict.fromkeys(case.name for case in everything))
    passed = {(case, rate): case.passes(rate) for case in everything for rate in RATES}
    yield "## Measuring loudness: EBU Tech 3341 and 3342\n"
    rows = []
    for name in names:
        group = [case for case in everything if case.name == name]
        rows.append([name, *(f"{sum(passed[case, rate] for case in group)} of {len(group)}" for rate in RATES)])
    yield from table(["", *(f"{rate} Hz" for rate in RATES)], rows)
    noise = Audio(chance("meter").standard_normal((2, 60 * 48_000)).astype(np.float32) * np.float32(0.1), 48_000)
    seconds = cost(measure, noise)[1]
    yield from judged([("cases inside the tolerances", f"{sum(passed.values())} of {len(passed)}", "all", all(passed.values()))])
    yield f"All figures at once, with true peak and range: {60 / seconds:.0f} × realtime (stereo, 48 kHz).\n"
