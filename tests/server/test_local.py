"""The engine in this process: what it finds is what `auricle.transcribe` finds, and whatever happens it leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import IO, Any

import pytest

import auricle
from auricle import weights
from auricle.codec import AudioProcessingConfig
from auricle.errors import (
    AuricleError,
    Busy,
    CorruptAudio,
    CorruptWeights,
    EmptyAudio,
    LimitExceeded,
    ModelUnavailable,
    OptionError,
    SampleRateOutOfRange,
    TooLong,
    UnknownModel,
    UnsupportedFormat,
)
from auricle.server import models
from auricle.server.engine import Event, Load, Progress, Recognition
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings
from auricle.speech import load_recognizer
from auricle.speech.transcript import Segment, Transcript
from auricle.speech.whisper import TranscribeOptions
from tests.server.conftest import belongings, descendants, eventually

FAST = TranscribeOptions(beam_size=1, word_timestamps=True)
SHORT = "goforward.wav"  # 2.8 s
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@asynccontextmanager
async def running(**settings: Any) -> AsyncIterator[LocalEngine]:
    """An engine with tiny.en, one place and no list, which has started and will stop."""
    engine = LocalEngine(Settings(**{"model": "tiny.en", "concurrency": 1, "waiting": 0, "model_idle": 0, **settings}))
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop()


def with_engine(test: Callable[[LocalEngine], Awaitable[None]], **settings: Any) -> None:
    """Run a test with a started engine."""

    async def run() -> None:
        async with running(**settings) as engine:
            await test(engine)

    asyncio.run(run())


async def events_of(engine: LocalEngine, path: Path, wanted: Recognition | None = None) -> list[Event]:
    """All events of a recording."""
    with path.open("rb") as file:
        return [event async for event in engine.recognize(file, wanted or Recognition(FAST))]


async def transcript_of(engine: LocalEngine, path: Path, model: str | None = None) -> Transcript:
    """The last event of a recording."""
    last = (await events_of(engine, path, Recognition(FAST, model)))[-1]
    assert isinstance(last, Transcript)
    return last


@asynccontextmanager
async def at_work(engine: LocalEngine, path: Path) -> AsyncIterator[AsyncGenerator[Event, None]]:
    """A recognition that has found its first segment, closed at the end."""
    with path.open("rb") as file:
        async with aclosing(engine.recognize(file, Recognition(FAST))) as events:
            async for event in events:
                if isinstance(event, Segment):
                    break
            yield events


async def settled(engine: LocalEngine) -> None:
    """Wait until nothing is at work."""
    while engine.load() != Load(0, 0):
        await asyncio.sleep(0.01)


def ours() -> object:
    """What this process has, once what goes away by itself is gone."""
    gc.collect()
    return belongings(os.getpid())


# What it finds


def test_events_come_in_order(recordings: Path) -> None:
    """Progress comes first and after each segment, the segments are those of the transcript, and that is the last."""

    async def test(engine: LocalEngine) -> None:
        events = await events_of(engine, recordings / "two_cities.flac", Recognition(TranscribeOptions(beam_size=1)))
        first, *between, transcript = events
        assert isinstance(first, Progress)
        assert first.position == 0
        assert first.duration == pytest.approx(44.4, abs=0.1)
        assert isinstance(transcript, Transcript)
        assert len(transcript.segments) > 3
        assert tuple(between[0::2]) == transcript.segments
        positions = [event.position for event in between[1::2] if isinstance(event, Progress)]
        assert len(positions) == len(transcript.segments)
        assert positions == sorted(positions)
        assert positions[-1] <= transcript.duration
        assert transcript.model == "tiny.en"

    with_engine(test)


@pytest.mark.parametrize("name", ["fw-stereo_diarization.wav", "fw-hotwords.mp3", "hungarian_dance.ogg"])
def test_it_gives_what_transcribe_gives(recordings: Path, name: str) -> None:
    """The decoder's own process, its rate and its channel make no difference to a word or a time."""

    async def test(engine: LocalEngine) -> None:
        mine = await transcript_of(engine, recordings / name)
        theirs = auricle.transcribe(recordings / name, model="tiny.en", beam_size=1, word_timestamps=True)
        assert mine.text == theirs.text
        assert [(word.text, word.start, word.end) for word in mine.words] == [(word.text, word.start, word.end) for word in theirs.words]
        assert [(each.start, each.end) for each in mine.segments] == [(each.start, each.end) for each in theirs.segments]
        assert mine.duration == pytest.approx(theirs.duration, abs=0.001)

    with_engine(test)


