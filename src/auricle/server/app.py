"""The application: routes over an engine, whatever that is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from auricle import __version__
from auricle.server import documentation, problems
from auricle.server.access import admit
from auricle.server.engine import Engine
from auricle.server.exchange import Exchange
from auricle.server.metrics import Metrics
from auricle.server.rate import RateLimit
from auricle.server.routes import analyze, catalogue, enhance, guide, identify, live, native, openai, operations, realtime, socket, speech
from auricle.server.settings import Settings
from auricle.server.state import ServerState

__all__ = ["create_app"]

_DESCRIPTION = """Speech recognition, speech, enhancement, music analysis and identification on your own machine:
the guide's API, our own, and OpenAI's.

Errors are JSON with `code`, `message`, `request_id` and, where one is to blame, `field`; on OpenAI's routes they have OpenAI's shape.
Every answer has an `X-Request-ID`, yours if you send one."""


def create_app(engine: Engine, settings: Settings) -> FastAPI:
    """The ASGI application; its lifespan starts and stops the engine."""
    state = ServerState(engine, settings, Metrics(engine), RateLimit(settings.rate_limit) if settings.rate_limit else None)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await engine.start()
        try:
            yield
        finally:
            await engine.stop()

    app = FastAPIOffline(
        title="auricle",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        redoc_url=None,
        redirect_slashes=False,  # to an address made of what the client says in `Host`, and of which a proxy knows nothing
    )
    app.state.server = state
    problems.install(app)
    for routes in (native, guide, openai, live, speech, enhance, analyze, identify, catalogue):
        app.include_router(routes.router, dependencies=[Depends(admit)])
    for router in (socket.router, realtime.router, operations.router):  # which ask for the key themselves
        app.include_router(router)
    documentation.install(app)
    app.add_middleware(Exchange, state=state)
    if settings.cors_origins:  # around everything, so that pages may read refusals, too
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=["X-Request-ID", "Retry-After", "X-Auricle-Report"],
        )
    return app
