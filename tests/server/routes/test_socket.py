"""Live captions over WebSocket: one answer for each chunk, events for frames, and errors that end nothing."""

from __future__ import annotations

import base64
import json
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocketDisconnect

from auricle import wire
from auricle.codec.raw import RawFormat
from auricle.errors import Busy, ModelUnavailable, UnknownModel
from auricle.server.engine import Listening
from auricle.speech.live import LiveOptions
from tests.server.conftest import HELLO, REST, SAID, PlayedEngine, application

AUDIO = struct.pack("<1600f", *[0.25] * 1600)  # a tenth of a second, as the guide sends it


def chunk(audio: bytes = AUDIO, **more: object) -> dict[str, object]:
    """The guide's message."""
    return {"type": "audio_chunk", "audio_base64": base64.b64encode(audio).decode(), "process_type": "transcribe", **more}


def answer(socket: WebSocketTestSession, message: object) -> dict[str, Any]:
    """The next message after this one."""
    socket.send_text(message if isinstance(message, str) else json.dumps(message))
    return received(socket)


def received(socket: WebSocketTestSession) -> dict[str, Any]:
    """The next message."""
    shape: dict[str, Any] = json.loads(socket.receive_text())
    return shape


@pytest.fixture
def socket(client: TestClient) -> Iterator[WebSocketTestSession]:
    """A connection to the application with its default settings."""
    with client.websocket_connect("/ws") as socket:
        yield socket


# The guide's chunks


