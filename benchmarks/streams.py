"""How many live streams the server's engine carries at once; a part of `benchmarks.live`."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from auricle.audio import Mono
from auricle.server.engine import Engine, Listening, LiveStream
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings
from auricle.speech.events import Final
from auricle.speech.live import LiveOptions
from auricle.speech.vad import SAMPLE_RATE
from benchmarks.captioning import PIECE, Timed, alone, latencies
from benchmarks.references import Spoken, percentile

MOST_S = 3.0  # p95 of each stream


@dataclass(frozen=True, slots=True)
class Load:
    """What several streams at once came to.

    Attributes:
        latencies: of each stream. Seconds.
        heard: share of the words that `word_ends` has and that were recognised so.
        cores: in use by all of it.
    """

    latencies: list[list[float]]
    heard: float
    cores: float

    @property
    def slowest(self) -> float:
        """The p95 of the slowest stream; infinite where one said nothing. Seconds."""
        return max(percentile(late, 95) if late else math.inf for late in self.latencies)


def loads_of(
    recordings: Sequence[Spoken], ends: dict[str, list[Timed]], model: str, counts: Sequence[int], seconds: float
) -> dict[int, Load]:
    """More and more streams of the server's engine, until they become too slow."""
    return asyncio.run(_loads(recordings, ends, model, counts, seconds))


async def _loads(
    recordings: Sequence[Spoken], ends: dict[str, list[Timed]], model: str, counts: Sequence[int], seconds: float
) -> dict[int, Load]:
    found = dict[int, Load]()
    engine: Engine = LocalEngine(Settings(model=model, preload=True, streams=max(counts), device="cpu"))
    await engine.start()
    try:
        await _listen(engine, recordings[0].samples[: 3 * SAMPLE_RATE], time.monotonic())  # the first is slower
        for count in counts:
            parts = [_programme(recordings, ends, first, seconds) for first in range(count)]
            found[count] = await _load(engine, parts)
            if found[count].slowest > MOST_S:
                break
    finally:
        await engine.stop()
    return found


async def _load(engine: Engine, parts: Sequence[tuple[Mono, list[Timed]]]) -> Load:
    cpu, began = time.process_time(), time.monotonic()
    # In steps of a fraction of a piece, so that they do not all come at the same moments.
    streams = [_listen(engine, samples, began + place * 0.173) for place, (samples, _) in enumerate(parts)]
    committed = await asyncio.gather(*streams)
    cores = (time.process_time() - cpu) / (time.monotonic() - began)
    late = [latencies(words, ends) for words, (_, ends) in zip(committed, parts, strict=True)]
    return Load(late, sum(map(len, late)) / sum(len(ends) for _, ends in parts), cores)


async def _listen(engine: Engine, samples: Mono, began: float) -> list[Timed]:
    """One stream in real time, whose first sample is spoken at ``began`` by the monotonic clock: the words that are committed."""
    words = list[Timed]()
    async with await engine.listen(Listening(LiveOptions(language="en"))) as stream, asyncio.TaskGroup() as tasks:
        tasks.create_task(_speak(stream, samples, began))
        async for event in stream.events():
            if isinstance(event, Final):
                words += [Timed(word.text, time.monotonic() - began) for word in event.words]
    return words


async def _speak(stream: LiveStream, samples: Mono, began: float) -> None:
    for first in range(0, len(samples), PIECE):
        piece = samples[first : first + PIECE]
        await asyncio.sleep(max(0.0, began + (first + len(piece)) / SAMPLE_RATE - time.monotonic()))
        await stream.send(piece.astype("<f4").tobytes())
    await stream.finish()


def _programme(recordings: Sequence[Spoken], ends: dict[str, list[Timed]], first: int, seconds: float) -> tuple[Mono, list[Timed]]:
    """So many seconds of the recordings from the ``first`` on, with a second of silence after each, and where their words end."""
    blocks, words, length = list[Mono](), list[Timed](), 0.0
    for one in itertools.islice(itertools.cycle(recordings), first, None):
        blocks += [one.samples, np.zeros(SAMPLE_RATE, np.float32)]
        words += [Timed(word.text, length + word.at) for word in ends[one.name]]
        length += one.seconds + 1
        if length >= seconds:
            break
    return np.concatenate(blocks)[: round(seconds * SAMPLE_RATE)], [word for word in words if word.at <= seconds - 1]


def streams_page(
    counts: Mapping[str, Sequence[int]], seconds: float, recordings: Sequence[Spoken], ends: dict[str, list[Timed]]
) -> list[str]:
    """Measure streams; the page's lines.

    Args:
        counts: how many at once, by model; it ends where they become too slow.
        seconds: how long each lasts.
        recordings: what is said in them.
        ends: where its words end.
    """
    seen = {model: alone(loads_of, recordings, ends, model, some, seconds) for model, some in counts.items()}
    return [
        f"## Streams at once, {seconds:g} s each, in real time",
        "",
        "Of the server's engine, in one process with those who speak; each begins with another recording. Latency as above. "
        f"The server takes {Settings().streams} streams unless it is told otherwise.",
        "",
        "| model | streams | p95 of each, s | median of all, s | words recognised as by the aligner | cores in use |",
        "|---|---|---|---|---|---|",
        *(_load_row(model, count, load) for model, loads in seen.items() for count, load in loads.items()),
        "",
        *(f"- {model}: {_carried(loads)} with a p95 of at most {MOST_S:g} s each." for model, loads in seen.items()),
        "",
    ]


def _load_row(model: str, count: int, load: Load) -> str:
    each = ", ".join(f"{percentile(late, 95):.2f}" for late in load.latencies)
    together = [one for late in load.latencies for one in late]
    return f"| {model} | {count} | {each} | {percentile(together, 50):.2f} | {100 * load.heard:.0f} % | {load.cores:.2f} |"


def _carried(loads: dict[int, Load]) -> str:
    good = [count for count, load in loads.items() if load.slowest <= MOST_S]
    return f"{max(good)} streams" if good else f"fewer than {min(loads)} streams"
