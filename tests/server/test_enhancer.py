"""Enhancing in this process, with the real steps: what the verb gives, in whatever pieces, and nothing is left behind."""

from __future__ import annotations

import asyncio
import io
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import IO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode, encode, open_audio, write
from auricle.codec.raw import RawFormat
from auricle.enhancement import Band, EnhanceOptions, Report, enhancer
from auricle.enhancement import enhance as verb
from auricle.errors import AuricleError, Busy, CorruptAudio, OptionError, SampleRateOutOfRange, UnsupportedFormat
from auricle.server import enhancer as local
from auricle.server.engine import Load
from auricle.server.enhancer import LiveEnhancer, live_stage
from auricle.server.enhancing import EnhancedRecording, Enhancing, LiveEnhancing
from auricle.server.local import LocalEngine
from auricle.server.settings import Settings
from auricle.server.task import Task
from tests.server.test_local import linux, ours, with_engine

TONE = EnhanceOptions(equalize=(Band(1000, -6.0, 1.0),))
LOUD = EnhanceOptions(loudness=-20.0)


def noise(seconds: float, rate: int = 16_000, channels: int = 1) -> Audio:
    """White, at -20 dBFS or so."""
    samples = np.random.default_rng(3).normal(0, 0.1, (channels, round(seconds * rate)))
    return Audio(samples.astype(np.float32), rate)


def file_of(data: bytes) -> IO[bytes]:
    """An unnamed file with something in it."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it closes itself when nobody has it any more
    file.write(data)
    return file


def enhanced(data: bytes, wanted: Enhancing, **given: object) -> tuple[Audio, EnhancedRecording]:
    """What becomes of a recording, in this thread."""
    with file_of(data) as recording, tempfile.TemporaryFile() as target:
        made = local.enhance(recording, wanted, target, Settings(**given), Task())  # type: ignore[arg-type]
        target.seek(0)
        assert made is not None
        return decode(io.BytesIO(target.read())), made


# A recording


@pytest.mark.parametrize("output_format", ["wav", "flac"])
@pytest.mark.parametrize(("depth", "exact"), [("float", True), (24, False), (16, False)])
def test_depth_rate_and_channels_are_kept(output_format: str, depth: int, exact: bool) -> None:
    """The answer is as deep as the recording where its format can be; rate, channels and length are the recording's."""
    audio = noise(0.5, 44_100, 2)
    data = encode(audio, AudioProcessingConfig(bit_depth=depth))  # type: ignore[arg-type]
    found, made = enhanced(data, Enhancing(TONE, config=AudioProcessingConfig(output_format=output_format)))
    expected = verb(decode(io.BytesIO(data)), TONE).audio
    assert (found.rate, found.channels, found.frames, made.rate, made.channels) == (44_100, 2, audio.frames, 44_100, 2)
    step = 2.0**-23 if depth in ("float", 24) else 2.0**-15
    tolerance = 0.0 if exact and output_format == "wav" else 2 * step
    assert np.abs(found.samples - expected.samples).max() <= tolerance


def test_the_report_is_the_verbs() -> None:
    """To the last figure."""
    data = encode(noise(2.0), AudioProcessingConfig(bit_depth="float"))
    _, made = enhanced(data, Enhancing(LOUD))
    assert made.report == verb(decode(io.BytesIO(data)), LOUD).report
    assert made.report.after.loudness.integrated == pytest.approx(-20.0, abs=0.1)


def test_tags_are_kept() -> None:
    """As a conversion keeps them."""
    buffer = io.BytesIO()
    write(buffer, noise(0.2), AudioProcessingConfig(output_format="flac"), {"title": "Noise"})
    with file_of(buffer.getvalue()) as recording, tempfile.TemporaryFile() as target:
        local.enhance(recording, Enhancing(TONE, config=AudioProcessingConfig(output_format="flac")), target, Settings(), Task())
        target.seek(0)
        with open_audio(target) as decoder:
            assert decoder.info.tags["title"] == "Noise"


def test_raw_samples() -> None:
    """They are what the request says that they are."""
    config = AudioProcessingConfig(input_format="s16le", sample_rate=8000, channels=2)
    found, _ = enhanced(bytes(4 * 800), Enhancing(config=config))
    assert (found.rate, found.channels, found.frames) == (8000, 2, 800)


