"""Speech under a deadline, for a client that may go away or read slowly; and never an answer that only looks complete."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import IO, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from auricle.errors import CorruptWeights
from auricle.server.app import create_app
from auricle.server.settings import Settings
from auricle.server.speaking import Sound, SpeechEvent, Synthesis
from tests.server.asgi import Visitor, visit
from tests.server.clock import in_no_time
from tests.server.conftest import PlayedEngine, application, connected, in_thread, until_closed

JSON = {b"content-type": b"application/json"}
ASK = b"POST /synthesize HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nHi"
ROUTES = {
    "/synthesize": {"text": "Hi"},
    "/synthesize_text": {"text": "Hi"},
    "/v1/audio/speech": {"model": "tts-1", "input": "Hi", "voice": "alloy"},
    "/v1/audio/speech?sse": {"model": "tts-1", "input": "Hi", "voice": "alloy", "stream_format": "sse"},
}
STREAMS = [path for path in ROUTES if path != "/synthesize_text"]


def body(path: str) -> bytes:
    """What that route is sent."""
    return json.dumps(ROUTES[path]).encode()


def alone(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test on an event loop, and see that it leaves no task behind."""

    async def run() -> None:
        async with asyncio.timeout(10):
            await test()
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())


async def until(happened: Callable[[], object]) -> None:
    """Return as soon as it has."""
    async with asyncio.timeout(5):
        while not happened():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("path", ROUTES)
def test_all_is_cleared_up(path: str) -> None:
    """After an answer the engine has ended."""
    engine = PlayedEngine()
    visitor = visit(create_app(engine, Settings()), path, body(path), headers=JSON)
    assert (visitor.status, visitor.complete, engine.spoken) == (200, True, 1)


@pytest.mark.parametrize("path", ROUTES)
def test_a_client_that_goes_away_before_the_first_sound(path: str) -> None:
    """The engine is stopped at once, and nothing is sent."""
    engine = PlayedEngine(pause=10.0)
    visitor = Visitor(create_app(engine, Settings()))

    async def test() -> None:
        asking = asyncio.create_task(visitor.ask(path, body(path), headers=JSON))
        await until(lambda: engine.asked)
        assert not asking.done()
        visitor.gone.set()
        await asking

    alone(test)
    assert (visitor.got, engine.spoken, engine.given) == ([], 1, 0)


@pytest.mark.parametrize("path", STREAMS)
def test_a_client_that_goes_away_between_two_sounds(path: str) -> None:
    """No further sound is made, and the answer has no end."""
    engine = PlayedEngine(sounds=[Sound(b"first ")] * 1000)
    visitor = Visitor(create_app(engine, Settings()), hold=asyncio.Event())

    async def test() -> None:
        asking = asyncio.create_task(visitor.ask(path, body(path), headers=JSON))
        await until(lambda: len(visitor.got) > 1)
        visitor.gone.set()
        await asking

    alone(test)
    assert (visitor.complete, engine.spoken) == (False, 1)
    assert engine.given <= 3


@pytest.mark.parametrize("path", STREAMS)
def test_a_slow_reader_holds_the_engine_back(path: str) -> None:
    """While the first sound is not taken, no more than the next is asked of the engine."""
    engine = PlayedEngine(sounds=[Sound(b"sound ")] * 1000)
    visitor = Visitor(create_app(engine, Settings()), hold=asyncio.Event())

    async def test() -> None:
        asking = asyncio.create_task(visitor.ask(path, body(path), headers=JSON))
        await until(lambda: len(visitor.got) > 1)
        for _ in range(100):
            await asyncio.sleep(0)
        assert engine.given <= 2
        assert visitor.hold is not None
        visitor.hold.set()
        await asking

    alone(test)
    assert (visitor.complete, engine.given) == (True, 1000)


@dataclass
class Halting(PlayedEngine):
    """Makes its first sound, and the rest when it may."""

    may: threading.Event = field(default_factory=threading.Event)

    async def speak(self, wanted: Synthesis, recording: IO[bytes] | None = None) -> AsyncGenerator[SpeechEvent, None]:
        """Make some sounds."""
        async with aclosing(super().speak(wanted, recording)) as events:
            async for event in events:
                yield event
                if isinstance(event, Sound) and event.data:
                    await asyncio.to_thread(self.may.wait, 20)