def test_raw_samples(recordings: Path, tmp_path: Path) -> None:
    """Samples without a header are read by the format that was given with them."""
    config = AudioProcessingConfig(sample_rate=8000, channels=1)
    raw = AudioProcessingConfig(input_format="pcm", sample_rate=8000, channels=1, bit_depth=16)
    whole = auricle.Audio.read(recordings / "LJ001-0005.wav", config=config)
    path = tmp_path / "raw"
    path.write_bytes((whole.samples[0] * 32767).astype("<i2").tobytes())

    async def test(engine: LocalEngine) -> None:
        last = (await events_of(engine, path, Recognition(FAST, config=raw)))[-1]
        assert isinstance(last, Transcript)
        assert "movable metal letters" in last.text

    with_engine(test)


def test_options_reach_the_model(recordings: Path) -> None:
    """Word times and log-probabilities come when they are asked for and not otherwise; salvage reads what is cut off."""

    async def test(engine: LocalEngine) -> None:
        options = TranscribeOptions(beam_size=1, word_timestamps=True, logprobs=True)
        plain = (await events_of(engine, recordings / SHORT, Recognition(TranscribeOptions(beam_size=1))))[-1]
        full = (await events_of(engine, recordings / SHORT, Recognition(options)))[-1]
        assert isinstance(plain, Transcript)
        assert isinstance(full, Transcript)
        assert (plain.words, plain.segments[0].logprobs) == ((), ())
        assert full.words
        assert full.segments[0].logprobs
        with _file((recordings / SHORT).read_bytes()[:60_000]) as cut:
            async for event in engine.recognize(cut, Recognition(FAST, salvage=True)):
                last = event
        assert isinstance(last, Transcript)
        assert "forward" in last.text

    with_engine(test)


def _file(content: bytes) -> IO[bytes]:
    """An unnamed file, as an upload is."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - for the caller to close
    file.write(content)
    file.seek(0)
    return file


# Ends that come early


@linux
@pytest.mark.parametrize("how", ["closed", "cancelled"])
def test_who_goes_away_leaves_nothing_behind(recordings: Path, speech: Path, how: str, caplog: pytest.LogCaptureFixture) -> None:
    """Closing the events or cancelling the task frees the place within a window's time, and no process, thread or file stays."""

    async def test(engine: LocalEngine) -> None:
        # Of one thread, because a pool that happens to grow while the machine is busy looks like a thread that stays.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        await events_of(engine, recordings / SHORT)  # what is made once is there
        before, others = ours(), len(descendants(os.getpid()))
        began = time.process_time()
        if how == "closed":
            async with at_work(engine, speech):
                assert engine.load() == Load(1, 0)
                assert len(descendants(os.getpid())) == others + 1  # its decoder
                began = time.process_time()
        else:
            segment = asyncio.Event()

            async def work() -> None:
                async with at_work(engine, speech) as events:
                    segment.set()
                    async for _ in events:
                        pass

            task = asyncio.create_task(work())
            await segment.wait()
            began = time.process_time()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await settled(engine)
        assert time.process_time() - began < 4  # ten minutes take half a minute of a processor's time, however busy the machine is
        eventually(lambda: ours() == before)
        assert await transcript_of(engine, recordings / SHORT)  # and it goes on working

    with_engine(test)
    gc.collect()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


