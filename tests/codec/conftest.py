"""Recordings made by somebody else's encoder, not through auricle; and decoders in processes of their own, seen from outside."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Protocol

import av
import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, processes

Samples = npt.NDArray[np.float32]
_LAYOUTS = {1: "mono", 2: "stereo", 4: "quad", 6: "5.1", 8: "7.1"}


class Libav(Protocol):
    """Encode samples of shape (channels, frames) into the bytes of a container."""

    def __call__(
        self, container: str, codec: str, samples: Samples, rate: int, *, bit_rate: int = 0, options: Mapping[str, str] | None = None,
        codec_options: Mapping[str, str] | None = None, tags: Mapping[str, str] | None = None, picture: bool = False,
    ) -> bytes:  # fmt: skip
        """The encoded bytes."""
        ...


def _libav(
    container: str, codec: str, samples: Samples, rate: int, *, bit_rate: int = 0, options: Mapping[str, str] | None = None,
    codec_options: Mapping[str, str] | None = None, tags: Mapping[str, str] | None = None, picture: bool = False,
) -> bytes:  # fmt: skip
    layout = _LAYOUTS[len(samples)]
    file = tempfile.NamedTemporaryFile(delete=False)  # noqa: SIM115 libav opens it by its name, some muxers twice
    file.close()
    with av.open(file.name, "w", format=container, options=dict(options or {})) as output:
        output.metadata.update(tags or {})
        if picture:
            film = output.add_stream("mpeg4", rate=25)
            film.width = film.height = 32
        track: Any = output.add_stream(codec, rate=rate, layout=layout)
        track.options = dict(codec_options or {})
        if bit_rate:
            track.bit_rate = bit_rate
        if picture:
            for tick in range(5):
                still = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 50 * tick, np.uint8), format="rgb24")
                still.pts = tick
                output.mux(film.encode(still))
            output.mux(film.encode(None))
        to_codec = av.AudioResampler(format=track.codec_context.format, layout=layout, rate=rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T.reshape(1, -1)), format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        for ready in [*to_codec.resample(frame), *to_codec.resample(None)]:
            output.mux(track.encode(ready))
        output.mux(track.encode(None))
    content = Path(file.name).read_bytes()
    Path(file.name).unlink()
    return content


@pytest.fixture(scope="session")
def libav() -> Libav:
    """The encoder."""
    return _libav


# Decoders in processes of their own

SPEECH = AudioProcessingConfig(sample_rate=16_000, channels=1)
_files = contextlib.ExitStack()


@pytest.fixture(autouse=True)
def files_are_closed() -> Iterator[None]:
    """After each test."""
    with _files:
        yield


def stored(content: bytes) -> IO[bytes]:
    """An unnamed file with this content, as a server has of an upload; open until the test ends."""
    file = _files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    file.write(content)
    return file


def made(samples: Samples, rate: int = 8000, form: str = "WAV", kind: str | None = None) -> bytes:
    """Encoded by libsndfile."""
    file = io.BytesIO()
    soundfile.write(file, samples.T, rate, format=form, subtype=kind)
    return file.getvalue()


def noise(channels: int, frames: int) -> Samples:
    """Something that no codec can foresee."""
    return np.random.default_rng(frames).uniform(-0.5, 0.5, (channels, frames)).astype(np.float32)


LONG = made(noise(1, 240_000), kind="FLOAT")  # 30 s, 960 kB: far more than the connection holds


def same(apart: Iterable[Audio], here: Iterable[Audio]) -> bool:
    """Whether both decoders, at work at the same time, give the same to the bit, and in the same blocks."""
    return all(
        (there is None) == (this is None)
        and (there.rate, there.samples.dtype) == (this.rate, this.samples.dtype)
        and np.array_equal(there.samples, this.samples)
        for there, this in itertools.zip_longest(apart, here)
    )


def forks(server: int | None = None) -> set[int]:
    """The processes that the fork server has forked, dead ones that nobody has waited for included."""
    interpreter = processes.fork_server._interpreter
    server = server or (interpreter.pid if interpreter else os.getpid())
    return set(map(int, Path(f"/proc/{server}/task/{server}/children").read_text().split()))


def alive(process: int) -> bool:
    """Whether it runs; one whose parent doesn't ask for its end doesn't."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.005)


# A fork server whose decoder obeys the recording: what a hole in libav comes to. The recording is Python.
OBEDIENT = """
import ctypes, io, json, math, os, signal, socket, struct, sys, time
sys.path[:] = json.loads(sys.argv[2])
import numpy as np
from auricle.codec import confined, forkserver
from auricle.errors import CorruptAudio

INFO = {{"container": "wav", "codec": "pcm_s16le", "sample_rate": 8000, "channels": 2, "duration": 10.0, "bit_depth": 16, "size_bytes": 9,
    "tags": {{}}}}

def obey(data, config, limits, block, salvage):
    def message(kind, content=b"", position=0.0, size=None):
        data.sendall(struct.pack("=cdQ", kind, position, len(content) if size is None else size) + content)
    def info(**changes):
        message(b"i", json.dumps(INFO | changes).encode())
    def sound(frames=100, position=1.0, value=0.0):
        message(b"b", np.full((2, frames), value, np.float32).tobytes(), position)
    def failing(do):
        try:
            do()
        except OSError as error:
            raise CorruptAudio(f"{{error.strerror}}.") from None
        raise CorruptAudio("it works.")
    exec(os.pread(0, 100_000, 0), globals() | locals())

confined._decode = obey
forkserver.serve(int(sys.argv[1]))
"""


@pytest.fixture(scope="session")
def obedient_server() -> Iterator[Any]:
    """One for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "_BOOT", OBEDIENT)
        server = processes._ForkServer()
        server.start()
    yield server
    server.stop()


By = Callable[[str], IO[bytes]]


@pytest.fixture
def by(obedient_server: Any, monkeypatch: pytest.MonkeyPatch) -> By:
    """A recording that makes its decoder run this code."""
    monkeypatch.setattr(processes, "fork_server", obedient_server)
    return lambda code: stored(code.encode())
