"""What the treatments of `/ws` share: one thing at a time, one way at a time."""

from __future__ import annotations

import itertools
import json

import pytest
from starlette.testclient import WebSocketTestSession

from tests.server.conftest import PlayedEngine
from tests.server.routes.test_socket import AUDIO, answer, chunk, received, socket

__all__ = ["socket"]  # a fixture

DONE = {"transcribe": "written down", "enhance": "enhanced", "analyze": "analysed"}


@pytest.mark.parametrize(("first", "second"), [*itertools.permutations(DONE, 2)])
def test_one_thing_at_a_time(socket: WebSocketTestSession, first: str, second: str) -> None:
    """A stream is written down, enhanced or analysed; another is an error that says so, and may follow after finish."""
    assert answer(socket, chunk(process_type=first))["type"] == "result"
    refused = answer(socket, chunk(process_type=second))["data"]
    assert refused["code"] == "malformed_request"
    assert DONE[first] in refused["message"]
    assert f"send finish before process_type {second}." in refused["message"]
    assert answer(socket, chunk(process_type=first))["type"] == "result"
    socket.send_text('{"type": "finish"}')
    assert [received(socket)["type"] for _ in range(2)] == ["result", "finished"]
    assert answer(socket, chunk(process_type=second))["type"] == "result"


@pytest.mark.parametrize("process", ["enhance", "analyze"])
def test_both_kinds_do_not_mix(socket: WebSocketTestSession, process: str) -> None:
    """A stream keeps to how its audio came first."""
    assert answer(socket, {"type": "configure", "process_type": process})["type"] == "configured"
    socket.send_bytes(AUDIO)
    assert answer(socket, chunk(process_type=process))["data"]["code"] == "malformed_request"
    socket.send_text('{"type": "finish"}')
    while True:
        message = socket.receive()
        if json.loads(message.get("text") or "{}").get("type") == "finished":
            break
    assert answer(socket, chunk(process_type=process))["type"] == "result"


@pytest.mark.parametrize("process", ["enhance", "analyze"])
def test_a_bug_frees_the_stream(socket: WebSocketTestSession, engine: PlayedEngine, process: str) -> None:
    """Whatever goes wrong in it."""
    engine.stream_fails = RuntimeError("secret")
    assert answer(socket, chunk(process_type=process))["data"]["code"] == "internal_error"
    socket.receive()
    assert [stream.closed for stream in engine.surveys] + [stream.closed for stream in engine.restorations] == [True]
