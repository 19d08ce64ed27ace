"""What all routes share: the engine, the settings, the counters."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import Request
from starlette.types import Scope

from auricle.errors import DeadlineExceeded
from auricle.server.engine import Engine
from auricle.server.metrics import Metrics
from auricle.server.rate import RateLimit
from auricle.server.settings import Settings

__all__ = ["Service", "in_time", "path_of", "service_of"]


@dataclass(slots=True)
class Service:
    """One application's state; belongs to its event loop.

    Attributes:
        engine: does the work.
        settings: the operator's.
        metrics: what Prometheus reads.
        rate_limit: of each client, if there is one.
        active: requests that are being answered, those that look after the server aside.
        stopping: whether the server finishes what it has accepted and takes no more.
        began: when it was made, by the monotonic clock. Seconds.
    """

    engine: Engine
    settings: Settings
    metrics: Metrics
    rate_limit: RateLimit | None
    active: int = 0
    stopping: bool = False
    began: float = field(default_factory=time.monotonic)


def service_of(request: Request) -> Service:
    """The state of the application that a request came to."""
    service: Service = request.app.state.service
    return service


def path_of(scope: Scope) -> str:
    """The path that was asked for, without the one under which a proxy shows the server."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


@asynccontextmanager
async def in_time(request: Request) -> AsyncIterator[None]:
    """Give up what takes longer than a request may from its acceptance, which its state's `until` says.

    Raises:
        DeadlineExceeded: it did.
    """
    try:
        async with asyncio.timeout_at(request.scope["state"]["until"]) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        allowed = service_of(request).settings.deadline
        message = f"this took longer than the {allowed:g} s that a request may take; send a shorter recording."
        raise DeadlineExceeded(message, 60) from None
