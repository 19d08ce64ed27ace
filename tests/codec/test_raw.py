"""Promises of auricle.codec.raw: whatever the pieces, the samples are those that were sent."""

from __future__ import annotations

import contextlib
import io
import tracemalloc
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode
from auricle.codec.raw import ENCODINGS, Encoding, Meter, RawDecoder, RawFormat
from auricle.errors import CorruptAudio, OptionError, UnsupportedFormat
from tests.codec.test_opus_packets import packets

BARE: list[Encoding] = ["f32le", "s16le", "mulaw", "alaw"]
NOISE = np.random.default_rng(7).uniform(-1.5, 1.5, 3000).astype("<f4")


def stream(encoding: Encoding, channels: int) -> bytes:
    """Live audio; of bare samples, a whole number of frames."""
    match encoding:
        case "f32le":
            return NOISE[: 600 * channels].tobytes()
        case "wav":
            file = io.BytesIO()
            soundfile.write(file, NOISE[: 600 * channels].reshape(-1, channels), 16_000, "PCM_24", format="WAVEX")
            return file.getvalue()
        case _:
            return np.random.default_rng(8).bytes(600 * channels * (2 if encoding == "s16le" else 1))


def heard(decoder: RawDecoder, pieces: Iterable[bytes]) -> Audio:
    """All that is in these pieces."""
    found = [audio for audio in map(decoder.feed, pieces) if audio is not None]
    decoder.finish()
    return Audio.join(found)


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("encoding", BARE)
def test_the_samples_are_those_of_ffmpeg(encoding: Encoding, channels: int) -> None:
    """In each encoding of bare samples."""
    data = stream(encoding, channels)
    expected = decode(data, AudioProcessingConfig(input_format=encoding, sample_rate=8000, channels=channels))
    found = heard(RawDecoder(RawFormat(encoding, 8000, channels)), [data])
    assert found.rate == 8000
    np.testing.assert_array_equal(found.samples, expected.samples)


def test_the_samples_of_a_wav_are_those_of_ffmpeg() -> None:
    """At the rate and with the channels that its header says, whatever was said before."""
    data = stream("wav", 2)
    found, expected = heard(RawDecoder(RawFormat("wav", 48_000, 1)), [data]), decode(data)
    assert found.rate == expected.rate == 16_000
    np.testing.assert_array_equal(found.samples, expected.samples)


@given(encoding=st.sampled_from([*BARE, "wav"]), channels=st.integers(1, 3), cuts=st.sets(st.integers(0, 7500)), left=st.integers(0, 1))
@settings(max_examples=150, deadline=None)
def test_any_pieces_give_the_same_samples(encoding: Encoding, channels: int, cuts: set[int], left: int) -> None:
    """Wherever they are cut; and half a frame at the end is dropped."""
    data = stream(encoding, channels)
    whole = heard(RawDecoder(RawFormat(encoding, channels=channels)), [data])
    data += bytes(left * (RawFormat(encoding, channels=channels).frame_bytes or 1) // 2)
    pieces = [data[first:last] for first, last in pairwise([0, *sorted(cuts), len(data)])]
    np.testing.assert_array_equal(heard(RawDecoder(RawFormat(encoding, channels=channels)), pieces).samples, whole.samples)


@pytest.mark.parametrize("encoding", BARE)
def test_a_byte_at_a_time(encoding: Encoding) -> None:
    """There is nothing until a frame is whole."""
    decoder, data = RawDecoder(RawFormat(encoding, channels=2)), stream(encoding, 2)[:80]
    size = RawFormat(encoding, channels=2).frame_bytes
    assert size is not None
    for place in range(len(data)):
        found = decoder.feed(data[place : place + 1])
        assert (found is None) == ((place + 1) % size != 0)
        assert found is None or found.frames == 1


def test_opus_packets_are_heard() -> None:
    """Each is complete by itself, and has a rate of 48 kHz."""
    tone = (np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000) / 2).astype(np.float32)
    found = heard(RawDecoder(RawFormat("opus", 16_000)), packets(tone[np.newaxis], 16_000, bit_rate=64_000))
    assert (found.rate, found.duration) == (48_000, 1.0)
    spectrum = np.abs(np.fft.rfft(found.samples[0]))
    assert np.argmax(spectrum) == 440  # one second: as many Hertz
    assert np.sqrt(np.mean(found.samples[:, 4800:] ** 2)) == pytest.approx(0.5**1.5, rel=0.02)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_left_out(wrong: float) -> None:
    """It is said when it was, the piece that it is in is not heard, and the stream goes on, a split sample and all."""
    decoder = RawDecoder(RawFormat())
    good = NOISE[:16_000].tobytes()
    assert decoder.feed(good + b"\0\0") is not None
    with pytest.raises(CorruptAudio, match=r"sample 3001 of channel 0 .* not a finite number"):
        decoder.feed(b"\0\0" + np.array([wrong], "<f4").tobytes() + good[:3])
    found = decoder.feed(good[3:])
    assert found is not None
    np.testing.assert_array_equal(found.samples[0], NOISE)


def test_beyond_full_scale() -> None:
    """Loud is not wrong."""
    found = RawDecoder(RawFormat()).feed(np.array([3.5, -1e30], "<f4").tobytes())
    assert found is not None
    np.testing.assert_array_equal(found.samples[0], np.array([3.5, -1e30], np.float32))


