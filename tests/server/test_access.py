"""Who comes in: whoever has a key, as often as is allowed."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse

from auricle.server.settings import Settings
from tests.server.asgi import visit
from tests.server.conftest import PlayedEngine, application

KEY, OTHER = "correct-horse-battery", "staple-in-the-tower"


@pytest.fixture
def locked(engine: PlayedEngine) -> Iterator[TestClient]:
    """A client of an application that asks for one of two keys; the client has none."""
    with application(engine, api_keys=[KEY, OTHER]) as client:
        yield client


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"bearer {KEY}"},
        {"X-API-Key": OTHER},
        {"Authorization": "Basic dXNlcjpwYXNz", "X-API-Key": KEY},  # a proxy's own
    ],
)
def test_whoever_has_a_key_comes_in(locked: TestClient, headers: dict[str, str]) -> None:
    """By either header."""
    assert locked.get("/v1/models", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {b"authorization": b"Bearer"},
        {b"authorization": b"Bearer "},
        {b"authorization": KEY.encode()},
        {b"authorization": f"Basic {KEY}".encode()},
        {b"authorization": f"Bearer {KEY}x".encode()},
        {b"authorization": f"Bearer {KEY[:-1]}".encode()},
        {b"authorization": f"Bearer {KEY.upper()}".encode()},
        {b"authorization": f"Bearer {KEY},{OTHER}".encode()},
        {b"authorization": "Bearer schlüssel-des-hauses".encode()},
        {b"authorization": b"Bearer " + bytes(range(128, 256))},
        {b"authorization": b"Bearer " + b"k" * 60_000},
        {b"authorization": f"Bearer sha256:{hashlib.sha256(KEY.encode()).hexdigest()}".encode()},
        {b"x-api-key": b""},
        {b"x-api-key": "schlüssel-des-hauses".encode("latin-1")},
        {b"x-api-key": hashlib.sha256(KEY.encode()).hexdigest().encode()},
        {b"authorization": b"Bearer wrong-wrong-wrong", b"x-api-key": KEY.encode()},
    ],
)
def test_whoever_has_none_does_not(locked: TestClient, engine: PlayedEngine, headers: dict[bytes, bytes]) -> None:
    """A missing, wrong, empty or outlandish key is 401 with what is needed, on each face in its shape; nothing is recognised."""
    for path, shape in (("/transcribe", b'"code"'), ("/v1/audio/transcriptions", b'"error"')):
        visitor = visit(locked.app, path, b"audio", headers=headers)
        assert visitor.status == 401
        assert visitor.headers["www-authenticate"] == "Bearer"
        assert shape in visitor.body
        assert KEY.encode() not in visitor.body
    assert engine.heard == []


OPEN = ["/health", "/ready", "/docs", "/openapi.json"]
CLOSED = [
    ("POST", "/enhance"),
    ("POST", "/enhance_audio"),
    ("POST", "/transcribe"),
    ("POST", "/transcribe/live"),
    ("POST", "/transcribe_speech"),
    ("POST", "/v1/audio/transcriptions"),
    ("POST", "/v1/audio/translations"),
    ("GET", "/v1/audio/voices"),
    ("GET", "/voices"),
    ("POST", "/synthesize"),
    ("POST", "/synthesize_text"),
    ("POST", "/v1/audio/speech"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/base"),
    ("DELETE", "/v1/models/base"),
    ("POST", "/analyze"),
    ("POST", "/analyze_music"),
    ("POST", "/fingerprint"),
    ("POST", "/identify"),
    ("GET", "/catalogue"),
    ("GET", "/catalogue/song"),
    ("POST", "/catalogue/song"),
    ("DELETE", "/catalogue/song"),
    ("GET", "/duplicates"),
    ("GET", "/metrics"),
]


def test_what_is_open_and_what_is_closed(locked: TestClient) -> None:
    """Without a key there are health, readiness and the documentation; nothing else that is documented."""
    for path in OPEN:
        assert locked.get(path).status_code == 200
    documented = {
        (method.upper(), path.replace("{model}", "base").replace("{id}", "song"))
        for path, methods in locked.get("/openapi.json").json()["paths"].items()
        for method in methods
    }
    assert documented == {*CLOSED, ("GET", "/health"), ("GET", "/ready")}
    for method, path in CLOSED:
        answer = locked.request(method, path)
        assert (path, answer.status_code) == (path, 401)
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_key_is_looked_at_before_anything_else(locked: TestClient) -> None:
    """Whoever has none learns nothing of what would be wrong with the request."""
    assert locked.post("/transcribe?nothing=known").status_code == 401
    assert locked.get("/v1/models/unknown").status_code == 401


def test_keys_are_kept_as_hashes(locked: TestClient) -> None:
    """The running application does not hold the keys, and what it shows of its settings has not even their hashes."""
    settings: Settings = locked.app.state.server.settings  # type: ignore[attr-defined]
    assert settings.api_keys == tuple(f"sha256:{hashlib.sha256(key.encode()).hexdigest()}" for key in (KEY, OTHER))
    assert KEY not in repr(settings)
    assert settings.api_keys[0] not in repr(settings)


def test_the_limit_counts_by_key(engine: PlayedEngine) -> None:
    """Each key has its own share, however many addresses use it; who guesses keys has that of an address."""
    with application(engine, api_keys=[KEY, OTHER], rate_limit=2) as client:
        guesses = [client.get("/v1/models", headers={"X-API-Key": f"wrong-wrong-wrong-{n}"}).status_code for n in range(4)]
        assert guesses == [401, 401, 429, 429]
        statuses = [client.get("/v1/models", headers={"X-API-Key": KEY}).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        assert client.get("/v1/models", headers={"X-API-Key": OTHER}).status_code == 200


def test_the_limit_counts_by_address_where_there_are_no_keys(engine: PlayedEngine) -> None:
    """The third of two requests a minute is 429 with Retry-After; health and readiness are never limited."""
    with application(engine, rate_limit=2) as client:
        answers = [client.get("/v1/models") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[-1].headers["retry-after"] == "30"
        assert answers[-1].json()["error"]["code"] == "rate_limit_exceeded"
        assert {client.get(path).status_code for path in ("/health", "/ready") for _ in range(5)} == {200}


def test_the_log_names_the_client_but_not_the_key(locked: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    """By the beginning of the key's SHA-256; by its address where there are no keys."""
    with caplog.at_level(logging.INFO):
        locked.get("/v1/models", headers={"X-API-Key": KEY})
    (facts,) = [record.facts for record in caplog.records if hasattr(record, "facts")]
    assert facts["client"] == hashlib.sha256(KEY.encode()).hexdigest()[:12]


