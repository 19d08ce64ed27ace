"""Live analysis over WebSocket: one result for each chunk, states for frames, and errors that end nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import WebSocketTestSession

from auricle import wire
from auricle.codec.raw import RawFormat
from auricle.errors import Busy, MissingDependency
from auricle.server.analysing import NOTHING_HEARD, LiveAnalysing
from tests.server.conftest import END, SECONDS, PlayedEngine, application
from tests.server.routes.test_socket import AUDIO, answer, chunk, closes, received, socket

__all__ = ["socket"]  # a fixture

NOTHING = wire.rolling(NOTHING_HEARD)


def analyze(audio: bytes = AUDIO) -> dict[str, object]:
    """The guide's message."""
    return chunk(audio, process_type="analyze")


def configured(socket: WebSocketTestSession, **settings: object) -> dict[str, Any]:
    """The answer to these settings."""
    return answer(socket, {"type": "configure", **settings})


# The guide's chunks


def test_one_result_for_each_chunk(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """The latest state, and every beat once: those that are new since the answer before."""
    results = [answer(socket, analyze()) for _ in range(4)]
    assert [result["type"] for result in results] == ["result"] * 4
    data = [result["data"] for result in results]
    assert data[0] == NOTHING
    assert [each["time"] for each in data] == [0.0, 1.0, 3.0, 3.0]
    assert [each["tempo"] for each in data] == [None, None, 120.5, 120.5]
    assert [[beat["time"] for beat in each["beats"]] for each in data] == [[], [], [0.5, 1.0, 1.5], []]
    assert data[2]["key"] == {"name": "A minor", "spelled": "A minor", "camelot": "8A", "confidence": 0.7}
    assert [each["peak_dbfs"] for each in data] == [None, -6.0, -3.0, -3.0]
    (stream,) = engine.surveys
    assert (stream.sent, stream.wanted) == ([AUDIO] * 4, LiveAnalysing())
    assert (engine.streams, engine.restorations) == ([], [])


def test_finish(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """A last result with the last beats; the next stream knows nothing of this one."""
    for _ in range(2):
        assert answer(socket, analyze())["data"] == NOTHING
        assert answer(socket, {"type": "finish"})["data"] == wire.rolling(END[0])
        assert received(socket) == {"type": "finished"}
        assert answer(socket, analyze(b""))["data"] == NOTHING
    assert [(stream.finished, stream.closed) for stream in engine.surveys] == [(True, True)] * 2


def test_a_chunk_of_nothing(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """It is answered with what is known, and costs nothing."""
    assert answer(socket, analyze(b""))["data"] == NOTHING
    assert engine.surveys == []
    for _ in range(3):
        answer(socket, analyze())
    assert answer(socket, analyze(b""))["data"]["tempo"] == 120.5


def test_settings(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """How audio is sent; then a chunk need not say that it is to be analysed."""
    said = configured(socket, process_type="analyze", encoding="s16le", sample_rate=44_100, channels=2)
    assert (said["type"], said["data"]["process_type"]) == ("configured", "analyze")
    message = analyze()
    del message["process_type"]
    assert answer(socket, message)["data"] == NOTHING
    assert engine.surveys[0].wanted == LiveAnalysing(RawFormat("s16le", 44_100, 2))


@pytest.mark.parametrize("encoding", ["f32le", "s16le", "mulaw", "alaw", "wav"])
def test_every_encoding(socket: WebSocketTestSession, encoding: str) -> None:
    """Whatever can be sent live can be analysed."""
    configured(socket, process_type="analyze", encoding=encoding)
    audio = b"RIFF\xff\xff\xff\x7fWAVE" if encoding == "wav" else bytes(8)
    assert answer(socket, analyze(audio))["type"] == "result"


@pytest.mark.parametrize("message", [analyze(AUDIO + b"x"), analyze(b"\xff" * 8)])
def test_a_bad_chunk(socket: WebSocketTestSession, message: dict[str, object]) -> None:
    """One error for it, and the stream goes on as if it had not been."""
    answer(socket, analyze())
    assert answer(socket, message)["data"]["code"] == "corrupt_audio"
    assert answer(socket, analyze())["data"]["time"] == 1.0


def test_finish_in_the_middle_of_a_header(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """What was cut off is an error, and the connection goes on with another stream."""
    configured(socket, process_type="analyze", encoding="wav")
    answer(socket, analyze(b"RIFF\xff\xff\xff\x7fWAVEfmt "))
    failure = answer(socket, {"type": "finish"})
    assert (failure["type"], failure["data"]["code"]) == ("error", "corrupt_audio")
    assert received(socket) == {"type": "finished"}
    configured(socket, encoding="f32le")
    assert answer(socket, analyze())["data"] == NOTHING
    assert [stream.closed for stream in engine.surveys] == [True, False]


def test_commit(socket: WebSocketTestSession) -> None:
    """There are no utterances; it changes nothing."""
    answer(socket, analyze())
    assert answer(socket, {"type": "commit"}) == {"type": "committed"}
    assert answer(socket, analyze())["data"]["time"] == 1.0


# Binary frames


def test_frames(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """Each state is pushed as it comes, without asking; after finish the last, and that this was all."""
    assert configured(socket, process_type="analyze")["type"] == "configured"
    for _ in range(4):
        socket.send_bytes(AUDIO)
    socket.send_text('{"type": "finish"}')
    said = [each for second in (*SECONDS, END) for each in second]
    assert [received(socket) for _ in said] == [{"type": "analysis", "data": wire.rolling(each)} for each in said]
    assert received(socket) == {"type": "finished"}
    assert engine.surveys[0].closed


# The end


def test_no_place(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """Whoever finds none is told to try again: 1013."""
    engine.listening_fails = Busy("all places are taken; try again in a moment.")
    with closes(socket, "busy", 1013):
        socket.send_text(json.dumps(analyze()))


def test_libraries_that_are_not_there(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """That is the operator's business, and ends the connection: 1011."""
    engine.stream_fails = MissingDependency("analysis", "music")
    with closes(socket, "unavailable", 1011):
        socket.send_text(json.dumps(analyze()))


def test_a_client_that_goes_away(engine: PlayedEngine) -> None:
    """Its stream is freed."""
    with application(engine) as client:
        with client.websocket_connect("/ws") as socket:
            answer(socket, analyze())
        assert "auricle_open_streams 0.0" in client.get("/metrics").text
    assert (engine.surveys[0].finished, engine.surveys[0].closed) == (False, True)


def test_the_last_state(engine: PlayedEngine) -> None:
    """When the connection is to end, the rest comes before it is said why."""
    with application(engine, socket_idle=0.2) as client, client.websocket_connect("/ws") as socket:
        answer(socket, analyze())
        assert received(socket)["data"] == wire.rolling(END[0])
        with closes(socket, "upload_stalled", 1008):
            pass
