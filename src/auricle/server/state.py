"""What all routes share: the engine, the settings, the counters."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection

from auricle.server.engine import Engine
from auricle.server.metrics import Metrics
from auricle.server.rate import RateLimit
from auricle.server.settings import Settings

__all__ = ["ServerState", "state_of"]


@dataclass(slots=True)
class ServerState:
    """One application's state; belongs to its event loop.

    Attributes:
        engine: does the work.
        settings: the operator's.
        metrics: what Prometheus reads.
        rate_limit: of each client, if there is one.
        active: requests that are being answered, those that look after the server aside.
        uploads: bodies that are being received, of each client.
        streams: live streams that are open.
        stopping: whether the server finishes what it has accepted and takes no more.
        told: set soon after `stopping`, for those who wait for it.
        hosts: names that its own pages may have; none for any.
        websocket_port: where a WebSocket is `/ws`, whatever its path.
        began: when it was made, by the monotonic clock. Seconds.
    """

    engine: Engine
    settings: Settings
    metrics: Metrics
    rate_limit: RateLimit | None
    active: int = 0
    uploads: Counter[str] = field(default_factory=Counter)
    streams: int = 0
    stopping: bool = False
    told: asyncio.Event = field(default_factory=asyncio.Event)
    hosts: tuple[str, ...] = ()
    websocket_port: int | None = None
    began: float = field(default_factory=time.monotonic)


def state_of(request: HTTPConnection) -> ServerState:
    """The state of the application that a request came to."""
    state: ServerState = request.app.state.server
    return state
