"""What looks after the server: is it alive, is it ready, how does it do."""

from __future__ import annotations

import time
from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from typing_extensions import TypedDict

from auricle import __version__
from auricle.server import documentation
from auricle.server.access import admit
from auricle.server.state import state_of

__all__ = ["router"]

router = APIRouter(tags=["Operations"])


class WireHealth(TypedDict):
    """That the server answers, and for how long it has."""

    status: Literal["ok"]
    version: str
    uptime_seconds: float


class WireReadiness(TypedDict):
    """Whether it takes requests, and how busy it is."""

    status: Literal["ready", "starting", "stopping"]
    running: int
    waiting: int


_ALIVE = {"alive": WireHealth(status="ok", version=__version__, uptime_seconds=3600.0)}
_READY = {"ready": WireReadiness(status="ready", running=1, waiting=0)}
_UNREADY = {
    "starting": WireReadiness(status="starting", running=0, waiting=0),
    "stopping": WireReadiness(status="stopping", running=2, waiting=1),
}
_COUNTERS = {
    "an hour's": "# HELP auricle_audio_seconds_total Audio that was recognised.\n# TYPE auricle_audio_seconds_total counter\n"
    'auricle_audio_seconds_total{model="base"} 5321.5\n'
}


@router.head("/health", include_in_schema=False)
@router.get(
    "/health",
    summary="Is it alive?",
    response_model=WireHealth,
    responses=documentation.answer("It is.", {"application/json": _ALIVE}),
)
async def health(request: Request) -> JSONResponse:
    """Always 200 while the process lives."""
    uptime = time.monotonic() - state_of(request).began
    return JSONResponse(WireHealth(status="ok", version=__version__, uptime_seconds=round(uptime, 1)))


@router.head("/ready", include_in_schema=False)
@router.get(
    "/ready",
    summary="Should it get requests?",
    response_model=WireReadiness,
    responses={
        **documentation.answer("Yes.", {"application/json": _READY}),
        503: {
            "model": WireReadiness,
            **documentation.answer("It is starting or stopping.", {"application/json": _UNREADY}, status=503)[503],
        },
    },
)
async def ready(request: Request) -> JSONResponse:
    """200 once the models that are to be preloaded are; 503 before, and from the moment when the server is asked to stop."""
    state = state_of(request)
    load = state.engine.load()
    status: Literal["ready", "starting", "stopping"] = "stopping" if state.stopping else "ready" if state.engine.ready() else "starting"
    shape = WireReadiness(status=status, running=load.running, waiting=load.waiting)
    return JSONResponse(shape, 200 if status == "ready" else 503)


@router.get(
    "/metrics",
    summary="How does it do?",
    response_class=Response,
    responses={**documentation.problems(401, 403, 429), **documentation.answer("Counters.", {"text/plain": _COUNTERS})},
    dependencies=[Depends(admit)],
)
async def metrics(request: Request) -> Response:
    """Counters in Prometheus's text format."""
    return Response(state_of(request).metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
