"""Whether an hour of live captions changes anything, and what silence costs; a part of `benchmarks.live`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from auricle.audio import Mono
from auricle.speech import load_recognizer
from auricle.speech.events import Final, Session
from auricle.speech.live import LiveOptions, LiveSession
from auricle.speech.vad import SAMPLE_RATE
from benchmarks.captioning import PIECE, SimulatedTime, alone, caption, committed_words
from benchmarks.references import RECORDINGS, Spoken, heard

BLOCK_S = 600.0  # of an hour, that are compared
HEARD_AT_ONCE_S = 3.0  # of an hour: with pieces as short as they are live it would take a quarter of one
MOST_SILENT = 0.03  # CPU seconds per second without speech


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a long session: CPU seconds per second of audio, resident memory at its end (MiB), and the words that became final."""

    cpu: float
    memory: float
    words: int


def hour_of(recordings: Sequence[Spoken], model: str, seconds: float, block: float) -> list[Block]:
    """One session over the recordings, again and again with pauses of a second, in simulated time."""
    session = LiveSession(load_recognizer(model, device="cpu", threads=1), LiveOptions(language="en"))
    pause = np.zeros(SAMPLE_RATE, np.float32)
    once = np.concatenate([part for one in recordings for part in (one.samples, pause)])
    size, found, heard = round(HEARD_AT_ONCE_S * SAMPLE_RATE), list[Block](), 0
    while heard < seconds * SAMPLE_RATE:
        cpu, words, until = time.process_time(), 0, heard + round(block * SAMPLE_RATE)
        while heard < until:
            events = session.hear(np.take(once, range(heard, heard + size), mode="wrap"))
            while session.due:
                events += session.update()
            words += sum(len(event.words) for event in events if isinstance(event, Final))
            heard += size
        found.append(Block((time.process_time() - cpu) / block, _resident(), words))
    return found


def silence_of(model: str, seconds: float) -> dict[str, tuple[float, int]]:
    """What audio without speech costs in pieces of 100 ms: CPU seconds per second, and words that were heard in it."""
    recognizer = load_recognizer(model, device="cpu", threads=1)
    return {name: _cost(LiveSession(recognizer, LiveOptions(language="en")), samples) for name, samples in _without_speech(seconds)}


def _cost(session: Session, samples: Mono) -> tuple[float, int]:
    list(session.hear(samples[:PIECE]))  # the detector is loaded
    cpu = time.process_time()
    words, _ = committed_words(caption(session, samples, SimulatedTime()))
    return (time.process_time() - cpu) / (len(samples) / SAMPLE_RATE), len(words)


def _without_speech(seconds: float) -> Iterator[tuple[str, Mono]]:
    random, frames = np.random.default_rng(1), round(seconds * SAMPLE_RATE)
    white = random.standard_normal(frames, np.float32)
    pink = np.fft.irfft(np.fft.rfft(white) / np.sqrt(np.arange(frames // 2 + 1) + 1), frames)
    yield "digital silence", np.zeros(frames, np.float32)
    yield "white noise, -60 dBFS", white * np.float32(0.001)
    yield "white noise, -20 dBFS", white * np.float32(0.1)
    yield "pink noise, -20 dBFS", (0.1 * pink / pink.std()).astype(np.float32)
    for name in ("vibe_ace.ogg", "hungarian_dance.ogg"):
        yield f"music, {name}", heard(RECORDINGS / name)[:frames]


def _resident() -> float:
    """Memory that this process holds. MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def endurance_page(model: str, recordings: Sequence[Spoken], seconds: float, silence: float) -> list[str]:
    """Measure a session of so many seconds, and so many of each kind of silence; the page's lines."""
    block = min(BLOCK_S, seconds / 6)
    blocks = alone(hour_of, recordings, model, seconds, block)
    quiet = alone(silence_of, model, silence)
    first, last = blocks[0], blocks[-1]
    return [
        f"## One session of {seconds / 60:g} minutes, {model}",
        "",
        f"The recordings again and again with pauses of a second, on one thread. To save time {HEARD_AT_ONCE_S:g} s are heard at once, so "
        "that there are fewer updates, and the CPU time is lower than above; what counts is that it stays the same.",
        "",
        "| minutes | CPU s per second | memory, MiB | words |",
        "|---|---|---|---|",
        *(
            f"| {place * block / 60:.3g} to {(place + 1) * block / 60:.3g} | {one.cpu:.3f} | {one.memory:.0f} | {one.words} |"
            for place, one in enumerate(blocks)
        ),
        "",
        f"Last over first: {last.cpu / first.cpu:.2f} × the CPU time, {last.memory - first.memory:+.0f} MiB.",
        "",
        f"## Without speech, {silence:g} s each, {model}",
        "",
        "| | CPU s per second | words |",
        "|---|---|---|",
        *(f"| {name} | {cost:.3f} (< {MOST_SILENT}) | {words} |" for name, (cost, words) in quiet.items()),
        "",
    ]
