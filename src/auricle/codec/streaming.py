"""`Audio` → encoded bytes while it is still being made: each as soon as the codec gives it, none ever taken back.

What a file's header says of its length is not known yet, so WAV says the most that fits (0xFFFFFFFF, which players take for "until it
ends"), FLAC that it is unknown, and MP3 nothing. AAC comes as ADTS frames, for an M4A file cannot be heard before it is whole.
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Protocol

from auricle.audio import Audio
from auricle.codec.config import AudioProcessingConfig
from auricle.codec.encoding import Encoder
from auricle.codec.formats import FORMATS, Format, format_of
from auricle.codec.sinks import Pipe
from auricle.errors import OptionError

__all__ = ["STREAM_FORMATS", "PieceEncoder", "StreamEncoder", "WholeEncoder", "stream_format"]

STREAM_FORMATS = ("wav", "mp3", "flac", "opus", "aac", "pcm")


def stream_format(config: AudioProcessingConfig) -> Format:
    """The format that is encoded as it comes: WAV unless ``config.output_format`` says otherwise.

    Raises:
        OptionError: it can only be written as a whole; lists those that can be streamed.
    """
    name = config.output_format or "wav"
    if name not in STREAM_FORMATS:
        raise OptionError("output_format", f"{name} cannot be sent while it is being made", STREAM_FORMATS)
    return replace(FORMATS[name], container="adts") if name == "aac" else FORMATS[name]


class PieceEncoder(Protocol):
    """Takes blocks and gives bytes.

    Attributes:
        rate: sample rate of what is encoded. Hertz.
        channels: channel count of what is encoded.
    """

    rate: int
    channels: int

    def feed(self, audio: Audio) -> bytes:
        """What there is to pass on when the next block comes."""

    def finish(self) -> bytes:
        """The rest."""

    def abandon(self) -> None:
        """Let go of the codec early."""


class StreamEncoder:
    """One stream being encoded for whoever listens already: `feed` blocks, then `finish`.

    The blocks may have any length; all bytes together do not depend on where they were cut. Samples are 16 bits deep unless ``config``
    says otherwise.

    Args:
        rate: sample rate of what is fed. Hertz.
        channels: channel count of what is fed.
        config: what to make of it.

    Attributes:
        rate: sample rate of what is encoded. Hertz.
        channels: channel count of what is encoded.

    Raises:
        OptionError: the format cannot be streamed, or cannot hold what was asked for; lists what can be.
    """

    def __init__(self, rate: int, channels: int, config: AudioProcessingConfig) -> None:
        target = stream_format(config)
        self._pipe = Pipe()
        self._encoder = Encoder(self._pipe, target, rate, channels, config)
        self.rate, self.channels = self._encoder.rate, self._encoder.channels

    def feed(self, audio: Audio) -> bytes:
        """What the codec gives when it gets the next block; perhaps nothing yet.

        Raises:
            OptionError: it has another rate or channel count than was said.
        """
        self._encoder.feed(audio)
        return self._pipe.take()

    def finish(self) -> bytes:
        """What the codec has held back, and what ends the stream."""
        self._encoder.finish()
        return self._pipe.take()

    def abandon(self) -> None:
        """Let go of the codec early."""
        self._encoder.abandon()


class WholeEncoder:
    """The same for whoever waits for all of it: any format, as a file whose header says how long it is. All bytes come at the end.

    Arguments, attributes and errors are those of `StreamEncoder`.
    """

    def __init__(self, rate: int, channels: int, config: AudioProcessingConfig) -> None:
        self._file = io.BytesIO()
        self._encoder = Encoder(self._file, format_of(self._file, config), rate, channels, config)
        self.rate, self.channels = self._encoder.rate, self._encoder.channels

    def feed(self, audio: Audio) -> bytes:
        """Nothing yet."""
        self._encoder.feed(audio)
        return b""

    def finish(self) -> bytes:
        """The file."""
        self._encoder.finish()
        return self._file.getvalue()

    def abandon(self) -> None:
        """Let go of the codec early."""
        self._encoder.abandon()
