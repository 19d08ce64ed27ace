"""What the processes of a recording tell each other, in the form that both ends have to know. `isolated` draws who talks to whom."""

from __future__ import annotations

import math
import socket
import struct
import time

__all__ = [
    "BLOCK",
    "END",
    "ERROR",
    "HEADER",
    "INFO",
    "LABEL",
    "MOST_SECONDS",
    "MOST_TAGS",
    "MOST_WORDS",
    "ORDER",
    "OUT_OF_MEMORY",
    "STATUS",
    "most_frames",
    "receive",
    "send",
]

# A message: its kind, the seconds decoded so far, the size of what follows in bytes. The two processes are on one machine.
HEADER = struct.Struct("=cdQ")
ORDER, INFO, BLOCK, END, ERROR = b"o", b"i", b"b", b"e", b"x"
MOST_TAGS, MOST_WORDS = 4 * 2**20, 2**16  # bytes of JSON; there are recordings with a book in their tags
STATUS = struct.Struct("=i")  # how a process ended: its exit code, or minus the signal that ended it
OUT_OF_MEMORY = 77  # an exit code, because to say it would need memory

LABEL = "the audio"  # what messages call a file object, as `open_source` does
MOST_SECONDS = 1e6  # what timeouts of the operating system can hold


def send(data: socket.socket, kind: bytes, position: float, content: bytes | memoryview = b"") -> None:
    """One message, whole."""
    data.sendall(HEADER.pack(kind, position, len(content)))
    data.sendall(content)


def receive(data: socket.socket, size: int, deadline: float = math.inf) -> bytearray:
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


def most_frames(block: float, rate: int) -> int:
    """Of one message: what a decoder gives at a time is a block and perhaps the rest of a packet."""
    return 2 * round(block * rate) + 2**18
