"""Decoding in a process of its own, which the operating system keeps within limits: for bytes that strangers sent.

::

                     ┌──────── control: "fork", with three files ────────▶ fork server
    this process ────┼──────── line: until it closes / how it ended ─────▶    │ forks
                     └──────── data: order ▶ ◀ info, blocks, end or error ─▶ one process per recording

The **fork server** is a fresh interpreter with one thread. It has imported and tried all that decoding needs, so that a fork can begin
at once; it has seen no recording, no secret of the environment and none of this process's files, so that a fork has nothing to betray.

A **process per recording** has the recording, the data connection and /dev/null, and gives up the right to open anything else, to
start processes and to take more memory and time than it may. Nothing that comes from it is believed: messages have a bounded size,
samples are checked as `Audio` does it, JSON is matched against its shape, and errors are looked up in a closed table.

The **line** of each is its life. The fork server kills a process when its line closes, whoever closes it: `close`, `cancel`, or the
kernel because this process is gone. It alone signals and reaps, so that no process identifier is ever used after its process.

Where there is no fork (Windows), each recording gets a new interpreter instead, which takes long to start and has fewer limits.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import json
import math
import os
import selectors
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NoReturn, Self

import numpy as np

from auricle.audio import Audio
from auricle.codec.config import AudioProcessingConfig, Limits
from auricle.codec.decoding import BLOCK_SECONDS, AudioInfo, decode, open_audio
from auricle.codec.encoding import encode
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
    _revived,
)

if sys.platform != "win32":
    import resource

__all__ = ["MEMORY_BYTES", "IsolatedDecoder", "open_isolated", "warm_up"]

MEMORY_BYTES = 2**30  # a 10 s block of 8 channels at 192 kHz takes 61 MB, and several copies of it are on the way at a time

_LABEL = "the audio"  # what messages call a file object, as `open_source` does
_ERRORS: Mapping[str, type[AuricleError]] = {
    kind.__name__: kind
    for kind in (
        InputError, UnreadableInput, EmptyAudio, UnsupportedFormat, CorruptAudio, LimitExceeded, TooManyBytes, TooLong, TooManyChannels,
        SampleRateOutOfRange, DecodeTimeout, OptionError,
    )
}  # fmt: skip

# A message: its kind, the seconds decoded so far, the size of what follows in bytes. The two processes are on one machine.
_HEADER = struct.Struct("=cdQ")
_ORDER, _INFO, _BLOCK, _END, _ERROR = b"o", b"i", b"b", b"e", b"x"
_MOST_TAGS, _MOST_WORDS = 4 * 2**20, 2**16  # bytes of JSON; there are recordings with a book in their tags
_STATUS = struct.Struct("=i")  # how a process ended: its exit code, or minus the signal that ended it

_GRACE_S = 2.0  # the process itself finds out that it takes too long, and says so better; this is for when it does not
_MOST_SECONDS = 1e6  # what timeouts of the operating system can hold
_START_S = 60.0  # a new interpreter with numpy and libav takes 0.3 s, from a slow disk many times as long
_NICE = 5  # whoever answers requests comes first
_MOST_FILES = 1024  # of the fork server, which holds one for every recording
_OUT_OF_MEMORY = 77  # an exit code, because to say it would need memory

_BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[2]); from auricle.codec import isolated; isolated.{}(int(sys.argv[1]))"
# What an interpreter may need to find its libraries. API keys and the like stay here.
_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONHOME", "SYSTEMROOT", "LANG", "LC_ALL")
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # a process with more cannot be forked safely


class IsolatedDecoder:
    """A recording being decoded in a process of its own; used like a `Decoder`, whose samples and errors it gives.

    Everything but `cancel` is for one thread. `open_isolated` makes one and waits for the header. Construction, whose arguments are
    the same, does not, so that there is something to cancel while a hostile header is read.

    Attributes:
        position: seconds decoded so far.

    Raises:
        UnreadableInput: the file has no number, or no process could be started.
    """

    def __init__(
        self,
        file: IO[bytes],
        config: AudioProcessingConfig | None = None,
        limits: Limits | None = None,
        *,
        block: float = BLOCK_SECONDS,
        salvage: bool = False,
        memory: int = MEMORY_BYTES,
    ) -> None:
        self._config = config or AudioProcessingConfig()
        self._limits = limits or Limits()
        self._block, self._memory = block, memory
        self.position = 0.0
        self._info: AudioInfo | None = None
        self._given = 0
        self._stopped = ""
        try:
            file.flush()  # what is still in its buffer would be missing
            self._process = _Forked(file) if hasattr(os, "fork") else _Spawned(file)
        except OSError as error:
            raise UnreadableInput(_LABEL, error) from error
        order = {"config": asdict(self._config), "limits": asdict(self._limits), "block": block, "salvage": salvage, "memory": memory}
        with contextlib.suppress(OSError):  # it has died already; of what, the first look at its messages tells
            _send(self._process.data, _ORDER, 0.0, json.dumps(order).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is doing; for the thread that iterates, which gets `UnreadableInput` if it goes on."""
        self._stopped = self._stopped or "it has been closed"
        self._process.close()

    def cancel(self) -> None:
        """Kill the process. For any thread, at any time: the one that iterates, or waits for a block, soon gets `UnreadableInput`."""
        self._stopped = self._stopped or "it has been cancelled"  # first, so that whoever finds the connection cut knows why
        self._process.kill()

    @property
    def info(self) -> AudioInfo:
        """What the header says; the first look waits for it.

        Raises:
            InputError: see its subclasses.
            OptionError: the configuration asks for something that this recording can't give.
        """
        if self._info is None:
            with self._blaming():
                kind, content = self._message()
                self._info = _checked_info(content, self._limits) if kind == _INFO else _not_expected(kind)
        return self._info

    def __iter__(self) -> Iterator[Audio]:
        """Blocks of the recording at the rate and channel count that were asked for.

        Raises:
            CorruptAudio: damaged, shorter than the header says (unless salvaging), or it made its decoder crash.
            EmptyAudio: not one sample.
            LimitExceeded: it is longer, or takes more time or memory to decode, than allowed.
            UnreadableInput: it has been closed or cancelled.
        """
        info = self.info
        rate, channels = self._config.sample_rate or info.sample_rate, self._config.channels or info.channels
        while (audio := self._next_block(rate, channels)) is not None:
            yield audio

    def _next_block(self, rate: int, channels: int) -> Audio | None:
        with self._blaming():
            kind, content = self._message(4 * channels * _most_frames(self._block, rate))
            if kind == _END:
                return None
            audio = Audio(np.frombuffer(content, np.float32).reshape(channels, -1), rate) if kind == _BLOCK else _not_expected(kind)
            self._given += audio.frames
            if not audio.frames or self._given > (self.position + 1) * rate:
                raise ValueError("more sound than was decoded")
            return audio

    def _message(self, most: int = 0) -> tuple[bytes, bytearray]:
        """The kind and content of the process's next message; a block has up to ``most`` bytes.

        Raises:
            AuricleError: the one that the process reports.
            ValueError: it makes no sense.
            OSError: the connection ended, or the time for the message.
        """
        deadline = time.monotonic() + min(self._limits.decode_time, _MOST_SECONDS) + _GRACE_S
        kind, position, size = _HEADER.unpack(_receive(self._process.data, _HEADER.size, deadline))
        if not self.position <= position <= self._limits.duration and kind != _ERROR:
            raise ValueError("a position that cannot be")
        if size > {_INFO: _MOST_TAGS, _BLOCK: min(most, self._memory), _ERROR: _MOST_WORDS}.get(kind, 0):
            raise ValueError("too much at a time")
        content = _receive(self._process.data, size, deadline)
        if self._stopped:
            raise ConnectionError
        if kind == _ERROR:
            raise _checked_error(content)
        self.position = position
        return kind, content

    @contextlib.contextmanager
    def _blaming(self) -> Iterator[None]:
        """What goes wrong with the process is its end, and becomes the error of the recording that made it go wrong."""
        try:
            yield
        except AuricleError:
            raise
        except (OSError, ValueError, RecursionError) as error:  # nested too deep
            self._process.kill()
            raise self._blame(error) from None

    def _blame(self, error: Exception) -> InputError:
        if self._stopped:
            return UnreadableInput(_LABEL, OSError(self._stopped))
        status = self._process.wait()
        if isinstance(error, TimeoutError) or status == -_signal("SIGXCPU"):
            message = f"{_LABEL} takes longer than {self._limits.decode_time:g} s to decode; send a shorter or simpler recording."
            return DecodeTimeout(message)
        if status == _OUT_OF_MEMORY:
            message = f"{_LABEL} takes more than {self._memory / 2**20:.0f} MiB of memory to decode; send a simpler recording."
            return LimitExceeded(message)
        if status is None:
            return UnreadableInput(_LABEL, OSError("the process that decodes it could not be started, or was lost"))
        return CorruptAudio(f"{_LABEL} cannot be decoded: it made its decoder fail; convert it to WAV or FLAC and send that.")


