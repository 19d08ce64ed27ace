"""OpenAI's own client, unchanged, against our realtime route on a real socket."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

import openai
import pytest
import websockets.sync.client
from openai.resources.realtime.realtime import RealtimeConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from auricle import errors
from auricle.codec.raw import RawFormat
from auricle.server.engine import Listening
from auricle.speech.events import Final, SpeechEnded, SpeechStarted
from auricle.speech.live import LiveOptions
from auricle.speech.transcript import Word
from tests.server.conftest import InThread, PlayedEngine, PlayedStream, eventually, in_thread
from tests.wire.official import check

# Their client does not yet connect as websockets 17.1 would have it.
pytestmark = pytest.mark.filterwarnings(r"ignore:connect\(\) must be used as a context manager:DeprecationWarning")
KEY = "correct-horse-battery"
SECOND = b64encode(bytes(48_000)).decode()  # as OpenAI's PCM
DEFAULT = Listening(LiveOptions(silence=0.5), "base", RawFormat("s16le", 24_000))
WITHOUT_TURNS = {"type": "transcription", "audio": {"input": {"turn_detection": None}}}
COMMITTED = ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]
DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"
FAILED = "conversation.item.input_audio_transcription.failed"
FIRST_TURN = ["input_audio_buffer.speech_started", DELTA, "input_audio_buffer.speech_stopped", *COMMITTED, COMPLETED]


@pytest.fixture
def serving(engine: PlayedEngine) -> Iterator[InThread]:
    """A server that hangs up after some seconds, so that no test waits for ever for what does not come."""
    with in_thread(engine, socket_idle=10) as running:
        yield running


def official(serving: InThread, key: str = "any") -> openai.OpenAI:
    """Their client."""
    return openai.OpenAI(base_url=f"{serving.url}/v1", websocket_base_url=f"{serving.sockets}/v1", api_key=key, max_retries=0)


def connect(serving: InThread, key: str = "any", **options: Any) -> Any:
    """Their client's connection, as it is used for transcription."""
    return official(serving, key).realtime.connect(extra_query={"intent": "transcription"}, max_retries=0, **options)


def until(connection: RealtimeConnection, kind: str) -> list[Any]:
    """What comes, each read by their client and checked, up to the first event of this type."""
    received: list[Any] = []
    while not received or received[-1].type != kind:
        raw = connection.recv_bytes()
        check(json.loads(raw))
        received.append(connection.parse_event(raw))
    return received


def types(events: Sequence[Any]) -> list[str]:
    """Their types."""
    return [event.type for event in events]


def say(connection: RealtimeConnection, seconds: int) -> None:
    """Send as much audio, a second at a time."""
    for _ in range(seconds):
        connection.input_audio_buffer.append(audio=SECOND)


def test_a_session(serving: InThread, engine: PlayedEngine) -> None:
    """From the greeting through an update and a turn that the server finds to one that the client ends."""
    with connect(serving) as connection:
        (created,) = until(connection, "session.created")
        assert created.session.type == "transcription"
        assert created.session.audio.input.transcription.model == "base"
        transcription = {"model": "whisper-1", "language": "en", "prompt": "Greetings."}
        wanted: Any = {"transcription": transcription, "noise_reduction": {"type": "near_field", "strength": 0.5}}
        connection.session.update(session={"type": "transcription", "audio": {"input": wanted}})
        (updated,) = until(connection, "session.updated")
        assert updated.session.audio.input.transcription.to_dict() == transcription
        assert updated.session.audio.input.noise_reduction is None  # for there is none
        say(connection, 4)
        turn = until(connection, COMPLETED)
        assert types(turn) == FIRST_TURN
        assert (turn[1].delta, turn[-1].transcript) == ("Hello there.",) * 2
        assert (turn[0].audio_start_ms, turn[-1].usage.type) == (200, "duration")
        connection.input_audio_buffer.commit()
        last = until(connection, COMPLETED)
        assert types(last) == ["input_audio_buffer.speech_started", *COMMITTED, DELTA, COMPLETED]
        assert last[-1].transcript == "Good bye."
        assert last[1].previous_item_id == turn[-1].item_id
    (stream,) = engine.streams
    options = LiveOptions(language="en", prompt="Greetings.", silence=0.5)
    assert stream.wanted == Listening(options, None, RawFormat("s16le", 24_000))
    assert b"".join(stream.sent) == bytes(4 * 48_000)


