"""Repair beside FFmpeg's: clicks, clipped peaks and hum put into clean recordings, and taken out again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from auricle.audio import Audio, Mono
from auricle.enhancement import EnhanceOptions, autoregression, enhance
from benchmarks.enhancing import peers
from benchmarks.enhancing.degraded import Clean, Damaged, clicked, clipped, hummed, music, voices
from benchmarks.enhancing.fidelity import changed, detection, f1, sdr
from benchmarks.enhancing.judging import Given, cost, judged, mean, table
from benchmarks.enhancing.peers import Peer

LOUD, QUIET = 16.9, 30.8  # dB: recordings over all their clicks
APART = 20  # samples: repairs nearer than this are one
INFERRED = 1e-4  # FFmpeg's filters change all samples a little; this much is a repair
AROUND, ORDER = 1024, 96  # samples beside a click and order of the model, for interpolation where a click is known


def repaired(options: EnhanceOptions) -> Peer:
    """One of our repairs, alone."""
    return lambda audio: enhance(audio, options).audio


def interpolated(damaged: Damaged) -> Audio:
    """By our interpolation where it is known what is damaged: the best that detection could lead to."""
    return Audio(
        np.stack([_filled(channel, spans) for channel, spans in zip(damaged.audio.samples, damaged.spans, strict=True)]), damaged.audio.rate
    )


def _filled(channel: Mono, spans: Sequence[tuple[int, int]]) -> Mono:
    result = channel.astype(np.float64)
    for start, end in spans:
        first, last = max(0, start - AROUND), min(len(result), end + AROUND)
        missing = np.zeros(last - first, np.bool_)
        missing[start - first : end - first] = True
        piece = np.where(missing, 0.0, result[first:last])
        for _ in range(3):  # the model of what was interpolated before is a better one (Janssen, Veldhuis, Vries, 1986)
            piece = autoregression.interpolated(piece, missing, autoregression.coefficients(piece[np.newaxis], ORDER)[0])
        result[first:last] = piece
    return result.astype(np.float32)


@dataclass(slots=True)
class Repairs:
    """How well one tool repairs clicks of one loudness."""

    snr: list[float] = field(default_factory=list)
    counts: list[tuple[int, int, int]] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0

    def add(self, damaged: Damaged, tool: Peer, least: float) -> None:
        """One more recording."""
        result, spent = cost(tool, damaged.audio)
        self.snr.append(sdr(damaged.clean.samples, result.samples))
        for before, after, spans in zip(damaged.audio.samples, result.samples, damaged.spans, strict=True):
            self.counts.append(detection(spans, changed(before, after, least), APART))
        self.seconds, self.cpu = self.seconds + damaged.audio.duration, self.cpu + spent

    @property
    def f1(self) -> float:
        """Of all clicks."""
        return f1(*(sum(column) for column in zip(*self.counts, strict=True)))


DECLICK = repaired(EnhanceOptions(declick=True))
CLICKS: dict[str, tuple[Peer, float]] = {"auricle": (DECLICK, 0.0), "FFmpeg adeclick": (peers.ffmpeg("adeclick"), INFERRED)}


def _clicks_page(recordings: Sequence[Clean]) -> Iterator[str]:
    found: dict[tuple[str, float], Repairs] = {}
    for snr in (LOUD, QUIET):
        damaged = [clicked(one, snr) for one in recordings]
        for name, (tool, least) in CLICKS.items():
            found[name, snr] = Repairs()
            for each in damaged:
                found[name, snr].add(each, tool, least)
        found["known places, our interpolation", snr] = oracle = Repairs()
        oracle.snr = [sdr(each.clean.samples, interpolated(each).samples) for each in damaged]
    untouched = {name: [sdr(one.audio.samples, tool(one.audio).samples) for one in recordings] for name, (tool, _) in CLICKS.items()}
    yield f"Four clicks a second and channel, of 1 to 40 samples, in {len(recordings)} recordings of music and speech:\n"
    head = [
        "",
        f"SNR, loud clicks ({LOUD} dB in)",
        f"quiet ({QUIET} dB in)",
        "F1, loud",
        "F1, quiet",
        "clean recordings, least SNR",
        "× realtime",
    ]
    yield from table(head, (_clicks_row(name, found, untouched) for name in (*CLICKS, "known places, our interpolation")))
    ours, theirs = ({snr: mean(found[name, snr].snr) for snr in (LOUD, QUIET)} for name in CLICKS)
    worse = max(QUIET - snr for snr in found["auricle", QUIET].snr)
    least = min(untouched["auricle"])
    yield from judged(
        [
            ("F1, loud clicks", f"{found['auricle', LOUD].f1:.3f}", "≥ .80", found["auricle", LOUD].f1 >= 0.8),
            ("SNR, loud clicks", f"{ours[LOUD]:.1f} dB", "≥ 26 dB", ours[LOUD] >= 26),
            ("… adeclick's", f"{theirs[LOUD]:.1f} dB", "less", theirs[LOUD] < ours[LOUD]),
            ("SNR, quiet clicks", f"{ours[QUIET]:.1f} dB", f"≥ {QUIET} dB", ours[QUIET] >= QUIET),
            ("… adeclick's", f"{theirs[QUIET]:.1f} dB", "less", theirs[QUIET] < ours[QUIET]),
            ("quiet clicks, worst recording made worse by", f"{max(0.0, worse):.2f} dB", "0 dB", worse <= 0),
            ("clean recordings, least SNR", f"{least:.1f} dB", "≥ 50 dB", least >= 50),
        ]
    )
    yield from table(["recording", "loud, dB", "F1", "quiet, dB", "clean, dB"], _by_recording(recordings, found, untouched["auricle"]))


def _clicks_row(name: str, found: dict[tuple[str, float], Repairs], untouched: dict[str, list[float]]) -> list[str]:
    loud, quiet = found[name, LOUD], found[name, QUIET]
    row = [name, f"{mean(loud.snr):.1f}", f"{mean(quiet.snr):.1f}"]
    if name not in untouched:
        return [*row, "", "", "", ""]
    return [*row, f"{loud.f1:.2f}", f"{quiet.f1:.2f}", _at_most(min(untouched[name])), f"{loud.seconds / loud.cpu:.0f}"]


def _at_most(snr: float) -> str:
    return "untouched" if snr > 200 else f"{snr:.1f}"


def _by_recording(
    recordings: Sequence[Clean], found: dict[tuple[str, float], Repairs], untouched: Sequence[float]
) -> Iterator[Sequence[str]]:
    loud, quiet, at = found["auricle", LOUD], found["auricle", QUIET], 0
    for number, one in enumerate(recordings):
        counts = loud.counts[at : at + one.audio.channels]
        at += one.audio.channels
        score = f1(*(sum(column) for column in zip(*counts, strict=True)))
        yield one.name, f"{loud.snr[number]:.1f}", f"{score:.2f}", f"{quiet.snr[number]:.1f}", _at_most(untouched[number])


def _mended_page(
    what: str, tools: dict[str, Peer], recordings: Sequence[Clean], damages: Mapping[str, Callable[[Clean], Damaged]]
) -> Iterator[str]:
    yield f"SDR of {len(recordings)} recordings, mean and least gain (dB): {what}\n"
    rows = []
    for how, damage in damages.items():
        damaged = [damage(one) for one in recordings]
        before = [sdr(each.clean.samples, each.audio.samples) for each in damaged]
        row = [how, f"{mean(before):.1f}"]
        for tool in tools.values():
            after = [sdr(each.clean.samples, tool(each.audio).samples) for each in damaged]
            row.append(f"{mean(after):.1f} ({min(b - a for a, b in zip(before, after, strict=True)):+.1f})")
        rows.append(row)
    yield from table(["", "damaged", *tools], rows)


def _clean_page(recordings: Sequence[Clean]) -> Iterator[str]:
    steps = {"declip": EnhanceOptions(declip=True), "dehum": EnhanceOptions(dehum=True)}
    least = {name: min(sdr(one.audio.samples, repaired(step)(one.audio).samples) for one in recordings) for name, step in steps.items()}
    yield f"Recordings without such damage keep {' and '.join(f'{_at_most(snr)} dB ({name})' for name, snr in least.items())} at least.\n"


def restoring_page(given: Given) -> Iterator[str]:
    """Everything about repair."""
    everything = [*music(given.music), *voices(given.speech)]
    recordings = [Clean(one.name, one.audio.slice(0, 5 if given.quick else 20)) for one in given.some(everything, 2)]
    yield "## Clicks\n"
    yield from _clicks_page(recordings)
    yield "## Clipping and hum\n"
    clip = {"auricle": repaired(EnhanceOptions(declip=True)), "FFmpeg adeclip": peers.ffmpeg("adeclip")}
    shares = {f"{share:g} of the highest": partial(clipped, share=share) for share in (0.7, 0.5, 0.3)}
    yield from _mended_page("peaks cut off at", clip, recordings, shares)
    hums = {
        f"{hertz:g} Hz at {snr:g} dB": partial(hummed, hertz=hertz, snr=snr) for hertz, snr in ((50.0, 0.0), (60.2, 10.0), (49.9, 20.0))
    }
    yield from _mended_page("mains hum of", {"auricle": repaired(EnhanceOptions(dehum=True))}, recordings, hums)
    yield from _clean_page(recordings)
