"""Identification: recordings of a corpus through noise, rooms, codecs and other speeds, and recordings that nobody knows.

python -m benchmarks.identifying [--corpus DIR …] [--quick] [--questions N] [--write docs/benchmarks-identifying.md]

The corpus is the tracks of immich-memories-music and those of the folders given. Three in ten are left out of the index: they are unknown.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from auricle.audio import Mono
from auricle.identification.landmarks import landmarks
from auricle.identification.matching import ACCEPTED, find
from benchmarks.enhancing.judging import judged, table
from benchmarks.identifying.corpus import Corpus, Track, corpus, heard, loaded
from benchmarks.identifying.degraded import DEGRADATIONS, Degradation, mixed, noisy
from benchmarks.references import RECORDINGS, heading, publish

SECONDS, SHORT = 5.0, 3.0
LEAST = {"clean": 1.0, "MP3 64k": 1.0, "EQ ±12 dB": 1.0, "clipping 12 dB": 1.0, "pink noise 0 dB": 0.97, "reverb 0.8 s + babble 5 dB": 0.90}
LEAST_AT_SPEED, LEAST_SHORT = 0.98, 0.90
LEVELS = (-6.0, 0.0)  # of a shared loop. Decibels
SILENT = 0.002  # RMS: softer stretches are not asked for


class Answer(NamedTuple):
    """What became of a question: is the first candidate right, is it accepted, how far off is its place, and what did it cost.

    Attributes:
        right: the first candidate is the recording.
        accepted: it has the score.
        error: of the offset, seconds.
        cost: CPU seconds, with peaks and without decoding.
    """

    right: bool
    accepted: bool
    error: float
    cost: float


def asked(music: Corpus, track: Track, number: int | None, degrade: Degradation, seconds: float, rng: np.random.Generator) -> Answer:
    """A stretch of a track that is loud enough, degraded and looked up."""
    start, samples = _stretch(track, seconds, rng)
    degraded = degrade(samples, rng)
    speed = len(samples) / max(1, len(degraded))
    began = time.process_time()
    found = find(heard(degraded), music.index)
    cost = time.process_time() - began
    if not found:
        return Answer(False, False, np.inf, cost)
    error = abs(found[0].offset - found[0].start * (speed if abs(speed - 1) > 0.005 else 1.0) - start)
    return Answer(found[0].recording == number, found[0].score >= ACCEPTED, error, cost)


def _stretch(track: Track, seconds: float, rng: np.random.Generator) -> tuple[float, Mono]:
    for _ in range(20):
        start = rng.uniform(0, track.seconds - seconds)
        samples = track.stretch(start, seconds)
        if np.sqrt(np.mean(samples**2)) > SILENT:
            break
    return start, samples


def known_page(music: Corpus, questions: int, rng: np.random.Generator) -> Iterator[str]:
    """Recordings in the index."""
    yield "## Known recordings\n"
    rows, verdicts = [], []
    kinds = [(name, degrade, SECONDS, LEAST.get(name, LEAST_AT_SPEED)) for name, degrade in DEGRADATIONS.items()]
    for name, degrade, seconds, least in [*kinds, ("pink noise 0 dB", noisy, SHORT, LEAST_SHORT)]:
        numbers = rng.integers(len(music.known), size=questions)
        answers = [asked(music, music.known[int(number)], int(number), degrade, seconds, rng) for number in numbers]
        first, accepted, away = _figures(answers)
        cost = 1000 * float(np.mean([answer.cost for answer in answers]))
        rows.append((f"{name}, {seconds:.0f} s", f"{first:.3f}", f"{accepted:.3f}", f"{away:.3f}", f"{cost:.1f}"))
        verdicts.append((f"{name}, {seconds:.0f} s: accepted", f"{accepted:.3f}", f"≥ {least}", accepted >= least))
    yield f"{questions} questions each. Accepted: rightly. Place: share of these whose offset is within 50 ms.\n"
    yield from table(["", "first", "accepted", "place", "CPU ms"], rows)
    yield from judged(verdicts)


def _figures(answers: Sequence[Answer]) -> tuple[float, float, float]:
    taken = [answer for answer in answers if answer.right and answer.accepted]
    within = float(np.mean([answer.error <= 0.05 for answer in taken])) if taken else 0.0
    return float(np.mean([answer.right for answer in answers])), len(taken) / len(answers), within


def unknown_page(music: Corpus, questions: int, rng: np.random.Generator) -> Iterator[str]:
    """Recordings that are not in the index, and known and unknown ones that share a loop."""
    names = list(DEGRADATIONS)
    false, cost = 0, 0.0
    for count in range(questions):
        track = music.unknown[int(rng.integers(len(music.unknown)))]
        answer = asked(music, track, None, DEGRADATIONS[names[count % len(names)]], SECONDS, rng)
        false, cost = false + answer.accepted, cost + answer.cost
    yield "## Unknown recordings\n"
    yield f"Through the same degradations in turn; {1000 * cost / questions:.1f} ms of CPU time each, for all speeds are tried.\n"
    rows = [(f"accepted of {questions} unknown", str(false), "0", false == 0)]
    for level in LEVELS:
        shared = sum(_shares_a_loop(music, level, rng) for _ in range(questions // 10))
        rows.append((f"accepted of {questions // 10} that share a loop, {level:+.0f} dB to the music", str(shared), "0", shared == 0))
    yield from judged(rows)


def _shares_a_loop(music: Corpus, level: float, rng: np.random.Generator) -> bool:
    """Whether unknown music over a loop is taken for known music over the same loop, among all that is known."""
    known, unknown, drums = (pool[int(rng.integers(len(pool)))] for pool in (music.known, music.unknown, music.unknown))
    loop = _stretch(drums, 2.0, rng)[1]
    both = []
    for track, seconds in ((known, min(30.0, known.seconds)), (unknown, SECONDS)):
        samples = _stretch(track, seconds, rng)[1]
        both.append(mixed(samples, np.resize(np.roll(loop, rng.integers(len(loop))), len(samples)), -level))
    found = find(heard(both[1]), music.index.with_another(landmarks(heard(both[0]))))
    return bool(found) and found[0].score >= ACCEPTED


def size_page(music: Corpus) -> Iterator[str]:
    """What an index takes."""
    megabytes = music.density * 3600 * 9 / 1e6
    yield "## Index\n"
    yield from judged(
        [
            ("an hour, at 9 bytes a landmark", f"{megabytes:.1f} MB", "≤ 5 MB", megabytes <= 5),
            ("finding landmarks, × realtime", f"{music.pace:.0f}", "≥ 300", music.pace >= 300),
        ]
    )


def report(folders: Sequence[Path], quick: bool, questions: int) -> str:
    """Measure everything; the page. ``questions`` of each kind, and three times as many of unknown recordings."""
    rng = np.random.default_rng(8)
    tracks = loaded(folders, 60, 60 if quick else None)
    music = corpus(tracks, rng)
    lines = heading("Benchmarks of identification")
    lines += ["", f"{len(music.known)} known tracks, {len(music.unknown)} unknown ones, the first minute of each.", ""]
    lines += known_page(music, questions, rng)
    lines += unknown_page(music, 3 * questions, rng)
    lines += size_page(music)
    return "\n".join(lines)


def _immich() -> list[Path]:
    found = find_spec("immich_memories_music")
    return [Path(found.origin).parent] if found and found.origin else [RECORDINGS]


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, nargs="+", default=[], help="folders of music, besides immich-memories-music")
    parser.add_argument("--quick", action="store_true", help="sixty tracks")
    parser.add_argument("--questions", type=int, default=340, help="of each kind")
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    publish(report([*_immich(), *arguments.corpus], arguments.quick, arguments.questions), arguments.write)


if __name__ == "__main__":
    main()
