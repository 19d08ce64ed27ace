"""A bounded lane: so many at work, so many waiting, and everybody else is told when to come back.

First in, first out, under a lasting overload, makes everybody wait the longest possible time. So when the list overflows, whoever
has waited longest gives up its place to the newcomer, and as long as that goes on, places go to the newest first: adaptive LIFO
(Maurer 2015, "Fail at Scale", https://doi.org/10.1145/2838344.2839461). Those that are served are then served as soon as if there
were no overload, and a burst that fits into the list is served whole and in its order.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable

from auricle.errors import Busy

__all__ = ["Lane"]

_NEWEST_SHARE = 0.2  # of the latest work in the running mean
_FIRST_GUESS_S = 1.0  # how long work takes, before any has been seen


class Lane:
    """Places for work; belongs to one event loop.

    Args:
        concurrency: how many work at once.
        waiting: how many may wait.
        clock: gives seconds.
    """

    def __init__(self, concurrency: int, waiting: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.concurrency, self._most_waiting, self._clock = concurrency, waiting, clock
        self._waiters: deque[asyncio.Future[None]] = deque()  # their turns
        self._usual = _FIRST_GUESS_S
        self._overflowed = -math.inf  # when it last did
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
        turn = asyncio.get_running_loop().create_future()
        self._waiters.append(turn)
        try:
            await turn
        except BaseException:
            self._withdraw(turn)
            raise

    def leave(self, worked: float) -> None:
        """Give up a place after having ``worked`` for so many seconds."""
        self._usual += _NEWEST_SHARE * (worked - self._usual)
        pressed = self._clock() - self._overflowed < self._usual
        while self._waiters:
            turn = self._waiters.pop() if pressed else self._waiters.popleft()
            if not turn.done():  # else it is just going away
                turn.set_result(None)  # the place passes on
                return
        self.running -= 1

    def _make_room(self) -> None:
        """Refuse the one that has waited longest, or the newcomer where nobody may wait."""
        self._overflowed = self._clock()
        if not self._waiters:
            raise self._busy()
        oldest = self._waiters.popleft()
        if not oldest.done():
            oldest.set_exception(self._busy())

    def _withdraw(self, turn: asyncio.Future[None]) -> None:
        if turn in self._waiters:
            self._waiters.remove(turn)
        elif turn.done() and not turn.cancelled() and turn.exception() is None:
            self.leave(self._usual)  # its turn came while it was going away

    def _busy(self) -> Busy:
        wait = self._usual * (1 + self.waiting / self.concurrency)
        return Busy("the server is busy: all places are taken; try again in a moment.", wait)
