"""The application as a whole: its routes, its documentation, who may call it from a page, and that its faces agree."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from auricle.server.settings import Settings
from tests.server.conftest import PlayedEngine, application

KEY = "a-key-of-this-test"
PAGE = {"Origin": "https://app.example"}
Ask = Callable[[TestClient], Mapping[str, Any]]


def test_its_routes(client: TestClient) -> None:
    """The documentation has these routes and no others."""
    paths = client.get("/openapi.json").json()["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == {
        ("POST", "/transcribe"),
        ("POST", "/transcribe/live"),
        ("POST", "/transcribe_speech"),
        ("POST", "/enhance"),
        ("POST", "/enhance_audio"),
        ("POST", "/analyze"),
        ("POST", "/analyze_music"),
        ("POST", "/fingerprint"),
        ("POST", "/identify"),
        ("GET", "/catalogue"),
        ("GET", "/catalogue/{id}"),
        ("POST", "/catalogue/{id}"),
        ("DELETE", "/catalogue/{id}"),
        ("GET", "/duplicates"),
        ("POST", "/synthesize"),
        ("POST", "/synthesize_text"),
        ("GET", "/voices"),
        ("POST", "/v1/audio/speech"),
        ("GET", "/v1/audio/voices"),
        ("POST", "/v1/audio/transcriptions"),
        ("POST", "/v1/audio/translations"),
        ("GET", "/v1/models"),
        ("GET", "/v1/models/{model}"),
        ("DELETE", "/v1/models/{model}"),
        ("GET", "/health"),
        ("GET", "/ready"),
        ("GET", "/metrics"),
    }


def test_the_engine_lives_as_long_as_the_application(engine: PlayedEngine) -> None:
    """It is started before the first request and stopped after the last."""
    with application(engine):
        assert engine.started
    assert not engine.started


@pytest.mark.parametrize(("root", "taken_off"), [("", ""), ("/speech", "/speech"), ("/speech", "")])
def test_documentation_without_the_internet(engine: PlayedEngine, root: str, taken_off: str) -> None:
    """The page at /docs names no other host, and all that it loads is here: behind a proxy that takes its path off, or does not."""
    with application(engine, root_path=root) as client:
        page = client.get(f"{root}/docs".removeprefix(taken_off))
        links = re.findall(r"""(?:src|href)="([^"]+)"|url: '([^']+)'""", page.text)
        assert len(links) == 4
        assert not re.search(r"(https?:)?//\w", page.text.replace("// `SwaggerUIBundle`", ""))
        for link in map("".join, links):
            assert link.startswith(f"{root}/")
            assert client.get(link.removeprefix(taken_off)).status_code == 200
        assert client.get(links[-1][1].removeprefix(taken_off)).json().get("servers") == ([{"url": root}] if root else None)


@pytest.mark.parametrize("path", ["/transcribe/", "/v1/models/base/", "/docs/", "/static-offline-docs", "/redoc", "//", "/%00", "/../x"])
def test_no_path_leads_elsewhere(client: TestClient, path: str) -> None:
    """A path that is not quite a route is told so, not redirected to what `Host` says."""
    answer = client.get(path, headers={"host": "evil.example"}, follow_redirects=False)
    assert answer.status_code in (403, 404, 405)
    assert "location" not in answer.headers


def test_pages_of_other_sites_are_kept_out(client: TestClient) -> None:
    """No page of another site may call the server unless its operator says so."""
    for answer in (
        client.get("/v1/models", headers=PAGE),
        client.options("/v1/models", headers={**PAGE, "Access-Control-Request-Method": "GET"}),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]


def test_pages_that_may_call(engine: PlayedEngine) -> None:
    """A page of a listed site may send and read everything, refusals, their request id and Retry-After, too; no other may."""
    with application(engine, cors_origins=["https://app.example"], api_keys=[KEY]) as client:
        wishes = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization, content-type"}
        asked = client.options("/transcribe", headers={**PAGE, **wishes})
        assert asked.headers["access-control-allow-origin"] == PAGE["Origin"]
        assert "POST" in asked.headers["access-control-allow-methods"]
        assert "authorization" in asked.headers["access-control-allow-headers"]
        other = client.options("/transcribe", headers={"Origin": "https://other.example", **wishes})
        assert "access-control-allow-origin" not in other.headers
        refused = client.get("/v1/models", headers=PAGE)
        client.app.state.server.stopping = True  # type: ignore[attr-defined]
        stopping = client.get("/v1/models", headers=PAGE)
        for answer, status in ((refused, 401), (stopping, 503)):
            assert answer.status_code == status
            assert answer.headers["access-control-allow-origin"] == PAGE["Origin"]
            assert {"X-Request-ID", "Retry-After"} <= set(answer.headers["access-control-expose-headers"].split(", "))


def speech(client: TestClient) -> Mapping[str, Any]:
    """By the guide."""
    body = {"audio_base64": base64.b64encode(b"audio").decode(), "word_timestamps": True}
    shape: Mapping[str, Any] = client.post("/transcribe_speech", json=body).json()
    return shape


def ours(client: TestClient) -> Mapping[str, Any]:
    """By our own API."""
    shape: Mapping[str, Any] = client.post("/transcribe?word_timestamps=true", content=b"audio").json()
    return shape


def openai(client: TestClient) -> Mapping[str, Any]:
    """By OpenAI's."""
    fields = {"model": "whisper-1", "response_format": "verbose_json", "timestamp_granularities[]": ["word", "segment"]}
    shape: Mapping[str, Any] = client.post("/v1/audio/transcriptions", data=fields, files={"file": b"audio"}).json()
    return shape


def test_the_faces_agree(engine: PlayedEngine, client: TestClient) -> None:
    """All three ask the same of the engine, and give the same text, times and words."""
    first, second, third = speech(client), ours(client), openai(client)
    assert engine.heard[0] == engine.heard[1] == engine.heard[2]
    assert first == second
    assert third["text"] == first["text"]
    assert third["duration"] == first["duration"]
    for one, other in zip(first["segments"], third["segments"], strict=True):
        assert other["text"] == f" {one['text']}"
        for name in ("id", "start", "end", "tokens", "avg_logprob", "no_speech_prob", "compression_ratio", "temperature"):
            assert one[name] == other[name]
    words = [word for segment in first["segments"] for word in segment["words"]]
    assert third["words"] == [{name: word[name] for name in ("word", "start", "end")} for word in words]


def test_settings_by_default() -> None:
    """What these tests call default is: no keys, no limit, no other sites."""
    settings = Settings()
    assert (settings.api_keys, settings.rate_limit, settings.cors_origins) == ((), None, ())