def test_one_result_for_each_chunk(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """The guide's client sends a chunk and waits for an answer: what became final since the last, what may yet change, and the rest."""
    results = [answer(socket, chunk()) for _ in range(5)]
    assert [result["type"] for result in results] == ["result"] * 5
    data = [result["data"] for result in results]
    assert [each["text"] for each in data] == ["", " Hello there.", "", "", ""]
    assert [each["partial"] for each in data] == [" Hello", "", "", " Good by", " Good by"]
    assert [each["language"] for each in data] == ["en"] * 5
    assert [each["segments"] for each in data] == [[], [wire.segment(HELLO.segments[0])], [], [], []]
    assert [each["confidence"] for each in data] == [0.0, 0.91, 0.0, 0.0, 0.0]
    assert [word["word"] for word in data[1]["words"]] == ["Hello", "there."]
    (stream,) = engine.streams
    assert stream.sent == [AUDIO] * 5
    assert stream.wanted == Listening(LiveOptions(), None, RawFormat("f32le", 16_000, 1))


def test_a_chunk_of_nothing_is_answered(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """As the guide's server answers it, without text and with no confidence; and it costs nothing."""
    data = answer(socket, chunk(b""))["data"]
    assert (data["text"], data["confidence"]) == ("", 0.0)
    assert engine.streams == []


def test_without_process_type(socket: WebSocketTestSession) -> None:
    """Text is what is wanted of audio."""
    message = chunk()
    del message["process_type"]
    assert answer(socket, message)["type"] == "result"


@hypothesis_settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.lists(st.sampled_from(["good", "empty", "half", "bad", "unknown", "none"]), max_size=12))
def test_pipelined_chunks(client: TestClient, kinds: list[str]) -> None:
    """Whatever is sent ahead is answered in order, good or bad, with one message each and nothing between."""
    messages = {
        "good": (json.dumps(chunk()), "result"),
        "empty": (json.dumps(chunk(b"")), "result"),
        "half": (json.dumps(chunk(AUDIO[:-1])), "error"),
        "bad": ('{"type": "audio_chunk", "audio_base64": "?"}', "error"),
        "unknown": (json.dumps(chunk(process_type="sing")), "error"),
        "none": ("no JSON", "error"),
    }
    with client.websocket_connect("/ws") as socket:
        for kind in kinds:
            socket.send_text(messages[kind][0])
        socket.send_text('{"type": "configure"}')
        assert [received(socket)["type"] for _ in kinds] == [messages[kind][1] for kind in kinds]
        last = received(socket)
        if "good" in kinds:  # a stream was begun, and ends
            assert last["type"] == "result"
            last = received(socket)
        assert last["type"] == "configured"


BAD = {
    "nothing": ("", "malformed_request", None),
    "no JSON": ("{", "malformed_request", None),
    "no object": ("[1, 2]", "malformed_request", None),
    "a number": ("17", "malformed_request", None),
    "deep": ("[" * 100_000, "malformed_request", None),
    "no type": ("{}", "invalid_option", "type"),
    "type of nothing": ('{"type": null}', "invalid_option", "type"),
    "type of a kind": ('{"type": {"a": 1}}', "invalid_option", "type"),
    "unknown type": ('{"type": "audio"}', "invalid_option", "type"),
    "no audio": ('{"type": "audio_chunk"}', "invalid_option", "audio_base64"),
    "audio of a kind": ('{"type": "audio_chunk", "audio_base64": 17}', "invalid_option", "audio_base64"),
    "unknown field": (json.dumps(chunk(volume=3)), "invalid_option", "volume"),
    "unknown process_type": (json.dumps(chunk(process_type="sing")), "invalid_option", "process_type"),
    "process_type of nothing": (json.dumps(chunk(process_type=None)), "invalid_option", "process_type"),
    "no base64": ('{"type": "audio_chunk", "audio_base64": "AAA*"}', "malformed_request", "audio_base64"),
    "half base64": ('{"type": "audio_chunk", "audio_base64": "AAAAA"}', "malformed_request", "audio_base64"),
    "a surrogate": ('{"type": "audio_chunk", "audio_base64": "\\ud800"}', "malformed_request", "audio_base64"),
    "letters of others": ('{"type": "audio_chunk", "audio_base64": "größe"}', "malformed_request", "audio_base64"),
    "no whole sample": (json.dumps(chunk(AUDIO + b"x")), "corrupt_audio", None),
    "no numbers": (json.dumps(chunk(struct.pack("<2f", math.nan, math.inf))), "corrupt_audio", None),
    "no encoding": ('{"type": "configure", "encoding": "mp3"}', "invalid_option", "encoding"),
    "no sample rate": ('{"type": "configure", "sample_rate": 0}', "invalid_option", "sample_rate"),
    "sample rate in words": ('{"type": "configure", "sample_rate": "16000"}', "invalid_option", "sample_rate"),
    "too many channels": ('{"type": "configure", "channels": 99}', "invalid_option", "channels"),
    "long prompt": (json.dumps({"type": "configure", "prompt": "x" * 10_001}), "invalid_option", "prompt"),
    "threshold of more than 1": ('{"type": "configure", "threshold": 1.5}', "invalid_option", "threshold"),
    "silence of no length": ('{"type": "configure", "silence": NaN}', "invalid_option", "silence"),
    "finish with more": ('{"type": "finish", "now": true}', "invalid_option", "now"),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_messages(socket: WebSocketTestSession, message: str) -> None:
    """Each is answered by one error that says what is wrong and what would be right; the next chunk is heard as if it had not been."""
    text, code, field = BAD[message]
    error = answer(socket, text)
    assert error["type"] == "error"
    data = error["data"]
    assert (data["code"], data.get("field")) == (code, field)
    assert data["message"].endswith(".")
    assert len(data["message"]) < 300
    assert len(data["request_id"]) == 32
    assert answer(socket, chunk())["data"]["partial"] == " Hello"


def test_binary_frames_that_cannot_be_used(socket: WebSocketTestSession) -> None:
    """The same holds for frames."""
    socket.send_bytes(AUDIO[:-2])
    assert received(socket)["data"]["code"] == "corrupt_audio"
    socket.send_bytes(AUDIO)
    assert received(socket) == {"type": "speech_started", "at": 0.5}


# Binary frames


def test_events_are_pushed(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """As they come, without asking; after finish the rest, and then it says that this was all."""
    for _ in range(5):
        socket.send_bytes(AUDIO)
    socket.send_text('{"type": "finish"}')
    said = [wire.live_event(event) for events in (*SAID, REST) for event in events]
    assert [received(socket) for _ in said] == said
    assert received(socket) == {"type": "finished"}
    assert engine.streams[0].sent == [AUDIO] * 5
    assert engine.streams[0].closed


def test_events_come_without_more_audio(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """What takes a while to be heard is told when it is, though nobody sends any more."""
    engine.pause = 0.1
    socket.send_bytes(AUDIO)
    assert [received(socket)["type"] for _ in SAID[0]] == ["speech_started", "partial"]


def test_both_kinds_do_not_mix(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """A stream keeps to how its audio came first; the other kind is one error, and may follow after finish."""
    assert answer(socket, chunk())["type"] == "result"
    socket.send_bytes(AUDIO)
    error = received(socket)["data"]
    assert (error["code"], "binary" in error["message"]) == ("malformed_request", True)
    assert answer(socket, {"type": "finish"})["type"] == "result"
    assert received(socket)["type"] == "finished"
    socket.send_bytes(AUDIO)
    assert [received(socket)["type"] for _ in SAID[0]] == ["speech_started", "partial"]
    assert answer(socket, chunk())["data"]["code"] == "malformed_request"
    assert [stream.sent for stream in engine.streams] == [[AUDIO], [AUDIO]]


# Commit, finish, configure


def test_commit(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """What was sent becomes final and the stream goes on; whoever sent chunks gets it as a result."""
    assert answer(socket, {"type": "commit"}) == {"type": "committed"}  # nothing was sent
    answer(socket, chunk())
    assert answer(socket, {"type": "commit"})["data"]["text"] == " Good bye."
    assert received(socket) == {"type": "committed"}
    assert answer(socket, chunk())["data"]["text"] == " Hello there."
    assert len(engine.streams) == 1


def test_commit_of_frames(socket: WebSocketTestSession) -> None:
    """The events come before it is said that this was all of them."""
    for _ in range(4):
        socket.send_bytes(AUDIO)
    socket.send_text('{"type": "commit"}')
    said = [wire.live_event(event) for events in (*SAID, REST) for event in events]
    assert [received(socket) for _ in said] == said
    assert received(socket) == {"type": "committed"}


def test_finish_without_audio(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """It is answered by no result and no event, only by its end: at once, after a chunk of nothing, and after another finish."""
    assert answer(socket, {"type": "finish"}) == {"type": "finished"}
    assert answer(socket, chunk(b""))["type"] == "result"
    for _ in range(2):
        assert answer(socket, {"type": "finish"}) == {"type": "finished"}
    assert engine.streams == []


def test_finish_and_begin_again(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """A last result with the rest, then it says so; the next audio is another stream's."""
    for _ in range(2):
        assert answer(socket, chunk())["data"]["partial"] == " Hello"
        last = answer(socket, {"type": "finish"})["data"]
        assert (last["text"], last["partial"], len(last["segments"])) == (" Good bye.", "", 1)
        assert received(socket) == {"type": "finished"}
    assert [(stream.finished, stream.closed) for stream in engine.streams] == [(True, True)] * 2


def test_finish_in_the_middle_of_a_header(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """What was heard is said, what was cut off is an error, and the connection goes on with another stream."""
    assert answer(socket, {"type": "configure", "encoding": "wav"})["type"] == "configured"
    assert answer(socket, chunk(b"RIFF\xff\xff\xff\x7fWAVEfmt "))["type"] == "result"
    assert answer(socket, {"type": "finish"})["type"] == "result"
    failure = received(socket)
    assert (failure["type"], failure["data"]["code"]) == ("error", "corrupt_audio")
    assert received(socket) == {"type": "finished"}
    assert answer(socket, {"type": "configure", "encoding": "f32le"})["type"] == "configured"
    assert answer(socket, chunk())["data"]["partial"] == " Hello"
    assert [stream.closed for stream in engine.streams] == [True, False]


def test_configure_costs_nothing(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """It says what holds now, and nothing is begun before there is audio; then that is what is asked."""
    first = answer(socket, {"type": "configure", "encoding": "s16le", "sample_rate": 8000, "language": "de", "prompt": "Guten Tag."})
    assert first == {
        "type": "configured",
        "data": {
            "process_type": "transcribe", "encoding": "s16le", "sample_rate": 8000, "channels": 1, "language": "de", "model": "base",
            "prompt": "Guten Tag.", "threshold": 0.5, "silence": 0.6,
            "enhance": {
                "denoise": "deepfilter", "noise_limit": None, "guard_music": True, "declip": False, "declick": False, "dehum": False,
                "deess": False, "level": False, "trim": False, "loudness": None, "true_peak": -1.0, "most_limiting": 15.0, "equalize": [],
                "order": None,
            },
        },
    }  # fmt: skip
    second = answer(socket, {"type": "configure", "channels": 2, "model": "tiny.en", "silence": 1, "prompt": None})
    assert second["data"] == {**first["data"], "channels": 2, "model": "tiny.en", "silence": 1, "prompt": None}
    assert engine.streams == []
    answer(socket, chunk())
    assert engine.streams[0].wanted == Listening(LiveOptions("de", None, silence=1), "tiny.en", RawFormat("s16le", 8000, 2))


def test_a_wrong_configure_changes_nothing(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """Neither the settings nor the stream that is under way."""
    answer(socket, chunk())
    assert answer(socket, {"type": "configure", "channels": 2, "sample_rate": -1})["type"] == "error"
    assert answer(socket, chunk())["data"]["text"] == " Hello there."
    assert answer(socket, {"type": "commit"})["type"] == "result"
    assert received(socket)["type"] == "committed"
    assert len(engine.streams) == 1
    assert engine.streams[0].wanted.format.channels == 1


@pytest.mark.parametrize(
    ("wrong", "code", "field", "right"),
    [
        ({"model": "huge"}, "model_not_found", "model", "use one of: base, tiny.en."),
        ({"language": "xx"}, "invalid_option", "language", "use one of: en, de, fr."),
    ],
)
def test_a_configure_that_the_engine_cannot_honour(
    socket: WebSocketTestSession, engine: PlayedEngine, wrong: dict[str, str], code: str, field: str, right: str
) -> None:
    """It is answered itself with what would be right, before any audio; what was settled before holds, and so does what is under way."""
    assert answer(socket, {"type": "configure", "language": "de"})["type"] == "configured"
    for said in ("", " Hello there."):  # before there is a stream, and within one
        error = answer(socket, {"type": "configure", "silence": 2, **wrong})
        assert (error["type"], error["data"]["code"], error["data"]["field"]) == ("error", code, field)
        assert error["data"]["message"].endswith(right)
        assert answer(socket, chunk())["data"]["text"] == said
    assert [stream.wanted for stream in engine.streams] == [Listening(LiveOptions("de"))]


def test_configure_after_audio(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """The stream ends with all that was said, and another begins."""
    answer(socket, chunk())
    assert answer(socket, {"type": "configure", "language": "fr"})["data"]["text"] == " Good bye."
    assert received(socket)["type"] == "configured"
    answer(socket, chunk())
    assert [stream.wanted.options.language for stream in engine.streams] == [None, "fr"]
    assert engine.streams[0].closed


# What the engine cannot do


@pytest.mark.parametrize("error", [UnknownModel("there is no model 'x'."), ModelUnavailable("the model 'x' is not here.")])
def test_a_model_that_is_not_there(socket: WebSocketTestSession, engine: PlayedEngine, error: Exception) -> None:
    """Each chunk hears of it, until another model is configured."""
    engine.listening_fails = error
    assert [answer(socket, chunk())["data"]["field"] for _ in range(2)] == ["model", "model"]
    engine.listening_fails = None
    assert answer(socket, {"type": "configure", "model": "base"})["type"] == "configured"
    assert answer(socket, chunk())["type"] == "result"


@contextmanager
def closes(socket: WebSocketTestSession, code: str, close: int) -> Iterator[None]:
    """Whatever is done here is answered by this error and the end."""
    yield
    error = received(socket)
    assert (error["type"], error["data"]["code"]) == ("error", code)
    with pytest.raises(WebSocketDisconnect) as caught:
        socket.receive_text()
    assert caught.value.code == close
    assert error["data"]["message"].startswith(caught.value.reason)


def test_no_place(socket: WebSocketTestSession, engine: PlayedEngine) -> None:
    """Whoever finds none when there is audio is told to try again: 1013."""
    engine.listening_fails = Busy("all places are taken; try again in a moment.")
    with closes(socket, "busy", 1013):
        socket.send_text(json.dumps(chunk()))


@pytest.mark.parametrize("binary", [False, True])
def test_a_bug(socket: WebSocketTestSession, engine: PlayedEngine, binary: bool) -> None:
    """It ends the connection, with no more than an id to look for in the log: 1011; and the stream is freed."""
    engine.stream_fails = RuntimeError("secret")
    with closes(socket, "internal_error", 1011):
        if binary:
            socket.send_bytes(AUDIO)
        else:
            socket.send_text(json.dumps(chunk()))
    assert engine.streams[0].closed


def test_the_last_words(engine: PlayedEngine) -> None:
    """When the connection is to end, whoever sent chunks gets what was still to say as a result, and then hears why."""
    with application(engine, socket_idle=0.2) as client, client.websocket_connect("/ws") as socket:
        answer(socket, chunk())
        assert received(socket)["data"]["text"] == " Good bye."
        with closes(socket, "upload_stalled", 1008):
            pass
    assert engine.streams[0].finished
