"""Promises of auricle.codec.riff: the samples of any WAV stream, in whatever pieces it comes and whatever sizes it states."""

from __future__ import annotations

import contextlib
import io
import struct
import tracemalloc
from itertools import pairwise
from typing import Any

import av
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.codec.pcm import Storage, to_float
from auricle.codec.riff import WavFormat, WavReader
from auricle.errors import CorruptAudio, InputError, SampleRateOutOfRange, TooManyChannels, UnsupportedFormat

KINDS: dict[str, Storage] = {
    "PCM_U8": "u8", "PCM_16": "s16le", "PCM_24": "s24le", "PCM_32": "s32le",
    "FLOAT": "f32le", "DOUBLE": "f64le", "ALAW": "alaw", "ULAW": "mulaw",
}  # fmt: skip
SAMPLES = bytes(range(200))
PCM_16 = struct.pack("<HHIIHH", 1, 2, 16_000, 64_000, 4, 16)


def chunk(name: bytes, content: bytes, size: int | None = None) -> bytes:
    """A chunk, which may lie about its size."""
    return struct.pack("<4sI", name, len(content) if size is None else size) + content + bytes(len(content) % 2)


def wav(*chunks: bytes) -> bytes:
    """A WAV stream."""
    return b"RIFF" + struct.pack("<I", 4 + sum(map(len, chunks))) + b"WAVE" + b"".join(chunks)


def read(*pieces: bytes) -> tuple[bytes, WavFormat | None]:
    """The samples in a stream that comes in these pieces, to its end."""
    reader = WavReader()
    samples = b"".join(map(reader.feed, pieces))
    reader.finish()
    return samples, reader.format


class Pipe(io.RawIOBase):
    """A file that cannot seek, as standard output."""

    def __init__(self) -> None:
        self.content = b""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Keep it."""
        self.content += bytes(data)
        return len(data)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("container", ["WAV", "WAVEX"])
def test_recordings_of_libsndfile(container: str, kind: str) -> None:
    """Every kind of samples, in both kinds of header: the samples that libsndfile itself reads."""
    file = io.BytesIO()
    sound = np.random.default_rng(1).uniform(-1, 1, (1001, 3))
    soundfile.write(file, sound, 22_050, kind, format=container)
    samples, found = read(file.getvalue())
    assert found == WavFormat(KINDS[kind], 22_050, 3)
    expected = soundfile.read(io.BytesIO(file.getvalue()), dtype="float32", always_2d=True)[0]
    np.testing.assert_array_equal(to_float(samples, KINDS[kind]).reshape(-1, 3), expected)


def test_what_ffmpeg_writes_into_a_pipe() -> None:
    """It cannot know the length, and its samples last until the end."""
    pipe, sound = Pipe(), np.arange(-500, 500, dtype=np.int16).reshape(1, -1)
    with av.open(pipe, "w", format="wav") as output:
        track = output.add_stream("pcm_s16le", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound, format="s16", layout="mono")
        frame.sample_rate = 16_000
        output.mux([*track.encode(frame), *track.encode(None)])
    assert struct.pack("<4sI", b"data", 0xFFFFFFFF) in pipe.content
    samples, found = read(pipe.content + b"more")
    assert found == WavFormat("s16le", 16_000, 1)
    assert samples == sound.astype("<i2").tobytes() + b"more"


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0x7FFFFFFF - 36])
def test_sizes_that_nobody_could_know(size: int) -> None:
    """All that comes is heard."""
    assert read(wav(chunk(b"fmt ", PCM_16), chunk(b"data", SAMPLES, size)), SAMPLES)[0] == SAMPLES + SAMPLES


def test_what_comes_after_the_samples_is_not_heard() -> None:
    """Tags, where the samples' size is known."""
    assert read(wav(chunk(b"fmt ", PCM_16), chunk(b"data", SAMPLES), chunk(b"LIST", b"INFO" * 50)), SAMPLES)[0] == SAMPLES


def test_unknown_chunks_are_passed_over() -> None:
    """Of even, odd and no size, before and after the description of the samples; the last description counts."""
    stream = wav(chunk(b"JUNK", bytes(28)), chunk(b"odd ", b"abc"), chunk(b"none", b""), chunk(b"fmt ", PCM_16), chunk(b"fact", bytes(4)))
    assert read(stream + chunk(b"none", b"") + chunk(b"data", SAMPLES)) == (SAMPLES, WavFormat("s16le", 16_000, 2))


