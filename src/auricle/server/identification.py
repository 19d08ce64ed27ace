"""What every route that recognises recordings does: its body and options, and the work under a deadline, as long as the client waits."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from fastapi import Request
from prometheus_client import Counter

from auricle.server import bodies
from auricle.server.deadline import in_time
from auricle.server.fields import Fields
from auricle.server.recognition import unless_gone
from auricle.server.uploads import Upload

__all__ = ["asked", "count", "received", "worked"]

F = TypeVar("F", bound=Fields)
T = TypeVar("T")


def asked(request: Request, fields: type[F]) -> F:
    """The options in the query.

    Raises:
        OptionError: one is unknown, or wrong.
    """
    return fields.from_form(_query(request))


async def received(request: Request, fields: type[F]) -> tuple[Upload, F]:
    """The recording, and the options in query and form.

    Raises:
        RequestError, InputError, OptionError: see `bodies.form_or_raw`.
    """
    query = _query(request)
    upload, form = await bodies.form_or_raw(request, in_json=None)
    try:
        return upload, fields.from_form({name: [*query.get(name, ()), *form.get(name, ())] for name in (*query, *form)})
    except BaseException:
        upload.close()
        raise


async def worked(request: Request, work: Callable[[], Awaitable[T]]) -> T:
    """What comes of the work.

    Raises:
        ClientDisconnect: nobody waits for it any more.
        AuricleError: see `Identifier`; `DeadlineExceeded` when it took too long.
    """
    began = time.perf_counter()

    async def found() -> T:
        async with in_time(request):
            return await work()

    result = await unless_gone(request.receive, found())
    request.scope["state"]["processing_ms"] = round(1000 * (time.perf_counter() - began), 1)
    return result


def count(request: Request, seconds: Counter, duration: float) -> None:
    """The seconds of a recording that something came of, for the counters and the log."""
    seconds.inc(duration)
    request.scope["state"]["audio_seconds"] = round(duration, 2)


def _query(request: Request) -> dict[str, list[str]]:
    return {name: request.query_params.getlist(name) for name in request.query_params}
