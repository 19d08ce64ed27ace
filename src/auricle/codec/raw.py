"""Live audio without a container, or with one that needs no end: bytes in any pieces → `Audio`. No I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from auricle.audio import Audio, reject_non_finite
from auricle.codec.opus_packets import LARGEST_PACKET, OpusDecoder, packet_seconds
from auricle.codec.pcm import SAMPLE_BYTES, Storage, to_float
from auricle.codec.riff import CHANNELS, RATES, WavFormat, WavReader
from auricle.errors import CorruptAudio, InputError, OptionError

__all__ = ["ENCODINGS", "Encoding", "Meter", "RawDecoder", "RawFormat"]

Encoding = Literal["f32le", "s16le", "mulaw", "alaw", "opus", "wav"]
ENCODINGS: tuple[Encoding, ...] = get_args(Encoding)

_BARE: Mapping[Encoding, Storage] = {"f32le": "f32le", "s16le": "s16le", "mulaw": "mulaw", "alaw": "alaw"}
_OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)  # RFC 6716, section 2.1.1


@dataclass(frozen=True, slots=True)
class RawFormat:
    """How live audio is sent.

    Attributes:
        encoding: "f32le", "s16le", "mulaw" or "alaw" samples, channels interleaved; "opus": one packet of RFC 6716 a message;
            "wav": samples after a WAV header, which says the rest.
        sample_rate: 4,000 to 192,000. Of "opus" 8,000, 12,000, 16,000, 24,000 or 48,000, which is what the encoder was given, for it is
            decoded at 48,000 whatever that was. Hertz.
        channels: number of channels, 1 to 8; of "opus" 1 or 2.

    Raises:
        OptionError: a value that cannot be honoured; names the field.
    """

    encoding: Encoding = "f32le"
    sample_rate: int = 16_000
    channels: int = 1

    def __post_init__(self) -> None:
        if self.encoding not in ENCODINGS:
            raise OptionError("encoding", f"there is no encoding {self.encoding!r}", ENCODINGS)
        _check_whole("sample_rate", self.sample_rate, *RATES)
        _check_whole("channels", self.channels, CHANNELS[0], 2 if self.encoding == "opus" else CHANNELS[1])
        if self.encoding == "opus" and self.sample_rate not in _OPUS_RATES:
            raise OptionError("sample_rate", f"opus has no sample rate of {self.sample_rate} Hz", _OPUS_RATES)

    @property
    def frame_bytes(self) -> int | None:
        """Size of a sample of every channel; None for "opus", which has none, and for "wav", whose header says it."""
        storage = _BARE.get(self.encoding)
        return None if storage is None else SAMPLE_BYTES[storage] * self.channels

    def check_message(self, data: bytes) -> None:
        """Raise `CorruptAudio` where a message, which is heard by itself, does not hold whole frames, or no packet."""
        if self.encoding == "opus" and not 0 < len(data) <= LARGEST_PACKET:
            raise CorruptAudio(f"the message has {len(data)} bytes; send one Opus packet in each, of 1 to {LARGEST_PACKET} bytes.")
        size = self.frame_bytes
        if size and len(data) % size:
            channels = "1 channel" if self.channels == 1 else f"{self.channels} channels"
            message = f"the message has {len(data)} bytes, but a frame of {self.encoding} with {channels} has {size}"
            raise CorruptAudio(f"{message}; send a multiple of {size}.")


class RawDecoder:
    """One stream of live audio; the pieces in which it comes make no difference, but for "opus", where each is a packet.

    Holds less than a frame of what was fed, or as much of a WAV header as has come.
    """

    def __init__(self, format: RawFormat) -> None:  # noqa: A002 - the option is called so everywhere
        self._stream: _Stream
        match format.encoding:
            case "opus":
                self._stream = _Packets(format.channels)
            case "wav":
                self._stream = _Wav()
            case encoding:
                self._stream = _Frames(WavFormat(_BARE[encoding], format.sample_rate, format.channels))

    def feed(self, data: bytes) -> Audio | None:
        """What is complete with the next piece, at its own rate and with its own channels; None where that is nothing.

        Values beyond full scale are passed on as they are.

        Raises:
            CorruptAudio: this piece is damaged or has a sample that is no number, and is left out; the next may be fed.
            InputError: a WAV header cannot be used; every later call raises it again.
        """
        return self._stream.feed(data)

    def finish(self) -> None:
        """Nothing more comes; a part of a frame that is left over is dropped.

        Raises:
            CorruptAudio: the stream ends within its WAV header.
        """
        self._stream.finish()


class Meter:
    """Counts how long audio is by its bytes, for whoever does not decode it.

    Attributes:
        seconds: length of what has been fed.
    """

    def __init__(self, format: RawFormat) -> None:  # noqa: A002 - the option is called so everywhere
        self.seconds = 0.0
        self._format = format
        self._wav = WavReader()

    def feed(self, data: bytes) -> None:
        """Count a piece; what cannot be used counts nothing."""
        size, rate = self._format.frame_bytes, self._format.sample_rate
        if self._format.encoding == "opus":
            self.seconds += packet_seconds(data)
        elif size is not None:
            self.seconds += len(data) / (size * rate)
        else:
            self._feed_wav(data)

    def _feed_wav(self, data: bytes) -> None:
        try:
            samples = self._wav.feed(data)
        except InputError:
            return
        if self._wav.format is not None:
            self.seconds += len(samples) / (self._wav.format.frame_bytes * self._wav.format.sample_rate)


class _Stream(Protocol):
    def feed(self, data: bytes) -> Audio | None: ...

    def finish(self) -> None: ...


class _Frames:
    """Bare samples."""

    def __init__(self, format: WavFormat) -> None:  # noqa: A002 - the option is called so everywhere
        self._format = format
        self._rest = b""  # less than a frame
        self._before = 0  # frames

    def feed(self, data: bytes) -> Audio | None:
        data = self._rest + data
        whole = len(data) - len(data) % self._format.frame_bytes
        self._rest = data[whole:]
        if not whole:
            return None
        samples = to_float(data[:whole], self._format.storage).reshape(-1, self._format.channels).T
        before, self._before = self._before, self._before + samples.shape[1]
        reject_non_finite(samples, self._format.sample_rate, before)
        return Audio(samples, self._format.sample_rate)

    def finish(self) -> None:
        """Nothing is held back but a part of a frame."""


class _Wav:
    """Samples after a header."""

    def __init__(self) -> None:
        self._reader = WavReader()
        self._frames: _Frames | None = None

    def feed(self, data: bytes) -> Audio | None:
        samples = self._reader.feed(data)
        if self._frames is None and self._reader.format is not None:
            self._frames = _Frames(self._reader.format)
        return self._frames.feed(samples) if self._frames is not None else None

    def finish(self) -> None:
        self._reader.finish()


class _Packets:
    """Opus."""

    def __init__(self, channels: int) -> None:
        self._decoder = OpusDecoder(channels)

    def feed(self, data: bytes) -> Audio | None:
        return self._decoder.feed(data)

    def finish(self) -> None:
        """A packet is decoded when it comes."""


def _check_whole(field: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise OptionError(field, f"{field} is {value!r}; it may be a whole number from {low} to {high}")