@pytest.mark.parametrize(
    ("origin", "origins", "status"),
    [
        ("https://evil.example", (), 403),
        ("null", (), 403),
        ("http://[", (), 403),
        ("", (), 403),
        ("http://127.0.0.1:8000", (), 200),
        ("https://127.0.0.1:8000", (), 200),  # behind a proxy that does TLS
        ("https://good.example", ("https://good.example",), 200),
        ("https://evil.example", ("https://good.example",), 403),
        ("https://evil.example", ("*",), 200),
    ],
)
def test_pages_of_other_sites_may_not_ask(engine: PlayedEngine, origin: str, origins: tuple[str, ...], status: int) -> None:
    """A browser sends a form to any server without asking it first; what a page may not read it may not have done, either."""
    with application(engine, cors_origins=origins) as client:
        answer = client.post("/transcribe", content=b"audio", headers={"Origin": origin, "Content-Type": "text/plain"})
        assert answer.status_code == status
        assert len(engine.heard) == (status == 200)
        if status == 403:
            assert answer.json()["code"] == "origin_not_allowed"


@pytest.mark.parametrize(("host", "status"), [("evil.example", 403), ("localhost:1", 200), ("[::1]:8000", 200), ("127.0.0.1", 200)])
def test_a_name_that_now_means_this_machine(client: TestClient, host: str, status: int) -> None:
    """Where only this machine's users are meant, a page by a name of somebody else's is refused, though that leads here."""
    client.app.state.server.hosts = ("127.0.0.1", "localhost", "::1")  # type: ignore[attr-defined]
    assert client.get("/v1/models", headers={"Host": host, "Origin": f"http://{host}"}).status_code == status
    assert client.get("/v1/models", headers={"Host": host}).status_code == 200


# WebSockets


def refusal(
    client: TestClient, path: str = "/ws", headers: dict[str, str] | None = None, offered: list[str] | None = None
) -> WebSocketDenialResponse:
    """The answer to a WebSocket that is not let in."""
    with pytest.raises(WebSocketDenialResponse) as caught, client.websocket_connect(path, subprotocols=offered, headers=headers or {}):
        pass
    return caught.value


KEYS = [
    ({"Authorization": f"Bearer {KEY}"}, []),
    ({"X-API-Key": OTHER}, []),
    ({}, ["auricle", f"openai-insecure-api-key.{KEY}"]),
    ({"Authorization": "Basic dXNlcjpwYXNz"}, [f"openai-insecure-api-key.{OTHER}", "auricle"]),  # a proxy's own
]


@pytest.mark.parametrize(("headers", "offered"), KEYS)
def test_sockets_with_a_key(locked: TestClient, headers: dict[str, str], offered: list[str]) -> None:
    """By either header, or by a subprotocol, which is never the one that is chosen: it would be in an answer."""
    with locked.websocket_connect("/ws", subprotocols=offered, headers=headers) as socket:
        assert socket.accepted_subprotocol == ("auricle" if offered else None)
        socket.send_text('{"type": "finish"}')
        assert "finished" in socket.receive_text()


