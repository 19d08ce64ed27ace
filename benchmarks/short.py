"""Utterances of up to ten seconds: auricle beside faster-whisper's `transcribe`, same model, same threads, in one run.

Both recognise every utterance in turns, so that a busy machine slows both; what counts is the ratio. Word errors are those of the
whole set, by Whisper's own text normaliser. What is no speech is recognised too, and must stay without text.

With ``--margins`` also how `_MARGINS` of `auricle.speech.whisper` were chosen: how much silence the encoder needs to see.

    python -m benchmarks.short [--write docs/benchmarks-short.md] [--margins] [--quick] [--manifest FILE] [--non-speech FILE ...]
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from auricle import weights
from auricle.audio import Mono
from auricle.speech import load_recognizer, transcribe
from auricle.speech.features import HOP
from auricle.speech.vad import SAMPLE_RATE
from auricle.speech.whisper import Recognizer
from auricle.speech.window import Window
from benchmarks.references import MANIFEST, RECORDINGS, Spoken, aligned, heading, heard, publish, said_again, spoken, words_of

LONGEST = 10.0  # seconds
NON_SPEECH = [RECORDINGS / name for name in ("vibe_ace.ogg", "solo_trumpet.ogg", "hungarian_dance.ogg")]
MARGINS = range(1, 9)  # seconds
PEER, OURS, BEST = "faster-whisper", "auricle", "auricle, beam 5"
TARGETS = {"tiny.en": 0.5, "base": 0.35}  # × the CPU time of faster-whisper
Way = Callable[[Mono], str]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one way of recognising made of one utterance, once.

    Attributes:
        utterance: name of its file.
        cpu: seconds, of all threads.
        errors: words that are wrong, missing or too many.
        words: of the reference.
        again: words that say the same as those right before them, more than were said so.
        fallbacks: windows that were decoded again in full context.
    """

    utterance: str
    cpu: float
    errors: int
    words: int
    again: int
    fallbacks: int


def faster_whisper(model: str) -> Way:
    """faster-whisper's `transcribe` with beam 1, otherwise its defaults."""
    from faster_whisper import WhisperModel

    cores = len(os.sched_getaffinity(0))
    whisper = WhisperModel(str(weights.locate(model)), device="cpu", compute_type="int8", cpu_threads=cores)
    return lambda samples: " ".join(segment.text for segment in whisper.transcribe(samples, beam_size=1, language="en")[0])


def auricle(model: str, beam_size: int) -> Way:
    """Our `transcribe`, otherwise with its defaults."""
    return lambda samples: transcribe(samples, rate=SAMPLE_RATE, model=model, beam_size=beam_size, language="en", device="cpu").text


@contextmanager
def counted_fallbacks() -> Iterator[list[Window]]:
    """The windows that are decoded again in full context within the block."""
    found: list[Window] = []
    widen = Window.widen

    def counted(window: Window) -> None:
        found.append(window)
        widen(window)

    with patch.object(Window, "widen", counted):
        yield found


def measure(way: Way, utterance: Spoken) -> Measurement:
    """Recognise an utterance."""
    with counted_fallbacks() as fallbacks:
        cpu = time.process_time()
        text = way(utterance.samples)
        cpu = time.process_time() - cpu
    said = words_of(text)
    errors, _ = aligned(said, utterance.reference)
    again = max(0, said_again(said) - said_again(utterance.reference))
    return Measurement(utterance.name, cpu, errors, len(utterance.reference), again, len(fallbacks))


def in_turns(ways: dict[str, Way], utterances: Sequence[Spoken], rounds: int) -> dict[str, list[Measurement]]:
    """Every way recognises every utterance, each round in the other order, after one that warms it up."""
    seen: dict[str, list[Measurement]] = {name: [] for name in ways}
    for way in ways.values():
        way(utterances[0].samples)
    for number in range(rounds):
        for place, utterance in enumerate(utterances):
            names = list(ways) if (number + place) % 2 else list(ways)[::-1]
            for name in names:
                seen[name].append(measure(ways[name], utterance))
    return seen


def cpu_by_utterance(seen: Sequence[Measurement]) -> dict[str, float]:
    """The median of its rounds. Seconds."""
    times: defaultdict[str, list[float]] = defaultdict(list)
    for one in seen:
        times[one.utterance].append(one.cpu)
    return {name: statistics.median(some) for name, some in times.items()}


def error_rate(seen: Sequence[Measurement]) -> float:
    """Of the whole set. Percent."""
    return 100 * sum(one.errors for one in seen) / sum(one.words for one in seen)


def looping(seen: Sequence[Measurement]) -> int:
    """How many utterances say something again that was not said again, in any round."""
    return len({one.utterance for one in seen if one.again})


# The page


def comparison(models: Sequence[str], utterances: Sequence[Spoken], rounds: int) -> list[str]:
    """Measure the utterances; the page's lines."""
    rows, judgements = [], []
    for model in models:
        ways = {PEER: faster_whisper(model), OURS: auricle(model, 1), BEST: auricle(model, 5)}
        seen = in_turns(ways, utterances, rounds)
        rows += [_row(model, name, some, seen[PEER], rounds) for name, some in seen.items()]
        judgements.append(_judgement(model, seen))
    return [
        f"## {len(utterances)} utterances of up to {LONGEST:g} s, {sum(one.seconds for one in utterances):.0f} s of English",
        "",
        f"Each recognised by all in turns, {rounds} rounds, in alternate order; beam 1 but where it says otherwise; language given. An "
        "utterance's CPU time is the median of its rounds. Loops are utterances in which words follow themselves that were not said so.",
        "",
        "| model | | CPU s per utterance | × faster-whisper: sum | median utterance | word errors | loops | decoded again in full |",
        "|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        *judgements,
        "",
    ]


