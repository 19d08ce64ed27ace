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

Each file holds what runs in one place: in this process `isolated`, what it believes of the others, and `processes`, what it does to
them; in the fork server `forkserver`; in the process of a recording `confined`. `messages` is what all of them have to know.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from types import TracebackType
from typing import IO, Any, NoReturn, Self

import numpy as np

import auricle.codec.messages as messages
import auricle.codec.processes as processes
from auricle.audio import Audio
from auricle.codec.config import AudioProcessingConfig, Limits
from auricle.codec.decoding import BLOCK_SECONDS, AudioInfo
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
    revived,
)

__all__ = ["MEMORY_BYTES", "IsolatedDecoder", "open_isolated", "warm_up"]

MEMORY_BYTES = 2**30  # a 10 s block of 8 channels at 192 kHz takes 61 MB, and several copies of it are on the way at a time

_ERRORS: Mapping[str, type[AuricleError]] = {
    kind.__name__: kind
    for kind in (
        InputError, UnreadableInput, EmptyAudio, UnsupportedFormat, CorruptAudio, LimitExceeded, TooManyBytes, TooLong, TooManyChannels,
        SampleRateOutOfRange, DecodeTimeout, OptionError,
    )
}  # fmt: skip

_GRACE_S = 2.0  # the process itself finds out that it takes too long, and says so better; this is for when it does not


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
            self._process = processes.start(file)
        except OSError as error:
            raise UnreadableInput(messages.LABEL, error) from error
        order = {"config": asdict(self._config), "limits": asdict(self._limits), "block": block, "salvage": salvage, "memory": memory}
        with contextlib.suppress(OSError):  # it has died already; of what, the first look at its messages tells
            messages.send(self._process.data, messages.ORDER, 0.0, json.dumps(order).encode())

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
                self._info = _checked_info(content, self._limits) if kind == messages.INFO else _not_expected(kind)
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
            kind, content = self._message(4 * channels * messages.most_frames(self._block, rate))
            if kind == messages.END:
                return None
            audio = Audio(np.frombuffer(content, np.float32).reshape(channels, -1), rate) if kind == messages.BLOCK else _not_expected(kind)
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
        deadline = time.monotonic() + min(self._limits.decode_time, messages.MOST_SECONDS) + _GRACE_S
        kind, position, size = messages.HEADER.unpack(messages.receive(self._process.data, messages.HEADER.size, deadline))
        if not self.position <= position <= self._limits.duration and kind != messages.ERROR:
            raise ValueError("a position that cannot be")
        longest = {messages.INFO: messages.MOST_TAGS, messages.BLOCK: min(most, self._memory), messages.ERROR: messages.MOST_WORDS}
        if size > longest.get(kind, 0):
            raise ValueError("too much at a time")
        content = messages.receive(self._process.data, size, deadline)
        if self._stopped:
            raise ConnectionError
        if kind == messages.ERROR:
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
            return UnreadableInput(messages.LABEL, OSError(self._stopped))
        status = self._process.wait()
        if isinstance(error, TimeoutError) or status == -_signal("SIGXCPU"):
            message = f"{messages.LABEL} takes longer than {self._limits.decode_time:g} s to decode; send a shorter or simpler recording."
            return DecodeTimeout(message)
        if status == messages.OUT_OF_MEMORY:
            message = f"{messages.LABEL} takes more than {self._memory / 2**20:.0f} MiB of memory to decode; send a simpler recording."
            return LimitExceeded(message)
        if status is None:
            return UnreadableInput(messages.LABEL, OSError("the process that decodes it could not be started, or was lost"))
        return CorruptAudio(f"{messages.LABEL} cannot be decoded: it made its decoder fail; convert it to WAV or FLAC and send that.")


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
        processes.fork_server.start()


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
            return revived(kind, (message,), {"field": field, "allowed": tuple(allowed)} if kind is OptionError else {})
    raise ValueError("this is not an error of ours")


def _json(content: bytearray) -> Any:
    fields = json.loads(content)
    json.dumps(fields, ensure_ascii=False).encode()  # half a surrogate pair in a text would stop whoever prints it later
    return fields


def _not_expected(kind: bytes) -> NoReturn:
    raise ValueError(f"a message {kind!r} has no place here")


def _signal(name: str) -> int:
    return int(getattr(signal, name, 0))  # Windows has no SIGXCPU
