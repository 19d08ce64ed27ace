"""Analysing in this process, with the real parts: what the verb gives, in whatever pieces, and nothing is left behind."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle import music, wire
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode, encode
from auricle.codec.raw import RawFormat
from auricle.errors import AuricleError, Busy, CorruptAudio, EmptyAudio, OptionError, SampleRateOutOfRange, TooLong, UnsupportedFormat
from auricle.music.live import LiveAnalysis, Rolling
from auricle.music.results import MusicAnalysis
from auricle.server import analyser as local
from auricle.server.analyser import LiveAnalyser
from auricle.server.analysing import Analysing, LiveAnalysing
from auricle.server.engine import Load
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings
from auricle.server.task import Task
from tests.server.test_enhancer import file_of
from tests.server.test_local import linux, ours, with_engine

LEVEL = Analysing(("dynamics",))
NO_SAMPLE = bytes.fromhex(
    "52494646 24000000 57415645 666d7420 10000000 0100 0100 803e0000 007d0000 0200 1000 64617461 00000000"
)  # a WAV header


def clicks(seconds: float, rate: int = 16_000, channels: int = 1, bpm: float = 120.0) -> Audio:
    """A tick on every beat: 20 ms of noise that dies away."""
    tick = np.random.default_rng(3).normal(0, 0.3, round(0.02 * rate)) * np.linspace(1, 0, round(0.02 * rate))
    samples = np.zeros(round(seconds * rate) + len(tick))
    for beat in np.arange(0.25, seconds, 60 / bpm):
        samples[round(beat * rate) :][: len(tick)] += tick
    return Audio(np.tile(samples[: round(seconds * rate)], (channels, 1)).astype(np.float32), rate)


def found(data: bytes, wanted: Analysing = LEVEL, **given: object) -> MusicAnalysis:
    """What is found in a recording, in this thread."""
    with file_of(data) as recording:
        result = local.analyze(recording, wanted, Settings(**given), Task())  # type: ignore[arg-type]
    assert result is not None
    return result


# A recording


def test_it_is_the_verbs() -> None:
    """To the last figure, with the recording's own rate and channels."""
    data = encode(clicks(3.0, 44_100, 2))
    result = found(data, Analysing(("spectrum", "dynamics"), frames=True))
    expected = music.analyze(io.BytesIO(data), include=("spectrum", "dynamics"), frames=True)
    assert wire.analysis(result) == wire.analysis(expected)
    assert (result.rate, result.channels, result.duration) == (44_100, 2, 3.0)


def test_raw_samples() -> None:
    """They are what the request says that they are."""
    config = AudioProcessingConfig(input_format="s16le", sample_rate=8000, channels=2)
    result = found(bytes(4 * 800), Analysing(("dynamics",), config=config))
    assert (result.rate, result.channels, result.duration) == (8000, 2, 0.1)


@pytest.mark.parametrize("samples", [np.zeros((1, 16_000)), np.zeros((1, 1)), np.full((2, 8000), 0.5)])
def test_nothing_to_find(samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
    """Silence, a sample and a constant are no error: there is no tempo, and no key."""
    data = encode(Audio(samples.astype(np.float32), 16_000))
    result = found(data, Analysing(("rhythm", "harmony", "spectrum", "dynamics")))
    shape = wire.guide_analysis(result)
    assert (shape["tempo"], shape["beat_count"], shape["key_signature"]) == (None, 0, None)
    assert len(shape["notes"]) == 2


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"no audio", UnsupportedFormat),
        (encode(clicks(0.5))[:5000], CorruptAudio),
        (encode(clicks(0.5, 1000)), SampleRateOutOfRange),
        (NO_SAMPLE, EmptyAudio),
    ],
    ids=["no audio", "cut off", "low rate", "no sample"],
)
def test_what_cannot_be_used(data: bytes, error: type[AuricleError]) -> None:
    """It is refused in the decoder's words."""
    with pytest.raises(error):
        found(data)


def test_a_damaged_recording_may_be_saved() -> None:
    """As much of it as there is."""
    whole = encode(clicks(0.5))
    assert found(whole[:-8000], Analysing(("dynamics",), salvage=True)).duration == 0.25


def test_too_long() -> None:
    """As everywhere."""
    with pytest.raises(TooLong):
        found(encode(clicks(3.0)), recording_seconds=2)


def test_frames_of_a_long_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    """There would be too many figures, and it is those that are to blame; without them it is analysed."""
    monkeypatch.setattr(local, "_FRAMES_S", 2.0)
    data = encode(clicks(3.0))
    with pytest.raises(OptionError, match="up to 2 s; leave frames out") as caught:
        found(data, Analysing(("spectrum",), frames=True))
    assert caught.value.field == "frames"
    assert found(data, LEVEL).duration == 3.0
    with pytest.raises(TooLong):  # the operator's limit
        found(data, Analysing(("spectrum",), frames=True), recording_seconds=1.5)


