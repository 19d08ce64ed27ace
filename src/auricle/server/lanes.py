"""A bounded lane: so many at work, so many waiting, and everybody else is told at once when to come back.

Under a lasting overload a first-in-first-out list makes everybody wait the longest possible time. So when the list is full,
whoever has waited for longer than half of what the work itself takes gives up its place to the newcomer: dropping at the head keeps
the wait of those that are served short (Nichols and Jacobson 2012, "Controlling Queue Delay", https://doi.org/10.1145/2208917.2209336),
while a burst that fits into the list is served whole, however long that takes.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from auricle.errors import Busy

__all__ = ["Lane"]

_PATIENCE = 0.5  # of the time that the work takes; a place becomes free more often than that
_NEWEST_SHARE = 0.2  # of the latest work in the running mean
_FIRST_GUESS_S = 1.0  # how long work takes, before any has been seen


@dataclass(frozen=True, slots=True)
class _Waiter:
    turn: asyncio.Future[None]
    since: float


class Lane:
    """Places for work; belongs to one event loop.

    Args:
        concurrency: how many work at once.
        waiting: how many may wait.
        clock: gives seconds.
    """

    def __init__(self, concurrency: int, waiting: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.concurrency, self._most_waiting, self._clock = concurrency, waiting, clock
        self._waiters: deque[_Waiter] = deque()
        self._usual = _FIRST_GUESS_S
        self.running = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiters)

    async def enter(self) -> None:
        """Wait for a place; whoever has one must `leave` it.

        Raises:
            Busy: there is none, and no room to wait for one.
        """
        if self.running < self.concurrency:
            self.running += 1
            return
        if len(self._waiters) >= self._most_waiting:
            self._make_room()
        waiter = _Waiter(asyncio.get_running_loop().create_future(), self._clock())
        self._waiters.append(waiter)
        try:
            await waiter.turn
        except BaseException:
            self._withdraw(waiter)
            raise

    def leave(self, worked: float) -> None:
        """Give up a place after having ``worked`` for so many seconds."""
        self._usual += _NEWEST_SHARE * (worked - self._usual)
        while self._waiters:
            turn = self._waiters.popleft().turn
            if not turn.done():  # else it is just going away
                turn.set_result(None)  # the place passes on
                return
        self.running -= 1

    def _make_room(self) -> None:
        """Refuse the one that has waited longest if it has waited too long, else the newcomer."""
        if not self._waiters or self._clock() - self._waiters[0].since < _PATIENCE * self._usual:
            raise self._busy()
        oldest = self._waiters.popleft().turn
        if not oldest.done():
            oldest.set_exception(self._busy())

    def _withdraw(self, waiter: _Waiter) -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        elif waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.exception() is None:
            self.leave(self._usual)  # its turn came while it was going away

    def _busy(self) -> Busy:
        wait = self._usual * (1 + self.waiting / self.concurrency)
        return Busy("the server is busy: all places are taken; try again in a moment.", wait)
