"""Live streams of the engine as the server counts them: how many are open, how they end, how much audio they are sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Generic, Protocol, TypeVar

from auricle.codec.raw import Meter, RawFormat
from auricle.errors import AuricleError, Busy
from auricle.server.engine import Listening, LiveStream, TreatedStream
from auricle.server.state import ServerState
from auricle.speech.events import LiveEvent

__all__ = ["Hearing", "Treating", "check_places", "hearing", "treating"]

T = TypeVar("T")
S = TypeVar("S", bound="_Metered")
Made = TypeVar("Made")

_BUSY_S = 5.0  # after which a stream may have ended


class _Metered(Protocol):
    @property
    def seconds(self) -> float: ...


class Hearing:
    """One stream of the engine, for whatever route; see `LiveStream`.

    Attributes:
        wanted: what was asked of the engine.
    """

    def __init__(self, stream: LiveStream, wanted: Listening) -> None:
        self._stream, self.wanted = stream, wanted
        self._meter = Meter(wanted.format)

    @property
    def seconds(self) -> float:
        """How much audio it was sent. Seconds."""
        return self._meter.seconds

    async def send(self, data: bytes) -> None:
        """Take audio; waits while too much of what was sent is not yet heard, and raises `InputError` for what cannot be used."""
        await self._stream.send(data)
        self._meter.feed(data)

    async def settled(self) -> None:
        """Wait until everything that was sent is heard."""
        await self._stream.settled()

    async def commit(self) -> None:
        """End the utterance here."""
        await self._stream.commit()

    async def finish(self) -> None:
        """No more audio will come; `events` ends after the last."""
        await self._stream.finish()

    def ready_events(self) -> Sequence[LiveEvent]:
        """The events that can be had without waiting."""
        return self._stream.ready_events()

    def events(self) -> AsyncGenerator[LiveEvent, None]:
        """Events as they come; raises `AuricleError` where the stream cannot go on."""
        return self._stream.events()


class Treating(Generic[Made]):
    """One stream of which the engine makes something; see `TreatedStream`."""

    def __init__(self, stream: TreatedStream[Made], format: RawFormat) -> None:  # noqa: A002 - as everywhere
        self._stream, self._meter = stream, Meter(format)

    @property
    def seconds(self) -> float:
        """How much audio it was sent. Seconds."""
        return self._meter.seconds

    async def feed(self, data: bytes) -> Made:
        """Audio → what is ready with it; raises `InputError` for what cannot be used."""
        made = await self._stream.feed(data)
        self._meter.feed(data)
        return made

    async def finish(self) -> Made:
        """No more audio will come: the rest."""
        return await self._stream.finish()


def check_places(state: ServerState) -> None:
    """Raise `Busy` where there is no place for another stream, for whoever wants to know before there is any audio."""
    if state.streams >= state.settings.streams:
        raise Busy(f"all {state.settings.streams} live streams of this server are taken; try again in a moment.", _BUSY_S)


@asynccontextmanager
async def hearing(state: ServerState, wanted: Listening) -> AsyncGenerator[Hearing, None]:
    """A stream for the length of the block, which frees it whatever happens.

    Raises:
        AuricleError: see `Engine.listen`.
    """
    async with _counted(state, lambda: state.engine.listen(wanted), lambda opened: Hearing(opened, wanted)) as stream:
        yield stream


@asynccontextmanager
async def treating(
    state: ServerState,
    engaged: Callable[[], Awaitable[TreatedStream[Made]]],
    format: RawFormat,  # noqa: A002 - as everywhere
) -> AsyncGenerator[Treating[Made], None]:
    """The same for a stream that is ``engaged`` of the engine to be enhanced or analysed.

    Raises:
        AuricleError: see `Engine.enhance_live` and `Engine.analyze_live`.
    """

    def metered(opened: TreatedStream[Made]) -> Treating[Made]:
        return Treating(opened, format)

    async with _counted(state, engaged, metered) as stream:
        yield stream


@asynccontextmanager
async def _counted(
    state: ServerState, engaged: Callable[[], Awaitable[AbstractAsyncContextManager[T]]], metered: Callable[[T], S]
) -> AsyncGenerator[S, None]:
    check_places(state)
    state.streams += 1
    state.metrics.open_streams.set(state.streams)
    outcome = "dropped"
    stream: S | None = None
    try:
        async with await engaged() as opened:
            stream = metered(opened)
            yield stream
        outcome = "finished"
    except AuricleError:
        outcome = "failed" if stream else "refused"
        raise
    except Exception:
        outcome = "failed"
        raise
    finally:
        state.streams -= 1
        state.metrics.open_streams.set(state.streams)
        state.metrics.streams.labels(outcome).inc()
        state.metrics.live_audio.inc(stream.seconds if stream else 0)
