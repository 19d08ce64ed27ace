"""Promises of auricle.codec.source: whatever it is called, it is bytes; what cannot be read says so and leaks nothing."""

from __future__ import annotations

import io
import os
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import soundfile

from auricle.codec import Limits, decode, probe
from auricle.codec.source import SourceFile, open_source
from auricle.errors import CorruptAudio, EmptyAudio, InputError, TooManyBytes, UnreadableInput, UnsupportedFormat

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")


def wav(frames: int = 3000, form: str = "WAV") -> bytes:
    """A sound by libsndfile."""
    file = io.BytesIO()
    soundfile.write(file, np.sin(np.arange(frames) / 9) / 2, 8000, format=form)
    return file.getvalue()


class OnlyRead:
    """The least that a stream can be: it cannot seek, and gives a few bytes at a time."""

    def __init__(self, content: bytes, piece: int = 777) -> None:
        self._file = io.BytesIO(content)
        self._piece = piece
        self.given = 0

    def read(self, size: int = -1) -> bytes:
        """Up to a few bytes."""
        piece = self._file.read(self._piece if size < 0 else min(size, self._piece))
        self.given += len(piece)
        return piece

    def seekable(self) -> bool:
        """No."""
        return False


def by_pipe(content: bytes) -> BinaryIO:
    """The reading end of a pipe that somebody else fills."""
    reading, writing = os.pipe()

    def fill() -> None:
        with os.fdopen(writing, "wb") as file:
            file.write(content)

    threading.Thread(target=fill, daemon=True).start()
    return os.fdopen(reading, "rb")


