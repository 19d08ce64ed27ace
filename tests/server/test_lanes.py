"""A bounded lane: how many work, how many wait, and who is sent away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from auricle.errors import Busy
from auricle.server.lanes import Lane


class Clock:
    """Time that passes when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


def in_loop(test: Callable[[Lane, Clock], Coroutine[Any, Any, None]], concurrency: int = 2, waiting: int = 3) -> None:
    """Run a test on an event loop with a lane and its clock."""
    clock = Clock()

    async def run() -> None:
        await test(Lane(concurrency, waiting, clock), clock)

    asyncio.run(run())


async def fill(lane: Lane, count: int) -> list[asyncio.Task[None]]:
    """So many that want a place, in their order."""
    tasks = []
    for _ in range(count):
        tasks.append(asyncio.create_task(lane.enter()))
        await asyncio.sleep(0)
    return tasks


def test_so_many_work_and_so_many_wait() -> None:
    """Two enter at once, three wait; when one more comes, somebody hears at once when to come back."""

    async def test(lane: Lane, clock: Clock) -> None:
        tasks = await fill(lane, 5)
        assert [task.done() for task in tasks] == [True, True, False, False, False]
        assert (lane.running, lane.waiting) == (2, 3)
        late = (await fill(lane, 1))[0]
        with pytest.raises(Busy) as refused:
            await tasks[2]
        assert refused.value.retry_after > 0
        assert (lane.running, lane.waiting) == (2, 3)
        for task in (*tasks, late):
            task.cancel()

    in_loop(test)


def test_where_nobody_may_wait_the_newcomer_is_refused() -> None:
    """With no list, a lane that is full says so."""

    async def test(lane: Lane, clock: Clock) -> None:
        await fill(lane, 2)
        with pytest.raises(Busy):
            await lane.enter()
        assert (lane.running, lane.waiting) == (2, 0)

    in_loop(test, waiting=0)


def test_first_come_first_served() -> None:
    """A place that is given up passes to whoever has waited longest, and nobody slips in between."""

    async def test(lane: Lane, clock: Clock) -> None:
        tasks = await fill(lane, 5)
        for expected in (3, 4, 5):
            lane.leave(1.0)
            late = asyncio.create_task(lane.enter()) if expected == 3 else None
            await asyncio.sleep(0)
            assert sum(task.done() for task in tasks) == expected
            if late is not None:
                await asyncio.sleep(0)
                assert not late.done()
                late.cancel()
                await asyncio.sleep(0)
        lane.leave(1.0)
        lane.leave(1.0)
        assert (lane.running, lane.waiting) == (0, 0)

    in_loop(test)


def test_under_lasting_overload_the_newest_come_first() -> None:
    """While the list overflows, a place goes to who came last; some time after that, to who has waited longest, again."""

    async def test(lane: Lane, clock: Clock) -> None:
        tasks = await fill(lane, 6)  # the third is refused
        lane.leave(1.0)
        await asyncio.sleep(0)
        assert [task.done() for task in tasks] == [True, True, True, False, False, True]
        clock.now += 2.0
        lane.leave(1.0)
        await asyncio.sleep(0)
        assert [task.done() for task in tasks] == [True, True, True, True, False, True]
        assert isinstance(tasks[2].exception(), Busy)
        tasks[4].cancel()

    in_loop(test)


@pytest.mark.parametrize("concurrency", [1, 2, 4])
def test_overload_keeps_the_wait_short(concurrency: int) -> None:
    """With ten times as much work as can be done, whoever is served waits for about half of what the work takes."""

    async def test(lane: Lane, clock: Clock) -> None:
        waits: list[float] = []
        ends: list[float] = []

        async def want(since: float) -> None:
            try:
                await lane.enter()
            except Busy:
                return
            waits.append(clock.now - since)
            ends.append(clock.now + 1.0)

        tasks = set()
        for tick in range(600):  # a tenth of a second each
            clock.now = tick / 10
            for end in [end for end in ends if end <= clock.now]:
                ends.remove(end)
                lane.leave(1.0)
            await asyncio.sleep(0)
            for _ in range(concurrency):
                tasks.add(asyncio.create_task(want(clock.now)))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        steady = sorted(waits)
        assert len(steady) > 50 * concurrency
        assert steady[int(0.99 * len(steady))] <= 0.75
        for task in tasks:
            task.cancel()

    in_loop(test, concurrency, 3 * concurrency)


def test_a_burst_that_fits_is_served_whole() -> None:
    """However long it takes, nobody of a burst that fits into the list is refused."""

    async def test(lane: Lane, clock: Clock) -> None:
        tasks = await fill(lane, 5)
        for second in range(5):
            clock.now = float(second)
            lane.leave(1.0)
            await asyncio.sleep(0)
        await asyncio.gather(*tasks)

    in_loop(test)


def test_who_goes_away_leaves_no_hole() -> None:
    """A waiter that is cancelled is forgotten, and a place that was just passed to it goes on to the next."""

    async def test(lane: Lane, clock: Clock) -> None:
        tasks = await fill(lane, 5)
        tasks[2].cancel()
        await asyncio.sleep(0)
        assert lane.waiting == 2
        lane.leave(1.0)
        tasks[3].cancel()  # its turn has come, but it does not know yet
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.wait_for(tasks[4], 1)
        lane.leave(1.0)
        lane.leave(1.0)
        assert (lane.running, lane.waiting) == (0, 0)

    in_loop(test)
