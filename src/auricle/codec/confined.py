"""Inside the process of one recording: it gives up what decoding does not need, decodes, and reports.

Whoever made the recording may be in charge here from its first byte on. So nothing of this file runs where there is more to lose,
except `try_out` and `limit`, with which the fork server prepares.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import signal
import socket
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

import auricle.codec.messages as messages
from auricle.audio import Audio
from auricle.codec.config import AudioProcessingConfig, Limits
from auricle.codec.decoding import decode, open_audio
from auricle.codec.encoding import encode
from auricle.errors import InputError, LimitExceeded, OptionError

if sys.platform != "win32":
    import resource

__all__ = ["limit", "serve_one", "try_out", "work"]

_NICE = 5  # whoever answers requests comes first


def try_out() -> None:
    """Import and use all that decoding needs: forks cannot open files, thus not import."""
    decode(encode(Audio(np.zeros((6, 480), np.float32), 48_000)), AudioProcessingConfig(sample_rate=16_000, channels=2))


def serve_one(number: int) -> None:
    """Live as the process of one recording that was not forked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try_out()
    data = socket.socket(fileno=number)
    data.sendall(b".")
    work(data)


def work(data: socket.socket) -> None:
    """Take the order, give up what is not needed for it, and do it: decode the standard input."""
    _, _, size = messages.HEADER.unpack(messages.receive(data, messages.HEADER.size))
    order = json.loads(messages.receive(data, size))
    limits = Limits(**order["limits"])
    try:
        _confine(limits.decode_time, order["memory"])
        _decode(data, AudioProcessingConfig(**order["config"]), limits, order["block"], order["salvage"])
    except (InputError, OptionError, MemoryError) as error:
        if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):  # libav's becomes a refusal to open
            os._exit(messages.OUT_OF_MEMORY)
        report = {"error": type(error).__name__, "message": str(error), "field": "", "allowed": []} | error.__dict__
        messages.send(data, messages.ERROR, 0.0, json.dumps(report).encode())


def _confine(decode_time: float, memory: int) -> None:
    """Give up all that decoding does not need; the kernel lets nobody take a hard limit back."""
    if sys.platform == "win32":
        return
    os.nice(_NICE)
    if sys.platform == "linux":
        limit(resource.RLIMIT_AS, memory + int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize())
        ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    limit(resource.RLIMIT_CPU, math.ceil(min(decode_time, messages.MOST_SECONDS)) + 1, spare=1)  # SIGXCPU, a second later SIGKILL
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_FSIZE, 0)
    limit(resource.RLIMIT_NPROC, 0)  # for root it is no limit
    limit(resource.RLIMIT_NOFILE, 0)  # what is open stays open


def limit(kind: int, most: int, spare: int = 0) -> None:
    """From now on, ``most`` of a resource is the most, never more than before; ``spare`` lies between the warning and the end."""
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
            if len(info) > messages.MOST_TAGS:
                raise LimitExceeded(f"{messages.LABEL} has more than {messages.MOST_TAGS // 2**20} MiB of tags; remove them.")
            messages.send(data, messages.INFO, 0.0, info)
            for audio in decoder:
                for piece in audio.blocks(messages.most_frames(block, audio.rate)):
                    messages.send(data, messages.BLOCK, decoder.position, np.ascontiguousarray(piece.samples).data.cast("B"))
            messages.send(data, messages.END, decoder.position)
