"""Who may come in, and how often."""

from __future__ import annotations

import hashlib
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from auricle.errors import AdminKeyNeeded, NoCatalogue, NotAllowed, NotAuthorized
from auricle.server.problems import shown
from auricle.server.state import ServerState, state_of

__all__ = ["admit", "admit_admin", "admit_if_kept", "admit_socket"]

_KEY_PROTOCOL = "openai-insecure-api-key."

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
    _admit(request, bearer.credentials if bearer else header)


async def admit_admin(request: Request) -> None:
    """Of those whom `admit` has let in, keep out who has no admin key, if keys are asked for at all.

    Raises:
        NotAuthorized: there is no key, or it is not known.
        AdminKeyNeeded: the key is not an admin's.
    """
    settings, key = state_of(request).settings, request.scope["state"].get("key")
    if key == "admin" or not (settings.api_keys or settings.admin_keys):
        return
    if key == "usual":
        raise AdminKeyNeeded
    raise NotAuthorized("changing the catalogue needs an admin key; send it as `Authorization: Bearer KEY`.")


async def admit_if_kept(request: Request) -> None:
    """Raise `NoCatalogue` where the server keeps none, before a recording comes."""
    if state_of(request).settings.catalogue is None:
        raise NoCatalogue


def admit_socket(websocket: WebSocket) -> ServerState:
    """The same for a WebSocket that is not yet accepted; gives the application's state. Raises as `admit` does.

    Browsers cannot set its headers, but can offer subprotocols: the key may be in one, as OpenAI's clients have it.
    """
    scheme, _, bearer = websocket.headers.get("authorization", "").partition(" ")
    offered = [name.removeprefix(_KEY_PROTOCOL) for name in websocket.scope["subprotocols"] if name.startswith(_KEY_PROTOCOL)]
    presented = bearer.strip() if scheme.lower() == "bearer" else websocket.headers.get("x-api-key")
    _admit(websocket, presented or next(iter(offered), None))
    return state_of(websocket)


def _admit(connection: HTTPConnection, presented: str | None) -> None:
    state = state_of(connection)
    client = connection.scope["state"]["client"] = connection.client.host if connection.client else ""
    _refuse_foreign_pages(connection, state)
    key = None if presented is None else state.settings.kind_of(presented)
    if key is not None and presented is not None:
        connection.scope["state"]["key"] = key
        client = connection.scope["state"]["client"] = hashlib.sha256(presented.encode()).hexdigest()[:12]
    if state.rate_limit is not None:
        state.rate_limit.take(client)  # who only guesses keys, too
    if state.settings.api_keys and key is None:
        message = "an API key is needed; send it as `Authorization: Bearer KEY`."
        raise NotAuthorized(message if presented is None else "the API key is not known here; check it, or ask the operator for one.")


def _refuse_foreign_pages(connection: HTTPConnection, state: ServerState) -> None:
    """Browsers send forms anywhere without asking, but say from which page; other clients say nothing.

    They also believe any name server that says that a name now means this machine. So where only this machine's own users are meant
    to come in, the page's name must be this machine's, too.
    """
    origin, allowed = connection.headers.get("origin"), state.settings.cors_origins
    if origin is None or origin in allowed or "*" in allowed:
        return
    try:
        page = urlsplit(origin)
        own = page.netloc == connection.url.netloc and (not state.hosts or page.hostname in state.hosts)
    except ValueError:  # an address that is none
        own = False
    if not own:
        raise NotAllowed(f"pages from {shown(origin)} may not use this server; its operator can add that to cors_origins.")
