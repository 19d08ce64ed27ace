"""Errors as answers: every class has a status, every message is a sentence, and no request, however odd, is answered by 500."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from auricle import errors
from auricle.errors import AdminKeyNeeded, AuricleError, NoCatalogue
from auricle.server import problems
from auricle.server.app import create_app
from auricle.server.settings import Settings
from tests.server.asgi import visit
from tests.server.conftest import PlayedEngine, application

FILE = {"file": b"audio"}
CAUSE = OSError(28, "No space left on device")

# Error, status, code, field, Retry-After. Where a code is "unavailable" the message is not the error's.
TABLE: list[tuple[AuricleError, int, str, str | None, str | None]] = [
    (errors.AuricleError("x."), 503, "unavailable", None, "30"),
    (errors.InputError("x."), 422, "unusable_audio", None, None),
    (errors.UnreadableInput("talk.wav", CAUSE), 422, "unusable_audio", None, None),
    (errors.EmptyAudio("x."), 422, "empty_audio", None, None),
    (errors.UnsupportedFormat("x."), 415, "unsupported_format", None, None),
    (errors.CorruptAudio("x."), 422, "corrupt_audio", None, None),
    (errors.LimitExceeded("x."), 422, "limit_exceeded", None, None),
    (errors.TooManyBytes("x."), 413, "too_many_bytes", None, None),
    (errors.TooLong("x."), 413, "recording_too_long", None, None),
    (errors.TooManyChannels("x."), 422, "limit_exceeded", None, None),
    (errors.SampleRateOutOfRange("x."), 422, "limit_exceeded", None, None),
    (errors.DecodeTimeout("x."), 422, "limit_exceeded", None, None),
    (errors.OptionError("task", "x"), 422, "invalid_option", "task", None),
    (errors.OutputError("the upload", CAUSE), 503, "unavailable", None, "30"),
    (errors.ModelError("x."), 503, "unavailable", None, "30"),
    (errors.UnknownModel("x."), 422, "model_not_found", "model", None),
    (errors.ModelUnavailable("x."), 422, "model_not_available", "model", None),
    (errors.CorruptWeights("x."), 503, "unavailable", None, "30"),
    (errors.MissingDependency("speech recognition", "all"), 503, "unavailable", None, "30"),
    (errors.CatalogueError("x."), 503, "unavailable", None, "30"),
    (NoCatalogue(), 404, "no_catalogue", None, None),
    (errors.UnknownRecording("x."), 404, "recording_not_found", None, None),
    (errors.RecordingExists("x."), 409, "recording_exists", None, None),
    (errors.CatalogueLocked("x."), 503, "unavailable", None, "30"),
    (errors.CorruptCatalogue("x."), 503, "unavailable", None, "30"),
    (errors.RequestError("x."), 503, "unavailable", None, "30"),
    (errors.MalformedRequest("x."), 400, "malformed_request", None, None),
    (errors.MalformedRequest("x.", "audio_base64"), 400, "malformed_request", "audio_base64", None),
    (errors.NotAuthorized("x."), 401, "invalid_api_key", None, None),
    (errors.NotAllowed("x."), 403, "origin_not_allowed", None, None),
    (AdminKeyNeeded(), 403, "admin_key_needed", None, None),
    (errors.UploadStalled("x."), 408, "upload_stalled", None, None),
    (errors.TryLater("x.", 0.01), 503, "unavailable", None, "30"),
    (errors.TooManyRequests("x.", 0.0), 429, "rate_limit_exceeded", None, "1"),
    (errors.Busy("x.", 2.2), 503, "busy", None, "3"),
    (errors.Stopping(), 503, "stopping", None, "5"),
    (errors.DeadlineExceeded("x.", 60), 503, "deadline_exceeded", None, "60"),
]


def classes(root: type[AuricleError]) -> Iterator[type[AuricleError]]:
    """The tree."""
    yield root
    for kind in root.__subclasses__():
        yield from classes(kind)


def test_the_table_is_whole() -> None:
    """Every class of errors has a row."""
    every = {getattr(errors, name) for name in errors.__all__}
    assert {type(row[0]) for row in TABLE} == set(classes(AuricleError)) == every


@pytest.mark.parametrize(("error", "status", "code", "field", "retry_after"), TABLE, ids=lambda value: type(value).__name__)
def test_errors_as_answers(
    client: TestClient, engine: PlayedEngine, error: AuricleError, status: int, code: str, field: str | None, retry_after: str | None
) -> None:
    """On our routes with code, message, request id and field; on OpenAI's in OpenAI's shape, where 400 is all that is wrong."""
    engine.fails = error
    ours = client.post("/transcribe", content=b"audio")
    message = str(error) if code != "unavailable" else "the server cannot do this at the moment; its operator finds the reason in its log."
    shape = {"code": code, "message": message, "request_id": ours.headers["x-request-id"]}
    assert (ours.status_code, ours.json()) == (status, shape if field is None else {**shape, "field": field})
    openai = client.post("/v1/audio/transcriptions", data={"model": "base"}, files=FILE)
    assert openai.status_code == (400 if status in (415, 422) else status)
    kind = {401: "authentication_error", 429: "rate_limit_error", 503: "server_error"}.get(status, "invalid_request_error")
    assert openai.json() == {"error": {"message": message, "type": kind, "param": field, "code": code}}
    for answer in (ours, openai):
        assert answer.headers.get("retry-after") == retry_after
        assert answer.headers.get("www-authenticate") == ("Bearer" if status == 401 else None)
        assert answer.headers.get("x-should-retry") == ("false" if code == "deadline_exceeded" else None)


WRONG: list[tuple[int, str, str | None, dict[str, Any]]] = [
    (404, "GET /nothing", None, {}),
    (404, "GET /v1/nothing", None, {}),
    (404, f"GET /{'long' * 1000}", None, {}),
    (404, "GET /static-offline-docs/../../etc/passwd", None, {}),
    (404, "GET /v1/models/huge", "model", {}),
    (404, "DELETE /v1/models/huge", "model", {}),
    (404, "DELETE /v1/models/", "model", {}),
    (404, f"DELETE /v1/models/{'huge' * 1000}", "model", {}),
    (405, "GET /transcribe", None, {}),
    (405, "PUT /v1/models/base", None, {}),
    (405, "OPTIONS /transcribe_speech", None, {}),
    (405, "POST /static-offline-docs/swagger-ui.css", None, {}),
    (422, "POST /transcribe", None, {"content": b""}),
    (422, "POST /transcribe?language=de&language=en", "language", {"content": b"audio"}),
    (422, "POST /transcribe?stream=maybe", "stream", {"content": b"audio"}),
    (422, "POST /transcribe?format=srt&stream=true", "format", {"content": b"audio"}),
    (422, "POST /transcribe?temperature=nan", "temperature", {"content": b"audio"}),
    (422, f"POST /transcribe?prompt={'x' * 10_001}", "prompt", {"content": b"audio"}),
    (422, "POST /transcribe", "file", {"files": {"language": (None, "de")}}),
    (422, "POST /transcribe?language=de", "language", {"files": {"language": (None, "de"), **FILE}}),
    (415, "POST /transcribe", None, {"json": {"audio_base64": "AAAA"}}),
    (400, "POST /transcribe", None, {"content": b"audio", "headers": {"content-type": "multipart/form-data"}}),
    (400, "POST /transcribe", None, {"content": b"--X\r\n", "headers": {"content-type": "multipart/form-data; boundary=X"}}),
    (413, "POST /transcribe", None, {"content": b"audio", "headers": {"content-length": str(2**40)}}),
    (415, "POST /transcribe", None, {"content": b"audio", "headers": {"content-encoding": "gzip"}}),
    (422, "POST /transcribe_speech", "audio_base64", {"json": {}}),
    (422, "POST /transcribe_speech", "audio_base64", {"json": {"audio_base64": 5}}),
    (400, "POST /transcribe_speech", "audio_base64", {"json": {"audio_base64": "A-_A"}}),
    (400, "POST /transcribe_speech", None, {"json": [1]}),
    (400, "POST /transcribe_speech", None, {"content": b'{"audio_base64": "AAAA"', "headers": {"content-type": "application/json"}}),
    (415, "POST /transcribe_speech", None, {"content": b"audio", "headers": {"content-type": "text/plain"}}),
    (422, "POST /transcribe_speech", "beam_size", {"json": {"audio_base64": "AAAA", "beam_size": 10**4000}}),
    (422, "POST /transcribe_speech", "x" * 5000, {"json": {"audio_base64": "AAAA", "x" * 5000: 1}}),
    (422, "POST /transcribe_speech", "body", {"content": b'{"audio_base64": "AAAA", "\\ud800": 1}'}),
    (400, "POST /v1/audio/transcriptions", "model", {"files": FILE}),
    (400, "POST /v1/audio/transcriptions", "model", {"files": FILE, "data": {"model": ""}}),
    (400, "POST /v1/audio/transcriptions", "model", {"files": FILE, "data": {"model": "a", "model[]": "a"}}),
    (400, "POST /v1/audio/transcriptions", "file", {"files": {"model": (None, "base")}}),
    (400, "POST /v1/audio/transcriptions", "languages", {"files": FILE, "data": {"model": "base", "languages[]": ["de", "en"]}}),
    (400, "POST /v1/audio/transcriptions", "include", {"files": FILE, "data": {"model": "base", "include[]": "x"}}),
    (400, "POST /v1/audio/translations", "stream", {"files": FILE, "data": {"model": "base", "stream": "true"}}),
    (400, "POST /v1/audio/transcriptions", None, {"json": {"model": "base"}}),
]


@pytest.mark.parametrize(("status", "request_", "field", "given"), WRONG, ids=lambda value: str(value)[:60])
def test_what_is_wrong_is_said_in_a_sentence(
    client: TestClient, engine: PlayedEngine, status: int, request_: str, field: str | None, given: dict[str, Any]
) -> None:
    """One that begins with what is wrong and ends with what would be right, no longer than one reads; nothing is recognised."""
    method, _, path = request_.partition(" ")
    answer = client.request(method, path, **given)
    assert answer.status_code == status
    shape = answer.json()
    message, blamed = (
        (shape["error"]["message"], shape["error"]["param"]) if path.startswith("/v1/") else (shape["message"], shape.get("field"))
    )
    assert re.fullmatch(r"[^\n]*[;:,] [^\n]*[^.\n]\.", message)
    assert len(message) < 600
    assert blamed == field
    assert engine.heard == []


@pytest.mark.parametrize(
    ("request_", "allowed"),
    [
        ("PUT /v1/models/base", "GET, DELETE"),
        ("DELETE /transcribe", "POST"),
        ("HEAD /metrics", "GET"),
        ("POST /docs", "GET"),
        ("BREW /v1/models", "GET"),
    ],
)
def test_a_wrong_method_hears_the_right_ones(client: TestClient, request_: str, allowed: str) -> None:
    """All that the path takes."""
    answer = client.request(*request_.split())
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


def test_the_page_on_errors_is_true() -> None:
    """docs/server.md has every status with its codes, and no other."""
    table: dict[int, set[str]] = defaultdict(set, {404: {"not_found", "model_not_found"}, 405: {"method_not_allowed"}})
    for _, status, _, code in problems._TABLE:
        table[status].add(code)
    page = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{3}) \| ([^|]+) \|", page, re.MULTILINE)
    assert {int(status): set(re.findall(r"`(\w+)`", codes)) for status, codes in rows} == table


def test_the_page_on_close_codes_is_true() -> None:
    """docs/server.md has every code with which a WebSocket is closed because of an error."""
    page = (Path(__file__).parents[2] / "docs" / "server.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\d, ]+) \|", page.partition("## Live captions")[2].partition("\n## ")[0], re.MULTILINE)
    stated = {int(code) for row in rows for code in row.split(",")}
    assert stated == {close for _, _, close, _ in problems._TABLE} | {1000, 1012}


def test_every_status_is_documented(client: TestClient) -> None:
    """Each route that recognises documents all statuses that errors have there, and nothing else that is an error."""
    paths = client.get("/openapi.json").json()["paths"]
    ours = {str(row[1]) for row in TABLE} - {"404", "409"} | {"200"}  # but for those of the catalogue
    for path in ("/transcribe", "/transcribe_speech"):
        assert set(paths[path]["post"]["responses"]) == ours
    for path in ("/v1/audio/transcriptions", "/v1/audio/translations"):
        assert set(paths[path]["post"]["responses"]) == ours - {"415", "422"}


NAMES = st.sampled_from(
    ["file", "model", "language", "stream", "format", "response_format", "timestamp_granularities[]", "audio_base64", "[]", "ä"]
)
TEXTS = st.one_of(st.sampled_from(["", "true", "json", "base", "-1", "nan", "1e999", "\0", "🎵", "x" * 300]), st.text(max_size=20))
PATHS = st.sampled_from(
    ["/transcribe", "/transcribe_speech", "/v1/audio/transcriptions", "/v1/audio/translations", "/v1/models/", "/", "//[", "/ä\0"]
)
KINDS = st.sampled_from(
    ["", "application/json", "multipart/form-data; boundary=X", "multipart/form-data", "audio/wav", "multipart/form-data; boundary=ä"]
)


def form(fields: list[tuple[str, str]]) -> bytes:
    """As a client would write it."""
    parts = [f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields]
    return "".join([*parts, "--X--\r\n"]).encode(errors="replace")


BODIES = st.one_of(
    st.lists(st.tuples(NAMES, TEXTS), max_size=5).map(form),
    st.dictionaries(NAMES, TEXTS | st.integers() | st.floats() | st.none() | st.booleans(), max_size=5).map(
        lambda fields: json.dumps(fields).encode()
    ),
    st.binary(max_size=200),
)


@pytest.fixture(scope="module")
def odd() -> ASGIApp:
    """An application that lives through all of that."""
    return create_app(PlayedEngine(), Settings())


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "", "GE T"]), PATHS, TEXTS, KINDS, BODIES, st.binary(max_size=20))
def test_no_request_is_a_500(odd: ASGIApp, method: str, path: str, query: str, kind: str, body: bytes, header: bytes) -> None:
    """Whatever method, path, query, type, body or header comes: what is answered has a status of the table, and an end."""
    headers = {b"content-type": kind.encode(), b"host": header, b"accept": header, b"authorization": header, b"x-request-id": header}
    visitor = visit(
        odd, f"{path}?{query.encode(errors='replace').decode('latin-1')}", body[:100], body[100:], method=method, headers=headers
    )
    assert visitor.complete
    assert visitor.status in (200, 400, 404, 405, 413, 415, 422)


def test_hostile_paths_behind_a_proxy() -> None:
    """The root path changes neither routes nor shapes."""
    with application(PlayedEngine(), root_path="/speech") as client:
        for path in ("/v1/nothing", "/speech/v1/nothing"):
            assert client.get(path).json()["error"]["code"] == "not_found"
        for path in ("/speechless/v1/nothing", "/speech", "/speech/", "/speech/speech/v1/nothing"):
            assert client.get(path).json()["code"] == "not_found"