@linux
def test_who_goes_away_while_a_header_does_not_come(recordings: Path) -> None:
    """A recording whose header keeps its decoder busy holds up neither whoever goes away nor the next one."""

    async def test(engine: LocalEngine) -> None:
        await events_of(engine, recordings / SHORT)
        before = ours()
        reading, writing = os.pipe()  # nothing ever comes
        with os.fdopen(reading, "rb") as file, os.fdopen(writing, "wb"):
            task = asyncio.ensure_future(anext(engine.recognize(file, Recognition(FAST))))
            await asyncio.sleep(0.3)
            assert engine.load() == Load(1, 0)
            task.cancel()
            await asyncio.wait({task}, timeout=2)
            assert task.cancelled()
            assert engine.load() == Load(0, 0)
        eventually(lambda: ours() == before)

    with_engine(test)


def test_who_goes_away_while_waiting(recordings: Path, speech: Path) -> None:
    """A request that is cancelled in the list leaves it, and never reaches a thread."""

    async def test(engine: LocalEngine) -> None:
        async with at_work(engine, speech):
            waiting = asyncio.create_task(transcript_of(engine, recordings / SHORT))
            while engine.load() != Load(1, 1):
                await asyncio.sleep(0.01)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            assert engine.load() == Load(1, 0)
        assert await transcript_of(engine, recordings / SHORT)

    with_engine(test, waiting=1)


def test_events_that_nobody_asked_for_hold_no_place(recordings: Path) -> None:
    """A generator that was never begun is no work."""

    async def test(engine: LocalEngine) -> None:
        with (recordings / SHORT).open("rb") as file:
            events = engine.recognize(file, Recognition(FAST))
            assert engine.load() == Load(0, 0)
            await events.aclose()

    with_engine(test)


def test_a_full_lane_is_busy(recordings: Path, speech: Path) -> None:
    """With one at work and no list the next hears so at once, and is served when the first has gone."""

    async def test(engine: LocalEngine) -> None:
        async with at_work(engine, speech):
            began = time.monotonic()
            with pytest.raises(Busy) as refused:
                await transcript_of(engine, recordings / SHORT)
            assert time.monotonic() - began < 0.5
            assert refused.value.retry_after > 0
        assert (await transcript_of(engine, recordings / SHORT)).text

    with_engine(test)


def test_the_event_loop_stays_free(recordings: Path) -> None:
    """While a model is loaded, a recording transcribed and the model unloaded, nobody on the loop waits for long."""

    async def test(engine: LocalEngine) -> None:
        waits: list[float] = []

        async def beat() -> None:
            while True:
                began = time.monotonic()
                await asyncio.sleep(0.005)
                waits.append(time.monotonic() - began)

        beating = asyncio.create_task(beat())
        await transcript_of(engine, recordings / SHORT, "base")
        await engine.unload("base")
        beating.cancel()
        assert max(waits) < 0.5

    with_engine(test)


# Errors


def _recording(kind: str, recordings: Path) -> bytes:
    whole = (recordings / SHORT).read_bytes()
    match kind:
        case "text":
            return b"This is no recording, whatever its name says.\n" * 100
        case "cut off":
            return whole[:30_000]
        case "header only":
            return whole[:44]
        case "rate":
            return whole[:24] + (3000).to_bytes(4, "little") + whole[28:]
        case _:
            return b""


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("empty", EmptyAudio),
        ("text", UnsupportedFormat),
        ("cut off", CorruptAudio),
        ("header only", CorruptAudio),
        ("rate", SampleRateOutOfRange),
    ],
)
def test_a_recording_that_cannot_be_used(recordings: Path, kind: str, error: type[AuricleError]) -> None:
    """The error of `auricle.transcribe` comes before any event, and the place is free again."""

    async def test(engine: LocalEngine) -> None:
        with _file(_recording(kind, recordings)) as file, pytest.raises(error):
            await anext(engine.recognize(file, Recognition(FAST)))
        await settled(engine)

    with_engine(test)


def test_a_recording_that_is_too_long(recordings: Path) -> None:
    """The operator's limit holds, by the header before anything is recognised."""

    async def test(engine: LocalEngine) -> None:
        with pytest.raises(TooLong):
            await events_of(engine, recordings / SHORT)

    with_engine(test, recording_seconds=2)


