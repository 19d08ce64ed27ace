"""Speech from text: what it costs beside hibari alone, how soon the first of it comes, how well it is understood, and many clients.

python -m benchmarks.speaking [--write docs/benchmarks-speaking.md] [--quick]
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence, Sized
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib import import_module
from itertools import islice
from pathlib import Path

from auricle.speech import transcribe
from auricle.voice import find_voice, synthesize
from auricle.voice.engine import Phrase, Token
from auricle.voice.voices import engine_of
from benchmarks.captioning import alone
from benchmarks.references import aligned, heading, percentile, publish, words_of
from benchmarks.server import Running, auricle, resident

SENTENCES = Path(__file__).parent.parent / "tests" / "voice" / "sentences.tsv"
UNSPELT = {"abbreviation", "date", "email", "money", "number", "telephone", "time", "unit", "url"}
SPEEDS = (0.5, 0.75, 1.25, 1.5, 2.0)
SHORT = "The train to the coast leaves at noon, and it will not wait."


@dataclass(frozen=True, slots=True)
class Sentence:
    """One of the set: as it is written, and what a person may say, which is also how it may be written down."""

    kind: str
    text: str
    said: list[str]


def sentences() -> list[Sentence]:
    """The set."""
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [Sentence(row["kind"], row["text"], [row["text"], *filter(None, row["said"].split(" | "))]) for row in rows]


def _synthesized(text: str) -> Sized:
    audio: Sized = synthesize(text).audio.samples[0]
    return audio


def cost(texts: Sequence[str], rounds: int) -> tuple[float, float, float]:
    """CPU seconds per second of audio, in turns: ours, and hibari's own; and how many times as much ours takes for the same text."""
    peer: Callable[[str], Sized] = import_module("hibari").Hibari()
    peer("Warm up.")
    synthesize("Warm up.")
    spent, made = [0.0, 0.0], [0.0, 0.0]
    for text in list(texts) * rounds:
        for index, say in enumerate((_synthesized, peer)):
            began = time.process_time()
            made[index] += len(say(text)) / 24_000
            spent[index] += time.process_time() - began
    return spent[0] / made[0], spent[1] / made[1], spent[0] / spent[1]


def understood(chosen: Sequence[Sentence], voice: str) -> dict[str, tuple[int, int]]:
    """Words that Whisper base hears wrong, and words, by kind."""
    found: dict[str, tuple[int, int]] = {}
    for one in chosen:
        audio = synthesize(one.text, voice=voice).audio
        heard = words_of(transcribe(audio, model="base", language="en").text)
        ways = map(words_of, one.said)
        wrong, count = min(((aligned(heard, way)[0], len(way)) for way in ways), key=lambda pair: pair[0] / pair[1])
        before = found.get(one.kind, (0, 0))
        found[one.kind] = (before[0] + wrong, before[1] + count)
    return found


def speed_errors(texts: Sequence[str], voice: str) -> dict[float, float]:
    """How far each speed is from what was asked. Percent."""
    natural = sum(synthesize(text, voice=voice).duration for text in texts)
    return {
        speed: 100 * (natural / sum(synthesize(text, voice=voice, speed=speed).duration for text in texts) / speed - 1) for speed in SPEEDS
    }


def engine_first_piece(rounds: int) -> float:
    """How long the engine itself takes for the first phrase. Seconds, median."""
    voice = find_voice()
    engine = engine_of(voice)
    words = SHORT.partition(",")[0].split()
    phrase = Phrase(tuple(Token(word, (0, 0)) for word in words), voice.languages[0])
    return statistics.median(_timed(lambda: engine.say(phrase, voice, 1.0, "neutral")) for _ in range(rounds))


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def first_audio(server: Running, rounds: int) -> list[float]:
    """From sending a request to the first samples of its answer. Seconds."""
    return [_first_audio(server) for _ in range(rounds)]


