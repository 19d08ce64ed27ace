"""A WAV stream that comes in pieces: bytes in, its samples' bytes out, and what its header says of them.

The layout is that of Microsoft's and IBM's "Multimedia Programming Interface and Data Specifications 1.0" (1991), extended by
WAVE_FORMAT_EXTENSIBLE: `RIFF`, a size, `WAVE`, and then chunks of a name, a size and as many bytes, made even. Whoever writes into
a pipe cannot know the sizes, and states 0 or nearly the largest number that there is; then the samples last until the stream ends.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Generator
from dataclasses import dataclass

from auricle.codec.pcm import SAMPLE_BYTES, Storage
from auricle.errors import CorruptAudio, InputError, SampleRateOutOfRange, TooManyChannels, UnsupportedFormat

__all__ = ["CHANNELS", "RATES", "WavFormat", "WavReader"]

RATES = (4_000, 192_000)  # of live audio. Hertz
CHANNELS = (1, 8)

_LONGEST_HEADER = 2**20  # bytes before the samples; what writes more of them does not mean to be heard soon
_ENDLESS = 0x7FFF_0000  # a size from here on is no size: arecord and SoX count up to the largest signed number, FFmpeg unsigned
_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_STORAGES: dict[tuple[int, int], Storage] = {  # by the format's tag and the bytes of a sample
    (_PCM, 1): "u8", (_PCM, 2): "s16le", (_PCM, 3): "s24le", (_PCM, 4): "s32le",
    (_FLOAT, 4): "f32le", (_FLOAT, 8): "f64le", (_ALAW, 1): "alaw", (_MULAW, 1): "mulaw",
}  # fmt: skip
_SUBTYPE = bytes.fromhex("0000 0000 1000 8000 00aa00389b71")  # what follows the tag in the GUID of an extensible format


@dataclass(frozen=True, slots=True)
class WavFormat:
    """What a header says.

    Attributes:
        storage: how each sample is stored; channels are interleaved.
        sample_rate: Hertz.
        channels: number of channels.
    """

    storage: Storage
    sample_rate: int
    channels: int

    @property
    def frame_bytes(self) -> int:
        """Size of a sample of every channel."""
        return SAMPLE_BYTES[self.storage] * self.channels


class WavReader:
    """Finds the samples in a WAV stream; holds no more of it than its header.

    Attributes:
        format: what the header says; None until all of it has come.
    """

    def __init__(self) -> None:
        self.format: WavFormat | None = None
        self._header = self._chunks()
        self._wanted = next(self._header)
        self._held = bytearray()
        self._left = math.inf
        self._failure: InputError | None = None

    def feed(self, data: bytes) -> bytes:
        """The samples' bytes that are in the next piece of the stream; none before the header's end, nor after that of the samples.

        Raises:
            InputError: the header is damaged, endless, or says what cannot be heard; every later call raises it again.
        """
        if self._failure is not None:
            raise self._failure.with_traceback(None)  # which would grow with every call
        rest = memoryview(data)
        while rest and self.format is None:
            rest = self._take(rest)
        samples = bytes(rest[: int(min(self._left, len(rest)))])
        self._left -= len(samples)
        return samples

    def finish(self) -> None:
        """Nothing more comes.

        Raises:
            CorruptAudio: the stream has begun, and ends within its header.
        """
        if self.format is None and self._failure is None and (self._held or self._wanted != _MAGIC_BYTES):
            raise CorruptAudio("the audio ends within its WAV header; send all of it, and samples after it.")

    def _take(self, rest: memoryview) -> memoryview:
        """Give the header what it waits for; the remainder is for later."""
        missing = self._wanted - len(self._held)
        self._held += rest[:missing]
        while self.format is None and len(self._held) == self._wanted:  # more than once where a chunk is empty
            content, self._held = bytes(self._held), bytearray()
            try:
                self._wanted = self._header.send(content)
            except StopIteration:
                break
            except InputError as error:
                self._failure = error
                raise
        return rest[missing:]

    def _chunks(self) -> Generator[int, bytes, None]:
        """Reads the header: asks for as many bytes as it yields."""
        _check_magic((yield _MAGIC_BYTES))
        found: WavFormat | None = None
        room = _LONGEST_HEADER
        while True:
            name, size = struct.unpack("<4sI", (yield 8))
            if name == b"data":
                break
            room -= 8 + size + size % 2
            if room < 0:
                raise CorruptAudio(f"the WAV header has no samples in its first {_LONGEST_HEADER} bytes; send one that is short and whole.")
            content = (yield size + size % 2)[:size]
            if name == b"fmt ":
                found = _format(content)
        if found is None:
            raise CorruptAudio("the WAV header does not say what its samples are; send one with a chunk `fmt ` before `data`.")
        self.format, self._left = found, math.inf if size == 0 or size >= _ENDLESS else size


_MAGIC_BYTES = 12


def _check_magic(begin: bytes) -> None:
    if begin[:4] != b"RIFF" or begin[8:] != b"WAVE":
        raise UnsupportedFormat(
            f"the audio begins with {begin[:4]!r}, which is no WAV header; send one (RIFF … WAVE), or say the encoding of bare samples."
        )


def _format(chunk: bytes) -> WavFormat:
    if len(chunk) < 16:
        raise CorruptAudio(f"the WAV header's description of its samples has {len(chunk)} bytes; it needs 16 or more.")
    tag, channels, rate, _, frame_bytes, bits = struct.unpack("<HHIIHH", chunk[:16])
    if tag == _EXTENSIBLE and chunk[26:40] == _SUBTYPE:
        tag = int.from_bytes(chunk[24:26], "little")
    storage = _STORAGES.get((tag, -(-bits // 8)))
    if storage is None:
        raise UnsupportedFormat(
            f"the WAV header says format {tag:#06x} with {bits} bits; send PCM of 8, 16, 24 or 32 bits, floating point, mu-law or A-law."
        )
    found = WavFormat(storage, rate, channels)
    if not CHANNELS[0] <= channels <= CHANNELS[1]:
        raise TooManyChannels(f"the WAV header says {channels} channels; live audio may have {CHANNELS[0]} to {CHANNELS[1]}.")
    if not RATES[0] <= rate <= RATES[1]:
        raise SampleRateOutOfRange(f"the WAV header says a sample rate of {rate} Hz; live audio may have {RATES[0]} to {RATES[1]} Hz.")
    if frame_bytes != found.frame_bytes:
        raise CorruptAudio(
            f"the WAV header contradicts itself: {channels} channels of {bits} bits are {found.frame_bytes} bytes, not {frame_bytes}."
        )
    return found
