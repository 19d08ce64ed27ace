"""What the tests of the server share: an engine that plays a part, an application in this process, a server in its own."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import wave
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx
import numpy as np
import pytest
from starlette.testclient import TestClient

from auricle.codec import AudioProcessingConfig, decode
from auricle.codec.raw import RawDecoder
from auricle.enhancement.report import Report, StepReport
from auricle.enhancement.report import Sound as Figures
from auricle.errors import OptionError, RecordingExists, UnknownModel, UnknownRecording
from auricle.identification.chromaprint import Fingerprint
from auricle.identification.naming import checked_id, checked_metadata
from auricle.identification.results import DuplicateGroup, Entry, Identification
from auricle.loudness.figures import Loudness
from auricle.music.live import Rolling
from auricle.music.results import Beat, Key, MusicAnalysis
from auricle.server import examples
from auricle.server.analysing import NOTHING_HEARD, Analysing, LiveAnalysing
from auricle.server.app import create_app
from auricle.server.engine import Event, Listening, Load, ModelState, Progress, Recognition, Voices
from auricle.server.enhancing import EnhancedRecording, Enhancing, LiveEnhancing
from auricle.server.identifying import Adding, Fingerprinting, Identifying, Listed
from auricle.server.run import _config, _listeners, _Server
from auricle.server.settings import Settings
from auricle.server.speaking import Closing, Opening, Sound, SpeechEvent, Synthesis
from auricle.speech.events import Final, LiveEvent, Partial, SpeechEnded, SpeechStarted, Utterance
from auricle.speech.transcript import Segment, Token, Transcript, Word
from auricle.voice import SpokenTurn, SpokenWord, Voice

HELLO = Transcript(
    text="Hello there. Good bye.",
    language="en",
    language_probability=0.98,
    duration=3.5,
    segments=(
        Segment(
            0,
            0.5,
            1.75,
            "Hello there.",
            "en",
            0.91,
            words=(Word("Hello", 0.5, 1.0, 0.95), Word("there.", 1.0, 1.75, 0.87)),
            avg_logprob=-0.25,
            tokens=(50364, 2425, 456, 13, 50414),
            logprobs=(Token(b" Hello", -0.1), Token(b" there", -0.2), Token(b".", -0.05)),
        ),
        Segment(1, 2.0, 3.25, "Good bye.", "en", 0.8, words=(Word("Good", 2.0, 2.5, 0.9), Word("bye.", 2.5, 3.25, 0.7))),
    ),
    processing_time=0.35,
    model="base",
)


HEART = Voice("heart", "hibari", ("en-US",), "Apache-2.0", gender="female", word_times=True)
SOUNDS = (Sound(b""), Sound(b"first "), Sound(b"second "), Sound(b"third"))  # as a codec that needs more than one piece gives them
CLOSING = Closing(1.25, (SpokenWord("Hi", 0.1, 0.9, (0, 2)),), (SpokenTurn("heart", "Hi", 0.0, 1.25),), 0.02)

BETTER = EnhancedRecording(
    Report(
        Figures(Loudness(-31.256, -28.0, -25.5, 4.5, -9.876), -52.5, 2.0),
        Figures(Loudness(-16.0, -13.0, -10.5, 4.0, -1.0), -math.inf, 1.5),
        (StepReport("denoise", {"reduction_db": 12.3456}), StepReport("trim", {"start_s": 0.25, "end_s": 0.25})),
        ("The beginning and the end were cut off.",),
    ),
    rate=44_100,
    channels=2,
)

A_MINOR = Key("A", "minor", 0.7)
SECONDS: tuple[tuple[Rolling, ...], ...] = (  # what is said of live music, for each piece
    (),
    (replace(NOTHING_HEARD, time=1.0, peak=-6.0, momentary=-20.0),),
    (
        Rolling(2.0, 120.0, 0.5, (Beat(0.5, 1), Beat(1.0, 2)), 4, A_MINOR, -18.0, -math.inf, -3.0),
        Rolling(3.0, 120.5, 0.8, (Beat(1.5, 3),), 4, A_MINOR, -19.0, -18.5, -4.0),
    ),
)
END = (Rolling(3.2, 121.0, 0.9, (Beat(2.0, 4),), 4, A_MINOR, -30.0, -20.0, -10.0),)

HEAD = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

_FIRST, _SECOND = HELLO.segments

SAID: tuple[tuple[LiveEvent, ...], ...] = (
    (SpeechStarted(0.5), Partial(" Hello", "en")),
    (Final(_FIRST.words, " Hello there.", "en"), Utterance(_FIRST), SpeechEnded(1.75)),
    (),
    (SpeechStarted(2.0), Partial(" Good by", "en")),
)
REST: tuple[LiveEvent, ...] = (Final(_SECOND.words, " Good bye.", "en"), Utterance(_SECOND), SpeechEnded(3.25))


class PlayedStream:
    """A live stream that says its part: something for each piece of audio, the rest when it is committed or finished."""

    def __init__(self, engine: PlayedEngine, wanted: Listening) -> None:
        self.engine, self.wanted = engine, wanted
        self.sent: list[bytes] = []
        self._decoder = RawDecoder(wanted.format)
        self.finished = self.closed = False
        self._pieces = asyncio.Queue[bytes](engine.ahead)
        self._events = deque[LiveEvent | BaseException | None]()
        self._changed = asyncio.Event()
        self._hearing: asyncio.Task[None] | None = None

    async def send(self, data: bytes) -> None:
        """Take a piece; what cannot be used is refused in the codec's words."""
        self._decoder.feed(data)
        await self._pieces.put(data)
        self.sent.append(data)

    async def settled(self) -> None:
        """Wait until all pieces are heard."""
        await self._pieces.join()
        if self.engine.stream_fails is not None:
            raise self.engine.stream_fails

    async def commit(self) -> None:
        """Say the rest."""
        await self._pieces.join()
        self._say(*self.engine.rest)

    async def finish(self) -> None:
        """Say the rest and no more."""
        await self.commit()
        self.finished = True
        self._say(None)
        self._decoder.finish()

    def ready_events(self) -> Sequence[LiveEvent]:
        """What was said and not yet heard of."""
        ready = [event for event in self._events if event is not None and not isinstance(event, BaseException)]
        self._events = deque(event for event in self._events if event is None or isinstance(event, BaseException))
        return ready

    async def events(self) -> AsyncGenerator[LiveEvent, None]:
        """The same as it comes."""
        while True:
            while not self._events:
                self._changed.clear()
                await self._changed.wait()
            event = self._events.popleft()
            if event is None:
                return
            if isinstance(event, BaseException):
                raise event
            yield event

    async def __aenter__(self) -> Self:
        """Begin."""
        self._hearing = asyncio.create_task(self._hear())
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Free everything."""
        assert self._hearing is not None
        self._hearing.cancel()
        await asyncio.wait({self._hearing})
        self.closed = True

    async def _hear(self) -> None:
        said = iter(self.engine.said)
        while True:
            await self._pieces.get()
            await asyncio.sleep(self.engine.pause)
            if self.engine.gate is not None:
                await asyncio.to_thread(self.engine.gate.wait, 20)
            if self.engine.stream_fails is not None:
                self._say(self.engine.stream_fails)
            self._say(*next(said, self.engine.says_at_last))
            self._pieces.task_done()

    def _say(self, *events: LiveEvent | BaseException | None) -> None:
        self._events.extend(events)
        self._changed.set()


class PlayedRestoration:
    """A live stream that makes nothing better, and gives each piece back when the next one comes."""

    def __init__(self, engine: PlayedEngine, wanted: LiveEnhancing) -> None:
        self.engine, self.wanted = engine, wanted
        self.sent: list[bytes] = []
        self._held = b""
        self._decoder = RawDecoder(wanted.format)
        self.finished = self.closed = False

    async def feed(self, data: bytes) -> bytes:
        """The piece before."""
        self._decoder.feed(data)
        if self.engine.stream_fails is not None:
            raise self.engine.stream_fails
        self.sent.append(data)
        ready, self._held = self._held, data
        return ready

    async def finish(self) -> bytes:
        """The last piece."""
        self.finished = True
        return self._held

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Free everything."""
        self.closed = True


