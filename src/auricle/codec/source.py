"""Whatever the caller calls a recording → a seekable file that gives libav nothing but bytes."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from auricle.codec.config import Limits
from auricle.errors import CorruptAudio, EmptyAudio, OptionError, TooManyBytes, UnreadableInput, UnsupportedFormat

__all__ = ["Source", "SourceFile", "id3_size", "open_source"]

Source = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO

_SPOOL_IN_MEMORY = 32 * 2**20  # a pipe's content beyond this goes to an unnamed file on disk
_COPY = 2**20

# First bytes of the containers that we open, at their offset: enough to tell "damaged audio" from "no audio".
_MAGIC = (
    (0, b"RIFF"), (0, b"RF64"), (0, b"BW64"), (0, b"riff"), (0, b"FORM"), (0, b".snd"), (0, b"caff"), (0, b"fLaC"), (0, b"OggS"),
    (0, b"ID3"), (0, b"\xff\xfb"), (0, b"\xff\xf3"), (0, b"\xff\xf1"), (0, b"\x1aE\xdf\xa3"), (4, b"ftyp"), (0, b"#!AMR"),
    (0, b"\x0bw"), (0, b"0&\xb2u"),
)  # fmt: skip
_SCRIPTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"v=0", b"<?xml", b"<asx", b"<smil", b"<svg")
_SMALLEST_UNKNOWN = 0x7FFFF000  # writers that cannot go back leave a size from here on, or 0, in the header
_HARMLESS_LACK = (1, 8)  # many leave out the byte that pads an odd chunk, some count the header into the size


class SourceFile:
    """The bytes of one recording.

    It has `read`, `seek` and `tell` and nothing else, so that libav sees no name, which it would take for an address
    (PyAV passes a file object's `.name` on as one).
    """

    __slots__ = ("_declared", "_file", "_head", "label", "size")

    def __init__(self, file: IO[bytes], label: str) -> None:
        self._file = file
        self.label = label
        self.size = file.seek(0, io.SEEK_END)
        file.seek(0)
        self._head = file.read(64)
        self._declared = _declared_size(self._head, file)
        file.seek(0)

    def read(self, size: int = -1) -> bytes:
        """Up to ``size`` bytes."""
        try:
            return self._file.read(size)
        except OSError as error:
            raise UnreadableInput(self.label, error) from error

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; gives it."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return self._file.tell()

    def chained_ogg(self) -> bool:
        """Whether an Ogg file holds one stream after another: a page that begins one comes after pages with data (RFC 3533, section 4)."""
        place, tail, data_seen = self._file.tell(), b"", False
        self._file.seek(0)
        while piece := self._file.read(_COPY):
            for page in re.finditer(rb"OggS\0(.)", tail + piece, re.DOTALL):
                begins = bool(page[1][0] & 2)
                if begins and data_seen:
                    self._file.seek(place)
                    return True
                data_seen = data_seen or not begins
            tail = piece[-5:]
        self._file.seek(place)
        return False

    def has_xing(self) -> bool:
        """Whether this is an MP3 whose first frame is a Xing or Info header, which states the length (in 4 KiB after an ID3v2 tag)."""
        place = self._file.tell()
        self._file.seek(id3_size(self._head))
        frame = self._file.read(4096)
        self._file.seek(place)
        layer_3 = len(frame) > 1 and frame[0] == 0xFF and frame[1] & 0xE6 == 0xE2
        return layer_3 and (b"Xing" in frame or b"Info" in frame)

    def refusal(self) -> UnsupportedFormat | CorruptAudio:
        """The error for content that libav would not open."""
        head = self._head
        if head.lstrip().startswith(_SCRIPTS):
            return UnsupportedFormat(f"{self.label} is a playlist or a script, which could name other files; give the recording itself.")
        if any(head[at : at + len(magic)] == magic for at, magic in _MAGIC):
            return CorruptAudio(
                f"{self.label} is damaged or cut off: its header is that of audio, but it cannot be decoded; send the whole file."
            )
        return UnsupportedFormat(
            f"{self.label} is not audio that can be opened (its content decides, not its name); "
            "give WAV, FLAC, MP3, M4A/MP4, Ogg, Opus, WebM, Matroska, AIFF, CAF, AU, W64, AMR, AC-3 or WMA."
        )

    def reject_truncated(self) -> None:
        """Raise `CorruptAudio` when the header says that there should be more bytes than there are."""
        if self._declared is not None and self._declared > self.size and self._declared - self.size not in _HARMLESS_LACK:
            raise CorruptAudio(
                f"{self.label} is cut off: its header promises {self._declared} bytes, there are {self.size}; "
                "send the whole file, or ask for salvage to use what there is."
            )


def id3_size(head: bytes) -> int:
    """Bytes of the ID3v2 tag that an MP3 may begin with: four bytes of seven bits (ID3v2.3, section 3.1), and the tag's own header."""
    return 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)) if head[:3] == b"ID3" else 0


