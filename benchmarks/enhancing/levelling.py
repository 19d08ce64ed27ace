"""Loudness and equaliser beside other tools: is the target met, are peaks held, and is the curve what was asked for?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyebur128

from auricle.audio import Audio, Samples
from auricle.enhancement import Band, EnhanceOptions, enhance
from auricle.enhancement.equalizer import Equalizer
from auricle.loudness import PRESETS
from auricle.resample import resample
from benchmarks.enhancing import peers
from benchmarks.enhancing.degraded import Clean, chance, music, speech
from benchmarks.enhancing.fidelity import true_peak
from benchmarks.enhancing.judging import Given, cost, judged, mean, table
from benchmarks.enhancing.peers import Absent, Peer

ANY_LIMITING = 30.0  # dB: whatever it takes
_STANDARD_HZ = 48_000
ROUNDING = 0.005  # dB: what is written with two digits
BANDS = (Band(80, -3, 0.7), Band(250, 2, 1.2), Band(1000, -4, 1.0), Band(4000, 3, 2.0), Band(10_000, 5, 0.7))
RATES = (8_000, 16_000, 44_100, 48_000, 96_000, 192_000)


def loudness_of(audio: Audio) -> float:
    """Integrated, by libebur128, which is none of ours, at the standard's own rate: at 16 kHz its filter is .09 dB off. LUFS."""
    meter = pyebur128.R128State(audio.channels, _STANDARD_HZ, pyebur128.MeasurementMode.MODE_I)
    samples = resample(audio, _STANDARD_HZ).samples
    meter.add_frames(np.array(samples.T, np.float32).ravel(), samples.shape[1])
    return float(pyebur128.get_loudness_global(meter))


@dataclass(frozen=True, slots=True)
class Levelled:
    """One recording at one loudness.

    Attributes:
        error: how far from the target. LU.
        over: true peak above the ceiling. dB.
        speed: × realtime, CPU time.
        told: the report says that it is not at the target.
        name: of recording and preset.
    """

    error: float
    over: float
    speed: float
    told: bool
    name: str


def levelled(recordings: Sequence[Clean], presets: Sequence[str], most_limiting: float) -> list[Levelled]:
    """Every recording at every preset, by us."""
    found = []
    for preset in presets:
        target, ceiling = PRESETS[preset]
        options = EnhanceOptions(loudness=preset, most_limiting=most_limiting)
        for one in recordings:
            result, spent = cost(partial(enhance, options=options), one.audio)
            error, over = loudness_of(result.audio) - target, true_peak(result.audio) - ceiling
            found.append(Levelled(error, over, one.audio.duration / spent, bool(result.report.notes), f"{one.name} at {preset}"))
    return found


def _levelled_by(tool: Peer, target: float, ceiling: float, recordings: Sequence[Clean]) -> list[Levelled]:
    found = []
    for one in recordings:
        result, spent = cost(tool, one.audio)
        found.append(Levelled(loudness_of(result) - target, true_peak(result) - ceiling, one.audio.duration / spent, False, one.name))
    return found


def _summary(name: str, found: Sequence[Levelled]) -> list[str]:
    at_target = sum(abs(one.error) <= 0.1 + ROUNDING for one in found)
    held = sum(one.over <= ROUNDING for one in found)
    furthest, highest = max(abs(one.error) for one in found), max(one.over for one in found)
    speed = sum(1 for one in found) / sum(1 / one.speed for one in found)
    return [name, f"{at_target} of {len(found)}", f"{furthest:.2f}", f"{held} of {len(found)}", f"{highest:+.2f}", f"{speed:.0f}"]


def _loudness_page(recordings: Sequence[Clean], presets: Sequence[str]) -> Iterator[str]:
    free = levelled(recordings, presets, ANY_LIMITING)
    usual = levelled(recordings, presets, EnhanceOptions().most_limiting)
    rows = [_summary("auricle, as much limiting as it takes", free), _summary("auricle, at most 6 dB of limiting", usual)]
    for name in ("podcast", "ebu"):
        target, ceiling = PRESETS[name]
        for label, tool in (("pyloudnorm", peers.pyloudnorm(target)), ("FFmpeg loudnorm, two passes", peers.loudnorm(target, ceiling))):
            try:
                rows.append(_summary(f"{label}, {name}", _levelled_by(tool, target, ceiling, recordings)))
            except Absent:
                rows.append([f"{label}, {name}", "not installed", "", "", "", ""])
    yield f"{len(recordings)} recordings at the loudness of {', '.join(presets)}, by libebur128; true peaks at 16 × oversampling:\n"
    yield from table(["", "within ±0.1 LU", "furthest, LU", "peaks held", "highest over the ceiling, dB", "× realtime"], rows)
    yield from _loudness_verdicts(free, usual)


