"""Time that passes when a test wants it to, so that nothing in it depends on how busy the machine is."""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import Iterator


class Clock(selectors.DefaultSelector):
    """Waiting takes no time: when nothing is ready, the clock is put forward to the time of the next event."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; without an event to come, what threads make ready."""
        self.now += timeout or 0.0
        return super().select(None if timeout is None else 0.0)


@contextlib.contextmanager
def in_no_time() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in which hours pass in no time."""
    clock = Clock()
    with contextlib.closing(asyncio.SelectorEventLoop(clock)) as loop:
        loop.time = lambda: clock.now  # type: ignore[method-assign]
        yield loop
        loop.run_until_complete(loop.shutdown_default_executor())