def open_isolated(
    file: IO[bytes],
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    *,
    block: float = BLOCK_SECONDS,
    salvage: bool = False,
    memory: int = MEMORY_BYTES,
) -> IsolatedDecoder:
    """Open a recording as `open_audio` does, to be decoded in a process of its own.

    Args:
        file: a real file, open for reading. Its position belongs to the process until the decoder is closed.
        config: the format of raw input, the rate and channels to give.
        limits: how much the recording may ask for. `decode_time` is also the longest wait for a block, and the processor time of the
            whole process.
        block: length of a block. Seconds.
        salvage: use what can be decoded of a recording that is cut off or damaged.
        memory: how much the process may take beyond what it has at its start. Bytes. (Linux)

    Raises:
        InputError: see its subclasses; a crash of the decoder is `CorruptAudio`, too much memory `LimitExceeded`.
        OptionError: ``config`` asks for something that this recording can't give.
    """
    with contextlib.ExitStack() as stack:
        decoder = stack.enter_context(IsolatedDecoder(file, config, limits, block=block, salvage=salvage, memory=memory))
        decoder.info  # noqa: B018 - its errors are raised here, as `open_audio` raises them
        stack.pop_all()
        return decoder


def warm_up() -> None:
    """Start the fork server, which the first recording otherwise waits for (some 0.3 s).

    Raises:
        OSError: it does not start.
    """
    if hasattr(os, "fork"):
        _fork_server.start()


