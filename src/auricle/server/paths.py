"""Paths, where a proxy shows the server under one of its own."""

from __future__ import annotations

from starlette.types import Scope

__all__ = ["at_socket_port", "path_of", "under"]


def path_of(scope: Scope) -> str:
    """The path that was asked for, without the one under which a proxy shows the server."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def under(root: str, scope: Scope) -> Scope:
    """The request as ASGI has it: its path begins with the one under which a proxy shows the server, and has taken off."""
    if not root:
        return dict(scope)
    path = scope["path"]
    return {**scope, "root_path": root, "path": path if f"{path}/".startswith(f"{root}/") else root + path}


def at_socket_port(scope: Scope, port: int | None) -> Scope:
    """A WebSocket that came to this port is one of /ws, whatever path it says; the guide's clients say none."""
    if port is None or scope["type"] != "websocket" or (scope.get("server") or ("", None))[1] != port:
        return scope
    return {**scope, "path": f"{scope.get('root_path', '')}/ws"}
