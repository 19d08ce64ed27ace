"""Promises of auricle.weights.loaded: one load, however many ask."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from auricle import weights


@pytest.fixture
def empty() -> Iterator[None]:
    """Nothing is loaded before or after."""
    weights.unload_all()
    yield
    weights.unload_all()


def in_threads(count: int, work: Callable[[], object]) -> list[object]:
    """Runs the same work in threads that start together, and returns what each returned or raised."""
    start = threading.Barrier(count)
    results: list[object] = []

    def run() -> None:
        start.wait(10)
        try:
            results.append(work())
        except ValueError as error:
            results.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_twenty_threads_share_one_load(empty: None) -> None:
    """However many ask at once, it is loaded once, and all get that one object."""
    loads: list[object] = []

    def load() -> object:
        time.sleep(0.05)
        loads.append(object())
        return loads[-1]

    assert in_threads(20, lambda: weights.shared("model", load)) == loads * 20
    assert len(loads) == 1


def test_a_failed_load_is_not_remembered(empty: None) -> None:
    """The error goes to one caller, and the next tries again."""
    outcomes = iter([ValueError("no memory"), "model"])

    def load() -> str:
        outcome = next(outcomes)
        if isinstance(outcome, ValueError):
            raise outcome
        return str(outcome)

    results = in_threads(5, lambda: weights.shared("model", load))
    assert sorted(map(str, results)) == ["model"] * 4 + ["no memory"]


def test_a_slow_load_holds_up_no_other_key(empty: None) -> None:
    """While one model loads, another can be loaded and used."""
    go_on = threading.Event()
    slow = threading.Thread(target=lambda: weights.shared("slow", lambda: go_on.wait(30)))
    slow.start()
    assert weights.shared("fast", lambda: "loaded") == "loaded"
    assert slow.is_alive()
    go_on.set()
    slow.join(30)
    assert weights.shared("slow", lambda: False) is True


def test_unload_forgets(empty: None) -> None:
    """After unload the next caller loads anew; None is a value like any other."""
    assert not weights.unload("model")
    assert weights.shared("model", lambda: None) is None
    assert weights.shared("model", lambda: 1) is None
    assert weights.unload("model")
    assert weights.shared("model", lambda: 1) == 1
