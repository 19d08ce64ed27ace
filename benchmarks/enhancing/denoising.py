"""Noise reduction beside other tools: mixes of speech and noise, levels, music, and speech that is clean already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from auricle.audio import Audio
from auricle.enhancement import Denoiser, EnhanceOptions, enhance
from auricle.resample import resample
from auricle.speech import transcribe
from auricle.speech.vad import SAMPLE_RATE
from benchmarks.enhancing import peers
from benchmarks.enhancing.degraded import Clean, Damaged, mixes, music, noises, speech, voices
from benchmarks.enhancing.fidelity import decibels, pesq_wb, si_sdr
from benchmarks.enhancing.judging import Given, cost, judged, mean, table
from benchmarks.enhancing.peers import Absent, Peer
from benchmarks.references import aligned, words_of

LEVELS = (-60.0, -50.0, -40.0, -30.0, -20.0, -10.0, 0.0)  # dBFS, of the highest sample
LONGEST_S = 12.0  # of recordings in which words are counted


def reduced(engine: Denoiser, *, guard_music: bool = True) -> Peer:
    """Our noise reduction, alone."""
    options = EnhanceOptions(denoise=engine, guard_music=guard_music)
    return lambda audio: enhance(audio, options).audio


OURS, DEEP = "auricle, deepfilter", "DeepFilterNet3 itself"
TOOLS: dict[str, Peer] = {
    "as it is": lambda audio: audio,
    OURS: reduced("deepfilter"),
    DEEP: peers.deepfilternet,
    "auricle, rnnoise": reduced("rnnoise"),
    "RNNoise itself": peers.rnnoise,
    "auricle, spectral": reduced("spectral"),
    "noisereduce": peers.noisereduce,
    "FFmpeg afftdn": peers.afftdn,
}


@dataclass(slots=True)
class Scores:
    """Of one tool."""

    pesq: list[float] = field(default_factory=list)
    si_sdr: list[float] = field(default_factory=list)
    better: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0

    def add(self, mix: Damaged, tool: Peer) -> None:
        """One more mix."""
        result, spent = cost(tool, mix.audio)
        self.pesq.append(pesq_wb(mix.clean, result))
        self.si_sdr.append(si_sdr(mix.clean.samples, result.samples))
        self.better.append(self.si_sdr[-1] - si_sdr(mix.clean.samples, mix.audio.samples))
        self.seconds, self.cpu = self.seconds + mix.audio.duration, self.cpu + spent


def scores(all_mixes: Sequence[Damaged]) -> dict[str, Scores]:
    """Of the tools that there are."""
    found = {}
    for name, tool in TOOLS.items():
        found[name] = Scores()
        try:
            for mix in all_mixes:
                found[name].add(mix, tool)
        except Absent:
            continue
    return found


def _mixes_page(all_mixes: Sequence[Damaged], given: Given) -> Iterator[str]:
    found = scores(all_mixes)
    yield f"{len(all_mixes)} mixes at -5 to 15 dB, of {'noises made here' if given.noise is None else 'recorded noises'}.\n"
    head = ["", "PESQ-wb", "SI-SDR, dB", "SI-SDR better by, dB", "× realtime"]
    yield from table(head, (_scores_row(name, one) for name, one in found.items()))
    ours, theirs = mean(found[OURS].pesq), mean(found[DEEP].pesq)
    yield from judged(
        [
            ("PESQ-wb, mean", f"{ours:.3f}", "≥ 2.35", ours >= 2.35),
            ("… less than DeepFilterNet3's own by", f"{theirs - ours:.3f}", "≤ 0.05", not theirs - ours > 0.05),
        ]
    )
    worst = sorted(zip(found[OURS].pesq, found[DEEP].pesq, all_mixes, strict=True), key=lambda row: row[0] - row[1])[:3]
    yield "Furthest behind it: " + ", ".join(f"{mix.name} ({one:.2f}, it {other:.2f})" for one, other, mix in worst) + ".\n"


def _scores_row(name: str, one: Scores) -> Sequence[str]:
    if not one.pesq:
        return name, "not installed", "", "", ""
    speed = f"{one.seconds / one.cpu:.0f}" if one.cpu > 0.01 else ""
    return name, f"{mean(one.pesq):.2f}", f"{mean(one.si_sdr):.1f}", f"{mean(one.better):+.1f}", speed


def at_level(audio: Audio, dbfs: float) -> Audio:
    """With its highest sample there."""
    return Audio(audio.samples * np.float32(10 ** (dbfs / 20) / audio.peak), audio.rate)


def over_levels(mix: Damaged, tool: Peer) -> list[float]:
    """SI-SDR of a mix that comes in at each of `LEVELS`. dB."""
    return [si_sdr(mix.clean.samples, tool(at_level(mix.audio, level)).samples) for level in LEVELS]


def _levels_page(chosen: Sequence[Damaged]) -> Iterator[str]:
    tools = (OURS, "auricle, rnnoise", DEEP, "RNNoise itself")
    found = {name: [over_levels(mix, TOOLS[name]) for mix in chosen] for name in tools}
    yield f"SI-SDR (dB) of {len(chosen)} mixes that come in at other levels (dBFS, highest sample):\n"
    yield from table(["", *(f"{level:g}" for level in LEVELS)], ([name, *_means(found[name])] for name in tools))
    for name in tools[:2]:
        change = max(max(levels) - min(levels) for levels in found[name])
        yield from judged([(f"most that one mix changes, {name}", f"{change:.2f} dB", "≤ 1 dB", change <= 1)])


def _means(rows: Sequence[Sequence[float]]) -> list[str]:
    return [f"{mean(column):.1f}" for column in zip(*rows, strict=True)]


def lost(before: Audio, after: Audio) -> float:
    """By how much it is softer over the whole. dB."""
    power = [float(np.square(one.samples, dtype=np.float64).sum()) for one in (before, after)]
    return decibels(power[0]) - decibels(power[1])


def _music_page(pieces: Sequence[Clean]) -> Iterator[str]:
    yield "Music that is given to noise reduction loses, in dB, and agrees with itself so far (SI-SDR, dB):\n"
    tools = {
        OURS: reduced("deepfilter"),
        "… without its guard": reduced("deepfilter", guard_music=False),
        "auricle, rnnoise": reduced("rnnoise"),
        DEEP: peers.deepfilternet,
        "RNNoise itself": peers.rnnoise,
    }
    found = {name: [_lost_and_like(one.audio, tool(one.audio)) for one in pieces] for name, tool in tools.items()}
    rows = ([name, *(f"{loss:.2f} ({like:.0f})" for loss, like in each)] for name, each in found.items())
    yield from table(["", *(one.name for one in pieces)], rows)
    worst = max(loss for name in (OURS, "auricle, rnnoise") for loss, _ in found[name])
    yield from judged([("music loses at most", f"{worst:.2f} dB", "≤ 1 dB", worst <= 1)])


def _lost_and_like(before: Audio, after: Audio) -> tuple[float, float]:
    return lost(before, after), si_sdr(before.samples, after.samples)


def word_errors(recordings: Sequence[Clean], tool: Peer) -> float:
    """The share of words that Whisper tiny.en hears wrong."""
    wrong = count = 0
    for one in recordings:
        audio = resample(tool(one.audio).remix(1), SAMPLE_RATE)
        heard = words_of(transcribe(audio, model="tiny.en", language="en").text)
        wrong, count = wrong + aligned(heard, one.words)[0], count + len(one.words)
    return wrong / max(1, count)


def _clean_page(recordings: Sequence[Clean]) -> Iterator[str]:
    yield f"{len(recordings)} recordings that are clean already:\n"
    before = word_errors(recordings, TOOLS["as it is"])
    after = {name: word_errors(recordings, TOOLS[name]) for name in (OURS, "auricle, rnnoise", DEEP)}
    rows = []
    for name in after:
        like = mean([si_sdr(one.audio.samples, TOOLS[name](one.audio).samples) for one in recordings])
        rows.append((name, f"{like:.1f}", f"{100 * before:.2f}", f"{100 * after[name]:.2f}"))
    yield from table(["", "SI-SDR, dB", "words wrong before, %", "after, %"], rows)
    rise = after[OURS] - before
    yield from judged([("more words of clean speech wrong", f"{rise:.4f}", "≤ .02", rise <= 0.02)])


def noise_page(given: Given) -> Iterator[str]:
    """Everything about noise reduction."""
    spoken = speech(given.speech)
    others = [one for one in spoken if one.audio.duration > 1]
    people = voices(given.speech)
    all_mixes = given.some(mixes(people, noises(given.noise, others)), 4)  # no multiple of the number of levels
    yield "## Noise reduction\n"
    yield from _mixes_page(all_mixes, given)
    yield from _levels_page(all_mixes[:: max(1, len(all_mixes) // 4)][:4])
    yield from _music_page([Clean(one.name, one.audio.slice(0, 20 if given.quick else 600)) for one in music(given.music)])
    known = [one for one in spoken if one.fit and one.words and one.audio.duration <= LONGEST_S]
    yield from _clean_page(given.some(known, 3))
