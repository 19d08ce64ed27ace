"""Promises of auricle.codec.streaming: heard while it comes, the same bytes for any chunking, and what other software makes of them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig as Config
from auricle.codec import decode, encode
from auricle.codec.streaming import STREAM_FORMATS, StreamEncoder, WholeEncoder
from auricle.errors import OptionError

RATE = 24_000
LOSSLESS = [("wav", 16), ("wav", 24), ("wav", 32), ("wav", "float"), ("flac", 16), ("flac", 24), ("pcm", 16), ("pcm", 24)]


def sound(seconds: float = 1.5, channels: int = 1) -> Audio:
    """Three tones, not too loud."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    tones = [sum(np.sin(2 * np.pi * hertz * (1 + row) * time_s) for hertz in (220, 554, 1109)) / 6 for row in range(channels)]
    return Audio(np.stack(tones).astype(np.float32), RATE)


def streamed(blocks: Sequence[Audio], config: Config) -> list[bytes]:
    """What is given for each block, and at the end."""
    encoder = StreamEncoder(blocks[0].rate, blocks[0].channels, config)
    return [*[encoder.feed(block) for block in blocks], encoder.finish()]


def cut(audio: Audio, lengths: Sequence[int]) -> list[Audio]:
    """In blocks of these lengths, and the rest."""
    places = np.cumsum([0, *lengths])
    return [Audio(audio.samples[:, first:last], audio.rate) for first, last in zip(places, [*places[1:], audio.frames], strict=True)]


@pytest.mark.parametrize("name", STREAM_FORMATS)
@settings(max_examples=10, deadline=None)
@given(lengths=st.lists(st.integers(0, 4000), max_size=8))
def test_any_chunking_gives_the_same_bytes(name: str, lengths: list[int]) -> None:
    """Wherever the blocks are cut, empty ones included."""
    audio, config = sound(), Config(output_format=name)
    assert b"".join(streamed(cut(audio, lengths), config)) == b"".join(streamed([audio], config))


@pytest.mark.parametrize(("name", "depth"), LOSSLESS)
def test_lossless_formats_lose_nothing(name: str, depth: int | str) -> None:
    """A stream has the very samples that the file of the same format has."""
    audio, config = sound(channels=2), Config(output_format=name, bit_depth=depth)  # type: ignore[arg-type]
    raw = Config(input_format="pcm", sample_rate=RATE, channels=2, bit_depth=depth) if name == "pcm" else None  # type: ignore[arg-type]
    whole, stream = decode(encode(audio, config), raw), decode(b"".join(streamed(list(audio.blocks(1000)), config)), raw)
    assert stream.rate == RATE
    assert np.array_equal(stream.samples, whole.samples)


@pytest.mark.parametrize(("name", "padded"), [("opus", 0.0), ("mp3", 0.12), ("aac", 0.13)])
def test_lossy_formats_are_decoded(name: str, padded: float) -> None:
    """The sound is there, at its level; where the container cannot say how much is padding, some is added, and nothing is lost."""
    audio = sound()
    found = decode(b"".join(streamed(list(audio.blocks(5000)), Config(output_format=name))))
    assert audio.duration <= found.duration <= audio.duration + padded
    assert np.sqrt(np.mean(found.samples**2)) == pytest.approx(np.sqrt(np.mean(audio.samples**2)), rel=0.1)


def test_libsndfile_reads_it() -> None:
    """Another library takes an endless WAV for what it is."""
    audio = sound()
    samples, rate = soundfile.read(io.BytesIO(b"".join(streamed([audio], Config()))), dtype="float32")
    assert (rate, len(samples)) == (RATE, audio.frames)
    assert np.abs(samples - audio.samples[0]).max() <= 2**-14


def test_the_header_of_a_wav_says_that_it_is_endless() -> None:
    """The canonical 44 bytes, with the greatest sizes there are; then the samples. Players read on until the connection ends."""
    first = streamed([sound(0.1)], Config(output_format="wav"))[0]
    assert first[:12] == b"RIFF\xff\xff\xff\xffWAVE"
    assert first[36:44] == b"data\xff\xff\xff\xff"
    assert len(first) == 44 + 2 * round(0.1 * RATE)


@pytest.mark.parametrize("name", STREAM_FORMATS)
def test_bytes_come_at_once(name: str) -> None:
    """Of a second of sound no codec holds back more than a fifth, and WAV and PCM nothing."""
    parts = streamed([sound(1.0), sound(1.0)], Config(output_format=name))
    alone = len(b"".join(streamed([sound(1.0)], Config(output_format=name))))
    assert len(parts[0]) > 0.8 * alone
    assert name not in ("wav", "pcm") or parts[2] == b""


@pytest.mark.parametrize("name", STREAM_FORMATS)
def test_what_has_come_can_be_heard(name: str) -> None:
    """A listener who has only the first half decodes most of it."""
    first = streamed([sound(1.0), sound(1.0)], Config(output_format=name))[0]
    raw = Config(input_format="pcm", sample_rate=RATE, channels=1) if name == "pcm" else None
    assert decode(first, raw, salvage=True).duration > 0.8


def test_rate_channels_and_depth() -> None:
    """As the config asks; and the encoder says which they are."""
    config = Config(output_format="wav", sample_rate=16_000, channels=2, bit_depth=24)
    encoder = StreamEncoder(RATE, 1, config)
    audio = decode(encoder.feed(sound()) + encoder.finish())
    assert (encoder.rate, encoder.channels) == (audio.rate, audio.channels) == (16_000, 2)
    assert audio.duration == sound().duration
    assert StreamEncoder(22_050, 1, Config(output_format="opus")).rate == 24_000


@pytest.mark.parametrize("name", ["m4a", "alac", "vorbis", "ogg"])
def test_what_cannot_be_streamed(name: str) -> None:
    """Is refused with what can."""
    with pytest.raises(OptionError, match="while it is being made; use one of: wav, mp3") as refused:
        StreamEncoder(RATE, 1, Config(output_format=name))
    assert refused.value.field == "output_format"


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (Config(output_format="opus", sample_rate=44_100), "sample_rate"),
        (Config(output_format="mp3", channels=6), "channels"),
        (Config(output_format="flac", bit_depth=32), "bit_depth"),
    ],
)
def test_what_a_format_cannot_hold(config: Config, field: str) -> None:
    """Is refused at once, by the field to blame."""
    with pytest.raises(OptionError) as refused:
        StreamEncoder(RATE, 1, config)
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["wav", "m4a", "mp3", "pcm"])
def test_a_whole_file_is_what_encode_gives(name: str) -> None:
    """Byte for byte, and all of it at the end."""
    audio, config = sound(), Config(output_format=name)
    encoder = WholeEncoder(RATE, 1, config)
    assert {encoder.feed(block) for block in audio.blocks(5000)} == {b""}
    assert encoder.finish() == encode(audio, config)


@pytest.mark.parametrize("kind", [StreamEncoder, WholeEncoder])
def test_abandoned_early(kind: type[StreamEncoder | WholeEncoder]) -> None:
    """An encoder that nobody needs any more can be let go at any time, twice even."""
    encoder = kind(RATE, 1, Config(output_format="mp3"))
    encoder.feed(sound())
    encoder.abandon()
    encoder.abandon()
