"""The time that a request may take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request

from auricle.errors import DeadlineExceeded
from auricle.server.state import state_of

__all__ = ["in_time"]


@asynccontextmanager
async def in_time(request: Request, shorter: str = "recording") -> AsyncIterator[None]:
    """Give up what takes longer than a request may from its acceptance, which its state's `until` says.

    Args:
        request: whose time it is.
        shorter: what to send a shorter one of.

    Raises:
        DeadlineExceeded: it did.
    """
    try:
        async with asyncio.timeout_at(request.scope["state"]["until"]) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        allowed = state_of(request).settings.deadline
        message = f"this took longer than the {allowed:g} s that a request may take; send a shorter {shorter}."
        raise DeadlineExceeded(message, 60) from None
