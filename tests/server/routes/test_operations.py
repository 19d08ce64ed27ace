"""What looks after the server gets true answers."""

from __future__ import annotations

from starlette.testclient import TestClient

from auricle import __version__
from auricle.server.state import ServerState
from tests.server.conftest import PlayedEngine


def service(client: TestClient) -> ServerState:
    """The application's."""
    found: ServerState = client.app.state.server  # type: ignore[attr-defined]
    return found


def test_alive(client: TestClient, engine: PlayedEngine) -> None:
    """200 whatever the engine does."""
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json().keys() == {"status", "version", "uptime_seconds"}
    assert (answer.json()["status"], answer.json()["version"]) == ("ok", __version__)
    assert 0 <= answer.json()["uptime_seconds"] < 60
    engine.started = False
    service(client).stopping = True
    assert client.get("/health").status_code == 200


def test_ready(client: TestClient, engine: PlayedEngine) -> None:
    """503 until the engine is ready, 200 then, 503 again from the moment when it is to stop."""
    engine.started = False
    assert (client.get("/ready").status_code, client.get("/ready").json()["status"]) == (503, "starting")
    engine.started = True
    assert (client.get("/ready").status_code, client.get("/ready").json()) == (200, {"status": "ready", "running": 0, "waiting": 0})
    service(client).stopping = True
    assert (client.get("/ready").status_code, client.get("/ready").json()["status"]) == (503, "stopping")


def test_counters(client: TestClient) -> None:
    """They are in the text format that Prometheus asks for, even while the server stops."""
    service(client).stopping = True
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "auricle_ready 1.0" in answer.text


def test_they_are_not_counted_as_work(client: TestClient) -> None:
    """A stop does not wait for a probe."""
    for path in ("/health", "/ready", "/metrics"):
        client.get(path)
    assert service(client).active == 0
