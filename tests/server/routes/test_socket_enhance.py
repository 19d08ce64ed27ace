"""Live enhancement over WebSocket: what was sent comes back as it was sent, every sample of it, and errors end nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from starlette.testclient import WebSocketTestSession

from auricle.codec.raw import RawFormat
from auricle.enhancement.options import Band, EnhanceOptions
from auricle.errors import Busy, ModelUnavailable
from auricle.server.enhancing import LiveEnhancing
from tests.server.conftest import PlayedEngine, application
from tests.server.routes.test_socket import AUDIO, answer, chunk, closes, received, socket

__all__ = ["socket"]  # a fixture

SECOND = bytes(reversed(AUDIO))


def enhance(audio: bytes = AUDIO) -> dict[str, object]:
    """The guide's message."""
    return chunk(audio, process_type="enhance")


def audio_of(message: dict[str, Any]) -> bytes:
    """What a result brings."""
    assert message["type"] == "result"
    return base64.b64decode(message["data"]["enhanced_audio_base64"])


def configured(socket: WebSocketTestSession, **settings: object) -> dict[str, Any]:
    """The answer to these settings."""
    return answer(socket, {"type": "configure", **settings})


# The guide's chunks


def test_one_result_for_each_chunk(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """As much as is ready, as it was sent; after finish the rest, so that all that went in has come out."""
    pieces = [AUDIO, SECOND, AUDIO[:400]]
    answers = [answer(socket, enhance(piece)) for piece in pieces]
    assert answers[0]["data"] == {
        "enhanced_audio_base64": "", "sample_rate": 16_000, "duration_seconds": 0.0, "channels": 1, "encoding": "f32le",
    }  # fmt: skip
    assert answers[1]["data"]["duration_seconds"] == 0.1
    rest = answer(socket, {"type": "finish"})
    assert received(socket) == {"type": "finished"}
    assert [audio_of(each) for each in (*answers, rest)] == [b"", *pieces]
    (stream,) = engine.restorations
    assert (stream.wanted, stream.finished, stream.closed) == (LiveEnhancing(), True, True)
    assert stream.wanted.options == EnhanceOptions(denoise="deepfilter", true_peak=-1)
    assert engine.streams == []


def test_a_chunk_of_nothing(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """It is answered, and costs nothing."""
    assert audio_of(answer(socket, enhance(b""))) == b""
    assert answer(socket, {"type": "finish"}) == {"type": "finished"}
    assert engine.restorations == []


def test_settings(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """How audio is sent, and what is to be done to it; then a chunk need not say that it is to be enhanced."""
    options = {"denoise": "rnnoise", "equalize": [{"frequency": 100, "gain": -3}], "true_peak": -2}
    said = configured(socket, process_type="enhance", encoding="s16le", sample_rate=48_000, channels=2, enhance=options)
    assert said["type"] == "configured"
    assert said["data"]["enhance"]["denoise"] == "rnnoise"
    message = enhance()
    del message["process_type"]
    assert answer(socket, message)["data"]["encoding"] == "s16le"
    assert engine.restorations[0].wanted == LiveEnhancing(
        EnhanceOptions(denoise="rnnoise", equalize=(Band(100, -3),), true_peak=-2), RawFormat("s16le", 48_000, 2)
    )


def test_settings_end_the_stream(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """The rest of it comes before they hold."""
    answer(socket, enhance())
    assert audio_of(configured(socket, sample_rate=8000)) == AUDIO
    assert received(socket)["type"] == "configured"
    answer(socket, enhance())
    assert [stream.wanted.format.sample_rate for stream in engine.restorations] == [16_000, 8000]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"dehum": True}, "enhance.dehum"),
        ({"denoise": "magic"}, "enhance.denoise"),
        ({"noise_limit": -1}, "enhance.noise_limit"),
        ({"equalize": [{"frequency": "low"}]}, "enhance.equalize.0.frequency"),
        ({"equalize": [{"frequency": 100}]}, "enhance.equalize.0.gain"),
        ({"loudness": "podcast"}, "enhance.loudness"),
        ({"most_limiting": 3}, "enhance.most_limiting"),
        ({"volume": 11}, "enhance.volume"),
        (None, "enhance"),
        ([], "enhance"),
    ],
)
def test_what_cannot_be_done_live(socket: WebSocketTestSession, engine: PlayedEngine, options: object, field: str) -> None:
    """It is said at once, with the field to blame; what was settled before holds, and so does the stream."""
    answer(socket, enhance())
    error = configured(socket, enhance=options)
    assert (error["type"], error["data"]["code"], error["data"]["field"]) == ("error", "invalid_option", field)
    assert audio_of(answer(socket, enhance(SECOND))) == AUDIO
    assert len(engine.restorations) == 1