def _first_audio(server: Running) -> float:
    connection = HTTPConnection(server.host, timeout=60)
    body = json.dumps({"model": "tts-1", "input": f"{SHORT} {SHORT}", "voice": "alloy", "response_format": "pcm"})
    began = time.perf_counter()
    connection.request("POST", "/v1/audio/speech", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.read(2)
    took = time.perf_counter() - began
    answer.read()
    connection.close()
    return took


@dataclass(slots=True)
class Soak:
    """What many clients saw."""

    done: int = 0
    left: int = 0
    failed: int = 0


def soak(server: Running, clients: int, seconds: float, texts: Sequence[str]) -> Soak:
    """Clients that ask for speech for a while; a third of them leave in the middle."""
    seen, lock, until = Soak(), threading.Lock(), time.monotonic() + seconds

    def client(seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - no secret
        while time.monotonic() < until:
            outcome = _ask(server, chance, " ".join(chance.sample(texts, 3)))
            with lock:
                setattr(seen, outcome, getattr(seen, outcome) + 1)

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen


def _ask(server: Running, chance: random.Random, text: str) -> str:
    connection = HTTPConnection(server.host, timeout=60)
    try:
        connection.request(
            "POST",
            "/v1/audio/speech",
            json.dumps({"model": "tts-1", "input": text, "voice": "alloy"}),
            {"Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        if answer.status == 503:  # a full lane says so; come again
            answer.read()
            time.sleep(0.2)
            return "left"
        if answer.status != 200:
            return "failed"
        if chance.random() < 1 / 3:
            answer.read(chance.randrange(1, 20_000))
            return "left"
        return "done" if len(answer.read()) > 1000 else "failed"
    except OSError:
        return "failed"
    finally:
        connection.close()


def memory_page(texts: Sequence[str], clients: int, seconds: float) -> list[str]:
    """Many clients, and what they leave behind."""
    with auricle("tiny.en") as server:
        soak(server, clients, seconds / 2, texts)  # what is loaded once, and pools
        before = resident(server.process.pid)["VmRSS"]
        seen = soak(server, clients, seconds, texts)
        time.sleep(2)
        after = resident(server.process.pid)["VmRSS"]
        late = first_audio(server, 30)
    return [
        "## Over HTTP",
        "",
        f"First audio of a short text: median {1000 * percentile(late, 50):.0f} ms, p95 {1000 * percentile(late, 95):.0f} ms "
        "(target ≤ 200 ms).",
        "",
        f"{clients} clients for {seconds:.0f} s, a third of whose requests are left in the middle: {seen.done} answered, {seen.left} left "
        f"or sent away, {seen.failed} failed (target 0); memory {before:.0f} MiB before, {after:.0f} MiB after (target within 5 %).",
        "",
    ]


def accuracy_page(chosen: Sequence[Sentence], voice: str) -> Iterator[str]:
    """How well it is understood, and its pace."""
    found = understood(chosen, voice)
    rates = (f"{kind} {100 * wrong / count:.2f} % of {count}" for kind, (wrong, count) in found.items())
    yield "Words that Whisper base hears wrong: " + ", ".join(rates)
    wrong, count = (sum(column) for column in zip(*found.values(), strict=True))
    yield f"All of {len(chosen)} sentences: {100 * wrong / count:.2f} % of {count} words (target ≤ 2 %)."
    wrong, count = (sum(column) for column in zip(*(found[kind] for kind in found if kind in UNSPELT), strict=True))
    yield f"Of what is not written as it is said ({', '.join(sorted(UNSPELT))}): {100 * wrong / count:.2f} % of {count} (target ≤ 3 %)."
    errors = speed_errors([one.text for one in islice(chosen, 10)], voice)
    yield "Speed, asked and off by: " + ", ".join(f"{speed}: {error:+.2f} %" for speed, error in errors.items()) + " (target ≤ 3 %)."


def report(arguments: argparse.Namespace) -> str:
    """Measure everything; the page."""
    chosen = sentences()[:: 4 if arguments.quick else 1]
    texts = [one.text for one in chosen]
    ours, peer, same = alone(cost, texts, 1 if arguments.quick else 3)
    first = alone(engine_first_piece, 30)
    lines = heading("Benchmarks of speech from text")
    lines += [
        f"CPU seconds per second of audio, one run, in turns: auricle {ours:.4f}, hibari alone {peer:.4f}: {ours / peer:.2f} × "
        f"(target ≤ 1.2). For the same text {same:.2f} ×: what hibari alone gives has more silence in it.",
        "",
        f"The engine's own first piece: {1000 * first:.0f} ms.",
        "",
        *(f"{line}\n" for line in accuracy_page(chosen, "heart")),
        *memory_page(texts, 16, 20 if arguments.quick else 120),
    ]
    return "\n".join(lines)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--write", type=Path)
    publish(report(arguments := parser.parse_args()), arguments.write)


if __name__ == "__main__":
    main()
