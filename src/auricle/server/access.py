"""Who may come in, and how often."""

from __future__ import annotations

import hashlib
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from auricle.errors import NotAllowed, NotAuthorized
from auricle.server.problems import shown
from auricle.server.state import ServerState, state_of

__all__ = ["admit"]

_bearer = HTTPBearer(auto_error=False, description="An API key, as OpenAI's clients send it.")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same, for clients that cannot set `Authorization`.")


async def admit(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    header: Annotated[str | None, Security(_header)],
) -> None:
    """Let in whoever has a key, if keys are asked for, as often as is allowed; and no pages of other web sites.

    Raises:
        NotAllowed: the request comes from a page that may not ask.
        NotAuthorized: the key is missing or wrong.
        TooManyRequests: it came too often.
    """
    state = state_of(request)
    presented = bearer.credentials if bearer else header
    client = request.scope["state"]["client"] = request.client.host if request.client else ""
    _refuse_foreign_pages(request, state)
    known = presented is not None and state.settings.authorizes(presented)
    if known and presented is not None:
        client = request.scope["state"]["client"] = hashlib.sha256(presented.encode()).hexdigest()[:12]
    if state.rate_limit is not None:
        state.rate_limit.take(client)  # who only guesses keys, too
    if state.settings.api_keys and not known:
        message = "an API key is needed; send it as `Authorization: Bearer KEY`."
        raise NotAuthorized(message if presented is None else "the API key is not known here; check it, or ask the operator for one.")


def _refuse_foreign_pages(request: Request, state: ServerState) -> None:
    """Browsers send forms anywhere without asking, but say from which page; other clients say nothing.

    They also believe any name server that says that a name now means this machine. So where only this machine's own users are meant
    to come in, the page's name must be this machine's, too.
    """
    origin, allowed = request.headers.get("origin"), state.settings.cors_origins
    if origin is None or origin in allowed or "*" in allowed:
        return
    try:
        page = urlsplit(origin)
        own = page.netloc == request.url.netloc and (not state.hosts or page.hostname in state.hosts)
    except ValueError:  # an address that is none
        own = False
    if not own:
        raise NotAllowed(f"pages from {shown(origin)} may not use this server; its operator can add that to cors_origins.")