def test_what_only_the_stream_finds_out(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """Each chunk hears of it, in the client's words, until something else is configured."""
    engine.listening_fails = ModelUnavailable("the model is not here.")
    assert answer(socket, enhance())["data"]["code"] == "model_not_available"
    engine.listening_fails = None
    assert answer(socket, enhance())["type"] == "result"


@pytest.mark.parametrize("message", [enhance(AUDIO + b"x"), enhance(b"\xff" * 8)])
def test_a_bad_chunk(socket: WebSocketTestSession, message: dict[str, object]) -> None:
    """One error for it, and the stream goes on as if it had not been."""
    answer(socket, enhance())
    assert answer(socket, message)["data"]["code"] == "corrupt_audio"
    assert audio_of(answer(socket, enhance(SECOND))) == AUDIO


def test_one_thing_at_a_time(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """A stream is written down or enhanced; the other is an error, and may follow after finish."""
    assert "partial" in answer(socket, chunk())["data"]
    refused = answer(socket, enhance())["data"]
    assert (refused["code"], "finish" in refused["message"]) == ("malformed_request", True)
    socket.send_text('{"type": "finish"}')
    assert [received(socket)["type"] for _ in range(2)] == ["result", "finished"]
    answer(socket, enhance())
    assert answer(socket, chunk())["data"]["code"] == "malformed_request"
    assert audio_of(answer(socket, {"type": "finish"})) == AUDIO
    assert received(socket)["type"] == "finished"
    assert "partial" in answer(socket, chunk())["data"]
    assert [len(engine.streams), len(engine.restorations)] == [2, 1]


def test_commit(socket: WebSocketTestSession) -> None:
    """There are no utterances; it changes nothing."""
    answer(socket, enhance())
    assert answer(socket, {"type": "commit"}) == {"type": "committed"}
    assert audio_of(answer(socket, enhance(SECOND))) == AUDIO


# Binary frames


def test_frames(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """Frames come back as frames, as soon as there is something; then it is said that this was all."""
    assert configured(socket, process_type="enhance")["type"] == "configured"
    pieces = [AUDIO, SECOND, AUDIO]
    for piece in pieces:
        socket.send_bytes(piece)
    socket.send_text('{"type": "finish"}')
    assert [socket.receive_bytes() for _ in pieces] == pieces
    assert received(socket) == {"type": "finished"}
    assert engine.restorations[0].closed


def test_both_kinds_do_not_mix(socket: WebSocketTestSession) -> None:
    """A stream keeps to how its audio came first."""
    configured(socket, process_type="enhance")
    socket.send_bytes(AUDIO)
    assert answer(socket, enhance())["data"]["code"] == "malformed_request"
    socket.send_bytes(SECOND)
    assert socket.receive_bytes() == AUDIO


# The end


def test_no_place(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """Whoever finds none is told to try again: 1013."""
    engine.listening_fails = Busy("all places are taken; try again in a moment.")
    with closes(socket, "busy", 1013):
        socket.send_text(json.dumps(enhance()))


def test_a_bug(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """It ends the connection: 1011; and the stream is freed."""
    engine.stream_fails = RuntimeError("secret")
    with closes(socket, "internal_error", 1011):
        socket.send_text(json.dumps(enhance()))
    assert engine.restorations[0].closed


def test_a_client_that_goes_away(engine: PlayedEngine) -> None:
    """Its stream is freed."""
    with application(engine) as client:
        with client.websocket_connect("/ws") as socket:
            answer(socket, enhance())
        assert "auricle_open_streams 0.0" in client.get("/metrics").text
    assert (engine.restorations[0].finished, engine.restorations[0].closed) == (False, True)


def test_the_last_sound(engine: PlayedEngine) -> None:
    """When the connection is to end, the rest comes before it is said why."""
    with application(engine, socket_idle=0.2) as client, client.websocket_connect("/ws") as socket:
        answer(socket, enhance())
        assert audio_of(received(socket)) == AUDIO
        with closes(socket, "upload_stalled", 1008):
            pass


def test_a_stream_that_lasts_too_long(engine: PlayedEngine) -> None:
    """It ends as one that is written down: 1008, with all that was sent."""
    with application(engine, stream_seconds=1) as client, client.websocket_connect("/ws") as socket:
        answer(socket, enhance())
        assert audio_of(received(socket)) == AUDIO
        with closes(socket, "recording_too_long", 1008):
            pass
