"""Promises of auricle.codec.messages: what is sent arrives whole, in time or not at all."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from auricle.codec import messages

Ends = tuple[socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The two of a connection."""
    here, there = socket.socketpair()
    with here, there:
        yield here, there


def test_a_message_arrives_whole(ends: Ends) -> None:
    """Though the connection holds only part of it at a time, and another follows."""
    here, there = ends
    content = bytes(range(256)) * 10_000

    def send() -> None:
        for _ in range(2):
            messages.send(there, messages.BLOCK, 1.5, memoryview(content))

    sender = threading.Thread(target=send)
    sender.start()
    for _ in range(2):
        assert messages.HEADER.unpack(messages.receive(here, messages.HEADER.size)) == (messages.BLOCK, 1.5, len(content))
        assert messages.receive(here, len(content), time.monotonic() + 5) == content
    sender.join()


def test_what_comes_too_late(ends: Ends) -> None:
    """The deadline is that of the last byte, not of the next; one that is over is no endless wait."""
    here, there = ends
    there.sendall(b"abc")
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        messages.receive(here, 4, began + 0.05)
    assert 0.05 <= time.monotonic() - began < 1
    with pytest.raises(TimeoutError):
        messages.receive(here, 1, began)


def test_an_end_in_the_middle(ends: Ends) -> None:
    """Half a message is none."""
    here, there = ends
    there.sendall(b"abc")
    there.close()
    with pytest.raises(ConnectionError):
        messages.receive(here, 4)
    assert messages.receive(here, 0) == b""