# What comes from the process


def _checked_info(content: bytearray, limits: Limits) -> AudioInfo:
    """What the header says, with everything in it of the type and within the limits that it has to be."""
    match fields := _json(content):
        case {
            "container": str(), "codec": str(), "sample_rate": int(rate), "channels": int(channels), "duration": float() | None as duration,
            "bit_depth": int() | str() | None, "size_bytes": int(), "tags": dict(tags), **rest,
        } if (
            not rest and limits.min_rate <= rate <= limits.max_rate and 1 <= channels <= limits.channels
            and (duration is None or (math.isfinite(duration) and duration <= limits.duration))
            and all(isinstance(text, str) for text in tags.values())
        ):  # fmt: skip
            return AudioInfo(**fields)
    raise ValueError("this is not what a header says")


def _checked_error(content: bytearray) -> AuricleError:
    """The error that the process reports, with the message it has there."""
    match _json(content):
        case {"error": str(name), "message": str(message), "field": str(field), "allowed": list(allowed)} if (
            name in _ERRORS and message.isprintable()
            and all(isinstance(value, str | int | float) for value in allowed)
        ):  # fmt: skip
            kind = _ERRORS[name]
            return _revived(kind, (message,), {"field": field, "allowed": tuple(allowed)} if kind is OptionError else {})
    raise ValueError("this is not an error of ours")


def _json(content: bytearray) -> Any:
    fields = json.loads(content)
    json.dumps(fields, ensure_ascii=False).encode()  # half a surrogate pair in a text would stop whoever prints it later
    return fields


def _not_expected(kind: bytes) -> NoReturn:
    raise ValueError(f"a message {kind!r} has no place here")


def _most_frames(block: float, rate: int) -> int:
    """Of one message: what a decoder gives at a time is a block and perhaps the rest of a packet."""
    return 2 * round(block * rate) + 2**18


