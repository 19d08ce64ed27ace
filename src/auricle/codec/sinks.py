"""Where an encoder's samples go: raw, to libsndfile (Vorbis), or to libav (everything else)."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import IO, TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from auricle.audio import Samples
from auricle.codec.chapters import CHAPTERED, Chapter, libav_chapters
from auricle.codec.config import BitDepth
from auricle.codec.decoding import layout_name
from auricle.codec.formats import Format
from auricle.codec.pictures import Picture, attach, comment
from auricle.codec.source import id3_size
from auricle.errors import MissingDependency

if TYPE_CHECKING:
    from av.audio import AudioStream

__all__ = ["Integers", "LibavSink", "Outlet", "Pipe", "RawSink", "Sink", "VorbisSink"]

T = TypeVar("T")
Integers = npt.NDArray[np.int32]

# libav's options by container, where headers can be completed: RF64 is for WAV beyond 4 GiB.
_COMPLETED = {"wav": {"rf64": "auto"}}
# Where they cannot: WAV has no room for what would be filled in later; an ID3 tag would come before MP3's first sound; and a page of
# Ogg ends after three packets of Opus, not after the usual second, which would be held back.
_PASSED_ON = {"wav": {"rf64": "never"}, "mp3": {"id3v2_version": "0", "write_xing": "0"}, "ogg": {"page_duration": "60000"}}
# LAME's scale below each bit rate, measured with sines at all of its bit rates.
_LAME_SCALES = ((176_000, 0.95), (208_000, 0.97), (240_000, 0.98), (math.inf, 1.0))
_PCM: dict[BitDepth, str] = {16: "pcm_s16le", 24: "pcm_s24le", 32: "pcm_s32le", "float": "pcm_f32le"}


class Sink(Protocol):
    """Takes finished samples: shape (channels, frames), float, or integers of the chosen depth."""

    def put(self, samples: Samples | Integers) -> None:
        """Encode more."""

    def close(self) -> None:
        """Encode what is held back and complete the header."""


class Outlet:
    """The file that a C library writes into.

    An exception cannot pass through C: libraries forget it, crash, or print it. So the first failure is kept, further writes go
    nowhere, and `check` raises it where Python is in charge again.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._failure: BaseException | None = None

    def write(self, data: bytes) -> int:
        """Write, unless something has failed."""
        return self._attempt(lambda: self._file.write(data), len(data))

    def read(self, size: int = -1) -> bytes:
        """Read back what was written."""
        return self._attempt(lambda: self._file.read(size), b"")

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; gives it."""
        return self._attempt(lambda: self._file.seek(offset, whence), offset)

    def tell(self) -> int:
        """The place."""
        return self._attempt(self._file.tell, 0)

    def _attempt(self, action: Callable[[], T], otherwise: T) -> T:
        if self._failure is None:
            try:
                return action()
            except BaseException as error:  # noqa: BLE001 - also the end of the process that a signal asks for: `check` raises it
                self._failure = error
        return otherwise

    def flush(self) -> None:
        """Nothing: the file's owner flushes it."""

    def check(self) -> None:
        """Raise the first failure, if there was one."""
        if self._failure is not None:
            raise self._failure


class Pipe(Outlet):
    """An outlet whose bytes are passed on as they come, so that nobody can go back to complete a header."""

    def __init__(self) -> None:
        self._held = io.BytesIO()
        super().__init__(self._held)

    def seekable(self) -> bool:
        """No, and libav writes its headers accordingly."""
        return False

    def take(self) -> bytes:
        """What was written since the last time."""
        data = self._held.getvalue()
        self._held.seek(0)
        self._held.truncate()
        return data


class RawSink:
    """Interleaved little-endian samples without a header."""

    def __init__(self, file: Outlet, depth: BitDepth | None) -> None:
        self._file, self._depth = file, depth

    def put(self, samples: Samples | Integers) -> None:
        """Write them."""
        interleaved = np.ascontiguousarray(samples.T)
        if self._depth == 24:
            self._file.write(interleaved.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes())
        else:
            self._file.write(interleaved.astype("<f4" if self._depth == "float" else f"<i{int(self._depth or 16) // 8}").tobytes())

    def close(self) -> None:
        """There is no header to complete."""


class VorbisSink:
    """Ogg Vorbis by libvorbis, through libsndfile; FFmpeg's own encoder is experimental, stereo only and not gapless.

    Raises:
        MissingDependency: libsndfile is not installed.
    """

    _TAGS = frozenset({"title", "artist", "album", "comment", "copyright", "date", "genre", "tracknumber", "license"})  # that it keeps
    _CHUNK = 4096  # libsndfile keeps a whole write on the stack, and where writes are cut shows in the result
    # WAVE order → Vorbis order (Vorbis I, section 4.3.9): the centre is second, the LFE last.
    _ORDER: ClassVar = {5: [0, 2, 1, 3, 4], 6: [0, 2, 1, 4, 5, 3], 8: [0, 2, 1, 6, 7, 4, 5, 3]}

    def __init__(self, file: Outlet, rate: int, channels: int, bit_rate: int, tags: Mapping[str, str]) -> None:
        try:
            import soundfile
        except ImportError as error:
            raise MissingDependency("encoding Vorbis", "vorbis") from error
        # libsndfile's scale is 0 (best) … 1; 96 kb/s a channel, where Vorbis is transparent to most ears, is at 0.4.
        level = float(np.interp(bit_rate / channels, (32_000, 96_000, 250_000), (1.0, 0.4, 0.0)))
        self._out = soundfile.SoundFile(file, "w", rate, channels, "VORBIS", format="OGG", compression_level=level)
        self._order = self._ORDER.get(channels, slice(None))
        self._held = np.zeros((0, channels), np.float32)
        for key in self._TAGS & tags.keys():
            if tags[key]:  # it refuses empty ones
                setattr(self._out, key, tags[key])

    def put(self, samples: Samples | Integers) -> None:
        """Encode whole chunks, hold back the rest."""
        self._held = np.concatenate([self._held, samples[self._order].T])
        whole = len(self._held) // self._CHUNK * self._CHUNK
        for first in range(0, whole, self._CHUNK):
            self._out.write(self._held[first : first + self._CHUNK])
        self._held = self._held[whole:]

    def close(self) -> None:
        """Encode the rest."""
        with self._out:
            self._out.write(self._held)