@pytest.mark.parametrize(
    ("channels", "others"), [(3, "wav, flac, aac, m4a, pcm"), (7, "wav, flac, aac, m4a, pcm"), (8, "wav, flac, opus, pcm")]
)
def test_more_channels_than_the_format_has(channels: int, others: str) -> None:
    """The format is to blame, not the recording, and those that hold so many are named."""
    with pytest.raises(OptionError) as caught:
        enhanced(encode(noise(0.1, channels=channels)), Enhancing(config=AudioProcessingConfig(output_format="mp3")))
    assert (caught.value.field, str(caught.value)) == (
        "output_format",
        f"mp3 cannot hold the {channels} channels of this recording; use one of: {others}.",
    )


def test_a_recording_of_noise() -> None:
    """It is decoded in a process of its own, too, and taken for what it is."""
    data = encode(noise(2.0))
    found, made = enhanced(data, Enhancing(EnhanceOptions(denoise="spectral"), encode(noise(1.0))))
    before = decode(io.BytesIO(data))
    assert np.square(found.samples).mean() < np.square(before.samples).mean() / 10
    assert [step.name for step in made.report.steps] == ["denoise"]


@pytest.mark.parametrize(
    "data", [b"no audio", encode(noise(61.0, 4000)), encode(noise(0.2))[:60]], ids=["no audio", "more than a minute", "cut off"]
)
def test_no_recording_of_noise(data: bytes) -> None:
    """It is the noise profile that is wrong, not the recording."""
    with pytest.raises(OptionError) as caught:
        enhanced(encode(noise(0.2)), Enhancing(EnhanceOptions(denoise="spectral"), data))
    assert caught.value.field == "noise_profile"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"no audio", UnsupportedFormat),
        (encode(noise(0.5))[:5000], CorruptAudio),
        (encode(noise(0.5, 1000)), SampleRateOutOfRange),
    ],
    ids=["no audio", "cut off", "low rate"],
)
def test_what_cannot_be_used(data: bytes, error: type[AuricleError]) -> None:
    """It is refused in the decoder's words."""
    with pytest.raises(error):
        enhanced(data, Enhancing(TONE))


def test_a_damaged_recording_may_be_saved() -> None:
    """As much of it as there is."""
    whole = encode(noise(0.5))
    found, _ = enhanced(whole[:-8000], Enhancing(TONE, salvage=True))
    assert found.frames == 4000


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (AudioProcessingConfig(output_format="mp3"), "output_format"),
        (AudioProcessingConfig(output_format="flac", bit_depth=32), "bit_depth"),
    ],
)
def test_what_the_format_cannot_hold(config: AudioProcessingConfig, field: str) -> None:
    """It is said before anything is done."""
    with pytest.raises(OptionError) as caught:
        enhanced(encode(noise(0.2, channels=4)), Enhancing(TONE, config=config))
    assert caught.value.field == field