def _signal(name: str) -> int:
    return int(getattr(signal, name, 0))  # Windows has no SIGXCPU


# Both ends of the data connection


def _send(data: socket.socket, kind: bytes, position: float, content: bytes | memoryview = b"") -> None:
    data.sendall(_HEADER.pack(kind, position, len(content)))
    data.sendall(content)


def _receive(data: socket.socket, size: int, deadline: float = math.inf) -> bytearray:
    """Exactly ``size`` bytes, by ``deadline`` on the monotonic clock.

    Raises:
        TimeoutError: they did not come in time.
        ConnectionError: they did not come at all.
    """
    content = bytearray(size)
    missing = memoryview(content)
    while missing:
        data.settimeout(None if math.isinf(deadline) else max(1e-3, deadline - time.monotonic()))
        count = data.recv_into(missing)
        if not count:
            raise ConnectionError
        missing = missing[count:]
    return content


# Processes, as this one sees them


class _Process:
    """A process that decodes one recording: its data connection, and its end."""

    def __init__(self, data: socket.socket) -> None:
        self.data = data
        self._lock = threading.Lock()  # `kill` must not hit a file number that `close` has given back

    def kill(self) -> None:
        """End it, and what waits for its messages; for any thread."""
        with self._lock:
            for cut in (self._end, lambda: self.data.shutdown(socket.SHUT_RDWR)):
                with contextlib.suppress(OSError):  # it has been cut
                    cut()

    def close(self) -> None:
        """End it, see it gone, and give back the connection."""
        self.kill()
        self.wait()
        with self._lock:
            self._release()

    def wait(self) -> int | None:
        """How it ended: its exit code, or minus a signal; None where nobody knows."""
        raise NotImplementedError

    def _end(self) -> None:
        raise NotImplementedError

    def _release(self) -> None:
        self.data.close()


class _Forked(_Process):
    """A process of the fork server's."""

    def __init__(self, recording: IO[bytes]) -> None:
        data, self._line = _fork_server.fork(recording.fileno())
        super().__init__(data)
        self._status: int | None = None

    def wait(self) -> int | None:
        if self._line.fileno() >= 0 and self._status is None:
            with contextlib.suppress(OSError):
                self._status = _STATUS.unpack(_receive(self._line, _STATUS.size, time.monotonic() + _START_S))[0]
        return self._status

    def _end(self) -> None:
        self._line.shutdown(socket.SHUT_WR)

    def _release(self) -> None:
        self._line.close()
        super()._release()


class _Spawned(_Process):
    """A new interpreter, for where there is no fork."""

    def __init__(self, recording: IO[bytes]) -> None:
        data, theirs = socket.socketpair()
        super().__init__(data)
        with theirs:
            self._interpreter = _interpreter("_serve_one", theirs, recording)
        try:
            _receive(data, 1, time.monotonic() + _START_S)  # so that its start is not part of the time to decode
        except OSError:
            self.close()
            raise

    def wait(self) -> int | None:
        return self._interpreter.wait()

    def _end(self) -> None:
        self._interpreter.kill()


class _ForkServer:
    """The fork server as this process sees it: started when it is first needed, and again if it is gone. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._interpreter: subprocess.Popen[bytes] | None = None
        atexit.register(self.stop)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """In a fork of this process: the fork server is the parent's, and so may be the lock."""
        if self._control is not None and self._interpreter is not None:
            self._control.close()
            self._interpreter.returncode = 0  # it is not ours to wait for
        self._lock = threading.Lock()
        self._control = self._interpreter = None

    def start(self) -> None:
        """Have it running.

        Raises:
            OSError: it does not start.
        """
        with self._lock:
            self._running()

    def stop(self) -> None:
        """End it and the processes that it has forked."""
        with self._lock:
            self._end()

    def fork(self, recording: int) -> tuple[socket.socket, socket.socket]:
        """A new process for the file with the number ``recording``: its data connection, and its line."""
        with contextlib.ExitStack() as unless_done:
            data, theirs = (unless_done.enter_context(end) for end in socket.socketpair())
            line, servers = (unless_done.enter_context(end) for end in socket.socketpair())
            with theirs, servers, self._lock:
                socket.send_fds(self._running(), [b"."], [recording, theirs.fileno(), servers.fileno()])
            unless_done.pop_all()
            return data, line

    def _running(self) -> socket.socket:
        """The control connection of a fork server that runs."""
        if self._control is None or self._interpreter is None or self._interpreter.poll() is not None:
            self._end()
            self._control, theirs = socket.socketpair()
            with theirs:
                self._interpreter = _interpreter("_serve", theirs, subprocess.DEVNULL)
            try:
                _receive(self._control, 1, time.monotonic() + _START_S)
            except OSError:
                self._interpreter.kill()
                self._end()
                raise
            self._control.settimeout(None)
        return self._control

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()  # which tells it to end
        if self._interpreter is not None:
            self._interpreter.wait()
        self._control = self._interpreter = None