def test_the_first_sound_comes_at_once() -> None:
    """The client has it before the second is made."""
    engine, received = Halting(), b""
    with in_thread(engine) as server, connected(server.url) as connection:
        connection.sendall(ASK)
        while b"first " not in received:
            received += connection.recv(65_536)
        assert engine.given <= 2
        engine.may.set()
        while not received.endswith(b"0\r\n\r\n"):
            received += connection.recv(65_536)
    assert received.partition(b"\r\n\r\n")[2] == b"6\r\nfirst \r\n7\r\nsecond \r\n5\r\nthird\r\n0\r\n\r\n"


@pytest.mark.parametrize("error", [CorruptWeights("a file is damaged."), ZeroDivisionError("a bug")])
@pytest.mark.parametrize("path", ["/synthesize", "/v1/audio/speech"])
def test_what_breaks_off_does_not_look_complete(path: str, error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """The answer has no end, and the log says why, and to which request it happened."""
    engine = PlayedEngine(speaking_fails_late=error)
    with caplog.at_level(logging.ERROR):
        visitor = visit(create_app(engine, Settings()), path, body(path), headers=JSON)
    assert (visitor.status, visitor.body, visitor.complete) == (200, b"first ", False)
    assert "a speech broke off" in caplog.text
    assert "Hi" not in caplog.text


def test_a_client_sees_that_it_broke_off() -> None:
    """The connection is closed without the chunk that ends a body."""
    engine = PlayedEngine(speaking_fails_late=CorruptWeights("a file is damaged."))
    with in_thread(engine) as server, connected(server.url) as connection:
        connection.sendall(ASK)
        received = until_closed(connection)
    assert b"first " in received
    assert not received.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("path", ROUTES)
def test_the_deadline_before_the_first_sound(path: str) -> None:
    """Is 503 with what to do about it."""
    engine = PlayedEngine(pause=10.0)
    visitor = Visitor(create_app(engine, Settings(deadline=0.05)))
    with in_no_time() as loop:
        loop.run_until_complete(visitor.ask(path, body(path), headers=JSON))
    assert (visitor.status, visitor.complete, engine.spoken) == (503, True, 1)
    assert b"send a shorter text." in visitor.body


@dataclass
class Stuck(PlayedEngine):
    """Makes its first sound, and never another."""

    async def speak(self, wanted: Synthesis, recording: IO[bytes] | None = None) -> AsyncGenerator[SpeechEvent, None]:
        """Make a sound."""
        async with aclosing(super().speak(wanted, recording)) as events:
            async for event in events:
                yield event
                if isinstance(event, Sound) and event.data:
                    await asyncio.Event().wait()


def test_the_deadline_after_it() -> None:
    """Breaks the answer off."""
    engine = Stuck()
    visitor = Visitor(create_app(engine, Settings(deadline=0.5)))
    with in_no_time() as loop:
        loop.run_until_complete(visitor.ask("/synthesize", body("/synthesize"), headers=JSON))
    assert (visitor.status, visitor.body, visitor.complete, engine.spoken) == (200, b"first ", False, 1)


def test_it_is_counted_and_logged(engine: PlayedEngine, caplog: pytest.LogCaptureFixture) -> None:
    """Seconds and characters by model, the time to the first sound; and in the log all of that, but never what was said."""
    with application(engine) as client, caplog.at_level(logging.INFO):
        client.post("/synthesize", content=b"Hi there")
        found = {
            sample.name: sample.value for family in text_string_to_metric_families(client.get("/metrics").text) for sample in family.samples
        }
    assert found["auricle_spoken_seconds_total"] == 1.25
    assert found["auricle_spoken_characters_total"] == 8
    assert found["auricle_first_sound_seconds_count"] == 1
    assert found["auricle_speeches"] == 0
    facts: dict[str, Any] = next(
        vars(record)["facts"] for record in caplog.records if vars(record).get("facts", {}).get("route") == "/synthesize"
    )
    assert {name: facts[name] for name in ("model", "voice", "characters", "audio_seconds", "processing_ms")} == {
        "model": "hibari", "voice": "heart", "characters": 8, "audio_seconds": 1.25, "processing_ms": 20.0,
    }  # fmt: skip
    assert "Hi there" not in caplog.text + str(facts)


def test_an_engine_without_a_last_word(engine: PlayedEngine) -> None:
    """One that gives no sound at all is a bug, and no empty recording."""
    engine.sounds = ()
    with application(engine) as client:
        for path in ROUTES:
            if path != "/synthesize_text":
                assert client.post(path, content=body(path), headers={"content-type": "application/json"}).status_code == 500