def test_a_recording_that_takes_too_much_memory(speech: Path, tmp_path: Path) -> None:
    """The operator's limit of the decoder's memory is one of the recording's errors."""
    path = tmp_path / "tags.wav"
    whole = speech.read_bytes()[:100_000]
    path.write_bytes(whole + b"LIST" + (2**31 - 1).to_bytes(4, "little"))

    async def test(engine: LocalEngine) -> None:
        with pytest.raises((CorruptAudio, LimitExceeded)):
            await events_of(engine, path)

    with_engine(test, decode_memory=256 * 2**20)


@pytest.mark.parametrize(
    ("options", "field"),
    [(TranscribeOptions(language="de"), "language"), (TranscribeOptions(task="translate"), "task")],
)
def test_an_option_that_the_model_cannot_honour(recordings: Path, options: TranscribeOptions, field: str) -> None:
    """It is refused by its name before anything is decoded."""

    async def test(engine: LocalEngine) -> None:
        with pytest.raises(OptionError) as refused:
            await events_of(engine, recordings / SHORT, Recognition(options))
        assert refused.value.field == field
        await settled(engine)

    with_engine(test)


# Models by name


@pytest.mark.parametrize(
    "name", ["../../x", "/etc", "", ".", "..", "~", "a\0b", "TINY.EN", "tiny.en/", "model.bin", "x" * 9000, "\ud800", "../tiny.en"]
)
def test_a_name_is_never_a_path(recordings: Path, name: str) -> None:
    """Only names are looked up; the message says what there is, not where."""

    async def test(engine: LocalEngine) -> None:
        with pytest.raises(UnknownModel) as refused:
            await events_of(engine, recordings / SHORT, Recognition(FAST, name))
        message = str(refused.value)
        assert "tiny.en" in message.partition("; ")[2]
        assert message.isprintable()
        assert engine.load() == Load(0, 0)

    with_engine(test)


def test_the_path_of_a_real_model_is_not_a_name(recordings: Path) -> None:
    """A client cannot have a directory loaded, though it is one of a model."""

    async def test(engine: LocalEngine) -> None:
        with pytest.raises(UnknownModel):
            await events_of(engine, recordings / SHORT, Recognition(FAST, str(weights.locate("tiny.en"))))

    with_engine(test)


@pytest.mark.parametrize("name", ["my-whisper", "base"])
def test_the_operators_own_directory(recordings: Path, tmp_path: Path, name: str) -> None:
    """It goes by its last part, in requests, lists, transcripts and messages; nobody sees where it is."""
    own = tmp_path / name
    own.symlink_to(weights.locate("tiny.en"), target_is_directory=True)

    async def test(engine: LocalEngine) -> None:
        assert [state.id for state in engine.models()].count(name) == 1
        assert engine.models()[0].id == name
        assert engine.models()[0].created > 0
        found = await transcript_of(engine, recordings / SHORT, name)
        assert (found.model, found.text) == (name, "Go forward 10 meters.")
        assert engine.models()[0].loaded
        with pytest.raises(UnknownModel) as refused:
            await transcript_of(engine, recordings / SHORT, "nothing")
        assert str(tmp_path) not in str(refused.value)
        assert await engine.unload(name)
        assert not engine.models()[0].loaded

    # A link's own name is the operator's choice, wherever it leads.
    with_engine(test, model=f"{own}/")


def test_aliases_are_names(recordings: Path) -> None:
    """What an alias means is what counts."""

    async def test(engine: LocalEngine) -> None:
        with pytest.raises(ModelUnavailable, match="large-v3-turbo"):
            await transcript_of(engine, recordings / SHORT, "turbo")

    with_engine(test)


