"""How often a client may come."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from auricle.errors import TooManyRequests

__all__ = ["RateLimit"]

_MOST_CLIENTS = 10_000  # that are remembered


class RateLimit:
    """So many requests a minute for each client: a bucket that fills evenly and holds a minute's worth.

    Args:
        per_minute: requests.
        clock: gives seconds.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._clock = float(per_minute), clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # requests left, and when that was so

    def take(self, client: str) -> None:
        """Use up one request.

        Raises:
            TooManyRequests: there is none left.
        """
        now, a_second = self._clock(), self._size / 60
        left, since = self._buckets.pop(client, (self._size, now))
        left = min(self._size, left + (now - since) * a_second)
        self._buckets[client] = (left - 1 if left >= 1 else left, now)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)  # whoever has not come for longest
        if left < 1:
            wait = (1 - left) / a_second
            raise TooManyRequests(f"{self._size:g} requests a minute are allowed; try again in {math.ceil(wait)} s.", wait)
