"""Live streams of the engine in this process, with the real model: what is said is heard, by all at once, and nothing stays behind."""

from __future__ import annotations

import asyncio
import io
import re
import threading
import time
from collections.abc import Iterable
from contextlib import aclosing, nullcontext, suppress
from pathlib import Path

import numpy as np
import pytest

import auricle
from auricle.codec import AudioProcessingConfig
from auricle.codec.pcm import to_float
from auricle.codec.raw import RawFormat
from auricle.errors import Busy, CorruptAudio, ModelUnavailable, OptionError, Stopping, UnknownModel
from auricle.server import models
from auricle.server.captions import CaptionStream
from auricle.server.engine import Listening
from auricle.server.local import LocalEngine
from auricle.speech import load_recognizer
from auricle.speech.events import Final, LiveEvent, SpeechEnded, SpeechStarted, Utterance
from auricle.speech.live import LiveOptions
from auricle.speech.names import NAMES
from tests.server.conftest import eventually
from tests.server.test_local import SHORT, linux, ours, transcript_of, with_engine

RATE = 16_000
SAID = {
    "LJ001-0005.wav": "the invention of movable metal letters in the middle of the fifteenth century may justly be considered",
    "LJ001-0007.wav": "the earliest book printed with movable types the gutenberg or forty two line bible",
    "goforward.wav": "go forward ten meters",
    "jfk.flac": "and so my fellow americans ask not what your country can do for you",
}


def samples_of(path: Path) -> bytes:
    """A recording as the guide's clients send it."""
    return bytes(auricle.Audio.read(path, AudioProcessingConfig(sample_rate=RATE, channels=1)).samples[0].astype("<f4"))


def words(text: str) -> list[str]:
    """The words of a text, without what writing adds."""
    text = re.sub(r"\b10\b", "ten", re.sub(r"\b15th\b", "fifteenth", re.sub(r"\b42\b", "forty two", text.lower().replace("-", " "))))
    return re.findall(r"[a-z']+", text)


def text_of(events: Iterable[LiveEvent]) -> str:
    """What is final."""
    return "".join(event.text for event in events if isinstance(event, Final))