def test_a_header_that_cannot_be_used() -> None:
    """Is said of every piece; and a stream that ends before its samples, at its end."""
    decoder = RawDecoder(RawFormat("wav"))
    for piece in (b"ID3 and twelve more", b"still"):
        with pytest.raises(UnsupportedFormat, match="no WAV header"):
            decoder.feed(piece)
    decoder = RawDecoder(RawFormat("wav"))
    assert decoder.feed(stream("wav", 1)[:30]) is None
    with pytest.raises(CorruptAudio, match="ends within"):
        decoder.finish()


def test_the_array_is_not_the_callers() -> None:
    """What was fed from a buffer that is used again stays as it was."""
    buffer = bytearray(NOISE[:10].tobytes())
    found = RawDecoder(RawFormat()).feed(buffer)  # type: ignore[arg-type]  # which sockets give all the same
    buffer[:] = bytes(len(buffer))
    assert found is not None
    np.testing.assert_array_equal(found.samples[0], NOISE[:10])


@pytest.mark.parametrize(("values", "field"), [
    ({"encoding": "mp3"}, "encoding"), ({"encoding": ["wav"]}, "encoding"), ({"encoding": None}, "encoding"),
    ({"sample_rate": 3999}, "sample_rate"), ({"sample_rate": 192_001}, "sample_rate"), ({"sample_rate": 16_000.0}, "sample_rate"),
    ({"sample_rate": True}, "sample_rate"), ({"sample_rate": None}, "sample_rate"), ({"sample_rate": "16000"}, "sample_rate"),
    ({"channels": 0}, "channels"), ({"channels": 9}, "channels"), ({"channels": 1.5}, "channels"),
    ({"encoding": "opus", "channels": 3}, "channels"), ({"encoding": "opus", "sample_rate": 44_100}, "sample_rate"),
])  # fmt: skip
def test_what_cannot_be_honoured_is_said_at_birth(values: dict[str, object], field: str) -> None:
    """With the field and what would be right."""
    with pytest.raises(OptionError) as found:
        RawFormat(**values)  # type: ignore[arg-type]
    assert found.value.field == field
    assert "from" in str(found.value) or "one of" in str(found.value)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_can(encoding: Encoding) -> None:
    """The least and the most."""
    opus = encoding == "opus"
    RawFormat(encoding, 8000 if opus else 4000, 1)
    RawFormat(encoding, 48_000 if opus else 192_000, 2 if opus else 8)


@pytest.mark.parametrize(("audio", "size"), [
    (RawFormat(), 4), (RawFormat("s16le", channels=2), 4), (RawFormat("mulaw"), 1), (RawFormat("alaw", channels=8), 8),
])  # fmt: skip
def test_messages_hold_whole_frames(audio: RawFormat, size: int) -> None:
    """Any number of them; otherwise a sentence has the numbers."""
    assert audio.frame_bytes == size
    for frames in (0, 1, 1000):
        audio.check_message(bytes(frames * size))
    for length in {size + 1, 3 * size - 1} if size > 1 else ():
        with pytest.raises(CorruptAudio, match=f"has {length} bytes.* a multiple of {size}"):
            audio.check_message(bytes(length))


def test_messages_of_other_encodings() -> None:
    """A packet has bytes and not too many of them; a piece of a WAV stream is any."""
    for length in (0, 61_300):
        with pytest.raises(CorruptAudio, match="one Opus packet"):
            RawFormat("opus").check_message(bytes(length))
    RawFormat("opus").check_message(bytes(100))
    for length in (0, 1, 101):
        RawFormat("wav").check_message(bytes(length))


@given(encoding=st.sampled_from([*BARE, "wav"]), channels=st.integers(1, 3), cut=st.integers(0, 3000))
@settings(max_examples=60, deadline=None)
def test_audio_is_counted_without_being_decoded(encoding: Encoding, channels: int, cut: int) -> None:
    """As long as what is decoded."""
    audio, data = RawFormat(encoding, channels=channels), stream(encoding, channels)
    meter = Meter(audio)
    meter.feed(data[:cut])
    meter.feed(data[cut:])
    assert meter.seconds == pytest.approx(heard(RawDecoder(audio), [data]).duration)


def test_counting_packets_and_nonsense() -> None:
    """A packet says how long it is; what is no WAV has no length, and no error here."""
    meter, nonsense = Meter(RawFormat("opus")), Meter(RawFormat("wav"))
    for packet in packets(np.zeros((1, 16_000), np.float32), 16_000):
        meter.feed(packet)
    nonsense.feed(b"nonsense" * 100)
    assert meter.seconds == pytest.approx(1.0)
    assert nonsense.seconds == 0


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_memory_does_not_grow(encoding: Encoding) -> None:
    """With whatever comes."""
    decoder, piece, used = RawDecoder(RawFormat(encoding)), bytes(1001), 0
    tracemalloc.start()
    try:
        for turn in range(1000):
            with contextlib.suppress(CorruptAudio, UnsupportedFormat):
                decoder.feed(piece)
            if turn == 200:
                used = tracemalloc.get_traced_memory()[0]
        assert tracemalloc.get_traced_memory()[0] < used + 10_000
    finally:
        tracemalloc.stop()
