"""schemathesis over the OpenAPI document: what the server does is what it says, whatever is sent."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi import checks
from starlette.types import ASGIApp

from auricle.server.app import create_app
from auricle.server.settings import Settings
from tests.server.conftest import PlayedEngine

KEY = "correct-horse-battery"
FORM = "multipart/form-data"
schemathesis.serializer.alias("audio/ogg", "application/octet-stream")  # for audio/*

# Not checked: that whatever fits the schemas is taken, for some options go only together (`sample_rate` with raw samples); and that
# whatever doesn't is refused in forms, for text has no types.
Case = schemathesis.Case[Any]


def document(app: ASGIApp, examples: int, *, every_value: bool = False) -> schemathesis.BaseSchema:
    """The documentation of an application, to be tried out with so many examples of each operation; always the same ones."""
    generation = {"deterministic": True, "max-examples": examples, "database": "none"}
    config = SchemathesisConfig.from_dict({"generation": generation, "phases": {"coverage": {"enabled": every_value}}})
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=config)


def once(case: Case) -> Case:
    """A request that gives no option both in its query and in its form, which would hide all else."""
    if case.media_type == FORM and isinstance(case.body, dict):
        for name in case.body:
            case.query.pop(name, None)
    return case


def unchecked(case: Case) -> list[schemathesis.CheckFunction]:
    """What is not checked of a request."""
    return [checks.positive_data_acceptance, *([checks.negative_data_rejection] if case.media_type == FORM else [])]


OPEN = document(create_app(PlayedEngine(), Settings(catalogue="recordings")), 50, every_value=True)
seen: Counter[tuple[str, int]] = Counter()


def test_the_document_is_valid() -> None:
    """By the specification's own schema."""
    OPEN.validate()


@OPEN.parametrize()
def test_an_open_server(case: Case) -> None:
    """No status, type, schema or header that is not documented, no 5xx, and no invalid request that is taken."""
    answer = once(case).call_and_validate(excluded_checks=[*unchecked(case), checks.ignored_auth])
    seen[case.operation.label, answer.status_code] += 1


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("POST /transcribe", {200, 400, 405, 422}),
        ("POST /transcribe_speech", {200, 400, 405, 415, 422}),
        ("POST /enhance", {200, 400, 405, 422}),
        ("POST /enhance_audio", {200, 400, 405, 415, 422}),
        ("POST /analyze", {200, 400, 405, 422}),
        ("POST /analyze_music", {200, 400, 405, 415, 422}),
        ("POST /fingerprint", {200, 400, 405, 422}),
        ("POST /identify", {200, 400, 405, 422}),
        ("GET /catalogue", {200, 422}),
        ("GET /catalogue/{id}", {200, 404}),
        ("POST /catalogue/{id}", {201, 409, 422}),
        ("DELETE /catalogue/{id}", {204, 404}),
        ("POST /v1/audio/transcriptions", {200, 400, 405}),
        ("POST /v1/audio/translations", {200, 400, 405}),
        ("GET /v1/models/{model}", {200, 404, 405}),
        ("DELETE /v1/models/{model}", {200, 404}),
    ],
)
def test_it_was_tried_out(operation: str, statuses: set[int]) -> None:
    """The requests were not all refused for one reason: each of these answers came, most of them often."""
    if not seen:
        pytest.skip("nothing was tried")
    assert statuses <= {status for name, status in seen if name == operation}
    least = 1 if operation == "DELETE /catalogue/{id}" else 10  # for of all that it names only the example is there
    assert sum(seen[operation, status] for status in (200, 201, 204)) >= least


@document(
    create_app(PlayedEngine(), Settings(api_keys=("another-of-the-keys",), admin_keys=(KEY,), catalogue="recordings")), 10
).parametrize()
def test_a_locked_server(case: Case) -> None:
    """With a key everything is as it was; without, or with another, it is 401."""
    once(case).call_and_validate(excluded_checks=unchecked(case), headers={"Authorization": f"Bearer {KEY}"})
    keyless = case.call_and_validate(excluded_checks=unchecked(case))
    assert keyless.status_code in ({200} if case.operation.path in ("/health", "/ready") else {401, 404})  # 404 for a path that is no route


@document(create_app(PlayedEngine(), Settings(rate_limit=3, catalogue="recordings")), 10).parametrize()
def test_a_limited_server(case: Case) -> None:
    """Too many requests are 429 with Retry-After, as documented."""
    once(case).call_and_validate(excluded_checks=[*unchecked(case), checks.ignored_auth])