def test_what_would_fill_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recording whose samples take more room than there is for one is too long."""
    monkeypatch.setattr(local, "_MOST_SAMPLE_BYTES", 4 * 16_000)
    found, _ = enhanced(encode(noise(0.9)), Enhancing(TONE))
    assert found.duration == pytest.approx(0.9)
    with pytest.raises(AuricleError, match="long"):
        enhanced(encode(noise(1.5)), Enhancing(TONE))


def test_nobody_waits_for_it() -> None:
    """A task that was cancelled does nothing, and one that is cancelled on its way stops."""
    cancelled = Task()
    cancelled.cancel()
    with file_of(encode(noise(0.2))) as recording, tempfile.TemporaryFile() as target:
        assert local.enhance(recording, Enhancing(TONE), target, Settings(), cancelled) is None
        assert target.tell() == 0


# The engine


async def asked(engine: LocalEngine, data: bytes, wanted: Enhancing) -> Report:
    """An enhancement by the engine."""
    with file_of(data) as recording, tempfile.TemporaryFile() as target:
        return (await engine.enhance(recording, wanted, target)).report


@linux
def test_it_leaves_nothing_behind() -> None:
    """Whatever comes of it: no file, no process, no place that is taken."""

    async def test(engine: LocalEngine) -> None:
        data = encode(noise(0.5))
        await asked(engine, data, Enhancing(LOUD))
        before = ours()
        await asked(engine, data, Enhancing(LOUD))
        for wrong in (data[:5000], b"no audio"):
            with pytest.raises(AuricleError):
                await asked(engine, wrong, Enhancing(LOUD))
        assert engine.load() == Load(0, 0)
        assert ours() == before

    with_engine(test)


def test_places() -> None:
    """An enhancement takes one of the places for recordings; who finds none is told when to come back."""

    async def test(engine: LocalEngine) -> None:
        data = encode(noise(20.0, 48_000, 2))
        working = asyncio.create_task(asked(engine, data, Enhancing(LOUD)))
        while engine.load().running == 0:
            await asyncio.sleep(0)
        with pytest.raises(Busy):
            await asked(engine, data, Enhancing(LOUD))
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert engine.load() == Load(0, 0)

    with_engine(test)


# Live


def streamed(wanted: LiveEnhancing, data: bytes, cuts: list[int]) -> bytes:
    """What comes back of a live stream whose audio comes in these pieces."""

    async def run() -> bytes:
        freed = list[bool]()
        with ThreadPoolExecutor(1) as threads:
            async with LiveEnhancer(live_stage(wanted), wanted, threads, lambda: freed.append(True)) as stream:
                edges = [0, *sorted(cuts), len(data)]
                out = [await stream.feed(data[begin:end]) for begin, end in pairwise(edges)]
                out.append(await stream.finish())
        assert freed == [True]
        return b"".join(out)

    return asyncio.run(run())


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 8 * 4000), max_size=6))
def test_any_pieces(cuts: list[int]) -> None:
    """What comes back is what the chain makes of it, sample by sample, and as many bytes as went in."""
    audio = noise(0.5, 8000, 2)
    wanted = LiveEnhancing(TONE, RawFormat("f32le", 8000, 2))
    data = audio.samples.T.tobytes()
    found = streamed(wanted, data, cuts)
    stage = enhancer(8000, 2, TONE)
    expected = np.concatenate([stage.feed(audio.samples), stage.finish()], axis=1)
    assert found == np.ascontiguousarray(expected.T).tobytes()
    assert len(found) == len(data)


@pytest.mark.parametrize("denoise", ["deepfilter", "rnnoise"])
def test_as_many_samples_as_went_in(denoise: str) -> None:
    """However long the model looks ahead; in 16 bits, too."""
    data = (noise(0.7).samples[0] * 2**15).astype("<i2").tobytes()
    wanted = LiveEnhancing(EnhanceOptions(denoise=denoise), RawFormat("s16le"))  # type: ignore[arg-type]
    assert len(streamed(wanted, data, [100, 3001, 9000])) == len(data)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (LiveEnhancing(EnhanceOptions(dehum=True)), "dehum"),
        (LiveEnhancing(EnhanceOptions(loudness=-16)), "loudness"),
        (LiveEnhancing(EnhanceOptions(equalize=(Band(9000, 3.0),))), "equalize"),
        (LiveEnhancing(format=RawFormat("mulaw", 8000)), "encoding"),
    ],
)
def test_what_cannot_be_done_live(wanted: LiveEnhancing, field: str) -> None:
    """It is said before there is any audio."""

    async def test(engine: LocalEngine) -> None:
        for asking in (engine.check_enhancing, engine.enhance_live):
            with pytest.raises(OptionError) as caught:
                await asking(wanted)
            assert caught.value.field == field
        assert engine._places == 0

    with_engine(test)


def test_live_places() -> None:
    """A stream that is enhanced takes one of the places for live streams, and gives it back."""

    async def test(engine: LocalEngine) -> None:
        async with await engine.enhance_live(LiveEnhancing(TONE)) as stream:
            assert await stream.feed(bytes(400)) is not None
            with pytest.raises(Busy):
                await engine.enhance_live(LiveEnhancing(TONE))
        async with await engine.enhance_live(LiveEnhancing(TONE)):
            assert engine._places == 1
        assert engine._places == 0

    with_engine(test, streams=1)


def test_a_bad_piece() -> None:
    """It is left out, and the stream goes on as if it had not been."""
    wanted = LiveEnhancing(TONE)

    async def run(pieces: list[bytes]) -> bytes:
        out = list[bytes]()
        with ThreadPoolExecutor(1) as threads:
            async with LiveEnhancer(live_stage(wanted), wanted, threads, lambda: None) as stream:
                for piece in pieces:
                    try:
                        out.append(await stream.feed(piece))
                    except CorruptAudio:
                        assert piece == b"\xff" * 8
                return b"".join([*out, await stream.finish()])

    good = noise(0.1).samples.T.tobytes()
    assert asyncio.run(run([good, b"\xff" * 8, good])) == asyncio.run(run([good, good]))