@pytest.mark.parametrize(
    ("headers", "offered"),
    [
        ({}, []),
        ({"Authorization": f"Bearer {KEY}x"}, []),
        ({"Authorization": KEY}, []),
        ({"X-API-Key": ""}, []),
        ({"X-API-Key": "wrong-wrong-wrong"}, [f"openai-insecure-api-key.{KEY}"]),
        ({}, ["openai-insecure-api-key."]),
        ({}, ["openai-insecure-api-key.wrong-wrong-wrong"]),
        ({}, [KEY]),
    ],
)
def test_sockets_without_one(locked: TestClient, headers: dict[str, str], offered: list[str]) -> None:
    """401, before there is a connection, as over HTTP."""
    answer = refusal(locked, headers=headers, offered=offered)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert KEY not in answer.text


def test_sockets_have_a_rate(engine: PlayedEngine) -> None:
    """Each connection counts once, whatever is said on it."""
    with application(engine, rate_limit=2) as client:
        for _ in range(2):
            with client.websocket_connect("/ws") as socket:
                for _ in range(5):
                    socket.send_text('{"type": "finish"}')
                    socket.receive_text()
        answer = refusal(client)
        assert (answer.status_code, answer.json()["code"]) == (429, "rate_limit_exceeded")
        assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://[::1", "file://"])
def test_sockets_of_foreign_pages(client: TestClient, origin: str) -> None:
    """A browser opens WebSockets to anywhere without asking, but says for which page; the page may not."""
    answer = refusal(client, headers={"Origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")


def test_sockets_of_other_pages(engine: PlayedEngine) -> None:
    """This server's own pages may, and those that its operator lists; a name that only says that it is this machine may not."""
    with application(engine, cors_origins=["https://app.example"]) as client:
        client.app.state.server.hosts = ("127.0.0.1",)  # type: ignore[attr-defined]
        for origin in ("http://127.0.0.1:8000", "https://app.example"):
            with client.websocket_connect("/ws", headers={"Origin": origin, "Host": "127.0.0.1:8000"}):
                pass
        answer = refusal(client, headers={"Origin": "http://evil.example:8000", "Host": "evil.example:8000"})
        assert answer.status_code == 403


# Changing the catalogue

ADMIN = "master-of-the-music"


def changed(client: TestClient, key: str | None) -> set[int]:
    """The statuses of an addition and a removal with this key."""
    headers = {} if key is None else {"X-API-Key": key}
    return {
        client.post("/catalogue/new", content=b"audio", headers=headers).status_code,
        client.delete("/catalogue/new", headers=headers).status_code,
    }


@pytest.mark.parametrize(
    ("settings", "key", "statuses"),
    [
        ({}, None, {201, 204}),
        ({"api_keys": [KEY], "admin_keys": [ADMIN]}, ADMIN, {201, 204}),
        ({"api_keys": [KEY], "admin_keys": [ADMIN]}, KEY, {403}),
        ({"api_keys": [KEY], "admin_keys": [ADMIN]}, OTHER, {401}),
        ({"api_keys": [KEY], "admin_keys": [ADMIN]}, None, {401}),
        ({"api_keys": [KEY]}, KEY, {403}),
        ({"admin_keys": [ADMIN]}, ADMIN, {201, 204}),
        ({"admin_keys": [ADMIN]}, OTHER, {401}),
        ({"admin_keys": [ADMIN]}, None, {401}),
    ],
)
def test_who_may_change_the_catalogue(engine: PlayedEngine, settings: dict[str, object], key: str | None, statuses: set[int]) -> None:
    """Everybody while there are no keys; then whoever has an admin key. Nobody else brings anything about."""
    before = dict(engine.identifier.kept)
    with application(engine, catalogue="recordings", **settings) as client:
        assert changed(client, key) == statuses
    assert engine.identifier.kept == before
    assert bool(engine.identifier.heard) is (statuses == {201, 204})


def test_who_may_look_at_the_catalogue(engine: PlayedEngine) -> None:
    """Whoever may use the server: with an admin key, too; without one where only changes ask for it."""
    with application(engine, catalogue="recordings", api_keys=[KEY], admin_keys=[ADMIN]) as client:
        assert [client.get("/catalogue", headers={"X-API-Key": key}).status_code for key in (KEY, ADMIN, OTHER)] == [200, 200, 401]
    with application(engine, catalogue="recordings", admin_keys=[ADMIN]) as client:
        assert client.post("/identify", content=b"audio").status_code == 200
