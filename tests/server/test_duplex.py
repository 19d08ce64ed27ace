"""Promises of auricle.server.duplex: a body and an answer at once, neither of which grows or waits for the other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect
from starlette.types import Message

from auricle.errors import LimitExceeded, TooLong, UploadStalled
from auricle.server import duplex
from auricle.server.duplex import Body, Outbox, beside
from auricle.speech.events import Final, LiveEvent, Partial, SpeechEnded, SpeechStarted

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    """The event loop of tests that are coroutines."""
    return "asyncio"


class Client:
    """What a client sends, message by message, and then nothing."""

    def __init__(self, *pieces: bytes, whole: bool = True, gone: bool = False) -> None:
        self.messages = deque[Message](
            {"type": "http.request", "body": piece, "more_body": not whole or place < len(pieces) - 1} for place, piece in enumerate(pieces)
        )
        if gone:
            self.messages.append({"type": "http.disconnect"})

    async def receive(self) -> Message:
        """ASGI's call."""
        await asyncio.sleep(0)
        return self.messages.popleft() if self.messages else await asyncio.Future()


async def taken(body: Body) -> AsyncGenerator[bytes, None]:
    """All of a body."""
    while (piece := await body.take()) is not None:
        yield piece


@given(st.lists(st.binary(max_size=100_000), min_size=1, max_size=10))
@settings(max_examples=40, deadline=None)
def test_a_body_is_what_was_sent(pieces: list[bytes]) -> None:
    """In order, and to its end, however large its pieces."""

    async def heard() -> bytes:
        body = Body(Client(*pieces).receive, 5)
        async with beside(body.read()):
            return b"".join([piece async for piece in taken(body)])

    assert asyncio.run(heard()) == b"".join(pieces)


async def test_it_is_read_no_further_than_it_is_taken() -> None:
    """But for a little, which whoever takes it makes room for."""
    client = Client(*[bytes(10_000)] * 100, whole=False)
    body = Body(client.receive, 5)
    async with beside(body.read()):
        await asyncio.sleep(0.05)
        assert len(client.messages) == 93
        assert body.full
        await body.take()
        await asyncio.sleep(0.05)
        assert len(client.messages) == 92


async def test_going_away_is_noticed() -> None:
    """While nothing is taken, and after the end."""
    for client in (Client(b"some", whole=False, gone=True), Client(b"all", gone=True)):
        with pytest.raises(ClientDisconnect):
            await asyncio.wait_for(Body(client.receive, 5).read(), 5)


async def test_silence_ends_a_body() -> None:
    """What came before is heard first; the time that others take for hearing it does not count."""
    body = Body(Client(b"some", bytes(100_000), whole=False).receive, 0.05)
    async with beside(body.read()):
        await asyncio.sleep(0.2)
        assert await body.take() == b"some"
        assert await body.take() == bytes(100_000)
        with pytest.raises(UploadStalled, match=r"no audio has come for 0\.05 s"):
            await body.take()


async def test_a_body_that_is_ended_is_read_on_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that whoever sends first and reads then gets to read; the first reason counts, and what comes later is not heard."""
    monkeypatch.setattr(duplex, "_LINGER_S", 0.2)
    client = Client(*[bytes(50_000)] * 10, whole=False)
    body = Body(client.receive, 5)
    async with beside(body.read()):
        await asyncio.sleep(0.05)
        body.end(TooLong("too long."))
        body.end()
        await asyncio.sleep(0.05)
        assert not client.messages
        assert [await body.take() for _ in range(2)] == [bytes(50_000)] * 2
        with pytest.raises(TooLong):
            await body.take()
        await asyncio.sleep(0.2)
        client.messages.append({"type": "http.request", "body": b"more", "more_body": True})
        await asyncio.sleep(0.05)
        assert client.messages


def written(event: LiveEvent) -> bytes:
    """An event as it is sent here."""
    return f"{event}\n".encode()


EVENTS = st.sampled_from([SpeechStarted(1.0), Partial(" a", "en"), Partial(" a b", "en"), Final((), " a", "en"), SpeechEnded(2.0)])


@given(events=st.lists(st.lists(EVENTS, min_size=1, max_size=6), max_size=8))
@settings(max_examples=100, deadline=None)
def test_only_partials_that_are_out_of_date_are_left_out(events: list[list[LiveEvent]]) -> None:
    """Whenever the client reads: all else comes, in order, and each partial that nothing has followed yet."""

    async def told() -> bytes:
        outbox, got = Outbox(written), b""
        for some in events:
            for event in some:
                outbox.put(event)
            got += await outbox.take() or b""
        outbox.end(b"end")
        got += await outbox.take() or b""
        assert await outbox.take() is None
        return got

    kept = [
        event
        for some in events
        for event, later in zip(some, [*some[1:], None], strict=True)
        if not (isinstance(event, Partial) and isinstance(later, Partial | Final))
    ]
    assert asyncio.run(told()) == b"".join(map(written, kept)) + b"end"


def test_what_is_not_read_is_bounded() -> None:
    """Any number of partials; other events until there are megabytes of them, and then one last word."""
    outbox = Outbox(written)
    for _ in range(100_000):
        outbox.put(Partial(" nobody reads this", "en"))

    async def flooded() -> int:
        with pytest.raises(LimitExceeded, match="read the answer while you send"):
            for _ in range(10_000):
                outbox.put(Final((), 1000 * "x", "en"))
        outbox.end(b"last")
        data = await outbox.take()
        assert data is not None
        assert data.endswith(b"last")
        return len(data)

    assert 4_000_000 < asyncio.run(flooded()) < 4_400_000


async def test_there_are_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comment, which clients pass over, wherever there is nothing else for a while."""
    monkeypatch.setattr(duplex, "_HEARTBEAT_S", 0.02)
    outbox = Outbox(written)
    assert [await outbox.take() for _ in range(2)] == [b": still listening\n\n"] * 2
    outbox.put(SpeechStarted(0.0))
    outbox.beat()
    assert await outbox.take() == written(SpeechStarted(0.0))
    for _ in range(5):
        outbox.beat()
    assert await outbox.take() == b": still listening\n\n"


async def test_what_is_beside_ends_with_the_block() -> None:
    """Whether it is done, has failed, or would go on for ever."""
    begun = asyncio.Event()

    async def work(outcome: object) -> object:
        if isinstance(outcome, Exception):
            raise outcome
        if outcome is None:
            begun.set()
            await asyncio.Event().wait()
        return outcome

    async with beside(work(1)) as done, beside(work(ValueError("bad"))) as failed, beside(work(None)) as endless:
        await begun.wait()
    assert done.result() == 1
    assert isinstance(failed.exception(), ValueError)
    assert endless.cancelled()