class LibavSink:
    """Every other container and codec, by libav."""

    def __init__(
        self,
        file: Outlet,
        spec: Format,
        rate: int,
        channels: int,
        depth: BitDepth | None,
        bit_rate: int,
        tags: Mapping[str, str],
        pictures: Sequence[Picture] = (),
    ) -> None:
        import av

        self._passed_on = isinstance(file, Pipe)
        muxer = spec.container
        options = (_PASSED_ON if self._passed_on else _COMPLETED).get(muxer, {})
        if muxer == "ipod":  # the sample rate as the movie's time scale lets MP4 state its length to the sample
            options = {"movie_timescale": str(rate)}
            if pictures:  # PyAV lets this muxer have none; the other one writes the same, under the brand that it is given
                muxer, options = "mp4", options | {"brand": "M4A "}
        elif self._passed_on:
            options = {"flush_packets": "1", **options}
        # Bit-exact: no version, date or random number in the header, so that the same sound gives the same bytes.
        self._container = av.open(file, "w", format=muxer, options=options | {"fflags": "+bitexact"})
        self._container.metadata.update(tags)
        self._file, self._spec = file, spec
        self._layout, self._rate, self._position = layout_name(channels), rate, 0
        codec: Any = spec.codec or _PCM[depth or 16]  # PyAV's types know only some codecs' names
        self._stream: AudioStream = self._container.add_stream(codec, rate=rate, layout=self._layout)
        self._name = _sample_format(spec, depth)
        self._stream.codec_context.format = self._name
        self._shift = 8 if depth == 24 else 0  # libav keeps 24 bits in the upper part of 32
        if bit_rate:
            self._stream.bit_rate = bit_rate
        self._gain = np.float32(_louder(bit_rate, rate) if spec.container == "mp3" else 1)
        if spec.container == "ogg":
            self._stream.metadata.update(comment(pictures[0]) if pictures else {})
        else:
            attach(self._container, pictures)

    def put(self, samples: Samples | Integers) -> None:
        """Encode them."""
        import av

        if self._gain != 1:
            samples = samples * self._gain
        data: npt.NDArray[Any] = samples if self._name.endswith("p") else samples.T.reshape(1, -1)
        if self._name.startswith("s"):
            data = np.left_shift(data, self._shift).astype(np.int16 if self._name.startswith("s16") else np.int32)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(data), format=self._name, layout=self._layout)
        frame.sample_rate, frame.time_base, frame.pts = self._rate, Fraction(1, self._rate), self._position
        self._position += samples.shape[1]
        self._container.mux(self._stream.encode(frame))

    def mark(self, chapters: Sequence[Chapter]) -> None:
        """State the chapters of what has been encoded, which only some formats can at the end."""
        if self._spec.name in CHAPTERED:
            self._container.set_chapters(libav_chapters(chapters, self._position, self._rate))

    def close(self) -> None:
        """Encode what the codec holds back and complete the header."""
        with self._container:
            self._container.mux(self._stream.encode(None))
        if self._spec.container == "mp3" and not self._passed_on:
            _state_mp3_length(self._file, self._position, 1152 if self._rate >= 32_000 else 576)


def _louder(bit_rate: int, rate: int) -> float:
    """What undoes LAME's attenuation, which leaves room for peaks that rise in coding: levels are ours to set."""
    most = bit_rate if rate >= 32_000 else min(bit_rate, 160_000)  # of MPEG-2
    return 1 / next(share for below, share in _LAME_SCALES if most < below)


def _sample_format(spec: Format, depth: BitDepth | None) -> str:
    """Libav's sample format."""
    if not spec.codec:
        return {16: "s16", "float": "flt"}.get(depth or 16, "s32")
    return spec.sample_format.split()[-1 if depth == 24 else 0]


def _state_mp3_length(file: Outlet, frames: int, per_packet: int) -> None:
    """Write into an MP3's Info header how much of its end is padding.

    LAME's padding may reach over two packets; libav states only what of it is in the last. The fields: Xing VBR header, and the
    LAME tag 120 bytes after its beginning ("Mp3 Info Tag rev 1", http://gabriel.mp3-tech.org/mp3infotag.html).
    """
    file.seek(0)
    begin = id3_size(file.read(10))
    file.seek(begin)
    frame = bytearray(file.read(1024))
    info = max(frame.find(b"Info"), frame.find(b"Xing"))
    if info < 0 or (per_packet == 576 and frames < 47):  # so short, libav's own reader would err the other way
        return
    lame = info + 120
    packets, delay = int.from_bytes(frame[info + 8 : info + 12], "big"), int.from_bytes(frame[lame + 21 : lame + 24], "big") >> 12
    padding = packets * per_packet - delay - frames
    frame[lame + 21 : lame + 24] = (delay << 12 | min(max(padding, 0), 0xFFF)).to_bytes(3, "big")
    frame[lame + 34 : lame + 36] = _crc16(frame[: lame + 34]).to_bytes(2, "big")
    file.seek(begin)
    file.write(bytes(frame))


def _crc16(data: bytes | bytearray) -> int:
    """CRC-16/ARC, reflected polynomial 0xA001."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xA001 if crc & 1 else 0)
    return crc