def test_their_asynchronous_client(serving: InThread) -> None:
    """Sends and reads at once."""

    async def talk() -> list[str]:
        client = openai.AsyncOpenAI(base_url=f"{serving.url}/v1", api_key="any")
        async with client, client.realtime.connect(extra_query={"intent": "transcription"}) as connection:
            for _ in range(2):
                await connection.input_audio_buffer.append(audio=SECOND)
            heard: list[str] = []
            while COMPLETED not in heard:
                heard.append((await connection.recv()).type)
            return heard

    assert asyncio.run(asyncio.wait_for(talk(), 20)) == ["session.created", *FIRST_TURN]


def test_their_older_client(serving: InThread, engine: PlayedEngine) -> None:
    """Of the beta, in its words; it cannot but name a model in the address."""
    rest, engine.rest = engine.rest, ()
    with official(serving).beta.realtime.connect(model="whisper-1", extra_query={"intent": "transcription"}) as connection:
        created: Any = connection.recv()
        assert (created.type, created.session["input_audio_format"]) == ("transcription_session.created", "pcm16")
        session: Any = {"input_audio_format": "g711_ulaw", "input_audio_transcription": {"language": "en"}, "turn_detection": None}
        connection.transcription_session.update(session=session)
        updated: Any = connection.recv()
        assert (updated.type, updated.session.turn_detection) == ("transcription_session.updated", None)
        engine.rest = rest
        connection.input_audio_buffer.append(audio=b64encode(bytes(16_000)).decode())
        connection.input_audio_buffer.commit()
        received = [connection.recv() for _ in range(4)]
        assert types(received) == ["input_audio_buffer.committed", "conversation.item.created", DELTA, COMPLETED]
    assert engine.streams[-1].wanted == Listening(LiveOptions(language="en"), None, RawFormat("mulaw", 8000))


def test_the_client_ends_turns(serving: InThread) -> None:
    """With `turn_detection` null: text comes as it is final, the item when the client says so."""
    with connect(serving) as connection:
        connection.session.update(session=WITHOUT_TURNS)
        until(connection, "session.updated")
        say(connection, 2)
        (delta,) = until(connection, DELTA)
        connection.input_audio_buffer.commit()
        rest = until(connection, COMPLETED)
        assert types(rest) == [*COMMITTED, DELTA, COMPLETED]
        assert rest[-1].transcript == delta.delta + rest[-2].delta == "Hello there. Good bye."
        assert {delta.item_id, rest[0].item_id, rest[-1].item_id} == {delta.item_id}
        assert rest[-1].usage.seconds == 2.0


def test_too_little_is_no_turn(serving: InThread, engine: PlayedEngine) -> None:
    """An empty buffer cannot be committed, with and without a stream; the session goes on."""
    with connect(serving) as connection:
        until(connection, "session.created")
        for _ in range(2):
            connection.input_audio_buffer.commit(event_id="mine")
            error = until(connection, "error")[-1]
            assert (error.error.code, error.error.event_id) == ("input_audio_buffer_commit_empty", "mine")
            connection.input_audio_buffer.append(audio=b64encode(bytes(200)).decode())
        say(connection, 2)
        assert until(connection, COMPLETED)[-1].transcript == "Hello there."
    assert len(engine.streams) == 1


def test_clearing(serving: InThread, engine: PlayedEngine) -> None:
    """What was sent is forgotten with its stream; the next begins where time is."""
    with connect(serving) as connection:
        until(connection, "session.created")
        say(connection, 1)
        until(connection, "input_audio_buffer.speech_started")
        connection.input_audio_buffer.clear()
        until(connection, "input_audio_buffer.cleared")
        assert engine.streams[0].closed
        connection.input_audio_buffer.clear()  # of nothing
        until(connection, "input_audio_buffer.cleared")
        say(connection, 2)
        turn = until(connection, COMPLETED)
        assert types(turn) == FIRST_TURN
        assert turn[0].audio_start_ms == 1200
    assert len(engine.streams) == 2


def test_an_update_while_somebody_speaks(serving: InThread, engine: PlayedEngine) -> None:
    """What was sent before it is recognised as it was to be, what comes after in a new stream."""
    with connect(serving) as connection:
        until(connection, "session.created")
        say(connection, 1)
        until(connection, "input_audio_buffer.speech_started")
        connection.session.update(session={"type": "transcription", "audio": {"input": {"transcription": {"language": "de"}}}})
        received = until(connection, "session.updated")
        assert types(received) == [DELTA, "input_audio_buffer.speech_stopped", *COMMITTED, COMPLETED, "session.updated"]
        say(connection, 1)
        (started,) = until(connection, "input_audio_buffer.speech_started")
        assert started.audio_start_ms == 1200
    first, second = engine.streams
    assert (first.wanted, first.closed) == (DEFAULT, True)
    assert second.wanted == replace(DEFAULT, options=LiveOptions(language="de", silence=0.5))