async def spoken(stream: CaptionStream, audio: bytes, *, paced: bool) -> list[LiveEvent]:
    """Speak into a stream, in pieces of a tenth of a second, and give all that it says."""

    async def speak() -> None:
        began = time.monotonic()
        for first in range(0, len(audio), RATE * 4 // 10):
            if paced:
                await asyncio.sleep(max(0.0, began + (first / 4 / RATE) - time.monotonic()))
            await stream.send(audio[first : first + RATE * 4 // 10])
        await stream.finish()

    speaking = asyncio.create_task(speak())
    async with aclosing(stream.events()) as events:
        said = [event async for event in events]
    await speaking
    return said


async def heard(engine: LocalEngine, path: Path, *, paced: bool = False, model: str | None = None) -> list[LiveEvent]:
    """All that a stream of its own says of a recording."""
    async with await engine.listen(Listening(model=model)) as stream:
        return await spoken(stream, samples_of(path), paced=paced)


async def until_at_work(stream: CaptionStream) -> None:
    """Wait until a thread works for a stream."""
    async with asyncio.timeout(10):
        while stream not in stream._rota._working:
            await asyncio.sleep(0.001)


def check_order(events: list[LiveEvent]) -> None:
    """Times never go back, every final word is in one utterance, and every beginning has its end."""
    finals = [word for event in events if isinstance(event, Final) for word in event.words]
    assert [(word.text, word.start) for event in events if isinstance(event, Utterance) for word in event.segment.words] == [
        (word.text, word.start) for word in finals
    ]
    times = [time for word in finals for time in (word.start, word.end)]
    assert times == sorted(times)
    turns = [type(event) for event in events if isinstance(event, SpeechStarted | SpeechEnded)]
    assert turns == [SpeechStarted, SpeechEnded] * (len(turns) // 2)


# What is heard


def test_four_at_once_and_no_fifth(recordings: Path) -> None:
    """Four recordings, spoken at the same time, are each written down; a fifth is refused, and taken when one has ended."""

    async def test(engine: LocalEngine) -> None:
        speaking = [asyncio.create_task(heard(engine, recordings / name, paced=True)) for name in SAID]
        while engine._places < 4:
            await asyncio.sleep(0.01)
        with pytest.raises(Busy) as refused:
            await engine.listen(Listening())
        assert refused.value.retry_after > 0
        assert "4 live streams" in str(refused.value)
        for said, wanted in zip(await asyncio.gather(*speaking), SAID.values(), strict=True):
            check_order(said)
            assert _missing(words(wanted), words(text_of(said))) <= 2
        assert engine._places == 0
        async with await engine.listen(Listening()):
            assert engine._places == 1

    with_engine(test, concurrency=2, streams=4)


def _missing(wanted: list[str], found: list[str]) -> int:
    """How many words were not found in their order: those outside a longest common subsequence."""
    lengths = [0] * (len(found) + 1)
    for word in wanted:
        before = 0
        for place, other in enumerate(found, 1):
            before, lengths[place] = lengths[place], before + 1 if word == other else max(lengths[place], lengths[place - 1])
    return len(wanted) - lengths[-1]


def test_faster_than_anybody_speaks(recordings: Path) -> None:
    """A recording that is sent all at once is heard whole, a little at a time."""

    async def test(engine: LocalEngine) -> None:
        async with await engine.listen(Listening()) as stream:
            sending = asyncio.create_task(spoken(stream, 3 * samples_of(recordings / "jfk.flac"), paced=False))
            while not sending.done():
                assert stream._waiting <= 5.0
                await asyncio.sleep(0.01)
            said = words(text_of(await sending))
        assert said.count("country") == 6
        assert said.count("fellow") == 3

    with_engine(test)


@pytest.mark.parametrize(
    "format",
    [RawFormat("s16le", 24_000, 1), RawFormat("mulaw", 8_000, 1), RawFormat("f32le", 48_000, 2), RawFormat("wav")],
    ids=lambda given: given.encoding,
)
def test_other_formats(recordings: Path, format: RawFormat) -> None:  # noqa: A002 - as everywhere
    """Whatever the rate, the channels and the storage, the words are the same."""
    config = AudioProcessingConfig(output_format="wav", sample_rate=format.sample_rate, channels=format.channels)
    audio = _stored(auricle.Audio.read(recordings / "LJ001-0005.wav", config), format)

    async def test(engine: LocalEngine) -> None:
        async with await engine.listen(Listening(format=format)) as stream:
            said = await spoken(stream, audio, paced=False)
        assert _missing(words(SAID["LJ001-0005.wav"]), words(text_of(said))) <= 2

    with_engine(test)


def _stored(audio: auricle.Audio, format: RawFormat) -> bytes:  # noqa: A002 - as everywhere
    """The bytes of a recording in a format that is bare, or WAV."""
    frames = audio.samples.T
    match format.encoding:
        case "f32le":
            return bytes(np.ascontiguousarray(frames, "<f4"))
        case "s16le":
            return bytes(np.ascontiguousarray(frames * 32767, "<i2"))
        case "mulaw":
            values = to_float(bytes(range(256)), "mulaw")
            order = np.argsort(values)
            return bytes(order[np.searchsorted(values[order], frames[:, 0]).clip(0, 255)].astype("u1"))
        case _:
            file = io.BytesIO()
            audio.write(file, AudioProcessingConfig(output_format="wav"))
            return file.getvalue()


def test_beside_recordings(recordings: Path) -> None:
    """A recording that is transcribed, and a stream, share the model, and neither waits for the other's end."""

    async def test(engine: LocalEngine) -> None:
        transcript, said = await asyncio.gather(
            transcript_of(engine, recordings / "two_cities.flac"), heard(engine, recordings / "LJ001-0005.wav", paced=True)
        )
        assert "best of times" in transcript.text.lower()
        assert _missing(words(SAID["LJ001-0005.wav"]), words(text_of(said))) <= 2

    with_engine(test)


def test_a_bad_piece(recordings: Path) -> None:
    """What is no audio is refused, and the words around it are heard."""

    async def test(engine: LocalEngine) -> None:
        async with await engine.listen(Listening()) as stream:
            audio = samples_of(recordings / "LJ001-0005.wav")
            await stream.send(audio[:160_000])
            with pytest.raises(CorruptAudio):
                await stream.send(b"\x00\x00\xc0\x7f" * 100)  # NaN
            said = await spoken(stream, audio[160_000:], paced=False)
        assert _missing(words(SAID["LJ001-0005.wav"]), words(text_of(said))) <= 2

    with_engine(test)


def test_committing_twice(recordings: Path) -> None:
    """Each commit makes final what was sent before it, the utterance ends, and the next speech begins another."""

    async def test(engine: LocalEngine) -> None:
        audio = samples_of(recordings / SHORT)
        async with await engine.listen(Listening()) as stream:
            for _ in range(2):
                await stream.send(audio)
                await stream.commit()
                await stream.settled()
                said = stream.ready_events()
                assert words(text_of(said)) == words("go forward ten meters")
                assert isinstance(said[0], SpeechStarted)
                assert isinstance(said[-1], SpeechEnded)

    with_engine(test)


# What cannot be had


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (Listening(model="no-such-model"), UnknownModel),
        (Listening(model="/etc"), UnknownModel),
        (Listening(model="turbo"), ModelUnavailable),
        (Listening(LiveOptions(language="de")), OptionError),
    ],
    ids=["unknown", "path", "absent", "language"],
)
def test_what_cannot_be_had(wanted: Listening, error: type[Exception]) -> None:
    """It is refused before there is a stream, and neither a place nor the model is held."""

    async def test(engine: LocalEngine) -> None:
        for _ in range(3):
            with pytest.raises(error):
                await engine.listen(wanted)
        assert engine._places == 0
        assert all(loaded.users == 0 for loaded in engine._models._loaded.values())
        async with await engine.listen(Listening()):
            pass

    with_engine(test, streams=1)


@pytest.mark.parametrize(
    ("wanted", "error", "words"),
    [
        (Listening(model="no-such-model"), UnknownModel, "use one of: tiny.en, base"),
        (Listening(model="/etc"), UnknownModel, "use one of: tiny.en, base"),
        (Listening(model="turbo"), ModelUnavailable, "auricle models pull large-v3-turbo"),
        (Listening(LiveOptions(language="de")), OptionError, "tiny.en knows no language 'de'; use one of: en."),
        (Listening(LiveOptions(language="klingon"), "base"), OptionError, "base knows no language 'klingon'; use one of: af, am,"),
        (Listening(), None, ""),
        (Listening(LiveOptions(language="english")), None, ""),
        (Listening(LiveOptions(language="German"), "base"), None, ""),
    ],
)
def test_what_is_known_before_a_model_is_loaded(wanted: Listening, error: type[Exception] | None, words: str) -> None:
    """Names that cannot be had are refused with those that can be, and no model is loaded to find out."""

    async def test(engine: LocalEngine) -> None:
        with pytest.raises(error, match=words) if error is not None else nullcontext():
            await engine.check(wanted)
        assert not any(model.loaded for model in engine.models())

    with_engine(test)


@pytest.mark.parametrize("model", ["tiny.en", "base"])
def test_languages_are_those_of_the_model(model: str) -> None:
    """The names alone tell what the weights do, but for Cantonese, which came with large-v3 and is said of others, too."""

    async def test(engine: LocalEngine) -> None:
        known = set()
        for language in NAMES:
            with suppress(OptionError):
                await engine.check(Listening(LiveOptions(language=language), model))
                known.add(language)
        assert known - {"yue"} == set(load_recognizer(model).languages) - {"yue"}

    with_engine(test)


# Ends that come early


@linux
def test_who_goes_away_leaves_nothing_behind(recordings: Path) -> None:
    """Dropped in the middle of a decode, a stream is gone within a second; no thread, no file and no place is held, and it goes on."""

    async def test(engine: LocalEngine) -> None:
        audio = samples_of(recordings / "jfk.flac")
        await asyncio.gather(*(heard(engine, recordings / SHORT) for _ in range(3)))  # what is made once is there
        before = ours()
        for _ in range(3):
            async with await engine.listen(Listening()) as stream:
                await stream.send(audio)
                await until_at_work(stream)
                began = time.monotonic()
            assert time.monotonic() - began < 1
            assert engine._places == 0
            assert engine._models._loaded["tiny.en"].users == 0
        using = asyncio.create_task(heard(engine, recordings / "jfk.flac"))
        await asyncio.sleep(0.3)
        using.cancel()
        await asyncio.wait({using})
        while engine._places:
            await asyncio.sleep(0.01)
        eventually(lambda: ours() == before)
        assert text_of(await heard(engine, recordings / SHORT))

    with_engine(test, streams=3)


def test_who_goes_away_while_the_model_is_loaded(monkeypatch: pytest.MonkeyPatch, recordings: Path) -> None:
    """The place is free at once, and the model is not in use when it is there."""
    loading, gate = threading.Event(), threading.Event()

    def load(model: str, **options: object) -> object:
        loading.set()
        assert gate.wait(20)
        return load_recognizer(model, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(models, "load_recognizer", load)

    async def test(engine: LocalEngine) -> None:
        opening = asyncio.create_task(engine.listen(Listening()))
        assert await asyncio.to_thread(loading.wait, 10)
        opening.cancel()
        await asyncio.wait({opening})
        assert opening.cancelled()
        assert engine._places == 0
        gate.set()
        async with asyncio.timeout(20):
            while "tiny.en" not in engine._models._loaded or engine._models._loaded["tiny.en"].users:
                await asyncio.sleep(0.01)
        assert text_of(await heard(engine, recordings / SHORT))

    with_engine(test, streams=1)


def test_the_event_loop_stays_free(recordings: Path) -> None:
    """While the model is loaded and while streams are heard, nobody on the loop waits for long."""

    async def test(engine: LocalEngine) -> None:
        waits = list[float]()

        async def beat() -> None:
            while True:
                began = time.monotonic()
                await asyncio.sleep(0.005)
                waits.append(time.monotonic() - began)

        beating = asyncio.create_task(beat())
        await asyncio.gather(*(heard(engine, recordings / SHORT) for _ in range(3)))
        beating.cancel()
        assert max(waits) < 0.5

    with_engine(test)


def test_unloading_disturbs_nobody(recordings: Path) -> None:
    """A stream whose model is unloaded hears on; one that is silent for longer than models may be idle keeps its model."""

    async def test(engine: LocalEngine) -> None:
        audio = samples_of(recordings / "LJ001-0005.wav")
        async with await engine.listen(Listening()) as stream:
            await stream.send(audio[:160_000])
            await stream.settled()
            await asyncio.sleep(0.8)
            assert engine.models()[0].loaded
            assert await engine.unload("tiny.en")
            said = [*stream.ready_events(), *await spoken(stream, audio[160_000:], paced=False)]
        assert _missing(words(SAID["LJ001-0005.wav"]), words(text_of(said))) <= 2
        assert text_of(await heard(engine, recordings / SHORT))
        async with asyncio.timeout(5):
            while engine.models()[0].loaded:
                await asyncio.sleep(0.05)

    with_engine(test, model_idle=0.2)


def test_the_engine_stops(recordings: Path) -> None:
    """Streams that are open end with a sentence, and no thread is left."""
    kept = list[asyncio.Task[list[LiveEvent]]]()

    async def test(engine: LocalEngine) -> None:
        kept.append(asyncio.create_task(heard(engine, recordings / "two_cities.flac", paced=True)))
        while not engine._streams:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        await engine.stop()
        with pytest.raises(Stopping):
            await kept[0]

    with_engine(test)
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("captions")] == []
