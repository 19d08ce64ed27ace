"""Streams that are treated in threads: a second at a time, never on the event loop, and freed once nothing works for them."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from auricle.codec.raw import RawFormat
from auricle.server.threaded import ThreadedStream


def test_a_second_at_a_time() -> None:
    """However much comes at once: large pieces are decoded in a thread, with the same samples."""
    samples = np.random.default_rng(5).uniform(-1, 1, (2, 8000 * 5 + 17)).astype(np.float32)

    async def run() -> list[int]:
        with ThreadPoolExecutor(1) as threads:
            async with ThreadedStream(RawFormat("f32le", 8000, 2), threads, lambda: None) as stream:
                pieces = list(await stream._seconds(samples.T.tobytes()))
        assert np.array_equal(np.concatenate([piece.samples for piece in pieces], axis=1), samples)
        return [piece.frames for piece in pieces]

    assert asyncio.run(run()) == [8000] * 5 + [17]


@pytest.mark.parametrize("waits", [True, False])
def test_it_is_freed_once_nothing_works_for_it(waits: bool) -> None:
    """Also where whoever waited for the work has gone."""
    begun, goes_on = threading.Event(), threading.Event()
    order = list[str]()

    def job() -> None:
        begun.set()
        goes_on.wait(20)
        order.append("worked")

    async def run() -> None:
        with ThreadPoolExecutor(1) as threads:
            async with ThreadedStream(RawFormat(), threads, lambda: order.append("freed")) as stream:
                working = asyncio.create_task(stream._run(job))
                while not begun.is_set():
                    await asyncio.sleep(0)
                if not waits:
                    working.cancel()
                asyncio.get_running_loop().call_soon(goes_on.set)
                await asyncio.wait([working])

    asyncio.run(run())
    assert order == ["worked", "freed"]