def test_an_update_of_what_the_engine_is_not_asked_for(serving: InThread, engine: PlayedEngine) -> None:
    """It leaves the stream as it is."""
    with connect(serving) as connection:
        say(connection, 1)
        until(connection, "input_audio_buffer.speech_started")
        detection: Any = {"type": "server_vad", "prefix_padding_ms": 0}
        connection.session.update(session={"type": "transcription", "audio": {"input": {"turn_detection": detection}}})
        assert types(until(connection, "session.updated")) == ["session.updated"]
        say(connection, 1)
        until(connection, COMPLETED)
    assert [stream.wanted for stream in engine.streams] == [DEFAULT]


@pytest.mark.parametrize(
    ("message", "param"),
    [
        ("{", None),
        (b"\x00\x01", None),
        ('{"type": "response.create", "event_id": "mine"}', "type"),
        ('{"type": "session.update", "event_id": "mine", "session": {"type": "realtime"}}', "session.type"),
        ('{"type": "input_audio_buffer.append", "event_id": "mine", "audio": "?"}', "audio"),
        ('{"type": "input_audio_buffer.append", "event_id": "mine", "audio": "AAAA"}', None),
    ],
)
def test_mistakes_are_survived(serving: InThread, message: str | bytes, param: str | None) -> None:
    """Each is an error that names the event and the field, and the session goes on."""
    with connect(serving) as connection:
        until(connection, "session.created")
        connection._connection.send(message)
        (error,) = until(connection, "error")
        assert (error.error.type, error.error.param) == ("invalid_request_error", param)
        assert error.error.event_id == ("mine" if "mine" in str(message) else None)
        say(connection, 2)
        assert until(connection, COMPLETED)[-1].transcript == "Hello there."


@pytest.mark.parametrize(
    ("error", "kind", "code", "param"),
    [
        (errors.Busy("no place.", 1.0), "server_error", "busy", None),
        (
            errors.OptionError("language", "there is no language 'xx'"),
            "invalid_request_error",
            "invalid_option",
            "session.audio.input.transcription.language",
        ),
        (
            errors.UnknownModel("there is no model 'x'."),
            "invalid_request_error",
            "model_not_found",
            "session.audio.input.transcription.model",
        ),
    ],
)
def test_what_the_engine_refuses(
    serving: InThread, engine: PlayedEngine, error: Exception, kind: str, code: str, param: str | None
) -> None:
    """An update fails, and the session stays what it was; so does audio, which can be sent again later."""
    engine.listening_fails = error
    with connect(serving) as connection:
        until(connection, "session.created")
        connection.session.update(session={"type": "transcription", "audio": {"input": {"transcription": {"language": "xx"}}}})
        (refused,) = until(connection, "error")
        assert (refused.error.type, refused.error.code, refused.error.param) == (kind, code, param)
        say(connection, 1)
        assert until(connection, "error")[0].error.code == code
        engine.listening_fails = None
        say(connection, 2)
        turn = until(connection, COMPLETED)
        assert turn[0].audio_start_ms == 200  # what was refused is not part of the session
    assert [stream.wanted for stream in engine.streams] == [DEFAULT]


def test_a_stream_breaks(serving: InThread, engine: PlayedEngine) -> None:
    """The turn has failed, which is said once; the next audio gets a new stream."""
    with connect(serving) as connection:
        say(connection, 1)
        started = until(connection, "input_audio_buffer.speech_started")[-1]
        engine.stream_fails = errors.CorruptWeights("a file has changed.")
        say(connection, 1)
        (failed,) = until(connection, FAILED)
        assert (failed.item_id, failed.error.type, failed.error.code) == (started.item_id, "server_error", "unavailable")
        assert "file" not in failed.error.message  # which is the operator's business
        engine.stream_fails = None
        say(connection, 2)
        assert types(until(connection, COMPLETED)) == FIRST_TURN
        assert [stream.closed for stream in engine.streams] == [True, False]


