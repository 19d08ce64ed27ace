"""Promises of auricle.codec.isolated: the same sound and the same errors as in this process, and whatever happens, only there."""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, Limits, isolated, open_audio
from auricle.codec.isolated import IsolatedDecoder, open_isolated, warm_up
from auricle.errors import (
    AuricleError,
    CorruptAudio,
    DecodeTimeout,
    EmptyAudio,
    InputError,
    LimitExceeded,
    OptionError,
    SampleRateOutOfRange,
    TooLong,
    TooManyBytes,
    TooManyChannels,
    UnreadableInput,
    UnsupportedFormat,
)

Samples = npt.NDArray[np.float32]

RECORDINGS = sorted(path for path in (Path(__file__).parent.parent / "recordings").iterdir() if path.suffix not in (".md", ".tsv"))
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


def pieces(decoder: Any) -> list[tuple[int, Samples]]:
    """Everything that a decoder gives."""
    return [(audio.rate, audio.samples) for audio in decoder]


def same(some: list[tuple[int, Samples]], others: list[tuple[int, Samples]]) -> bool:
    """Whether it is the same to the bit, and in the same blocks."""
    return len(some) == len(others) and all(
        rate == other_rate and samples.dtype == other.dtype and np.array_equal(samples, other)
        for (rate, samples), (other_rate, other) in zip(some, others, strict=True)
    )


def forks(server: int | None = None) -> set[int]:
    """The processes that the fork server has forked, dead ones that nobody has waited for included."""
    interpreter = isolated._fork_server._interpreter
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


# The same sound


@pytest.mark.parametrize("config", [None, SPEECH], ids=["as-it-is", "for-speech"])
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_the_samples_are_those_of_this_process(path: Path, config: AudioProcessingConfig | None) -> None:
    """Bit for bit, block for block; and so are the header and the position."""
    with path.open("rb") as file:
        with open_isolated(file, config) as apart:
            assert apart.position == 0
            there = pieces(apart)
        file.seek(0)
        with open_audio(file, config) as decoder:
            assert same(there, pieces(decoder))
            assert (apart.info, apart.position) == (decoder.info, decoder.position)


@pytest.mark.parametrize(
    ("container", "codec", "channels"), [("mp4", "aac", 2), ("webm", "libopus", 6), ("matroska", "flac", 8), ("ogg", "libopus", 1)]
)
def test_what_libav_writes(libav: Any, container: str, codec: str, channels: int) -> None:
    """Other containers, tags in them, and the mix of many channels to two."""
    content = libav(container, codec, noise(channels, 96_000), 48_000, bit_rate=96_000 if codec == "aac" else 0, tags={"title": "Größe"})
    config = AudioProcessingConfig(sample_rate=22_050, channels=min(channels, 2))
    with open_isolated(stored(content), config) as apart, open_audio(content, config) as decoder:
        assert apart.info == decoder.info
        assert same(pieces(apart), pieces(decoder))


@pytest.mark.parametrize("form", ["WAV", "FLAC", "MP3"])
@pytest.mark.parametrize("block", [1e-4, 0.3, 1.0, 100.0])
def test_blocks(form: str, block: float) -> None:
    """As long as asked for, and the position is that of the decoder after each."""
    content = made(noise(2, 20_000), form=form)
    with open_isolated(stored(content), block=block) as apart, open_audio(content, block=block) as decoder:
        for there, here in itertools.zip_longest(apart, decoder):
            assert np.array_equal(there.samples, here.samples)
            assert apart.position == decoder.position


