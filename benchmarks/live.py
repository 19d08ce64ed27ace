"""Live captions: how soon words are final, what that costs, how many streams at once, and whether an hour changes anything.

A word's latency is from its end in the audio, where `base` offline with word times finds it, to the moment when it was committed.
Audio comes in pieces of 100 ms, each when its last sample has been spoken. With ``--simulated``, CPU time stands for time while one
thread recognises: whatever else the machine does changes little then.

Where WhisperLiveKit is installed beside us (`pip install whisperlivekit`; it brings torch, so we do not), its LocalAgreement, which
is whisper_streaming's, captions the same in simulated time, with whisper_streaming's defaults.

    python -m benchmarks.live [--write docs/benchmarks-live.md] [--quick] [--parts latency streams endurance] [--simulated]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from auricle.server.settings import Settings
from auricle.speech import load_recognizer
from auricle.speech.events import Session
from auricle.speech.live import LiveOptions, LiveSession
from auricle.speech.vad import SAMPLE_RATE
from benchmarks.captioning import (
    ALIGNER,
    RealTime,
    SimulatedTime,
    Timed,
    alone,
    caption,
    committed_words,
    latencies,
    lost_at_end,
    offline,
    word_ends,
)
from benchmarks.endurance import endurance_page
from benchmarks.references import MANIFEST, Spoken, aligned, heading, percentile, publish, said_again, spoken, words_of
from benchmarks.streams import streams_page

PARTS = ("latency", "streams", "endurance")
TARGETS = {"tiny.en": (1.0, 1.6, 0.35), "base": (1.1, 1.8, 0.62)}  # median and p95 of the latency, CPU seconds per second


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        models: which.
        every: of the recordings, each how-manyth.
        streams: how many at once, by model; it ends where they become too slow.
        streams_s: how long each lasts. Seconds.
        hour: length of the long session. Seconds.
        silence: length of each recording without speech. Seconds.
    """

    models: tuple[str, ...]
    every: int
    streams: dict[str, tuple[int, ...]]
    streams_s: float
    hour: float
    silence: float


FULL = Plan(("tiny.en", "base"), 1, {"tiny.en": (4, 6, 8, 10), "base": (2, 3, 4, 5)}, 20.0, 3600.0, 60.0)
QUICK = Plan(("tiny.en",), 4, {"tiny.en": (2, 4)}, 10.0, 120.0, 10.0)


@dataclass(frozen=True, slots=True)
class Captions:
    """What live captions of all recordings came to.

    Attributes:
        latencies: of the words that were recognised as `word_ends` has them. Seconds.
        cpu: seconds per second of audio.
        errors: words that are wrong, missing or too many. Percent.
        errors_offline: the same of `offline`. Percent.
        lost: words at the ends of recordings.
        again: words that say the same as those right before them, more than were said so.
    """

    latencies: list[float]
    cpu: float
    errors: float
    errors_offline: float
    lost: int
    again: int


def captions_of(recordings: Sequence[Spoken], ends: dict[str, list[Timed]], model: str, threads: int, *, simulated: bool) -> Captions:
    """Caption recordings with our sessions, one after the other."""
    recognizer = load_recognizer(model, device="cpu", threads=threads)

    def session() -> Session:
        return LiveSession(recognizer, LiveOptions(language="en"))

    return _captions(recordings, ends, session, offline(recordings, model), simulated=simulated)


def captions_of_peer(recordings: Sequence[Spoken], ends: dict[str, list[Timed]], model: str) -> Captions:
    """The same with WhisperLiveKit's sessions, on one thread in simulated time."""
    from benchmarks.local_agreement import LocalAgreement, load

    recognizer = load(model)
    return _captions(recordings, ends, lambda: LocalAgreement(recognizer), offline(recordings, model), simulated=True)


