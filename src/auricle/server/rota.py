"""Whose turn it is: a few threads work for many, a short turn at a time, and whoever has waited longest is next.

What a turn does is asked for when a thread is free, not when the turn is, so that it is about all that has come until then. Whoever has
more to do afterwards waits behind the others; so one has to wait for no more than a turn of each, and nobody is worked for by two threads.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Generic, Protocol, TypeVar

__all__ = ["Rota", "Turns"]

T = TypeVar("T")


class Turns(Protocol[T]):
    """Whoever takes turns. Both methods are called on the event loop."""

    def begin(self) -> Callable[[], T]:
        """A turn begins: what is to be done in a thread, as things are now."""

    def end(self, work: asyncio.Future[T]) -> bool:
        """It is done; whether there is more to do."""


class Rota(Generic[T]):
    """Turns in threads; belongs to one event loop.

    Args:
        threads: how many turns are taken at once.
        executor: what runs them; as many threads of its own unless given.

    Attributes:
        threads: the same number.
    """

    def __init__(self, threads: int, executor: Executor | None = None) -> None:
        self.threads = threads
        self._executor = executor or ThreadPoolExecutor(threads, thread_name_prefix="captions")
        self._waiting = deque[Turns[T]]()
        self._working = list[Turns[T]]()

    def ask(self, who: Turns[T]) -> None:
        """Give them a turn when it comes; not another one to whoever waits for it, or has it."""
        if who not in self._working and who not in self._waiting:
            self._waiting.append(who)
            self._next()

    def leave(self, who: Turns[T]) -> bool:
        """Give them no more turns, unless they ask; whether they have one, which still ends."""
        with suppress(ValueError):
            self._waiting.remove(who)
        return who in self._working

    async def close(self) -> None:
        """Wait for the threads to end, once all have left."""
        await asyncio.to_thread(self._executor.shutdown)

    def _next(self) -> None:
        while self._waiting and len(self._working) < self.threads:
            who = self._waiting.popleft()
            self._working.append(who)
            work = asyncio.get_running_loop().run_in_executor(self._executor, who.begin())
            work.add_done_callback(partial(self._done, who))

    def _done(self, who: Turns[T], work: asyncio.Future[T]) -> None:
        self._working.remove(who)
        if who.end(work):
            self._waiting.append(who)
        self._next()
