"""A client may come so many times a minute, never more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import TooManyRequests
from auricle.server import rate
from auricle.server.rate import RateLimit


class Clock:
    """Time that passes when a test says so."""

    now = 1000.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


def admitted(limit: RateLimit, client: str = "a") -> bool:
    """Whether a request is let through."""
    try:
        limit.take(client)
    except TooManyRequests:
        return False
    return True


@given(st.integers(1, 1000), st.lists(st.tuples(st.floats(0, 100), st.integers(1, 30)), max_size=40))
def test_never_more_than_allowed(per_minute: int, bursts: list[tuple[float, int]]) -> None:
    """In any time, whatever the rhythm, no more pass than a minute's worth and what the time brings."""
    clock = Clock()
    limit = RateLimit(per_minute, clock)
    passed: list[float] = []
    for pause, size in bursts:
        clock.now += pause
        passed += [clock.now for _ in range(size) if admitted(limit)]
    for index, since in enumerate(passed):
        later = passed[index:]
        assert len(later) <= per_minute + (later[-1] - since) * per_minute / 60 + 1e-6


@given(st.integers(1, 1000), st.lists(st.floats(0, 10), max_size=50))
def test_waiting_as_told_helps(per_minute: int, pauses: list[float]) -> None:
    """Who is refused and comes back after the time that it was told is let in."""
    clock = Clock()
    limit = RateLimit(per_minute, clock)
    for pause in pauses:
        clock.now += pause
        try:
            limit.take("a")
        except TooManyRequests as refused:
            assert 0 < refused.retry_after <= 60 / per_minute + 1e-6
            clock.now += refused.retry_after + 1e-6
            assert admitted(limit)


def test_a_burst_and_then_a_steady_stream() -> None:
    """A minute's worth passes at once, and then one each as the time comes."""
    clock = Clock()
    limit = RateLimit(60, clock)
    assert [admitted(limit) for _ in range(62)] == [True] * 60 + [False] * 2
    for _ in range(10):
        clock.now += 1.0
        assert [admitted(limit), admitted(limit)] == [True, False]
    clock.now += 3600.0
    assert sum(admitted(limit) for _ in range(100)) == 60  # an hour away does not save up more


def test_the_message_says_when_to_come_back() -> None:
    """In whole seconds, never 0."""
    clock = Clock()
    limit = RateLimit(7, clock)
    for _ in range(7):
        limit.take("a")
    with pytest.raises(TooManyRequests, match=r"^7 requests a minute are allowed; try again in 9 s\.$"):
        limit.take("a")
    clock.now += 8.5
    with pytest.raises(TooManyRequests, match=r"try again in 1 s\.$"):
        limit.take("a")


def test_clients_do_not_share() -> None:
    """One who has used up its share takes nothing from another."""
    limit = RateLimit(1, Clock())
    assert [admitted(limit, client) for client in "aabb"] == [True, False, True, False]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of very many clients those who have not come for longest are forgotten."""
    monkeypatch.setattr(rate, "_MOST_CLIENTS", 3)
    limit = RateLimit(1, Clock())
    assert [admitted(limit, client) for client in "abcadeab"] == [True, True, True, False, True, True, False, True]
