"""Recognition under a deadline, for a client that may go away; and events as they are found, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import IO, Any

import pytest
from starlette.testclient import TestClient

from auricle.errors import AuricleError, Busy, CorruptAudio, CorruptWeights, OptionError
from auricle.server import recognition
from auricle.server.app import create_app
from auricle.server.engine import Event, Progress, Recognition
from auricle.server.settings import Settings
from tests.server.asgi import Visitor, visit
from tests.server.clock import in_no_time
from tests.server.conftest import HELLO, PlayedEngine, application

WHOLE, STREAM, OPENAI, OPENAI_STREAM = "/transcribe", "/transcribe?stream=true", "/v1/audio/transcriptions", "/v1/audio/transcriptions?s"
FORM = b"multipart/form-data; boundary=X"


def body(path: str) -> tuple[bytes, dict[bytes, bytes]]:
    """A recording as that route takes it, and its headers."""
    if path in (WHOLE, STREAM):
        return b"audio", {}
    fields = {"model": "base", "stream": "true" if path == OPENAI_STREAM else "false"}
    parts = [f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
    return "".join([*parts, '--X\r\nContent-Disposition: form-data; name="file"\r\n\r\naudio\r\n--X--']).encode(), {b"content-type": FORM}


@dataclass
class WatchedEngine(PlayedEngine):
    """Also remembers the recording, works up to its end in its own time, and looks then whether the recording is still there."""

    sticks: int = -1  # after so many events it finds no more
    lasts: float = 0.0  # what takes until it has stopped. Seconds
    recordings: list[IO[bytes]] = field(default_factory=list)
    open_at_the_end: list[bool] = field(default_factory=list)

    async def recognize(self, recording: IO[bytes], wanted: Recognition) -> AsyncGenerator[Event, None]:
        """Say hello."""
        self.recordings.append(recording)
        try:
            async with aclosing(super().recognize(recording, wanted)) as events:
                found = 0
                async for event in events:
                    yield event
                    found += 1
                    if found == self.sticks:
                        await asyncio.Event().wait()
        finally:
            await asyncio.sleep(self.lasts)
            self.open_at_the_end.append(not recording.closed)

    @property
    def cleared_up(self) -> bool:
        """Whether each recognition has ended while its recording was open, and the recording was closed after it."""
        return (
            len(self.heard) == self.closed == len(self.open_at_the_end)
            and all(self.open_at_the_end)
            and all(recording.closed for recording in self.recordings)
        )


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


def shapes(answer: bytes) -> list[dict[str, Any]]:
    """The data of the events."""
    return [json.loads(line.removeprefix(b"data: ")) for line in answer.split(b"\n") if line.startswith(b"data: ")]


@pytest.mark.parametrize("path", [WHOLE, STREAM, OPENAI, OPENAI_STREAM])
def test_all_is_cleared_up(path: str) -> None:
    """After an answer the engine has ended and the recording is closed."""
    engine = WatchedEngine()
    sent, headers = body(path)
    visitor = visit(create_app(engine, Settings()), path, sent, headers=headers)
    assert (visitor.status, visitor.complete) == (200, True)
    assert engine.cleared_up
    assert engine.heard[0][0] == b"audio"


@pytest.mark.parametrize("lasts", [0.0, 0.1])
@pytest.mark.parametrize("path", [WHOLE, STREAM, OPENAI, OPENAI_STREAM])
def test_a_client_that_goes_away_before_anything_is_found(path: str, lasts: float) -> None:
    """The engine is closed, then the recording, however long the engine takes to stop; nothing is sent."""
    engine = WatchedEngine(pause=10.0, lasts=lasts)
    visitor = Visitor(create_app(engine, Settings()))

    async def test() -> None:
        sent, headers = body(path)
        asking = asyncio.create_task(visitor.ask(path, sent, headers=headers))
        await until(lambda: engine.heard)
        assert not asking.done()
        visitor.gone.set()
        await asking

    alone(test)
    assert visitor.got == []
    assert engine.cleared_up


@pytest.mark.parametrize("lasts", [0.0, 0.1])
@pytest.mark.parametrize("path", [STREAM, OPENAI_STREAM])
def test_a_client_that_goes_away_between_two_events(path: str, lasts: float) -> None:
    """The same in the middle of a stream: what was found is there, nothing after it."""
    engine = WatchedEngine(sticks=2, lasts=lasts)
    visitor = Visitor(create_app(engine, Settings()))

    async def test() -> None:
        sent, headers = body(path)
        asking = asyncio.create_task(visitor.ask(path, sent, headers=headers))
        await until(lambda: b"Hello there." in visitor.body)
        visitor.gone.set()
        await asking

    alone(test)
    assert not visitor.complete
    assert b"event: transcript" not in visitor.body
    assert b"transcript.text.done" not in visitor.body
    assert engine.cleared_up


@pytest.mark.parametrize("path", [STREAM, OPENAI_STREAM])
def test_a_client_that_goes_away_while_it_reads_nothing(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when the server waits to send a sign of life, all is cleared up."""
    monkeypatch.setattr(recognition, "_HEARTBEAT_S", 0.01)
    engine = WatchedEngine(sticks=2, lasts=0.05)
    visitor = Visitor(create_app(engine, Settings()))

    async def test() -> None:
        sent, headers = body(path)
        asking = asyncio.create_task(visitor.ask(path, sent, headers=headers))
        await until(lambda: b"Hello there." in visitor.body)
        visitor.hold = asyncio.Event()
        await until(lambda: visitor.body.endswith(b": still at work\n\n"))
        visitor.gone.set()
        await asking

    alone(test)
    assert engine.cleared_up