_fork_server = _ForkServer()


def _interpreter(entry: str, connection: socket.socket, stdin: IO[bytes] | int) -> subprocess.Popen[bytes]:
    """A new interpreter that runs a function of this module, finds modules where this process does, and holds nothing else of it."""
    path = json.dumps([place for place in sys.path if isinstance(place, str)])
    command = [sys.executable, "-P", "-c", _BOOT.format(entry), str(connection.fileno()), path]
    environment = {name: os.environ[name] for name in _VARIABLES if name in os.environ} | _ONE_THREAD
    # A session of its own: what is typed at the terminal, such as Ctrl-C, is for this process to judge.
    options: dict[str, Any] = {"pass_fds": [connection.fileno()], "start_new_session": True}
    if sys.platform == "win32":
        connection.set_inheritable(True)
        only_it = subprocess.STARTUPINFO(lpAttributeList={"handle_list": [connection.fileno()]})
        options = {"startupinfo": only_it, "creationflags": subprocess.BELOW_NORMAL_PRIORITY_CLASS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL, env=environment, **options)  # noqa: S603 - ourselves


# Inside the fork server


def _serve(number: int) -> None:
    """Live as the fork server of the process that holds the other end of file ``number``."""
    for ignored in (signal.SIGINT, signal.SIGTERM):  # forks inherit it; they end when whoever asked for them says so
        signal.signal(ignored, signal.SIG_IGN)
    with contextlib.suppress(OSError):  # Linux: if memory runs out, rather a decoder than the server
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    _limit(resource.RLIMIT_NOFILE, _MOST_FILES)
    _try_out()
    gc.collect()
    gc.freeze()  # so that collections in forks do not copy every page that they look at
    with socket.socket(fileno=number) as given:
        control = given.dup()  # the lowest number that is free, where forks look for what they close; that of a busy parent is high
    control.sendall(b".")
    _Forks(control).run()


def _try_out() -> None:
    """Import and use all that decoding needs: forks cannot open files, thus not import."""
    decode(encode(Audio(np.zeros((6, 480), np.float32), 48_000)), AudioProcessingConfig(sample_rate=16_000, channels=2))


class _Forks:
    """The fork server's loop: it forks when control says so, kills when a line closes, and tells each line how its process ended."""

    def __init__(self, control: socket.socket) -> None:
        self._lines: dict[int, socket.socket] = {}  # by process identifier
        self._open = True
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, lambda: self._serve(control))
        woken, wake = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a signal that is ignored would wake nobody
        self._selector.register(woken, selectors.EVENT_READ, lambda: self._reap(woken))

    def run(self) -> None:
        """Until nobody can ask for anything, and nothing is left of what was asked for."""
        while self._open or self._lines:
            for key, _ in self._selector.select()[:1]:  # one at a time: it may make the others void
                key.data()

    def _serve(self, control: socket.socket) -> None:
        word, files, _, _ = socket.recv_fds(control, 1, 3)
        if not word:
            self._selector.unregister(control)
            self._open = False
            for process in self._lines:
                os.kill(process, signal.SIGKILL)
        elif len(files) == 3:
            self._fork(*files)
        else:  # it holds as many as it may
            for file in files:
                os.close(file)

    def _fork(self, recording: int, data: int, line: int) -> None:
        server, end = os.getpid(), socket.socket(fileno=line)
        try:
            process = os.fork()
        except OSError:
            end.close()  # which says that there is no process
        else:
            if process == 0:
                _live(recording, data, server)
            self._lines[process] = end
            self._selector.register(end, selectors.EVENT_READ, lambda: self._kill(process))
        for file in (recording, data):
            os.close(file)

    def _kill(self, process: int) -> None:
        self._selector.unregister(self._lines[process])
        os.kill(process, signal.SIGKILL)

    def _reap(self, woken: int) -> None:
        os.read(woken, 4096)
        while self._lines:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                break
            with self._lines.pop(process) as line, contextlib.suppress(OSError):
                with contextlib.suppress(KeyError):  # it was killed
                    self._selector.unregister(line)
                line.sendall(_STATUS.pack(os.waitstatus_to_exitcode(status)))


