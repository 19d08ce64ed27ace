"""Bodies, queries and answers are described as they are read and written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from auricle.server import documentation
from auricle.server.analysis_fields import NativeAnalysisFields
from auricle.server.fields import Fields, GuideFields, NativeFields, TranscriptionFields, TranslationFields
from auricle.server.identification_fields import AdditionFields, FingerprintFields, IdentificationFields
from auricle.wire import WireTranscript


@pytest.fixture
def paths(client: TestClient) -> dict[str, Any]:
    """Those of the OpenAPI document."""
    found: dict[str, Any] = client.get("/openapi.json").json()["paths"]
    return found


def sent(paths: dict[str, Any], path: str, media: str) -> dict[str, Any]:
    """The schema of what is sent."""
    schema: dict[str, Any] = paths[path]["post"]["requestBody"]["content"][media]["schema"]
    return schema


@pytest.mark.parametrize(
    ("path", "media", "fields", "recording", "required"),
    [
        ("/transcribe_speech", "application/json", GuideFields, "audio_base64", ["audio_base64"]),
        ("/transcribe", "multipart/form-data", NativeFields, "file", ["file"]),
        ("/analyze", "multipart/form-data", NativeAnalysisFields, "file", ["file"]),
        ("/fingerprint", "multipart/form-data", FingerprintFields, "file", ["file"]),
        ("/identify", "multipart/form-data", IdentificationFields, "file", ["file"]),
        ("/catalogue/{id}", "multipart/form-data", AdditionFields, "file", ["file"]),
        ("/v1/audio/transcriptions", "multipart/form-data", TranscriptionFields, "file", ["file", "model"]),
        ("/v1/audio/translations", "multipart/form-data", TranslationFields, "file", ["file", "model"]),
    ],
)
def test_all_fields_are_described(
    paths: dict[str, Any], path: str, media: str, fields: type[Fields], recording: str, required: list[str]
) -> None:
    """Each with its type and a sentence; the recording first; and that there are no others."""
    schema = sent(paths, path, media)
    assert list(schema["properties"]) == [recording, *fields.model_fields]
    assert schema["required"] == required
    assert schema["additionalProperties"] is False
    for name, shape in schema["properties"].items():
        assert shape.get("description", "").endswith("."), name
        assert {"type", "enum", "anyOf"} & shape.keys(), name


def test_a_form_has_no_null(paths: dict[str, Any]) -> None:
    """Nothing in a form or a query can be null, and none of their defaults is; in JSON it can."""
    for path in ("/transcribe", "/v1/audio/transcriptions", "/v1/audio/translations"):
        assert "null" not in json.dumps(sent(paths, path, "multipart/form-data"))
    assert "null" not in json.dumps(paths["/transcribe"]["post"]["parameters"])
    assert sent(paths, "/transcribe_speech", "application/json")["properties"]["language"]["anyOf"][1] == {"type": "null"}


def test_the_query_has_all_options(paths: dict[str, Any]) -> None:
    """Those of the form but the recording, none required."""
    parameters = paths["/transcribe"]["post"]["parameters"]
    assert [each["name"] for each in parameters] == list(NativeFields.model_fields)
    assert {each["in"] for each in parameters} == {"query"}
    assert not any(each.get("required") for each in parameters)


def test_any_recording_may_be_the_body(paths: dict[str, Any]) -> None:
    """Whatever its type."""
    content = paths["/transcribe"]["post"]["requestBody"]["content"]
    assert list(content) == ["multipart/form-data", "audio/*", "application/octet-stream"]


def test_keys_are_described(client: TestClient, paths: dict[str, Any]) -> None:
    """By both headers, on every route that asks for one; so the page has a button for them."""
    schemes = client.get("/openapi.json").json()["components"]["securitySchemes"]
    assert sorted((scheme["type"], scheme.get("scheme") or scheme.get("name")) for scheme in schemes.values()) == [
        ("apiKey", "X-API-Key"),
        ("http", "bearer"),
    ]
    open_ = {path for path, methods in paths.items() for operation in methods.values() if not operation.get("security")}
    assert open_ == {"/health", "/ready"}


def test_an_events_schema_stands_alone() -> None:
    """It refers to nothing, and knows an event by its name."""
    event = documentation.event(transcript=WireTranscript)
    assert "$ref" not in json.dumps(event)
    assert event["oneOf"][0]["required"] == ["data", "event"]
    assert event["oneOf"][0]["properties"]["event"] == {"const": "transcript"}