def test_a_stream_breaks_in_a_commit(serving: InThread, engine: PlayedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The item has failed, and is not completed as well."""

    async def commit(_: PlayedStream) -> None:
        raise errors.CorruptWeights("a file has changed.")

    monkeypatch.setattr(PlayedStream, "commit", commit)
    with connect(serving) as connection:
        connection.session.update(session=WITHOUT_TURNS)
        until(connection, "session.updated")
        say(connection, 1)
        connection.input_audio_buffer.commit()
        received = until(connection, FAILED)
        assert types(received) == [*COMMITTED, FAILED]
        assert received[-1].item_id == received[0].item_id
        connection.input_audio_buffer.clear()
        assert types(until(connection, "input_audio_buffer.cleared")) == ["input_audio_buffer.cleared"]


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ({}, "invalid_option", "intent"),
        ({"model": "gpt-realtime"}, "invalid_option", "intent"),
        ({"intent": "conversation", "model": "gpt-realtime"}, "invalid_option", "intent"),
        ({"call_id": "rtc_1"}, "invalid_option", "intent"),
        ({"intent": "transcription", "model": "gpt-realtime"}, "model_not_found", "model"),
    ],
)
def test_what_is_not_transcription(
    serving: InThread, engine: PlayedEngine, query: dict[str, str], code: str, param: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused in an event and in the reason of the end, after which their client does not try again."""
    monkeypatch.setattr(engine, "listening_fails", errors.UnknownModel("there is no model 'gpt-realtime'."))
    with official(serving).realtime.connect(extra_query=query) as connection:
        (refused,) = until(connection, "error")
        assert (refused.error.type, refused.error.code, refused.error.param) == ("invalid_request_error", code, param)
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv()
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, refused.error.message)


def test_a_model_in_the_address(serving: InThread, engine: PlayedEngine) -> None:
    """It is the session's, for clients that cannot but name one."""
    with connect(serving, model="tiny.en") as connection:
        (created,) = until(connection, "session.created")
        assert created.session.audio.input.transcription.model == "tiny.en"
        say(connection, 2)
        until(connection, COMPLETED)
    assert [stream.wanted for stream in engine.streams] == [replace(DEFAULT, model="tiny.en")]


def test_keys(engine: PlayedEngine) -> None:
    """As their client sends them, and as browsers do, which get one of their subprotocols back."""
    with in_thread(engine, api_keys=[KEY], socket_idle=10) as serving:
        with pytest.raises(InvalidStatus) as refused, connect(serving, "wrong-wrong-wrong"):
            pass
        assert refused.value.response.status_code == 401
        with connect(serving, KEY) as connection:
            until(connection, "session.created")
        offered: Any = ["realtime", f"openai-insecure-api-key.{KEY}", "openai-beta.realtime-v1"]
        address = f"{serving.sockets}/v1/realtime?intent=transcription"
        with websockets.sync.client.connect(address, subprotocols=offered) as browser:
            assert browser.subprotocol == "realtime"
            assert json.loads(browser.recv(10))["type"] == "transcription_session.created"


def test_a_client_that_goes_away(serving: InThread, engine: PlayedEngine) -> None:
    """Its stream is freed, with a turn begun and audio that nobody has heard."""
    engine.gate = threading.Event()
    connection = connect(serving).enter()
    with closing(connection):
        say(connection, 1)
        eventually(lambda: engine.streams)
    engine.gate.set()
    eventually(lambda: engine.streams[0].closed)


def test_the_server_stops(engine: PlayedEngine) -> None:
    """What was said is recognised to its end, and the client is told why there is no more."""
    with in_thread(engine, socket_idle=10) as serving, connect(serving) as connection:
        say(connection, 1)
        until(connection, "input_audio_buffer.speech_started")
        serving.server.handle_exit(signal.SIGTERM, None)
        received = until(connection, "error")
        assert types(received) == [DELTA, "input_audio_buffer.speech_stopped", *COMMITTED, COMPLETED, "error"]
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012


def test_many_turns_keep_their_order(serving: InThread, engine: PlayedEngine) -> None:
    """Sent faster than they are heard, by a client that commits at last: each delta is of its item, and before its completion."""
    turns = 30
    engine.said = [
        (SpeechStarted(n + 0.1), Final((Word(f"{n}", n + 0.1, n + 0.2, 0.9),), f" {n}", "en"), SpeechEnded(n + 0.2)) for n in range(turns)
    ]
    engine.rest = ()
    with connect(serving) as connection:
        say(connection, turns)
        connection.input_audio_buffer.commit()
        received = [event for _ in range(turns + 1) for event in until(connection, COMPLETED)]
    assert [event.transcript for event in received if event.type == COMPLETED] == [*map(str, range(turns)), ""]
    assert types(received)[1:] == FIRST_TURN * turns + [*COMMITTED, COMPLETED]
    chain = [(event.previous_item_id, event.item_id) for event in received if event.type == "input_audio_buffer.committed"]
    assert [previous for previous, _ in chain] == [None, *[item for _, item in chain[:-1]]]