class PlayedSurvey:
    """A live stream that says the same of whatever music, piece by piece."""

    def __init__(self, engine: PlayedEngine, wanted: LiveAnalysing) -> None:
        self.engine, self.wanted = engine, wanted
        self.sent: list[bytes] = []
        self._decoder, self._said = RawDecoder(wanted.format), iter(SECONDS)
        self.finished = self.closed = False

    async def feed(self, data: bytes) -> Sequence[Rolling]:
        """What is to be said next."""
        self._decoder.feed(data)
        if self.engine.stream_fails is not None:
            raise self.engine.stream_fails
        self.sent.append(data)
        return next(self._said, ())

    async def finish(self) -> Sequence[Rolling]:
        """The last words."""
        self.finished = True
        self._decoder.finish()
        return END

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Free everything."""
        self.closed = True


@dataclass
class PlayedIdentifier:
    """Recognises what the documentation shows in every recording, and keeps entries in a dictionary, but no sound."""

    fails: BaseException | None = None  # of whatever is done with a recording
    pause: float = 0.0
    heard: list[tuple[bytes, Adding | Fingerprinting | Identifying]] = field(default_factory=list)
    left: int = 0  # how many of these have come to an end, one way or another
    finds: Identification = examples.IDENTIFICATION
    kept: dict[str, Entry] = field(default_factory=lambda: {examples.ENTRY.id: examples.ENTRY})

    async def fingerprint(self, recording: IO[bytes], wanted: Fingerprinting) -> Fingerprint:
        """The one that is shown."""
        await self._hear(recording, wanted)
        return examples.FINGERPRINT

    async def identify(self, recording: IO[bytes], wanted: Identifying) -> Identification:
        """The one that is shown, if no test says something else."""
        await self._hear(recording, wanted)
        return self.finds

    async def add(self, recording: IO[bytes], wanted: Adding) -> Entry:
        """Keep an entry."""
        await self._hear(recording, wanted)
        checked_metadata(wanted.metadata or {})
        metadata = examples.ENTRY.metadata if wanted.metadata is None else wanted.metadata
        self.kept[wanted.id] = replace(examples.ENTRY, id=wanted.id, metadata=metadata)
        return self.kept[wanted.id]

    async def check(self, wanted: Adding) -> None:
        """As the catalogue does."""
        checked_id(wanted.id)
        checked_metadata(wanted.metadata or {})
        if wanted.id in self.kept and not wanted.replace:
            raise RecordingExists(f"there is a recording {wanted.id!r} in the catalogue; say replace=true, or choose another id.")

    async def remove(self, id: str) -> None:  # noqa: A002 - the word of `Entry`
        """Forget it."""
        await self.entry(id)
        del self.kept[id]

    async def entry(self, id: str) -> Entry:  # noqa: A002 - the word of `Entry`
        """The one that is kept."""
        if id not in self.kept:
            raise UnknownRecording(f"there is no recording {id!r} in the catalogue.")
        return self.kept[id]

    async def entries(self, offset: int, limit: int) -> Listed:
        """Those that are kept."""
        return Listed(len(self.kept), tuple(self.kept.values())[offset : offset + limit])

    async def duplicates(self) -> tuple[DuplicateGroup, ...]:
        """Those that are shown."""
        return examples.DUPLICATES

    async def _hear(self, recording: IO[bytes], wanted: Adding | Fingerprinting | Identifying) -> None:
        self.heard.append((recording.read(), wanted))
        try:
            await asyncio.sleep(self.pause)
            if self.fails is not None:
                raise self.fails
        finally:
            self.left += 1


@dataclass
class PlayedEngine:
    """Says hello, whatever it hears; a test can have it raise, hesitate, say something else, or look at what it was asked."""

    says: Transcript = HELLO
    fails: BaseException | None = None
    fails_late: BaseException | None = None
    pause: float = 0.0  # before each event. Seconds
    heard: list[tuple[bytes, Recognition]] = field(default_factory=list)
    closed: int = 0  # how many recognitions have come to an end, one way or another
    started: bool = True
    said: Sequence[Sequence[LiveEvent]] = SAID  # by live streams, for each piece
    says_at_last: Sequence[LiveEvent] = ()  # for each later piece
    rest: Sequence[LiveEvent] = REST  # when a stream is committed or finished
    ahead: int = 2  # pieces that a live stream takes before they are heard
    gate: threading.Event | None = None  # without which no live stream hears anything
    listening_fails: BaseException | None = None
    stream_fails: BaseException | None = None
    streams: list[PlayedStream] = field(default_factory=list)
    asked: list[Synthesis] = field(default_factory=list)  # to speak
    imitated: list[bytes] = field(default_factory=list)  # recordings of those who are to speak
    sounds: Sequence[Sound] = SOUNDS
    given: int = 0  # sounds that were taken
    speaking_fails: BaseException | None = None
    speaking_fails_late: BaseException | None = None  # after the first sound with something in it
    spoken: int = 0  # how many speeches have come to an end, one way or another

    treated: list[tuple[bytes, Enhancing]] = field(default_factory=list)
    better: bytes = b"better"  # what comes of every recording
    did: EnhancedRecording = BETTER
    enhancing_fails: BaseException | None = None
    restorations: list[PlayedRestoration] = field(default_factory=list)
    left: int = 0  # how many enhancements and analyses have come to an end, one way or another
    looked_at: list[tuple[bytes, Analysing]] = field(default_factory=list)
    finds: MusicAnalysis | None = None  # in every recording; what the documentation shows if none
    analysing_fails: BaseException | None = None
    surveys: list[PlayedSurvey] = field(default_factory=list)
    identifier: PlayedIdentifier = field(default_factory=PlayedIdentifier)

    async def start(self) -> None:
        """Get ready."""
        self.started = True

    async def stop(self) -> None:
        """Give everything back."""
        self.started = False

    def ready(self) -> bool:
        """Whether it was started."""
        return self.started

    def load(self) -> Load:
        """How busy it plays to be."""
        return Load(len(self.heard) - self.closed, 0)

    def models(self) -> Sequence[ModelState]:
        """Two models, one of which is loaded."""
        return (ModelState("base", 1_700_000_000, loaded=True, memory=80_000_000), ModelState("tiny.en", 1_600_000_000, False, 0))

    async def unload(self, model: str) -> bool:
        """Unload it."""
        self._find(model)
        return model == "base"

    async def recognize(self, recording: IO[bytes], wanted: Recognition) -> AsyncGenerator[Event, None]:
        """Say hello."""
        self.heard.append((recording.read(), wanted))
        try:
            if self.fails is not None:
                raise self.fails
            events: list[Event] = [Progress(0.0, self.says.duration), *self.says.segments]
            for event in events:
                await asyncio.sleep(self.pause)
                yield event
            if self.fails_late is not None:
                raise self.fails_late
            await asyncio.sleep(self.pause)
            yield self.says
        finally:
            self.closed += 1

    async def voices(self) -> Voices:
        """One."""
        return Voices((HEART,), "heart", (ModelState("hibari", 1_650_000_000, loaded=False, memory=0),))

    async def speak(self, wanted: Synthesis, recording: IO[bytes] | None = None) -> AsyncGenerator[SpeechEvent, None]:
        """Make some sounds."""
        self.asked.append(wanted)
        if recording is not None:
            self.imitated.append(recording.read())
        try:
            if self.speaking_fails is not None:
                raise self.speaking_fails
            yield Opening("heart", "hibari", "en-US", 24_000, 1)
            for sound in self.sounds:
                await asyncio.sleep(self.pause)
                if self.gate is not None:
                    await asyncio.to_thread(self.gate.wait, 20)
                self.given += 1
                yield sound
                if sound.data and self.speaking_fails_late is not None:
                    raise self.speaking_fails_late
            yield CLOSING
        finally:
            self.spoken += 1

    async def enhance(self, recording: IO[bytes], wanted: Enhancing, target: IO[bytes]) -> EnhancedRecording:
        """Make it better."""
        self.treated.append((recording.read(), wanted))
        try:
            await asyncio.sleep(self.pause)
            if self.enhancing_fails is not None:
                raise self.enhancing_fails
            target.write(self.better)
            return self.did
        finally:
            self.left += 1

    async def check_enhancing(self, wanted: LiveEnhancing) -> None:
        """Look at the hum, for which one must hear it all."""
        if wanted.options.dehum:
            raise OptionError("dehum", "dehum needs the whole recording; leave it out of live audio", ("denoise",))

    async def enhance_live(self, wanted: LiveEnhancing) -> PlayedRestoration:
        """Open a stream."""
        if self.listening_fails is not None:
            raise self.listening_fails
        await self.check_enhancing(wanted)
        self.restorations.append(PlayedRestoration(self, wanted))
        return self.restorations[-1]

    async def analyze(self, recording: IO[bytes], wanted: Analysing) -> MusicAnalysis:
        """Find something."""
        self.looked_at.append((recording.read(), wanted))
        try:
            await asyncio.sleep(self.pause)
            if self.analysing_fails is not None:
                raise self.analysing_fails
            return self.finds or examples.analysed(wanted.include)
        finally:
            self.left += 1

    async def analyze_live(self, wanted: LiveAnalysing) -> PlayedSurvey:
        """Open a stream."""
        if self.listening_fails is not None:
            raise self.listening_fails
        self.surveys.append(PlayedSurvey(self, wanted))
        return self.surveys[-1]

    async def check(self, wanted: Listening) -> None:
        """Look at model and language."""
        if wanted.model is not None:
            self._find(wanted.model)
        if wanted.options.language not in (None, "en", "de", "fr"):
            raise OptionError("language", f"nobody here speaks {wanted.options.language}", ("en", "de", "fr"))

    async def listen(self, wanted: Listening) -> PlayedStream:
        """Open a stream."""
        if self.listening_fails is not None:
            raise self.listening_fails
        self.streams.append(PlayedStream(self, wanted))
        return self.streams[-1]

    def _find(self, model: str) -> None:
        if model not in ("base", "tiny.en"):
            raise UnknownModel(f"there is no model {model!r} on this server; use one of: base, tiny.en.")


@pytest.fixture
def engine() -> PlayedEngine:
    """An engine that plays a part."""
    return PlayedEngine()


@contextlib.contextmanager
def application(engine: PlayedEngine, **settings: object) -> Iterator[TestClient]:
    """A client of the application over ``engine``, in this process, without a network."""
    with TestClient(create_app(engine, Settings(**settings)), "http://127.0.0.1:8000", raise_server_exceptions=False) as client:  # type: ignore[arg-type]
        yield client


@pytest.fixture
def client(engine: PlayedEngine) -> Iterator[TestClient]:
    """A client of the application with its default settings."""
    with application(engine) as client:
        yield client


@dataclass
class InThread:
    """A server that runs in a thread of this process."""

    server: _Server
    url: str
    running: Future[None]

    @property
    def sockets(self) -> str:
        """The address of its WebSockets."""
        return self.url.replace("http", "ws")


@contextlib.contextmanager
def in_thread(engine: PlayedEngine, **settings: object) -> Iterator[InThread]:
    """Run a server over ``engine`` until the end of the block."""
    given = Settings(**{"port": 0, **settings})  # type: ignore[arg-type]
    with contextlib.ExitStack() as listening, ThreadPoolExecutor(1) as thread:
        listeners = [listening.enter_context(listener) for listener in _listeners(given)]
        app = create_app(engine, given)
        server = _Server(_config(app, given), app.state.server, *listeners)
        running = thread.submit(server.run, listeners)
        try:
            yield InThread(server, f"http://127.0.0.1:{listeners[0].getsockname()[1]}", running)
        finally:
            server.handle_exit(signal.SIGTERM, None)
            running.result(20)
            server.end.cancel()


def connected(url: str) -> socket.socket:
    """A bare connection."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=20)