def test_nobody_waits_for_it() -> None:
    """A task that was cancelled does nothing."""
    cancelled = Task()
    cancelled.cancel()
    with file_of(b"no audio") as recording:
        assert local.analyze(recording, LEVEL, Settings(), cancelled) is None


# The engine


async def asked(engine: LocalEngine, data: bytes, wanted: Analysing = LEVEL) -> MusicAnalysis:
    """An analysis by the engine."""
    with file_of(data) as recording:
        return await engine.analyze(recording, wanted)


@linux
def test_it_leaves_nothing_behind() -> None:
    """Whatever comes of it: no file, no process, no place that is taken."""

    async def test(engine: LocalEngine) -> None:
        data = encode(clicks(0.5))
        await asked(engine, data)
        before = ours()
        assert (await asked(engine, data)).duration == 0.5
        for wrong in (data[:5000], b"no audio"):
            with pytest.raises(AuricleError):
                await asked(engine, wrong)
        assert engine.load() == Load(0, 0)
        assert ours() == before

    with_engine(test)


def test_places() -> None:
    """An analysis takes one of the places for recordings; who finds none is told when to come back, and who goes away frees it."""

    async def test(engine: LocalEngine) -> None:
        data = encode(clicks(60.0, 48_000, 2))
        working = asyncio.create_task(asked(engine, data))
        while engine.load().running == 0:
            await asyncio.sleep(0)
        with pytest.raises(Busy):
            await asked(engine, data)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert engine.load() == Load(0, 0)

    with_engine(test)


# Live


def streamed(wanted: LiveAnalysing, pieces: Sequence[bytes]) -> list[Rolling]:
    """What is said of a live stream whose audio comes in these pieces."""

    async def run() -> list[Rolling]:
        freed = list[bool]()
        with ThreadPoolExecutor(1) as threads:
            async with LiveAnalyser(wanted, threads, lambda: freed.append(True)) as stream:
                said = [each for piece in pieces for each in await stream.feed(piece)]
                said.extend(await stream.finish())
        assert freed == [True]
        return said

    return asyncio.run(run())


def expected_of(audio: Audio) -> list[Rolling]:
    """What `LiveAnalysis` says of it."""
    analysis = LiveAnalysis(audio.rate, audio.channels)
    return [*analysis.feed(audio.samples), *analysis.finish()]


@settings(max_examples=5)
@given(st.lists(st.integers(0, 8 * 20_000), max_size=6))
def test_any_pieces(cuts: list[int]) -> None:
    """What is said is what the analysis says, second by second."""
    audio = clicks(2.5, 8000, 2)
    data = audio.samples.T.tobytes()
    edges = [0, *sorted(cuts), len(data)]
    said = streamed(LiveAnalysing(RawFormat("f32le", 8000, 2)), [data[begin:end] for begin, end in pairwise(edges)])
    assert said == expected_of(audio)
    assert [each.time for each in said] == [1.0, 2.0, 2.5]


def test_a_header_says_what_comes() -> None:
    """Rate and channels are those of the WAV header, not those that were configured."""
    data = encode(clicks(1.5, 44_100, 2), AudioProcessingConfig(bit_depth=16))
    assert streamed(LiveAnalysing(RawFormat("wav")), [data[:30], data[30:]]) == expected_of(decode(io.BytesIO(data)))


@pytest.mark.parametrize(("rate", "channels"), [(4000, 1), (44_100, 3), (192_000, 8)])
def test_any_rate_and_channels(rate: int, channels: int) -> None:
    """Whatever can be sent."""
    audio = clicks(1.2, rate, channels)
    said = streamed(LiveAnalysing(RawFormat("f32le", rate, channels)), [audio.samples.T.tobytes()])
    assert [each.time for each in said] == pytest.approx([1.0, 1.2])
    assert 10 ** (said[0].peak / 20) == pytest.approx(np.abs(audio.samples[:, :rate]).max(), rel=1e-5)


def test_no_audio() -> None:
    """Nothing is said of nothing."""
    assert streamed(LiveAnalysing(), []) == []
    with pytest.raises(CorruptAudio):
        streamed(LiveAnalysing(RawFormat("wav")), [b"RIFF"])


def test_live_places() -> None:
    """A stream that is analysed takes one of the places for live streams, and gives it back."""

    async def test(engine: LocalEngine) -> None:
        async with await engine.analyze_live(LiveAnalysing()) as stream:
            assert list(await stream.feed(bytes(400))) == []
            with pytest.raises(Busy):
                await engine.analyze_live(LiveAnalysing())
        async with await engine.analyze_live(LiveAnalysing()):
            assert engine._places == 1
        assert engine._places == 0

    with_engine(test, streams=1)