def _captions(
    recordings: Sequence[Spoken],
    ends: dict[str, list[Timed]],
    session: Callable[[], Session],
    whole: dict[str, list[str]],
    *,
    simulated: bool,
) -> Captions:
    list(caption(session(), recordings[0].samples, SimulatedTime()))  # the first is slower
    late, said, cpu = list[float](), dict[str, list[str]](), time.process_time()
    for one in recordings:
        samples = np.pad(one.samples, (0, SAMPLE_RATE))  # a speaker who has ended is still heard
        words, text = committed_words(caption(session(), samples, SimulatedTime() if simulated else RealTime()))
        late += latencies(words, ends[one.name])
        said[one.name] = words_of(text)
    cpu = time.process_time() - cpu
    count = sum(len(one.reference) for one in recordings)
    return Captions(
        late,
        cpu / sum(one.seconds + 1 for one in recordings),
        100 * sum(aligned(said[one.name], one.reference)[0] for one in recordings) / count,
        100 * sum(aligned(whole[one.name], one.reference)[0] for one in recordings) / count,
        sum(lost_at_end(said[one.name], whole[one.name]) for one in recordings),
        sum(max(0, said_again(said[one.name]) - said_again(one.reference)) for one in recordings),
    )


def latency_page(plan: Plan, recordings: Sequence[Spoken], ends: dict[str, list[Timed]], *, simulated: bool) -> list[str]:
    """Measure latency; the page's lines."""
    rows = [row for model in plan.models for row in _latency_rows(model, recordings, ends, simulated=simulated)]
    seconds, words = sum(one.seconds for one in recordings), sum(map(len, ends.values()))
    return [
        f"## Latency, {len(recordings)} recordings, {seconds:.0f} s of English",
        "",
        "From the end of a word in the audio to its commitment. Audio comes in pieces of 100 ms, a second of silence after each recording. "
        f"Words end where `{ALIGNER}` offline, with word times, finds them: {words} words, of which those count that were recognised so. "
        "Word errors by Whisper's text normaliser, beside those of the same model offline. In simulated time CPU time stands for time. "
        "Targets in brackets; that of word errors is at most one point more than offline.",
        "",
        "| model | | words | median, s | p95, s | longest, s | CPU s per second | word errors | offline | lost at the end | said twice |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _latency_rows(model: str, recordings: Sequence[Spoken], ends: dict[str, list[Timed]], *, simulated: bool) -> Iterator[str]:
    peer = find_spec("whisperlivekit") is not None
    for threads in [] if simulated else sorted({1, Settings().threads}):
        name = f"auricle, {'1 thread' if threads == 1 else f'{threads} threads'}, real time"
        yield _latency_row(model, name, alone(captions_of, recordings, ends, model, threads, simulated=False), TARGETS.get(model))
    if simulated or peer:
        seen = alone(captions_of, recordings, ends, model, 1, simulated=True)
        yield _latency_row(model, "auricle, 1 thread, simulated time", seen, TARGETS.get(model))
    if peer:
        name = f"WhisperLiveKit {version('whisperlivekit')}, LocalAgreement as whisper_streaming sets it, 1 thread, simulated time"
        yield _latency_row(model, name, alone(captions_of_peer, recordings, ends, model))


def _latency_row(model: str, name: str, seen: Captions, targets: tuple[float, float, float] | None = None) -> str:
    aims = [""] * 3 if targets is None else [f" (≤ {target})" for target in targets]
    late = seen.latencies
    return (
        f"| {model} | {name} | {len(late)} | {percentile(late, 50):.2f}{aims[0]} | {percentile(late, 95):.2f}{aims[1]} | "
        f"{percentile(late, 100):.2f} | {seen.cpu:.3f}{aims[2]} | {seen.errors:.2f} % | {seen.errors_offline:.2f} % | "
        f"{seen.lost} | {seen.again} |"
    )


def report(arguments: argparse.Namespace) -> str:
    """Measure what was asked for; the page."""
    plan, lines = QUICK if arguments.quick else FULL, heading("Benchmarks of live captions")
    recordings = list(spoken(arguments.manifest))[:: plan.every]
    ends = alone(word_ends, recordings)
    lines += ["Others that use the cores at the same time make everything later that is measured in real time.", ""]
    if "latency" in arguments.parts:
        lines += latency_page(plan, recordings, ends, simulated=arguments.simulated)
    if "streams" in arguments.parts:
        lines += streams_page(plan.streams, plan.streams_s, recordings, ends)
    if "endurance" in arguments.parts:
        lines += endurance_page(plan.models[0], recordings, plan.hour, plan.silence)
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less of everything: a minute and a half instead of twelve")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="what to measure")
    parser.add_argument("--simulated", action="store_true", help="CPU time stands for time when latency is measured")
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="recordings with references, as tests/recordings has one")
    parser.add_argument("--write", type=Path)
    publish(report(arguments := parser.parse_args()), arguments.write)


if __name__ == "__main__":
    main()