def test_salvage() -> None:
    """What can be decoded of a recording that is cut off."""
    content = LONG[: len(LONG) // 2]
    with open_isolated(stored(content), salvage=True) as apart, open_audio(content, salvage=True) as decoder:
        assert same(pieces(apart), pieces(decoder))


def test_raw_samples() -> None:
    """Samples without a header, of which the configuration says what they are."""
    samples = noise(2, 5000)
    config = AudioProcessingConfig(input_format="f32le", sample_rate=11_025, channels=2)
    with open_isolated(stored(samples.T.tobytes()), config) as apart:
        assert np.array_equal(Audio.join(apart).samples, samples)


def test_a_packet_longer_than_a_block() -> None:
    """Whatever the decoder gives at a time arrives, though no message is longer than the block that was asked for allows."""
    config = AudioProcessingConfig(sample_rate=768_000)
    content = made(noise(1, 6000), 1000, "FLAC")
    with open_isolated(stored(content), config, block=1e-3) as apart, open_audio(content, config, block=1e-3) as decoder:
        there, here = Audio.join(apart), Audio.join(decoder)
    assert np.array_equal(there.samples, here.samples)


def test_the_callers_file() -> None:
    """It is read from its start wherever it stands, with what is still in its buffer, and stays open."""
    content = made(noise(1, 700))
    with tempfile.TemporaryFile() as file:
        file.write(content)
        for _ in range(2):
            with open_isolated(file) as apart:
                assert Audio.join(apart).frames == 700
        assert file.seek(0, io.SEEK_END) == len(content)


def test_many_at_a_time() -> None:
    """Any thread may open one, and each gets the sound of its own."""
    contents = [made(noise(1, 3000 + number)) for number in range(12)]
    found: list[int] = []

    def read(content: bytes) -> None:
        with open_isolated(stored(content), SPEECH) as apart:
            found.append(Audio.join(apart).frames)

    threads = [threading.Thread(target=read, args=[content]) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [2 * (3000 + number) for number in range(12)]


def test_where_there_is_no_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new interpreter instead: the same sound, the same errors, and it can be killed."""
    monkeypatch.setattr(isolated, "_Forked", isolated._Spawned)
    content = made(noise(2, 30_000), form="FLAC")
    with open_isolated(stored(content), SPEECH) as apart, open_audio(content, SPEECH) as decoder:
        assert apart.info == decoder.info
        assert same(pieces(apart), pieces(decoder))
    with pytest.raises(UnsupportedFormat):
        open_isolated(stored(b"Dear Sir or Madam"))
    with open_isolated(stored(LONG), block=0.1) as apart:
        blocks = iter(apart)
        next(blocks)
        apart.cancel()
        with pytest.raises(UnreadableInput):
            list(blocks)


# The same errors


def with_nan() -> bytes:
    """A WAV with a sample that is no number."""
    samples = noise(2, 30_000)
    samples[1, 20_000] = np.nan
    return made(samples, kind="FLOAT")


ERRORS: list[tuple[type[AuricleError], bytes, AudioProcessingConfig | None, Limits | None]] = [
    (EmptyAudio, b"", None, None),
    (EmptyAudio, made(noise(1, 0)), None, None),
    (UnsupportedFormat, b"Dear Sir or Madam,\n" * 100, None, None),
    (UnsupportedFormat, b"#EXTM3U\n/etc/passwd\n", None, None),
    (CorruptAudio, LONG[:-5000], None, None),
    (CorruptAudio, made(noise(1, 80_000), form="FLAC")[:-5000], None, None),
    (CorruptAudio, with_nan(), None, None),
    (TooManyBytes, LONG, None, Limits(size_bytes=1000)),
    (TooLong, LONG, None, Limits(duration=29)),
    (TooManyChannels, made(noise(3, 100)), None, Limits(channels=2)),
    (SampleRateOutOfRange, LONG, None, Limits(max_rate=7999)),
    (DecodeTimeout, LONG, None, Limits(decode_time=0.0)),
    (OptionError, bytes(1000), AudioProcessingConfig(input_format="pcm"), None),
    (OptionError, LONG, AudioProcessingConfig(input_format="mp3"), None),
    (OptionError, made(noise(3, 100)), AudioProcessingConfig(channels=4), None),
]


@pytest.mark.parametrize(("kind", "content", "config", "limits"), ERRORS)
def test_the_errors_are_those_of_this_process(
    kind: type[AuricleError], content: bytes, config: AudioProcessingConfig | None, limits: Limits | None
) -> None:
    """The same class at the same step, the same message, the same fields; and they can go on to other processes."""
    with pytest.raises(kind) as here, open_audio(content, config, limits) as decoder:
        list(decoder)
    with pytest.raises(kind) as there, open_isolated(stored(content), config, limits) as apart:
        list(apart)
    assert type(there.value) is type(here.value)
    assert (str(there.value), there.value.args, vars(there.value)) == (str(here.value), here.value.args, vars(here.value))
    assert str(pickle.loads(pickle.dumps(there.value))) == str(here.value)  # noqa: S301 - our own


def test_the_field_of_an_option_error() -> None:
    """A server says which of its parameters is meant."""
    with pytest.raises(OptionError) as caught:
        open_isolated(stored(bytes(1000)), AudioProcessingConfig(input_format="s16le"))
    assert caught.value.field == "sample_rate"
    assert caught.value.allowed == ()


def test_a_file_object_without_a_file() -> None:
    """Bytes in memory cannot be handed to another process."""
    with pytest.raises(UnreadableInput, match=r"^cannot read the audio: "):
        open_isolated(io.BytesIO(LONG))


def test_a_book_in_the_tags(libav: Any) -> None:
    """Text beyond all bounds does not come through; much text does."""
    tags = {"comment": "x" * 1_000_000}
    with open_isolated(stored(libav("flac", "flac", noise(1, 8000), 8000, tags=tags))) as apart:
        assert apart.info.tags["comment"] == tags["comment"]
    with pytest.raises(LimitExceeded, match="tags"):
        open_isolated(stored(libav("flac", "flac", noise(1, 8000), 8000, tags={"comment": "x" * 5_000_000})))


# Hostile recordings

# A fork server whose decoder obeys the recording: what a hole in libav comes to. The recording is Python.
OBEDIENT = """
import ctypes, io, json, math, os, signal, socket, struct, sys, time
sys.path[:] = json.loads(sys.argv[2])
import numpy as np
from auricle.codec import isolated
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

isolated._decode = obey
isolated.{}(int(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def obedient_server() -> Iterator[Any]:
    """One for all tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(isolated, "_BOOT", OBEDIENT)
        server = isolated._ForkServer()
        server.start()
    yield server
    server.stop()


@pytest.fixture
def by(obedient_server: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], IO[bytes]]:
    """A recording that makes its decoder run this code."""
    monkeypatch.setattr(isolated, "_fork_server", obedient_server)
    return lambda code: stored(code.encode())


By = Callable[[str], IO[bytes]]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ctypes.string_at(0)", CorruptAudio), ("os.kill(os.getpid(), signal.SIGKILL)", CorruptAudio), ("os.abort()", CorruptAudio),
        ("os._exit(0)", CorruptAudio), ("os._exit(3)", CorruptAudio), ("1 / 0", CorruptAudio), ("data.close()", CorruptAudio),
        ("data.close(); time.sleep(60)", CorruptAudio), ("os.kill(os.getpid(), signal.SIGXCPU)", DecodeTimeout),
        ("np.ones(10 * 2**30 // 8)", LimitExceeded), ("raise CorruptAudio('x.') from MemoryError()", LimitExceeded),
    ],
)  # fmt: skip
@pytest.mark.parametrize("before", ["", "info();", "info(); sound();"])
def test_a_decoder_that_dies(by: By, before: str, code: str, kind: type[InputError]) -> None:
    """At any time and of anything: an input error in one sentence, and the samples that came before it came."""
    frames = 0
    with pytest.raises(InputError) as caught, open_isolated(by(before + code), limits=Limits(decode_time=3)) as apart:
        for audio in apart:
            frames += audio.frames
    assert type(caught.value) is kind
    assert str(caught.value).startswith("the audio ")
    assert str(caught.value).endswith(".")
    assert frames == (100 if "sound" in before else 0)


def test_a_decoder_that_spins(by: By) -> None:
    """It has the processor no longer than it may, though its messages come in time."""
    limits = Limits(decode_time=0.0)
    began = time.monotonic()
    with (
        pytest.raises(DecodeTimeout, match="longer than 0 s"),
        open_isolated(by("info()\nwhile True: sum(range(10**6)); sound(1)"), limits=limits) as apart,
    ):
        apart._given = -(10**9)  # as if the samples were believed
        list(apart)
    assert time.monotonic() - began < 6


@pytest.mark.parametrize(
    "code",
    [
        "time.sleep(60)", "info(); time.sleep(60)", "info(); sound(); time.sleep(60)", "info(); data.sendall(b'b'); time.sleep(60)",
        "info()\nfor byte in bytes(60): data.sendall(b'b'); time.sleep(0.05)",
    ],
)  # fmt: skip
def test_a_decoder_that_sleeps(by: By, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a message longer than decoding may take, not even byte by byte."""
    monkeypatch.setattr(isolated, "_GRACE_S", 0.1)
    began = time.monotonic()
    with pytest.raises(DecodeTimeout, match=r"longer than 0\.2 s"), open_isolated(by(code), limits=Limits(decode_time=0.2)) as apart:
        list(apart)
    assert 0.3 <= time.monotonic() - began < 1.5


REPORTS: list[dict[str, Any]] = [
    {"error": error, "message": message, "field": "", "allowed": allowed}
    for error, message, allowed in (
        ("SystemExit", "x", []), ("OutputError", "x", []), ("AuricleError", "x", []), ("__class__", "x", []), ("EmptyAudio", 5, []),
        ("EmptyAudio", "two\nlines", []), ("EmptyAudio", "\x1b[31mred", []), ("EmptyAudio", "\ud800", []), ("OptionError", "x", [[]]),
    )
]  # fmt: skip
NONSENSE: list[str] = [
    "data.sendall(os.urandom(4096))", "message(b'?')", "message(b'e')", "sound()", "message(b'o', b'{}')",
    "message(b'i', b'{}')", "message(b'i', b'no JSON')", "message(b'i', b'[' * 100_000)", "message(b'i', b'\\xff')",
    "message(b'i', b'1' * 10_000)",
    "message(b'i', size=2**63)", "message(b'i', size=2**40)", "message(b'x', size=2**40)", "message(b'e', b'more')",
    "info(sample_rate=0)", "info(sample_rate=2**70)", "info(sample_rate='8000')", "info(channels=0)", "info(channels=10**9)",
    "info(duration=math.inf)", "info(duration=math.nan)", "info(duration=10**9 + 0.5)", "info(tags={'title': 5})", "info(tags=[])",
    "info(tags={'title': '\\ud800'})", "info(tags={'\\ud800': ''})", "info(more=1)", "info(bit_depth=[])", "info(codec=None)",
    "info(); info()", "info(); message(b'b', size=2**63)", "info(); message(b'b', size=2**33)", "info(); message(b'b', bytes(801), 1.0)",
    "info(); message(b'b', bytes(4), 1.0)", "info(); message(b'b', b'', 1.0)", "info(); sound(position=math.nan)",
    "info(); sound(position=-1.0)", "info(); sound(position=1e9)", "info(); sound(); sound(position=0.5)", "info(); sound(80_000)",
    "info(); sound(value=math.nan)", "info(); sound(value=math.inf)",
    "info(); message(b'x', b'{}')", "info(); message(b'x', b'\"EmptyAudio\"')",
    *(f"message(b'x', json.dumps({report!r}).encode())" for report in REPORTS),
]  # fmt: skip


@pytest.mark.parametrize("code", NONSENSE)
def test_messages_that_make_no_sense(by: By, code: str) -> None:
    """Nothing that comes from there is believed: it is the recording that is damaged, and the process is gone."""
    limits = Limits(duration=3600, decode_time=3)
    with pytest.raises(CorruptAudio) as caught, open_isolated(by(f"{code}; time.sleep(60)"), limits=limits) as apart:
        list(apart)
    assert str(caught.value).isprintable()
    assert not forks()


def test_nothing_is_ever_unpickled(by: By, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be code elsewhere is bytes here."""
    monkeypatch.setattr(pickle, "loads", lambda *_: pytest.fail("somebody unpickles"))
    with pytest.raises(CorruptAudio), open_isolated(by("data.sendall(b'cposix\\nsystem\\n(S\"touch /tmp/bad\"\\ntR.' * 100)")) as apart:
        list(apart)


# Within limits


@pytest.mark.parametrize(
    "attempt",
    [
        "open('/etc/passwd')", "open('/tmp/auricle-was-here', 'w')", "socket.socket()", "os.dup(0)", "os.pipe()",
        "(os.close(0), os.open('/etc/passwd', os.O_RDONLY))", "os.pwrite(0, b'more', 0)", "os.pwrite(0, b'more', 10**6)",
        "os.execv(sys.executable, [sys.executable])", "os.nice(-6)",
    ],
)  # fmt: skip
def test_what_a_decoder_cannot_do(by: By, attempt: str) -> None:
    """Open a file or a connection, write, run a program: not even after it has closed what it holds."""
    if "execv" in attempt:  # a program finds nothing that it could load
        attempt = f"os.execv({sys.executable!r}, [{sys.executable!r}, '-c', ''])"
        with pytest.raises(CorruptAudio, match="fail"):
            open_isolated(by(attempt))
        return
    if "nice" in attempt and os.geteuid() == 0:
        attempt = "os.open('.', os.O_RDONLY)"  # root may have its priority back
    with pytest.raises(CorruptAudio) as caught:
        open_isolated(by(f"failing(lambda: {attempt})"))
    assert str(caught.value) in (
        "Too many open files.",
        "Invalid argument.",
        "File too large.",
        "Operation not permitted.",
        "Permission denied.",
    )


def test_limits_are_in_force(by: By) -> None:
    """Seen from outside: memory, time, files, cores, priority, privileges, and what it holds."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        by("info(); time.sleep(60)") as file,
        open_isolated(file, limits=Limits(decode_time=7.5), memory=100 * 2**20),
    ):
        listener.set_inheritable(True)
        [process] = forks()
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[0])
        space, _ = resource.prlimit(process, resource.RLIMIT_AS)
        assert 99 * 2**20 < space - pages * resource.getpagesize() <= 100 * 2**20
        assert resource.prlimit(process, resource.RLIMIT_CPU) == (9, 10)
        for kind in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC):
            assert resource.prlimit(process, kind) == (0, 0)
        assert os.getpriority(os.PRIO_PROCESS, process) == os.getpriority(os.PRIO_PROCESS, 0) + 5
        assert "NoNewPrivs:\t1" in Path(f"/proc/{process}/status").read_text()
        held = {int(entry.name): entry.stat() for entry in Path(f"/proc/{process}/fd").iterdir()}
        assert sorted(held) == [0, 1, 2]
        assert os.path.samestat(held[0], os.fstat(file.fileno()))
        assert os.path.samestat(held[2], Path(os.devnull).stat())
        assert Path(f"/proc/{process}/fd/1").readlink().name.startswith("socket:")
        assert len(list(Path(f"/proc/{process}/task").iterdir())) == 1


def test_a_parent_with_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it gives the fork server has a high number there, and is closed in decoders nevertheless."""
    with contextlib.ExitStack() as many:
        allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * isolated._MOST_FILES, allowed[1]))
        many.callback(resource.setrlimit, resource.RLIMIT_NOFILE, allowed)
        for _ in range(isolated._MOST_FILES + 100):
            many.enter_context(Path(os.devnull).open("rb"))
        monkeypatch.setattr(isolated, "_fork_server", server := isolated._ForkServer())
        with open_isolated(stored(LONG), block=0.1):
            [process] = forks()
            assert sorted(entry.name for entry in Path(f"/proc/{process}/fd").iterdir()) == ["0", "1", "2"]
        server.stop()


def test_secrets_stay_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a decoder that is taken over could tell is the recording and the code that everybody has."""
    monkeypatch.setenv("AURICLE_API_KEYS", "secret")
    server = isolated._ForkServer()
    try:
        server.start()
        assert server._interpreter is not None
        environment = Path(f"/proc/{server._interpreter.pid}/environ").read_bytes()
        assert b"PATH=" in environment
        assert b"secret" not in environment
        files = [entry.readlink().name for entry in Path(f"/proc/{server._interpreter.pid}/fd").iterdir()]
        assert sum(name.startswith("socket:") for name in files) == 1
    finally:
        server.stop()


def test_little_memory() -> None:
    """A recording for which it does not suffice is refused as one that asks for too much."""
    with (
        pytest.raises(LimitExceeded, match="16 MiB"),
        open_isolated(stored(made(noise(8, 500_000))), memory=16 * 2**20, block=60.0) as apart,
    ):
        list(apart)


# Backpressure


def test_the_process_waits_for_whoever_takes_the_blocks() -> None:
    """It decodes about a block ahead; the position of the file, which both share, tells."""
    with stored(LONG) as file, open_isolated(file, block=1.0) as apart:
        blocks = iter(apart)
        next(blocks)
        time.sleep(0.3)
        read = os.lseek(file.fileno(), 0, os.SEEK_CUR)
        assert read < 32_000 * 3 + 2 * 220_000  # three blocks, and what the connection and libav's reader hold


def test_a_slow_taker_is_not_punished(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time to decode is not the time between taking one block and the next."""
    monkeypatch.setattr(isolated, "_GRACE_S", 0.0)
    with open_isolated(stored(LONG), limits=Limits(decode_time=0.3), block=5.0) as apart:
        for _ in apart:
            time.sleep(0.12)


# The end


def test_close_ends_it_at_once() -> None:
    """In the middle of a recording; whoever goes on is told."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        blocks = iter(apart)
        next(blocks)
        assert len(forks()) == 1
    assert not forks()
    with pytest.raises(UnreadableInput, match="it has been closed"):
        next(blocks)
    apart.close()
    apart.cancel()


@pytest.mark.parametrize(
    "code", ["time.sleep(60)", "while True: pass", "info(); time.sleep(60)", "info(); message(b'b', size=800); time.sleep(60)"]
)
def test_cancel_wakes_whoever_waits(by: By, code: str) -> None:
    """From any other thread, be it the header or a block that is waited for."""
    with IsolatedDecoder(by(code)) as apart:
        canceller = threading.Timer(0.05, apart.cancel)
        canceller.start()
        began = time.monotonic()
        with pytest.raises(UnreadableInput, match="cannot read the audio: it has been cancelled"):
            list(apart)
        assert time.monotonic() - began < 1
        canceller.join()
        until(lambda: not forks())
        with pytest.raises(UnreadableInput, match="cancelled"):
            list(apart)


@pytest.mark.parametrize("after", range(3))
def test_cancel_between_blocks(after: int) -> None:
    """The next block is the error, though it may have arrived already."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        blocks = iter(apart)
        for _ in range(after):
            next(blocks)
        apart.cancel()
        apart.cancel()
        with pytest.raises(UnreadableInput, match="cancelled"):
            next(blocks)


def test_cancel_at_any_moment() -> None:
    """While it is opened, read and closed: it ends, with the whole sound or that error, and nothing else is hit."""
    content = made(noise(1, 40_000))
    for delay in np.linspace(0, 0.02, 40):
        apart = IsolatedDecoder(stored(content), block=0.2)
        canceller = threading.Timer(delay, apart.cancel)
        canceller.start()
        with apart:
            try:
                assert sum(audio.frames for audio in apart) == 40_000
            except UnreadableInput as error:
                assert "cancelled" in str(error)
        canceller.join()
    assert not forks()


def test_nothing_leaks() -> None:
    """A hundred recordings, read, left in the middle, refused or never looked at, leave no file and no process."""
    short, damaged = stored(made(noise(1, 800))), stored(b"no audio")
    warm_up()
    time.sleep(0.05)  # the fork server closes a line after its last word; here that of an earlier test
    server = isolated._fork_server._interpreter
    assert server is not None

    def held() -> list[int]:
        return [len(list(Path(f"/proc/{process}/fd").iterdir())) for process in (os.getpid(), server.pid)]

    before = held()
    for _ in range(25):
        with open_isolated(short) as apart:
            list(apart)
        with open_isolated(short):
            pass
        with pytest.raises(UnsupportedFormat):
            open_isolated(damaged)
        IsolatedDecoder(short).close()
    assert not forks()
    until(lambda: held() == before)


def test_killed_from_outside() -> None:
    """As the kernel does when memory runs out."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        [process] = forks()
        os.kill(process, signal.SIGKILL)
        with pytest.raises(CorruptAudio, match="decoder fail"):
            list(apart)


def test_signals_of_the_terminal_and_of_systemd() -> None:
    """Ctrl-C and the order to stop are for the server, which lets its decoders finish."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        server = isolated._fork_server._interpreter
        assert server is not None
        for process in (server.pid, *forks()):
            os.kill(process, signal.SIGINT)
            os.kill(process, signal.SIGTERM)
            assert os.getsid(process) != os.getsid(0)
        assert Audio.join(apart).frames == 240_000


def test_the_fork_server_can_be_lost() -> None:
    """Its decoders die with it, which is not the recordings' fault; the next recording has a new one."""
    with open_isolated(stored(LONG), block=0.1) as apart:
        server, [process] = isolated._fork_server._interpreter, forks()
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        until(lambda: not alive(process))
        with pytest.raises(UnreadableInput, match="lost"):
            list(apart)
    with open_isolated(stored(LONG)) as apart:
        assert Audio.join(apart).frames == 240_000


def test_no_interpreter_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that cannot begin says so, once asked ahead and once as the error of a recording; and it can be tried again."""
    monkeypatch.setattr(isolated, "_fork_server", server := isolated._ForkServer())
    with monkeypatch.context() as patch:
        patch.setattr(isolated, "_BOOT", "{}")
        with pytest.raises(ConnectionError):
            warm_up()
        with pytest.raises(UnreadableInput):
            open_isolated(stored(LONG))
    with open_isolated(stored(LONG)) as apart:
        assert apart.info.channels == 1
    server.stop()


def test_no_process_to_fork(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system has no room for one more, the recording is not called damaged."""
    monkeypatch.setattr(isolated, "_fork_server", server := isolated._ForkServer())
    monkeypatch.setattr(isolated, "_BOOT", "import os\ndef fork(): raise BlockingIOError\nos.fork = fork\n" + isolated._BOOT)
    for _ in range(2):
        with pytest.raises(UnreadableInput, match="could not be started"):
            open_isolated(stored(LONG))
    server.stop()


# Whoever the parent is

USES = """
print("once")
import sys
from auricle.codec import open_isolated
from auricle.audio import Audio
with open(sys.argv[1], "rb") as file, open_isolated(file) as decoder:
    print(Audio.join(decoder).frames)
"""


@pytest.mark.parametrize("kind", ["script", "package", "input", "thread", "forked"])
def test_any_main_module(kind: str, tmp_path: Path) -> None:
    """A script without a guard, `python -m` a package, an interactive session, a thread, a fork: it runs once, and not in the decoder."""
    package = tmp_path / "program"
    package.mkdir()
    sound = tmp_path / "sound.wav"
    sound.write_bytes(made(noise(1, 700)))
    code = USES
    if kind == "thread":
        code = f"import threading\nthread = threading.Thread(target=exec, args=[{USES!r}, {{}}])\nthread.start(); thread.join()"
    elif kind == "forked":
        code = f"import os, auricle.codec\nauricle.codec.warm_up()\nif os.fork(): sys_exit = os._exit(os.wait()[1])\n{USES}"
    (package / "__main__.py").write_text(code)
    (package / "__init__.py").touch()
    command = {"package": ["-m", "program"], "input": ["-"]}.get(kind, [str(package / "__main__.py")])
    done = subprocess.run(
        [sys.executable, "-W", "error", *command, str(sound)],
        input=code,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        cwd=tmp_path,
    )
    assert (done.stdout.split(), done.stderr, done.returncode) == (["once", "700"], "", 0)


LEAVES = """
import sys, time
from auricle.codec import isolated
isolated._BOOT = sys.argv[1] or isolated._BOOT
decoders = [isolated.IsolatedDecoder(open(sys.argv[2], "rb"), block=0.1) for _ in range(2)]
print(isolated._fork_server._interpreter.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("last_word", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("spins", [True, False])
def test_no_orphans(spins: bool, last_word: int, tmp_path: Path) -> None:
    """However its user dies, a decoder does not outlive it, whether it waits or works."""
    recording = tmp_path / "recording"
    recording.write_bytes(b"while True: pass" if spins else LONG)
    command = [sys.executable, "-c", LEAVES, OBEDIENT if spins else "", str(recording)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        until(lambda: len(forks(server)) == 2)
        left = {server, *forks(server)}
        assert all(map(alive, left))
        parent.send_signal(last_word)
    until(lambda: not any(map(alive, left)))


def test_an_exit_with_open_decoders_is_quiet(tmp_path: Path) -> None:
    """Nothing waits, nothing complains, nothing stays."""
    recording = tmp_path / "recording"
    recording.write_bytes(LONG)
    code = LEAVES.replace("time.sleep(60)", "")
    done = subprocess.run([sys.executable, "-c", code, "", str(recording)], capture_output=True, text=True, timeout=20, check=True)
    assert not done.stderr
    assert not alive(int(done.stdout))


def test_a_start_is_cheap() -> None:
    """Best of ten, to the first block: tens of milliseconds, where a new interpreter takes hundreds."""
    file = stored(made(noise(1, 800)))

    def once() -> float:
        began = time.monotonic()
        with open_isolated(file) as apart:
            list(apart)
        return time.monotonic() - began

    assert min(once() for _ in range(10)) < 0.05