def test_an_absent_model_is_fetched_only_where_the_operator_allows_it(recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise it is refused, with what the operator can do about it."""
    asked: list[str] = []

    def load(model: str, **_: object) -> None:
        asked.append(model)
        raise ModelUnavailable("fetched")

    monkeypatch.setattr(models, "load_recognizer", load)

    async def test(engine: LocalEngine) -> None:
        with pytest.raises(ModelUnavailable):
            await transcript_of(engine, recordings / SHORT, "small")
        await settled(engine)

    with_engine(test)
    assert asked == []
    with_engine(test, download=True)
    assert asked == ["small"]


# Models in memory


def test_two_models_at_once(recordings: Path) -> None:
    """Each request gets the model that it names, both at the same time."""

    async def test(engine: LocalEngine) -> None:
        tiny, base = await asyncio.gather(
            transcript_of(engine, recordings / SHORT), transcript_of(engine, recordings / "wy-light-de.wav", "base")
        )
        assert (tiny.model, tiny.text) == ("tiny.en", "Go forward 10 meters.")
        assert base.model == "base"
        assert base.language == "de"
        assert {state.id for state in engine.models() if state.loaded} == {"tiny.en", "base"}

    with_engine(test, concurrency=2)


_UNLOAD = """
import asyncio, sys
from pathlib import Path
from auricle.server.engine import Recognition
from auricle.server import local
from auricle.server.local import LocalEngine
from auricle.server.models import resident
from auricle.server.settings import Settings
from auricle.speech.whisper import TranscribeOptions

async def recognise(engine, model, begun=None):
    with open(sys.argv[1], "rb") as file:
        async for _ in engine.recognize(file, Recognition(TranscribeOptions(beam_size=1), model)):
            if begun is not None:
                begun.set()

async def main():
    local._SWEEP_S = 0.2
    engine = LocalEngine(Settings(model="tiny.en", model_idle=0))
    await engine.start()
    await recognise(engine, "tiny.en")  # libraries and the voice detector are there
    for when in ("afterwards", "meanwhile"):
        await recognise(engine, "base")
        took, before = engine.models()[1].memory, resident()
        begun = asyncio.Event()
        using = asyncio.create_task(recognise(engine, "base", begun))
        await (using if when == "afterwards" else begun.wait())
        if when == "meanwhile":
            assert engine.load().running == 1
        assert await engine.unload("base")
        await using
        await asyncio.sleep(0.6)  # memory is tidied when nothing has been at work for a while
        assert not engine.models()[1].loaded
        print(when, took, before - resident())
    await engine.stop()

asyncio.run(main())
"""


@linux
def test_unloading_frees_memory(recordings: Path) -> None:
    """The process becomes smaller by most of what loading took, also when the model was in use when it was unloaded."""
    done = subprocess.run([sys.executable, "-c", _UNLOAD, recordings / SHORT], capture_output=True, text=True, timeout=100, check=False)
    assert done.stderr == ""
    figures = [line.split() for line in done.stdout.splitlines()]
    assert [when for when, _, _ in figures] == ["afterwards", "meanwhile"]
    for _, took, freed in figures:
        assert int(took) > 60_000_000
        assert int(freed) > 0.5 * int(took)


def test_unloading_disturbs_nobody(recordings: Path) -> None:
    """Whoever uses the model when it is unloaded gets every word, and the next one a new load."""

    async def test(engine: LocalEngine) -> None:
        undisturbed = await transcript_of(engine, recordings / "jfk.flac")
        with (recordings / "jfk.flac").open("rb") as file:
            events = engine.recognize(file, Recognition(FAST))
            assert isinstance(await anext(events), Progress)
            assert await engine.unload("tiny.en")
            assert not await engine.unload("tiny.en")
            assert not engine.models()[0].loaded
            async for event in events:
                last = event
        assert isinstance(last, Transcript)
        assert last.text == undisturbed.text
        assert (await transcript_of(engine, recordings / SHORT)).text
        assert engine.models()[0].loaded

    with_engine(test)


def test_unloading_a_model_that_there_is_not() -> None:
    """It has an error of its own; a model that is not loaded has none."""

    async def test(engine: LocalEngine) -> None:
        assert not await engine.unload("base")
        with pytest.raises(UnknownModel):
            await engine.unload("../etc")

    with_engine(test)


def test_idle_models_are_unloaded(recordings: Path, speech: Path) -> None:
    """A model that nobody has used for a while goes, one that is in use stays however long that takes, and it comes back."""

    async def test(engine: LocalEngine) -> None:
        for _ in range(2):
            assert (await transcript_of(engine, recordings / SHORT)).text
            assert engine.models()[0].loaded
            until = time.monotonic() + 5
            while engine.models()[0].loaded:
                assert time.monotonic() < until
                await asyncio.sleep(0.05)
        async with at_work(engine, speech):
            for _ in range(10):
                await asyncio.sleep(0.1)
                assert engine.models()[0].loaded

    with_engine(test, model_idle=0.2)


def test_many_at_once_load_a_model_once(recordings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All places ask for it at the same time; its files are read once, and its users are counted right."""
    loads: list[str] = []

    def counted(model: str, **options: Any) -> object:
        loads.append(model)
        return load_recognizer(model, **options)

    monkeypatch.setattr(models, "load_recognizer", counted)

    async def test(engine: LocalEngine) -> None:
        found = await asyncio.gather(*(transcript_of(engine, recordings / SHORT) for _ in range(6)))
        assert {each.text for each in found} == {"Go forward 10 meters."}
        assert len(loads) <= 3
        recognizer = engine._models._loaded["tiny.en"].recognizer
        assert engine._models._loaded["tiny.en"].users == 0
        await transcript_of(engine, recordings / SHORT)
        assert engine._models._loaded["tiny.en"].recognizer is recognizer

    with_engine(test, concurrency=3, waiting=3)


# Start and stop


def test_preloading() -> None:
    """The default model is in memory when the start is done, and ready is said only then."""

    async def test() -> None:
        engine = LocalEngine(Settings(model="tiny.en", preload=True))
        assert not engine.ready()
        await engine.start()
        assert engine.ready()
        (default, *_) = engine.models()
        assert (default.id, default.loaded) == ("tiny.en", True)
        await engine.stop()
        assert not engine.models()[0].loaded

    asyncio.run(test())


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    """Without preloading, the start is quick and takes no memory."""

    async def test(engine: LocalEngine) -> None:
        assert engine.ready()
        assert [state.memory for state in engine.models() if not state.loaded] == [0] * len(engine.models())

    with_engine(test)


def test_stopping_waits_for_what_is_at_work(recordings: Path) -> None:
    """The recognition that runs when the engine is told to stop comes to its end; no thread of ours is left."""

    async def test() -> None:
        async with running() as engine:
            working = asyncio.create_task(transcript_of(engine, recordings / "LJ001-0005.wav"))
            while engine.load() != Load(1, 0):
                await asyncio.sleep(0.01)
        assert "movable metal letters" in (await working).text

    asyncio.run(test())
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("recognition")] == []