@given(cuts=st.sets(st.integers(0, 400)), known=st.booleans())
@settings(max_examples=100, deadline=None)
def test_any_pieces_give_the_same_samples(cuts: set[int], known: bool) -> None:
    """Wherever the stream is cut."""
    stream = wav(chunk(b"LIST", b"abcdefghi"), chunk(b"fmt ", PCM_16), chunk(b"none", b""), chunk(b"data", SAMPLES, None if known else 0))
    stream += b"" if not known else chunk(b"LIST", b"abc")
    pieces = [stream[first:last] for first, last in pairwise([0, *sorted(cuts), len(stream)])]
    assert read(*pieces) == (SAMPLES, WavFormat("s16le", 16_000, 2))


@pytest.mark.parametrize(("stream", "error", "words"), [
    (b"OggS" + bytes(8), UnsupportedFormat, "b'OggS', which is no WAV header"),
    (b"RIFF" + bytes(4) + b"AVI ", UnsupportedFormat, "no WAV header"),
    (wav(chunk(b"data", SAMPLES)), CorruptAudio, "does not say what its samples are"),
    (wav(chunk(b"fmt ", PCM_16[:14])), CorruptAudio, "has 14 bytes"),
    (wav(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, 16_000, 64_000, 6, 16))), CorruptAudio, "are 4 bytes, not 6"),
    (wav(chunk(b"fmt ", struct.pack("<HHIIHH", 0x55, 2, 16_000, 0, 1, 0))), UnsupportedFormat, "format 0x0055 with 0 bits"),
    (wav(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 2, 16_000, 0, 0, 65535))), UnsupportedFormat, "65535 bits"),
    (wav(chunk(b"fmt ", struct.pack("<HHIIHH", 0xFFFE, 2, 16_000, 0, 4, 16) + bytes(24))), UnsupportedFormat, "0xfffe"),
    (wav(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 0, 16_000, 0, 0, 16))), TooManyChannels, "0 channels"),
    (wav(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 9, 16_000, 0, 18, 16))), TooManyChannels, "9 channels"),
    (wav(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 0, 0, 2, 16))), SampleRateOutOfRange, "0 Hz"),
    (wav(chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 2**32 - 1, 0, 2, 16))), SampleRateOutOfRange, "4294967295 Hz"),
    (wav(chunk(b"JUNK", b"", 0xFFFFFFFF)), CorruptAudio, "no samples in its first 1048576 bytes"),
    (wav(chunk(b"JUNK", b"") * 131_073), CorruptAudio, "no samples in its first 1048576 bytes"),
])  # fmt: skip
def test_headers_that_cannot_be_used(stream: bytes, error: type[InputError], words: str) -> None:
    """One sentence says what is wrong, as soon as that is known and whenever more comes; the end says nothing else."""
    reader = WavReader()
    for piece in (stream, b"more", b""):
        with pytest.raises(error, match=words):
            reader.feed(piece)
    reader.finish()


@pytest.mark.parametrize("length", [1, 11, 12, 13, 20, 35, 43])
def test_streams_that_end_within_their_header(length: int) -> None:
    """Are said to be cut off; one that never began is not, nor one without samples."""
    stream = wav(chunk(b"fmt ", PCM_16), chunk(b"data", b""))
    with pytest.raises(CorruptAudio, match="ends within its WAV header"):
        read(stream[:length])
    assert read()[0] == read(stream)[0] == b""


@given(st.binary(max_size=300).map(lambda rest: wav() + rest))
@settings(max_examples=300, deadline=None)
def test_whatever_comes_is_read_or_refused(stream: bytes) -> None:
    """Nothing else happens, and the same for a byte at a time."""

    def outcome(*pieces: bytes) -> object:
        try:
            return read(*pieces)
        except InputError as error:
            return str(error)

    assert outcome(stream) == outcome(*(stream[place : place + 1] for place in range(len(stream))))


def test_memory_does_not_grow() -> None:
    """Neither with an endless stream, nor with one that was refused long ago."""
    for begin in (
        wav(chunk(b"fmt ", PCM_16), chunk(b"data", b"", 0)),
        wav(chunk(b"LIST", bytes(9)), chunk(b"fmt ", b"")),
        b"no header at all",
    ):
        reader, piece, used = WavReader(), bytes(1000), 0
        tracemalloc.start()
        try:
            for turn in range(2000):
                with contextlib.suppress(InputError):
                    reader.feed(piece if turn else begin)
                if turn == 200:
                    used = tracemalloc.get_traced_memory()[0]
            assert tracemalloc.get_traced_memory()[0] < used + 10_000
        finally:
            tracemalloc.stop()
