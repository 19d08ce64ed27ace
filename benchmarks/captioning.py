"""Live captions of recordings, and when each of their words is final."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import ParamSpec, Protocol, TypeVar

from auricle.audio import Mono
from auricle.speech import transcribe
from auricle.speech.events import Final, LiveEvent, Session
from auricle.speech.vad import SAMPLE_RATE
from benchmarks.references import Spoken, aligned, words_of

PIECE = SAMPLE_RATE // 10  # samples
ALIGNER = "base"  # finds the ends of words

P = ParamSpec("P")
T = TypeVar("T")


def alone(work: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Do it in a process of its own, so that memory and threads are its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(work, *arguments, **options).result()


class Clock(Protocol):
    """Time since its creation. Seconds."""

    def now(self) -> float:
        """How late it is."""

    def wait_until(self, at: float) -> None:
        """Until it is that late, or not at all."""


class RealTime:
    """The time that passes."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> float:
        """How late it is."""
        return time.monotonic() - self._began

    def wait_until(self, at: float) -> None:
        """Sleep."""
        time.sleep(max(0.0, at - self.now()))


class SimulatedTime:
    """Passes with this process's CPU time, and is put forward instead of waiting."""

    def __init__(self) -> None:
        self._began = time.process_time()

    def now(self) -> float:
        """How late it is."""
        return time.process_time() - self._began

    def wait_until(self, at: float) -> None:
        """Put it forward."""
        self._began -= max(0.0, at - self.now())


@dataclass(frozen=True, slots=True)
class Timed:
    """A word, and when: where it ends in the audio, or when it was committed. Seconds."""

    text: str
    at: float

    @property
    def key(self) -> str:
        """The same for the same word, however it is written."""
        return "".join(filter(str.isalnum, self.text.lower()))


def word_ends(recordings: Sequence[Spoken]) -> dict[str, list[Timed]]:
    """Where the words of each recording end."""
    found = {}
    for one in recordings:
        transcript = transcribe(one.samples, rate=SAMPLE_RATE, model=ALIGNER, language="en", word_timestamps=True)
        found[one.name] = [Timed(word.text, word.end) for word in transcript.words]
    return found


def offline(recordings: Sequence[Spoken], model: str) -> dict[str, list[str]]:
    """The words that a model writes who hears a recording as a whole."""
    return {one.name: words_of(transcribe(one.samples, rate=SAMPLE_RATE, model=model, language="en").text) for one in recordings}


def latencies(committed: Sequence[Timed], ends: Sequence[Timed]) -> list[float]:
    """How long after its end each word was committed, of those that both have. Seconds."""
    _, pairs = aligned([word.key for word in committed], [word.key for word in ends])
    return [committed[ours].at - ends[theirs].at for ours, theirs in pairs]


def lost_at_end(said: Sequence[str], whole: Sequence[str]) -> int:
    """How many words of ``whole`` come after the last that both have, more than ``said`` has others there."""
    _, pairs = aligned(said, whole)
    ours, theirs = pairs[-1] if pairs else (-1, -1)
    return max(0, (len(whole) - theirs) - (len(said) - ours))


def caption(session: Session, samples: Mono, clock: Clock) -> Iterator[tuple[float, LiveEvent]]:
    """What a session says of audio that comes in pieces, and when it says it. Whatever came meanwhile is heard at once."""
    heard = 0
    while heard < len(samples):
        clock.wait_until(min(heard + PIECE, len(samples)) / SAMPLE_RATE)
        spoken_by_now = int(clock.now() * SAMPLE_RATE) // PIECE * PIECE
        until = min(len(samples), max(heard + PIECE, spoken_by_now))
        yield from ((clock.now(), event) for event in session.hear(samples[heard:until]))
        heard = until
        while session.due:
            yield from [(clock.now(), event) for event in session.update()]
    yield from [(clock.now(), event) for event in session.finish()]


def committed_words(events: Iterable[tuple[float, LiveEvent]]) -> tuple[list[Timed], str]:
    """The final words, each with the time of its commitment, and the text that they make."""
    finals = [(at, event) for at, event in events if isinstance(event, Final)]
    return [Timed(word.text, at) for at, final in finals for word in final.words], "".join(final.text for _, final in finals)