def _declared_size(head: bytes, file: IO[bytes]) -> int | None:
    """The size in bytes that the header of a RIFF, RF64, W64, AIFF, AU or CAF file states; None where none is stated."""
    if head[:4] in (b"RF64", b"BW64") and head[12:16] == b"ds64":
        return int.from_bytes(head[20:28], "little") + 8
    if head[:4] == b"riff":
        return int.from_bytes(head[16:24], "little")
    if head[:4] == b"caff":
        return _caf_size(file)
    if head[:4] == b"RIFF":
        size, before = int.from_bytes(head[4:8], "little"), 8
    elif head[:4] == b"FORM":
        size, before = int.from_bytes(head[4:8], "big"), 8
    elif head[:4] == b".snd":
        size, before = int.from_bytes(head[8:12], "big"), int.from_bytes(head[4:8], "big")
    else:
        return None
    return None if size == 0 or size >= _SMALLEST_UNKNOWN else size + before


def _caf_size(file: IO[bytes]) -> int | None:
    """Where the audio data of a CAF file end by its chunk headers (Apple Core Audio Format Specification 1.0)."""
    place = 8
    while True:
        file.seek(place)
        header = file.read(12)
        size = int.from_bytes(header[4:], "big", signed=True)
        if len(header) < 12 or size < 0:
            return None
        place += 12 + size
        if header[:4] == b"data":
            return place


@contextlib.contextmanager
def open_source(source: Source, limits: Limits) -> Iterator[SourceFile]:
    """Open a path, bytes or a binary file object; what cannot seek (a pipe) is first read to its end.

    Raises:
        UnreadableInput: it cannot be opened or read.
        EmptyAudio: it holds no bytes.
        TooManyBytes: it is larger than ``limits.size_bytes``.
    """
    label = _label(source)
    with contextlib.ExitStack() as stack:
        try:
            file = SourceFile(_seekable(source, label, limits, stack), label)
        except OSError as error:
            raise UnreadableInput(label, error) from error
        if file.size == 0:
            raise EmptyAudio(f"{label} is empty (0 bytes); give a recording.")
        _check_size(file.size, label, limits)
        yield file


def _label(source: Source) -> str:
    """What messages call the source: a path's last part, on one line whatever is in it."""
    if not isinstance(source, (str, os.PathLike)):
        return "the audio"
    name = Path(source).name or str(source)
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in name) or "a file without a name"


def _seekable(source: Source, label: str, limits: Limits, stack: contextlib.ExitStack) -> IO[bytes]:
    if isinstance(source, (bytes, bytearray, memoryview)):
        return io.BytesIO(source)
    if isinstance(source, (str, os.PathLike)):
        if not os.fspath(source) or "\0" in str(source):
            raise FileNotFoundError(errno.ENOENT, "no such file")
        file: BinaryIO = stack.enter_context(Path(source).open("rb"))  # noqa: SIM115 - the stack closes it
        return file if file.seekable() else _spooled(file, label, limits, stack)
    if not hasattr(source, "read") or hasattr(source, "encoding"):  # nothing that can be read, or a file in text mode
        raise OptionError("recording", f"a recording is a path, bytes, or a file opened in binary mode, not {type(source).__name__}")
    try:
        start = source.tell() if source.seekable() else None
    except ValueError as error:
        raise OSError("the file is closed") from error
    return source if start == 0 else _spooled(source, label, limits, stack)


def _spooled(stream: BinaryIO, label: str, limits: Limits, stack: contextlib.ExitStack) -> IO[bytes]:
    """Read a stream from where it stands to its end into an unnamed file, counting."""
    spool = stack.enter_context(tempfile.SpooledTemporaryFile(_SPOOL_IN_MEMORY))  # noqa: SIM115 - the stack closes it
    while piece := stream.read(_COPY):
        spool.write(piece)
        _check_size(spool.tell(), label, limits)
    return spool


def _check_size(size: int, label: str, limits: Limits) -> None:
    if size > limits.size_bytes:
        raise TooManyBytes(f"{label} has more bytes than the {limits.size_bytes} that are allowed; send a shorter or compressed recording.")