def _damaged(tmp_path: Path) -> Path:
    """A copy of the models in which tiny.en has a wrong byte."""
    folder = tmp_path / "models" / "tiny.en"
    shutil.copytree(weights.locate("tiny.en"), folder)
    with (folder / "model.bin").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\xff\x00\xff\x00")
    return folder


def _start(**settings: Any) -> Coroutine[Any, Any, None]:
    return LocalEngine(Settings(**settings)).start()


def test_starting_with_an_unknown_model(tmp_path: Path) -> None:
    """A name or a directory that there is not ends the start."""
    for name in ("no-such-model", str(tmp_path), str(tmp_path / "nothing")):
        with pytest.raises(UnknownModel):
            asyncio.run(_start(model=name))


def test_starting_with_an_absent_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model that can be had neither here nor from the hub ends the start."""
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelUnavailable):
        asyncio.run(_start(model="small"))


def test_starting_with_a_damaged_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Wrong weights end the start, with or without preloading; a directory of the operator's own, which has no hash, when it is loaded."""
    folder = _damaged(tmp_path)
    monkeypatch.setenv("AURICLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("AURICLE_MODELS", str(folder.parent))
    for preload in (False, True):
        with pytest.raises(CorruptWeights):
            asyncio.run(_start(model="tiny.en", preload=preload))
    (folder / "model.bin").write_bytes(b"this is no model")
    with pytest.raises(ModelUnavailable):
        asyncio.run(_start(model=str(folder), preload=True))
