"""Live streams as the server counts them: places, outcomes, seconds, and that each is freed."""

from __future__ import annotations

import asyncio
import struct

import pytest

from auricle.codec.raw import RawFormat
from auricle.errors import Busy, CorruptAudio, UnknownModel
from auricle.server.app import create_app
from auricle.server.engine import Listening
from auricle.server.enhancing import LiveEnhancing
from auricle.server.settings import Settings
from auricle.server.state import ServerState
from auricle.server.streams import check_places, hearing, treating
from tests.server.conftest import REST, SAID, PlayedEngine

SECOND = bytes(64_000)


def state_over(engine: PlayedEngine, places: int = 2) -> ServerState:
    """The state of an application."""
    state: ServerState = create_app(engine, Settings(streams=places)).state.server
    return state


def ended(state: ServerState) -> dict[str, float]:
    """How many streams have ended, by how."""
    (family,) = state.metrics.streams.collect()
    return {sample.labels["outcome"]: sample.value for sample in family.samples if sample.name.endswith("_total")}


def heard(state: ServerState) -> float:
    """Seconds of audio, of all streams."""
    (family,) = state.metrics.live_audio.collect()
    return family.samples[0].value


def test_a_stream_from_beginning_to_end(engine: PlayedEngine) -> None:
    """What it says is the engine's; it takes a place while it is open, and its seconds are counted."""

    async def use() -> None:
        async with hearing(state, Listening()) as stream:
            assert state.streams == 1
            for _ in range(2):
                await stream.send(SECOND)
            await stream.settled()
            assert list(stream.ready_events()) == [*SAID[0], *SAID[1]]
            await stream.commit()
            assert list(stream.ready_events()) == list(REST)
            await stream.finish()
            assert [event async for event in stream.events()] == list(REST)
            assert stream.seconds == 2.0

    state = state_over(engine)
    asyncio.run(use())
    assert (state.streams, ended(state), heard(state)) == (0, {"finished": 1}, 2.0)
    assert engine.streams[0].closed


@pytest.mark.parametrize(
    ("format_", "data", "seconds"),
    [
        (RawFormat("s16le", 8000, 2), bytes(16_000), 0.5),
        (RawFormat("mulaw", 8000), b"\xff" * 4000, 0.5),
        (RawFormat("f32le", 48_000), bytes(48_000), 0.25),
    ],
)
def test_seconds(engine: PlayedEngine, format_: RawFormat, data: bytes, seconds: float) -> None:
    """As many as the format has bytes for."""

    async def use() -> float:
        async with hearing(state_over(engine), Listening(format=format_)) as stream:
            await stream.send(data)
            return stream.seconds

    assert asyncio.run(use()) == pytest.approx(seconds)


def test_what_is_left_out_does_not_count(engine: PlayedEngine) -> None:
    """A piece that cannot be used has no length, and the stream goes on."""

    async def use() -> float:
        async with hearing(state_over(engine), Listening()) as stream:
            with pytest.raises(CorruptAudio):
                await stream.send(struct.pack("<f", float("nan")))
            await stream.send(SECOND)
            return stream.seconds

    assert asyncio.run(use()) == 1.0


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(RuntimeError("a bug"), "failed"), (UnknownModel("late."), "failed"), (asyncio.CancelledError(), "dropped")],
)
def test_how_it_ends(engine: PlayedEngine, error: BaseException, outcome: str) -> None:
    """Whatever leaves the block frees the stream and its place, and is counted as what it is."""

    async def use() -> None:
        async with hearing(state, Listening()):
            raise error

    state = state_over(engine)
    with pytest.raises(type(error)):
        asyncio.run(use())
    assert (state.streams, ended(state)) == (0, {outcome: 1})
    assert engine.streams[0].closed


def test_what_the_engine_refuses(engine: PlayedEngine) -> None:
    """It takes no place."""

    async def use() -> None:
        async with hearing(state, Listening()):
            pytest.fail("there is no such stream")

    engine.listening_fails = UnknownModel("there is no such model.")
    state = state_over(engine)
    with pytest.raises(UnknownModel):
        asyncio.run(use())
    assert (state.streams, ended(state)) == (0, {"refused": 1})


def test_places(engine: PlayedEngine) -> None:
    """When all are taken, there is none for another, with the time after which to try again; and the engine is not asked."""

    async def use() -> None:
        async with hearing(state, Listening()):
            check_places(state)
            async with hearing(state, Listening()):
                with pytest.raises(Busy, match="all 2 live streams") as caught:
                    check_places(state)
                assert caught.value.retry_after >= 1
                with pytest.raises(Busy):
                    async with hearing(state, Listening()):
                        pytest.fail("there is no third")
            check_places(state)

    state = state_over(engine)
    asyncio.run(use())
    assert len(engine.streams) == 2
    assert state.streams == 0


def test_a_stream_that_is_treated(engine: PlayedEngine) -> None:
    """It takes a place as others do, its seconds are counted, and it is freed."""

    async def use() -> None:
        async with treating(state, lambda: engine.enhance_live(LiveEnhancing()), RawFormat()) as stream:
            assert state.streams == 1
            with pytest.raises(Busy):
                check_places(state)
            assert [await stream.feed(SECOND), await stream.feed(SECOND), await stream.finish()] == [b"", SECOND, SECOND]
            assert stream.seconds == 2.0

    state = state_over(engine, 1)
    asyncio.run(use())
    assert (state.streams, ended(state), heard(state)) == (0, {"finished": 1}, 2.0)
    assert engine.restorations[0].closed


@pytest.mark.parametrize(("refuses", "outcome"), [(True, "refused"), (False, "failed")])
def test_a_stream_that_is_not_treated(engine: PlayedEngine, refuses: bool, outcome: str) -> None:
    """The engine refuses it, or finds out later; either way its place is free again."""

    async def use() -> None:
        async with treating(state, lambda: engine.enhance_live(LiveEnhancing()), RawFormat()) as stream:
            await stream.feed(SECOND)

    problem = UnknownModel("there is none.")
    engine.listening_fails, engine.stream_fails = (problem, None) if refuses else (None, problem)
    state = state_over(engine)
    with pytest.raises(UnknownModel):
        asyncio.run(use())
    assert (state.streams, ended(state)) == (0, {outcome: 1})
