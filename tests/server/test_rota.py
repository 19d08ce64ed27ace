"""Turns: whoever has waited longest is next, and nobody has two at once."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future
from typing import Any

from auricle.server.rota import Rota


class ByHand(Executor):
    """Threads in which nothing happens until the test says so."""

    def __init__(self) -> None:
        self._work = deque[tuple[Future[Any], Callable[[], Any]]]()
        self.ended = False

    def submit(self, work: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        """Take a piece of work."""
        future = Future[Any]()
        self._work.append((future, lambda: work(*args, **options)))
        return future

    @property
    def size(self) -> int:
        """How many pieces of work are in a thread."""
        return len(self._work)

    async def step(self) -> None:
        """The one that was begun first comes to its end."""
        future, work = self._work.popleft()
        try:
            future.set_result(work())
        except Exception as failure:  # noqa: BLE001 - as executors do
            future.set_exception(failure)
        await quiet()

    async def run(self) -> int:
        """Work until there is nothing more to do; gives how many turns that took."""
        turns = 0
        await quiet()
        while self._work:
            await self.step()
            turns += 1
        return turns

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End."""
        self.ended = True


async def quiet() -> None:
    """Let the event loop do all that it can do now."""
    for _ in range(8):
        await asyncio.sleep(0)


class Player:
    """Somebody who takes ``turns`` turns, and writes down each in a common log."""

    def __init__(self, name: str, log: list[str], turns: int = 1) -> None:
        self.name, self.log, self.turns = name, log, turns
        self.failures = list[BaseException | None]()
        self.breaks = False

    def begin(self) -> Callable[[], str]:
        """Note it."""
        self.turns -= 1
        self.log.append(self.name)
        return self._work

    def _work(self) -> str:
        if self.breaks:
            raise RuntimeError("broken")
        return self.name

    def end(self, work: asyncio.Future[str]) -> bool:
        """Note it."""
        self.failures.append(work.exception())
        return self.turns > 0


def played(test: Callable[[Rota[str], ByHand], Awaitable[None]], threads: int = 1) -> None:
    """Run a test on a rota whose threads are the test's."""

    async def run() -> None:
        executor = ByHand()
        await test(Rota(threads, executor), executor)

    asyncio.run(run())


def test_in_the_order_in_which_they_asked() -> None:
    """First come, first served, and who has more to do waits behind the others."""

    async def test(rota: Rota[str], executor: ByHand) -> None:
        log = list[str]()
        for name, turns in (("a", 3), ("b", 1), ("c", 2)):
            rota.ask(Player(name, log, turns))
        await executor.run()
        assert log == ["a", "b", "c", "a", "c", "a"]

    played(test)


def test_nobody_starves() -> None:
    """Somebody who never ends has no more turns than whoever always comes back."""

    async def test(rota: Rota[str], executor: ByHand) -> None:
        log = list[str]()
        for name in "abcde":
            rota.ask(Player(name, log, 1000))
        for _ in range(50):
            await executor.step()
        assert {log.count(name) for name in "abcde"} <= {10, 11}

    played(test, threads=2)


def test_nobody_has_two_turns_at_once() -> None:
    """Who asks while they wait, or have a turn, waits or has it still, though a thread is free."""

    async def test(rota: Rota[str], executor: ByHand) -> None:
        log = list[str]()
        first, second = Player("a", log, 2), Player("b", log)
        for _ in range(3):
            rota.ask(first)
        assert (log, executor.size) == (["a"], 1)
        rota.ask(second)
        assert (log, executor.size) == (["a", "b"], 2)
        await executor.run()
        assert log == ["a", "b", "a"]

    played(test, threads=3)


def test_no_more_than_the_threads() -> None:
    """The others wait, and begin as soon as one ends: what they do is asked for only then."""

    async def test(rota: Rota[str], executor: ByHand) -> None:
        log = list[str]()
        for name in "abc":
            rota.ask(Player(name, log))
        assert log == ["a", "b"]
        await executor.step()
        assert log == ["a", "b", "c"]

    played(test, threads=2)


def test_leaving() -> None:
    """Who waits is forgotten; who has a turn hears that it still ends, and may ask again."""

    async def test(rota: Rota[str], executor: ByHand) -> None:
        log = list[str]()
        working, waiting = Player("a", log), Player("b", log)
        rota.ask(working)
        rota.ask(waiting)
        assert rota.leave(working)
        assert not rota.leave(waiting)
        assert not rota.leave(waiting)
        await executor.run()
        assert log == ["a"]
        rota.ask(waiting)
        await executor.run()
        assert log == ["a", "b"]

    played(test)


def test_work_that_fails() -> None:
    """It is told to whoever had the turn, and the others have theirs."""

    async def test(rota: Rota[str], executor: ByHand) -> None:
        log = list[str]()
        broken, whole = Player("a", log), Player("b", log)
        broken.breaks = True
        rota.ask(broken)
        rota.ask(whole)
        await executor.run()
        assert [str(failure) for failure in broken.failures] == ["broken"]
        assert whole.failures == [None]

    played(test)


def test_it_closes_its_executor() -> None:
    """Whoever closes the rota waits for its threads."""

    async def test(rota: Rota[str], executor: ByHand) -> None:
        await rota.close()
        assert executor.ended

    played(test)


def test_threads_of_its_own() -> None:
    """Without an executor work is done in that many threads, at the same time, and none is left at the end."""

    async def test() -> None:
        both = threading.Barrier(2, timeout=10)
        done = list[int]()

        class Meeting(Player):
            def _work(self) -> str:
                both.wait()
                return ""

            def end(self, work: asyncio.Future[str]) -> bool:
                work.result()
                done.append(1)
                return False

        rota = Rota[str](2)
        rota.ask(Meeting("a", []))
        rota.ask(Meeting("b", []))
        await rota.close()
        await quiet()
        assert done == [1, 1]

    asyncio.run(test())
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("captions")] == []
