"""Who may come in, and how often."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from auricle.errors import NotAuthorized
from auricle.server.service import Service, service_of

__all__ = ["admit"]

_bearer = HTTPBearer(auto_error=False, description="An API key, as OpenAI's clients send it.")
_header = APIKeyHeader(name="X-API-Key", auto_error=False, description="The same, for clients that cannot set `Authorization`.")


async def admit(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
    header: Annotated[str | None, Security(_header)],
) -> None:
    """Let in whoever has a key, if keys are asked for, as often as is allowed.

    Raises:
        NotAuthorized: the key is missing or wrong.
        TooManyRequests: it came too often.
    """
    service: Service = service_of(request)
    presented = bearer.credentials if bearer else header
    client = request.client.host if request.client else ""
    if service.settings.api_keys:
        if presented is None:
            raise NotAuthorized("an API key is needed; send it as `Authorization: Bearer KEY`.")
        if not service.settings.authorizes(presented):
            raise NotAuthorized("the API key is not known here; check it, or ask the operator for one.")
        client = hashlib.sha256(presented.encode()).hexdigest()[:12]
    request.scope["state"]["client"] = client
    if service.rate_limit is not None:
        service.rate_limit.take(client)
