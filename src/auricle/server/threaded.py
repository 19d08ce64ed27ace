"""A live stream whose audio is treated in threads, a second at a time, so that others get a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from functools import partial
from types import TracebackType
from typing import Any, Self, TypeVar

from auricle.audio import Audio
from auricle.codec.raw import RawDecoder, RawFormat

__all__ = ["ThreadedStream"]

T = TypeVar("T")

_LARGE = 256 * 1024  # bytes that take long enough to decode to leave the event loop alone


class ThreadedStream:
    """A live stream of the local engine; see `TreatedStream`.

    Args:
        format: how audio is sent.
        threads: where it is treated.
        free: called once, when nothing works for it any more.
    """

    def __init__(self, format: RawFormat, threads: Executor, free: Callable[[], None]) -> None:  # noqa: A002 - as everywhere
        self._decoder, self._threads, self._free = RawDecoder(format), threads, free
        self._working: asyncio.Future[Any] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Free everything, once what is in a thread has come to its end."""
        try:
            if self._working is not None:
                await asyncio.wait([self._working])
                self._working.exception()  # which nobody else looks at where the stream was left
        finally:
            self._free()

    async def _seconds(self, data: bytes) -> Iterable[Audio]:
        """The audio that is complete with this piece, a second at a time; raises `InputError` for what cannot be used."""
        feed = self._decoder.feed
        audio = feed(data) if len(data) < _LARGE else await self._run(partial(feed, data))
        return audio.blocks(audio.rate) if audio else ()

    async def _run(self, job: Callable[[], T]) -> T:
        work = asyncio.get_running_loop().run_in_executor(self._threads, job)
        self._working = work
        await asyncio.wait([work])  # which does not cancel it
        return work.result()