def until_closed(connection: socket.socket) -> bytes:
    """What still comes, until the server closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            received += piece
    return received


@dataclass(frozen=True)
class Running:
    """`auricle serve` as a process of its own, and what it has logged since it listens."""

    process: subprocess.Popen[str]
    url: str
    log: list[str]


@contextlib.contextmanager
def serving(*words: str, **variables: str) -> Iterator[Running]:
    """Run `auricle serve` on a free port until the end of the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AURICLE_") or name == "AURICLE_CACHE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "auricle", "serve", "--port", "0", "--model", "tiny.en", *words],
        env=environment | variables,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        lines = iter(process.stderr.readline, "")
        url = next(match[0] for line in lines if (match := re.search(r"http://[\w.:\[\]]+:\d+", line)))
        yield Running(process, url, drain(process))
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def drain(process: subprocess.Popen[str]) -> list[str]:
    """Read the log to its end in the background, so that the server never waits for us; gives its lines as they come."""
    stream, lines = process.stderr, list[str]()
    assert stream is not None

    def read() -> None:
        with stream:
            lines.extend(iter(stream.readline, ""))

    threading.Thread(target=read, daemon=True).start()
    return lines


@pytest.fixture(scope="session")
def server() -> Iterator[Running]:
    """A server with tiny.en, for all tests that don't change it."""
    with serving("--preload") as running:
        wait_until_ready(running.url)
        yield running