def _loudness_verdicts(free: Sequence[Levelled], usual: Sequence[Levelled]) -> Iterator[str]:
    far = max(free, key=lambda one: abs(one.error))
    high = max([*free, *usual], key=lambda one: one.over)
    silent = [one for one in usual if abs(one.error) > 0.1 + ROUNDING and not one.told]
    speed = len(free) / sum(1 / one.speed for one in free)
    slow = min([*free, *usual], key=lambda one: one.speed)
    yield from judged(
        [
            (f"furthest from the target ({far.name})", f"{far.error:+.3f} LU", "±0.1 LU", abs(far.error) <= 0.1 + ROUNDING),
            (f"highest true peak over its ceiling ({high.name})", f"{high.over:+.3f} dB", "≤ 0", high.over <= ROUNDING),
            ("not at the target for the limit on limiting, and not said", str(len(silent)), "0", not silent),
            ("× realtime, all", f"{speed:.0f}", "≥ 50", speed >= 50),
            (f"… slowest ({slow.name})", f"{slow.speed:.0f}", "≥ 50", slow.speed >= 50),
        ]
    )
    apart = [abs(one.error) for one in free]
    yield f"Mean distance from the target: {mean(apart):.3f} LU.\n"


# Equaliser


def gain_at(response: Samples, hertz: float, rate: int) -> float:
    """Of a filter with this impulse response. dB."""
    turns = np.exp(-2j * np.pi * hertz / rate * np.arange(response.shape[1]))
    return 20 * math.log10(abs(complex(np.sum(response[0] * turns))))


def centre_error(rate: int) -> float:
    """The furthest that a peak's gain is from what was asked at its centre. dB."""
    impulse = np.zeros((1, 4 * rate), np.float32)
    impulse[0, 0] = 1
    bands = [Band(hertz, gain, q) for hertz in (40, 1000, 0.4 * rate) for gain in (-18, -0.5, 3, 12) for q in (0.5, 1, 8)]
    return max(abs(gain_at(_equalised(impulse, rate, (band,)), band.frequency, rate) - band.gain) for band in bands)


def _equalised(samples: Samples, rate: int, bands: tuple[Band, ...]) -> Samples:
    stage = Equalizer(rate, len(samples), bands)
    return np.concatenate([stage.feed(samples), stage.finish()], axis=1)


def _in_blocks(audio: Audio) -> None:
    stage = Equalizer(audio.rate, audio.channels, BANDS)
    for block in audio.blocks(1 << 16):
        stage.feed(block.samples)
    stage.finish()


def _equalizer_page(seconds: float) -> Iterator[str]:
    noise = Audio(chance("equaliser").standard_normal((2, round(48_000 * seconds))).astype(np.float32) * np.float32(0.1), 48_000)
    filters = ",".join(f"equalizer=f={band.frequency}:t=q:w={band.q}:g={band.gain}" for band in BANDS)
    _in_blocks(noise.slice(0, 1))
    ours = [seconds / cost(_in_blocks, noise)[1] for _ in range(5)]
    theirs = [seconds / cost(peers.ffmpeg(filters), noise)[1] for _ in range(5)]
    errors = {rate: centre_error(rate) for rate in RATES}
    flat = np.array_equal(_equalised(noise.samples, 48_000, (Band(1000, 0.0),)), noise.samples)
    yield from judged(
        [
            (f"furthest from the gain at a centre, {rate} Hz", f"{error:.6f} dB", "≤ .001 dB", error <= 0.001)
            for rate, error in errors.items()
        ]
        + [
            ("5 bands, stereo at 48 kHz, best of 5 runs", f"{max(ours):.0f} × realtime", "≥ 900 ×", max(ours) >= 900),
            ("… FFmpeg's equalizer", f"{max(theirs):.0f} × realtime", "less", max(theirs) < max(ours)),
            ("0 dB changes no bit", str(flat), "True", flat),
        ]
    )


def levelling_page(given: Given) -> Iterator[str]:
    """Everything about loudness and equaliser."""
    recordings = given.some([*music(given.music), *(one for one in speech(given.speech) if one.audio.duration > 1)], 4)
    yield "## Loudness\n"
    yield from _loudness_page(recordings, list(PRESETS)[:: 2 if given.quick else 1])
    yield "## Equaliser\n"
    yield from _equalizer_page(10 if given.quick else 60)