@pytest.mark.parametrize("path", [STREAM, OPENAI_STREAM])
def test_signs_of_life(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing is found comments are sent, which clients pass over; the events are the same."""
    sent, headers = body(path)
    quick = visit(create_app(PlayedEngine(), Settings()), path, sent, headers=headers)
    monkeypatch.setattr(recognition, "_HEARTBEAT_S", 0.01)
    slow = visit(create_app(PlayedEngine(pause=0.05), Settings()), path, sent, headers=headers)
    assert b"still at work" not in quick.body
    assert slow.body.count(b": still at work\n\n") >= 4
    assert slow.body.replace(b": still at work\n\n", b"") == quick.body


@pytest.mark.parametrize("path", [WHOLE, STREAM, OPENAI, OPENAI_STREAM])
def test_the_deadline(path: str) -> None:
    """What takes longer than a request may is 503 and cancelled; the message says how long that is."""
    engine = WatchedEngine(pause=10.0)
    sent, headers = body(path)
    visitor = Visitor(create_app(engine, Settings(deadline=0.05)))
    with in_no_time() as loop:
        loop.run_until_complete(visitor.ask(path, sent, headers=headers))
        assert loop.time() < 2
    assert (visitor.status, visitor.complete) == (503, True)
    assert visitor.headers["retry-after"] == "60"
    assert b"this took longer than the 0.05 s that a request may take; send a shorter recording." in visitor.body
    assert engine.cleared_up


@pytest.mark.parametrize("path", [STREAM, OPENAI_STREAM])
def test_the_deadline_in_a_stream(path: str) -> None:
    """It is the last event, for the status was sent already."""
    engine = WatchedEngine(pause=0.15)
    sent, headers = body(path)
    visitor = Visitor(create_app(engine, Settings(deadline=0.2)))
    with in_no_time() as loop:
        loop.run_until_complete(visitor.ask(path, sent, headers=headers))
    assert (visitor.status, visitor.complete) == (200, True)
    assert "deadline_exceeded" in str(shapes(visitor.body)[-1])
    assert engine.cleared_up


@pytest.mark.parametrize(("path", "kind"), [(WHOLE, b""), (WHOLE, FORM), (OPENAI, FORM), ("/transcribe_speech", b"application/json")])
def test_the_deadline_counts_from_the_requests_beginning(path: str, kind: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not end in that time is given up, however steadily it comes."""
    monkeypatch.setattr("auricle.server.exchange._LINGER_S", 0.0)
    engine = WatchedEngine()
    visitor = Visitor(create_app(engine, Settings(deadline=0.1)))
    alone(
        lambda: visitor.ask(
            path, b'{"audio_base64": "' if kind.endswith(b"json") else b"--X\r\n", whole=False, headers={b"content-type": kind}
        )
    )
    assert visitor.status == 503
    assert b"deadline_exceeded" in visitor.body
    assert engine.heard == []


FAILURES: list[tuple[AuricleError, str]] = [
    (Busy("no place.", 3), "busy"),
    (CorruptAudio("the recording is cut off."), "corrupt_audio"),
    (OptionError("language", "base knows no language 'xx'"), "invalid_option"),
    (CorruptWeights("model.bin is damaged."), "unavailable"),
]


@pytest.mark.parametrize("path", [WHOLE, STREAM, OPENAI, OPENAI_STREAM])
@pytest.mark.parametrize(("failure", "code"), FAILURES)
def test_what_fails_at_once_has_a_status(path: str, failure: AuricleError, code: str) -> None:
    """The same status whether a stream was asked for or not."""
    engine = WatchedEngine(fails=failure)
    sent, headers = body(path)
    visitor = visit(create_app(engine, Settings()), path, sent, headers=headers)
    assert visitor.status == (503 if code in ("busy", "unavailable") else 422 if path in (WHOLE, STREAM) else 400)
    assert f'"code":"{code}"'.encode() in visitor.body
    assert engine.cleared_up


@pytest.mark.parametrize(("failure", "code"), [*FAILURES, (ZeroDivisionError("secret"), "internal_error")])
def test_what_fails_late_is_an_event(failure: Exception, code: str) -> None:
    """When the stream has begun, the error is its last event, as the body would have been; the stream ends in order."""
    engine = WatchedEngine(fails_late=failure)
    app = create_app(engine, Settings())
    ours = visit(app, STREAM, b"audio", headers={b"x-request-id": b"mine"})
    sent, headers = body(OPENAI_STREAM)
    openais = visit(app, OPENAI_STREAM, sent, headers=headers)
    assert ours.complete
    assert openais.complete
    assert ours.body.split(b"\n")[-4] == b"event: error"
    assert shapes(ours.body)[-1]["code"] == code
    assert shapes(ours.body)[-1]["request_id"] == "mine"
    assert shapes(openais.body)[-1]["error"]["code"] == code
    assert shapes(openais.body)[-1]["error"]["message"] == shapes(ours.body)[-1]["message"]
    assert [shape["type"] for shape in shapes(openais.body)[:-1]] == ["transcript.text.delta"] * 2
    assert b"secret" not in ours.body + openais.body
    assert engine.cleared_up


@pytest.mark.parametrize("path", [WHOLE, OPENAI])
@pytest.mark.parametrize(("failure", "code"), FAILURES)
def test_what_fails_late_has_a_status_where_nothing_was_sent(path: str, failure: AuricleError, code: str) -> None:
    """Without a stream it makes no difference when it fails."""
    engine = WatchedEngine(fails_late=failure)
    sent, headers = body(path)
    visitor = visit(create_app(engine, Settings()), path, sent, headers=headers)
    assert visitor.status >= 400
    assert f'"code":"{code}"'.encode() in visitor.body
    assert engine.cleared_up


@pytest.mark.parametrize("path", [WHOLE, STREAM, OPENAI, OPENAI_STREAM])
@pytest.mark.parametrize("bug", [ZeroDivisionError("secret"), KeyError("secret"), OSError(5, "secret"), StopAsyncIteration("secret")])
def test_a_bug_is_500_without_details(path: str, bug: Exception) -> None:
    """The client gets a request id to ask with, and nothing of what is inside."""
    engine = WatchedEngine(fails=bug)
    sent, headers = body(path)
    visitor = visit(create_app(engine, Settings()), path, sent, headers={**headers, b"x-request-id": b"mine"})
    assert (visitor.status, visitor.complete) == (500, True)
    assert visitor.headers["x-request-id"] == "mine"
    assert b"internal_error" in visitor.body
    assert b"secret" not in visitor.body
    assert b"Traceback" not in visitor.body
    assert engine.cleared_up


class Hasty(PlayedEngine):
    """Ends without a transcript."""

    async def recognize(self, recording: IO[bytes], wanted: Recognition) -> AsyncGenerator[Event, None]:
        """Say hardly anything."""
        yield Progress(0.0, None)
        yield HELLO.segments[0]


def test_an_engine_that_ends_too_early_is_a_bug() -> None:
    """No client takes half a transcript for the whole."""
    with application(Hasty()) as client:
        assert client.post(WHOLE, content=b"audio").status_code == 500
        assert shapes(client.post(STREAM, content=b"audio").content)[-1]["code"] == "internal_error"


def test_streams_are_not_held_up_on_their_way(client: TestClient) -> None:
    """Neither caches nor proxies keep them, and they are no page of a browser."""
    headers = client.post(STREAM, content=b"audio").headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-cache"
    assert headers["x-accel-buffering"] == "no"


def test_events_come_when_they_are_found() -> None:
    """The first is sent while the engine is still at work on the second."""
    engine = PlayedEngine(pause=0.02)
    visitor = Visitor(create_app(engine, Settings()))

    async def test() -> None:
        asking = asyncio.create_task(visitor.ask(STREAM, b"audio"))
        await until(lambda: b"event: progress" in visitor.body)
        assert b"Hello there." not in visitor.body
        await until(lambda: b"Hello there." in visitor.body)
        assert b"event: transcript" not in visitor.body
        await asking
        assert b"event: transcript" in visitor.body

    alone(test)


def test_long_transcripts_are_written_in_a_thread() -> None:
    """What takes long to write holds up nobody else; what is short is written at once."""
    here = threading.get_ident()
    long = replace(HELLO, segments=HELLO.segments * 40)
    assert asyncio.run(recognition.write_up(HELLO, lambda _: threading.get_ident())) == here
    assert asyncio.run(recognition.write_up(long, lambda _: threading.get_ident())) != here