# Inside the process of one recording


def _live(recording: int, data: int, server: int) -> NoReturn:
    """A fork's whole life: nothing of it may return into the fork server's loop."""
    try:
        os.dup2(0, 2)  # the fork server's input is /dev/null
        os.dup2(recording, 0)
        os.dup2(data, 1)
        os.closerange(3, _MOST_FILES)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: when the fork server dies
        if os.getppid() == server:
            _work(socket.socket(fileno=1))
            os._exit(0)
    finally:
        os._exit(1)


def _serve_one(number: int) -> None:
    """Live as the process of one recording that was not forked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _try_out()
    data = socket.socket(fileno=number)
    data.sendall(b".")
    _work(data)


def _work(data: socket.socket) -> None:
    """Take the order, give up what is not needed for it, and do it: decode the standard input."""
    _, _, size = _HEADER.unpack(_receive(data, _HEADER.size))
    order = json.loads(_receive(data, size))
    limits = Limits(**order["limits"])
    try:
        _confine(limits.decode_time, order["memory"])
        _decode(data, AudioProcessingConfig(**order["config"]), limits, order["block"], order["salvage"])
    except (InputError, OptionError, MemoryError) as error:
        if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):  # libav's becomes a refusal to open
            os._exit(_OUT_OF_MEMORY)
        report = {"error": type(error).__name__, "message": str(error), "field": "", "allowed": []} | error.__dict__
        _send(data, _ERROR, 0.0, json.dumps(report).encode())


def _confine(decode_time: float, memory: int) -> None:
    """Give up all that decoding does not need; the kernel lets nobody take a hard limit back."""
    if sys.platform == "win32":
        return
    os.nice(_NICE)
    if sys.platform == "linux":
        _limit(resource.RLIMIT_AS, memory + int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize())
        ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    _limit(resource.RLIMIT_CPU, math.ceil(min(decode_time, _MOST_SECONDS)) + 1, spare=1)  # SIGXCPU, a second later SIGKILL
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NPROC, 0)  # for root it is no limit
    _limit(resource.RLIMIT_NOFILE, 0)  # what is open stays open


def _limit(kind: int, most: int, spare: int = 0) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        most, spare = min(most, hard), min(spare, hard - min(most, hard))
    resource.setrlimit(kind, (most, most + spare))


def _decode(data: socket.socket, config: AudioProcessingConfig, limits: Limits, block: float, salvage: bool) -> None:
    """Send what a `Decoder` says about the standard input."""
    with os.fdopen(0, "rb", closefd=False) as file:
        if file.seekable():
            file.seek(0)
        with open_audio(file, config, limits, block=block, salvage=salvage) as decoder:
            info = json.dumps(asdict(decoder.info)).encode()
            if len(info) > _MOST_TAGS:
                raise LimitExceeded(f"{_LABEL} has more than {_MOST_TAGS // 2**20} MiB of tags; remove them.")
            _send(data, _INFO, 0.0, info)
            for audio in decoder:
                for piece in audio.blocks(_most_frames(block, audio.rate)):
                    _send(data, _BLOCK, decoder.position, np.ascontiguousarray(piece.samples).data.cast("B"))
            _send(data, _END, decoder.position)