def _row(model: str, name: str, seen: Sequence[Measurement], peer: Sequence[Measurement], rounds: int) -> str:
    ours, theirs = cpu_by_utterance(seen), cpu_by_utterance(peer)
    ratio, median = sum(ours.values()) / sum(theirs.values()), statistics.median(ours[name] / theirs[name] for name in ours)
    fallbacks = "" if seen is peer else f"{sum(one.fallbacks for one in seen) / rounds:g}"
    return (
        f"| {model} | {name} | {statistics.mean(ours.values()):.3f} | {ratio:.2f} | {median:.2f} | {error_rate(seen):.2f} % "
        f"| {looping(seen)} | {fallbacks} |"
    )


def _judgement(model: str, seen: dict[str, list[Measurement]]) -> str:
    ours, theirs = cpu_by_utterance(seen[OURS]), cpu_by_utterance(seen[PEER])
    target = f" (target ≤ {TARGETS[model]})" if model in TARGETS else ""
    difference = error_rate(seen[OURS]) - error_rate(seen[PEER])
    return (
        f"- {model}: {sum(ours.values()) / sum(theirs.values()):.2f} × the CPU time of faster-whisper{target}, "
        f"word errors {difference:+.2f} points (target ≤ 0.3), {looping(seen[OURS])} loops (target 0)."
    )


def silence(models: Sequence[str], recordings: Sequence[Path]) -> list[str]:
    """Recognise what is no speech; the page's lines."""
    ways = {(model, beam): auricle(model, beam) for model in models for beam in (1, 5)}
    sounds = [*((path.name, heard(path)) for path in recordings), *_made()]
    said = {(name, *way): ways[way](samples) for name, samples in sounds for way in ways}
    written = [f"{model}, beam {beam}, {name}: {text!r}" for (name, model, beam), text in said.items() if text]
    return [
        "## No speech",
        "",
        f"Beam 1 and 5 of {' and '.join(models)}, language given: {', '.join(name for name, _ in sounds)}.",
        "",
        f"Text: {len(written)} of {len(said)} (target 0).",
        *(f"- {line}" for line in written),
        "",
    ]


def _made() -> Iterator[tuple[str, Mono]]:
    """Ten seconds each of what anybody can make."""
    random, frames = np.random.default_rng(1), 10 * SAMPLE_RATE
    yield "silence", np.zeros(frames, np.float32)
    yield "white noise", 0.1 * random.standard_normal(frames, np.float32)
    yield "50 Hz hum", (0.1 * np.sin(2 * np.pi * 50 * np.arange(frames) / SAMPLE_RATE)).astype(np.float32)


def margins(models: Sequence[str], utterances: Sequence[Spoken], rounds: int) -> list[str]:
    """Measure how much silence the encoder needs after the speech; the page's lines."""
    rows = []
    for model in models:
        recognizer = load_recognizer(model, device="cpu")
        chosen = recognizer.margin
        try:
            seen = in_turns({str(margin): _with_margin(recognizer, margin) for margin in MARGINS}, utterances, rounds)
        finally:
            recognizer.margin = chosen
        rows += [_margin_row(model, int(margin), some, chosen, rounds) for margin, some in seen.items()]
    return [
        "## Silence that the encoder sees after the speech",
        "",
        "Less is cheaper, until the model goes wrong: the checks notice most of it, and such a window is decoded again in full context, "
        "which costs more than was saved. The chosen margin is marked.",
        "",
        "| model | margin | CPU s per utterance | word errors | loops | decoded again in full |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
    ]


def _with_margin(recognizer: Recognizer, seconds: int) -> Way:
    way = auricle(recognizer.name, 1)

    def recognise(samples: Mono) -> str:
        recognizer.margin = seconds * SAMPLE_RATE // HOP
        return way(samples)

    return recognise


def _margin_row(model: str, seconds: int, seen: Sequence[Measurement], chosen: int, rounds: int) -> str:
    mark = " (chosen)" if seconds * SAMPLE_RATE // HOP == chosen else ""
    cpu, fallbacks = statistics.mean(cpu_by_utterance(seen).values()), sum(one.fallbacks for one in seen) / rounds
    return f"| {model} | {seconds} s{mark} | {cpu:.3f} | {error_rate(seen):.2f} % | {looping(seen)} | {fallbacks:g} |"


def report(arguments: argparse.Namespace) -> str:
    """Measure everything; the page."""
    lines = heading("Benchmarks of short recordings")
    utterances = [one for one in spoken(arguments.manifest) if one.seconds <= LONGEST]
    if arguments.quick:
        utterances = utterances[::3]
    lines += ["Times on a shared machine are noisy: trust the ratios.", ""]
    lines += comparison(arguments.models, utterances, 1 if arguments.quick else 3)
    lines += silence(arguments.models, arguments.non_speech)
    if arguments.margins:
        lines += margins(arguments.models, utterances, 1)
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", nargs="+", default=["tiny.en", "base"])
    parser.add_argument("--manifest", type=Path, default=MANIFEST, help="recordings with references, as tests/recordings has one")
    parser.add_argument("--non-speech", type=Path, nargs="+", default=NON_SPEECH, help="recordings in which nobody speaks")
    parser.add_argument("--margins", action="store_true", help="also measure margins of 1 to 8 s")
    parser.add_argument("--quick", action="store_true", help="every third utterance, once")
    parser.add_argument("--write", type=Path)
    publish(report(arguments := parser.parse_args()), arguments.write)


if __name__ == "__main__":
    main()