@pytest.mark.parametrize(
    "given",
    [
        lambda content, path: path, lambda content, path: str(path), lambda content, path: content,
        lambda content, path: bytearray(content),
        lambda content, path: memoryview(content), lambda content, path: io.BytesIO(content), lambda content, path: path.open("rb"),
        lambda content, path: path.open("rb", buffering=0), lambda content, path: by_pipe(content), lambda content, path: OnlyRead(content),
        lambda content, path: urllib.request.urlopen(path.as_uri()),  # noqa: S310 a file of ours
        lambda content, path: os.fsencode(path),
    ],
    ids=["path", "str", "bytes", "bytearray", "memoryview", "BytesIO", "file", "unbuffered", "pipe", "stream", "response",
        "bytes-are-content"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG"])
def test_every_kind_of_source_is_the_same(
    tmp_path: Path, form: str, given: Callable[[bytes, Path], Any], request: pytest.FixtureRequest
) -> None:
    """Path, bytes, file, pipe: the same sound. A path in bytes is content, and thus no audio."""
    path = tmp_path / "sound"
    path.write_bytes(wav(form=form))
    source = given(path.read_bytes(), path)
    try:
        if "bytes-are-content" in request.node.callspec.id:
            with pytest.raises(UnsupportedFormat):
                decode(source)
            return
        assert np.array_equal(decode(source).samples, decode(path).samples)
    finally:
        if hasattr(source, "close"):
            source.close()


def test_a_file_is_read_from_where_it_stands() -> None:
    """What was read already, such as a header of one's own, isn't read again."""
    file = io.BytesIO(b"four" + wav())
    file.seek(4)
    assert decode(file).frames == 3000


def test_the_callers_file_stays_open() -> None:
    """Whoever opened it closes it."""
    file = io.BytesIO(wav())
    decode(file)
    assert not file.closed
    file.seek(0)
    assert decode(file).frames == 3000


def test_libav_gets_nothing_but_bytes(tmp_path: Path) -> None:
    """No name, no file number: only read, seek and tell."""
    path = tmp_path / "a.wav"
    path.write_bytes(wav())
    with open_source(path, Limits()) as file:
        assert {name for name in ("name", "fileno", "url", "mode", "raw", "buffer") if hasattr(file, name)} == set()
        assert file.size == path.stat().st_size
        assert file.read(4) == b"RIFF"


@pytest.mark.parametrize(
    "source",
    [
        "missing.wav", ".", "/dev/null/x", "", "nul\0byte.wav",
    ],
)  # fmt: skip
def test_unreadable(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No such file, a folder, an impossible name: an input error with the system's reason."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnreadableInput, match=r"^cannot read \S.*: \S.*\.$"):
        decode(source)


@linux
def test_unreadable_for_want_of_permission(tmp_path: Path) -> None:
    """A file that one may not read."""
    path = tmp_path / "a.wav"
    path.write_bytes(wav())
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("root may read everything")
    with pytest.raises(UnreadableInput, match="permission denied"):
        decode(path)


class Failing(io.BytesIO):
    """A disk that fails in the middle."""

    def __init__(self, content: bytes, after: int) -> None:
        super().__init__(content)
        self._after = after

    def read(self, size: int | None = -1, /) -> bytes:
        """Bytes, as long as it works."""
        if self.tell() >= self._after:
            raise OSError(5, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("after", [0, 40_000, 200_000])
@pytest.mark.parametrize("form", ["WAV", "FLAC"])
@pytest.mark.parametrize("seekable", [True, False])
def test_reading_fails_midway(form: str, after: int, seekable: bool) -> None:
    """An error of the disk or the network is an input error too, whenever it comes; never half the sound."""
    file = io.BytesIO()
    soundfile.write(file, np.random.default_rng(0).uniform(-1, 1, 200_000), 8000, format=form)
    failing = Failing(file.getvalue(), after)
    if not seekable:
        failing.seekable = lambda: False  # type: ignore[method-assign]
    with pytest.raises(UnreadableInput, match=r"input/output error\."):
        decode(failing)


@pytest.mark.parametrize("empty", [b"", bytearray(), io.BytesIO(), OnlyRead(b"")], ids=["bytes", "bytearray", "file", "stream"])
def test_nothing_is_empty(empty: Any) -> None:
    """No bytes are no audio, and said to be none."""
    with pytest.raises(EmptyAudio, match="0 bytes"):
        decode(empty)


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    """The message names the file, without the folders of the machine it is on."""
    path = tmp_path / "take 1.wav"
    path.touch()
    with pytest.raises(EmptyAudio, match=r"^take 1\.wav is empty"):
        decode(path)


@pytest.mark.parametrize("kind", [bytes, io.BytesIO, OnlyRead], ids=["bytes", "file", "stream"])
def test_too_many_bytes(kind: Callable[[bytes], Any]) -> None:
    """One byte more than allowed is too many; exactly as many are not."""
    content = wav()
    assert decode(kind(content), limits=Limits(size_bytes=len(content))).frames == 3000
    with pytest.raises(TooManyBytes, match=str(len(content) - 1)):
        decode(kind(content), limits=Limits(size_bytes=len(content) - 1))


def test_a_stream_is_counted_while_it_is_read() -> None:
    """An endless stream is refused when the limit is passed, not at its end."""
    stream = OnlyRead(wav(2_000_000), piece=10_000)
    with pytest.raises(TooManyBytes):
        decode(stream, limits=Limits(size_bytes=50_000))  # type: ignore[arg-type]
    assert stream.given <= 70_000


@linux
def test_no_file_stays_open(tmp_path: Path) -> None:
    """A hundred errors of every kind leave not one file descriptor behind."""
    path = tmp_path / "a.wav"
    whole = wav(form="FLAC")
    bad: list[Any] = [
        b"no audio",
        whole[:100],
        wav()[:-500],
        b"RIFF" * 30,
        whole[:-500],
        tmp_path / "missing",
        tmp_path,
        b"#EXTM3U\nx.wav",
        b"",
    ]
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(12):
        for content in bad:
            if isinstance(content, bytes):
                path.write_bytes(content)
            for source in (content, path if isinstance(content, bytes) else content):
                with pytest.raises(InputError):
                    decode(source)
        probe(whole)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_size_of_the_header_is_checked() -> None:
    """A header that promises more bytes than there are is a file that was cut off."""
    with open_source(wav()[:-2000], Limits()) as file, pytest.raises(CorruptAudio, match="cut off"):
        file.reject_truncated()
    with open_source(wav(), Limits()) as file:
        file.reject_truncated()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"just some text that is no sound", UnsupportedFormat), (b"#EXTM3U\n", UnsupportedFormat),
        (b"  \n<?xml version='1.0'?>", UnsupportedFormat),
        (b"RIFF....WAVE", CorruptAudio), (b"fLaC" + bytes(60), CorruptAudio), (b"\0\0\0\x20ftypM4A ", CorruptAudio),
        (b"x", UnsupportedFormat),
    ],
)  # fmt: skip
def test_damaged_audio_is_told_from_no_audio(content: bytes, kind: type[InputError]) -> None:
    """Somebody with a damaged recording needs other advice than somebody who sent a letter."""
    assert type(SourceFile(io.BytesIO(content), "it").refusal()) is kind