def wait_until_ready(url: str, seconds: float = 30.0) -> None:
    """Return as soon as the server says that it is ready."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if httpx.get(f"{url}/ready").status_code == 200:
            return
        time.sleep(0.1)
    raise AssertionError("the server is not ready")


@dataclass(frozen=True)
class Belongings:
    """What a process has of the system, which is to be the same after a piece of work as before it (on Linux)."""

    files: int
    threads: int
    processes: int


def belongings(process: int) -> Belongings:
    """What a process has now; its processes are those that descend from it."""
    place = Path("/proc") / str(process)
    return Belongings(len(list((place / "fd").iterdir())), len(list((place / "task").iterdir())), len(descendants(process)))


def settled(process: int) -> Belongings:
    """What it has once that does not change any more."""
    before, now = None, belongings(process)
    while now != before:
        time.sleep(0.5)
        before, now = now, belongings(process)
    return now


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and those that they have (on Linux)."""
    parents: dict[int, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has just ended
            state, parent = (place / "stat").read_text().rpartition(")")[2].split()[:2]
            if state != "Z":
                parents[int(place.name)] = int(parent)
    found = [process]
    for each in found:
        found += [child for child, parent in parents.items() if parent == each]
    return found[1:]


def worked(process: int) -> float:
    """The seconds that processors have worked for a process so far: no more of them pass when others work, too (on Linux)."""
    user, system = (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def eventually(happened: Callable[[], object], seconds: float = 10.0) -> float:
    """Wait until something is so; gives how long that took."""
    began = time.monotonic()
    while not happened():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


@pytest.fixture(scope="session")
def speech(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten minutes of English in which nothing is said twice in a row."""
    names = ("jfk.flac", "LJ001-0001.wav", "LJ001-0003.wav", "LJ001-0005.wav", "LJ001-0007.wav", "two_cities.flac")
    config = AudioProcessingConfig(sample_rate=16_000, channels=1)
    samples = np.concatenate([decode(recordings / name, config).samples[0] for name in names])
    path = tmp_path_factory.mktemp("speech") / "long.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", "none"))
        for _ in range(round(600 * 16_000 / len(samples))):
            file.writeframes((32767 * samples).astype("<i2").tobytes())
    return path
