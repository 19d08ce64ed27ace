"""How the API's documentation describes requests and answers: what FastAPI cannot know, for the bodies are read by ourselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter

from auricle.errors import AuricleError
from auricle.server import examples
from auricle.server.problems import Problem, WireProblem, describe, no_model, openai_shape, openai_status
from auricle.wire.openai import OpenAIError

__all__ = [
    "Answers",
    "answer",
    "event",
    "form_body",
    "install",
    "json_body",
    "openai_problems",
    "problems",
    "query",
    "raw_body",
    "text_body",
    "text_form",
]

Answers = dict[int | str, dict[str, Any]]

_WHY = {
    400: "The body is not what its content type says.",
    401: "The API key is missing or wrong.",
    403: "It comes from a page of a web site that may not ask, or the key is not for this.",
    404: "There is nothing of that name.",
    408: "The body stopped coming.",
    409: "There is one of that name already; nothing has changed.",
    413: "The body or the recording is larger than the server takes.",
    415: "The content is no audio, or of a kind that is not opened.",
    422: "An option, the model or the recording cannot be used; `field` names the one to blame.",
    429: "The client has used up its requests.",
    503: "All places are taken, it took too long, or the server is about to stop or has a problem of its own.",
}
_STREAM = "text/event-stream"
_REQUEST_ID = {"X-Request-ID": {"description": "Yours, if you sent one.", "required": True, "schema": {"type": "string"}}}
_RETRY_AFTER = {"Retry-After": {"description": "Seconds.", "required": True, "schema": {"type": "integer", "minimum": 1}}}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}}},
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}
_PROBLEMS = tuple(map(describe, examples.ERRORS))


def install(app: FastAPI) -> None:
    """Give the examples of OpenAI's errors their ``"param": null``, for FastAPI leaves out whatever is null."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        document = generated()
        answers = [each for path in document["paths"].values() for operation in path.values() for each in operation["responses"].values()]
        for shown in [shown for each in answers for content in each["content"].values() for shown in content["examples"].values()]:
            value = shown.get("value")  # which what is binary has not
            if isinstance(value, dict) and "error" in value:
                value["error"].setdefault("param", None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # which is FastAPI's way


def answer(
    description: str, shown: Mapping[str, Mapping[str, object]], event: Mapping[str, Any] | None = None, status: int = 200
) -> Answers:
    """What is answered if nothing is wrong: examples, by media type and by what gives them; and what an event of a stream is."""
    content: dict[str, dict[str, Any]] = {
        media: {"examples": {name: {"value": value} for name, value in values.items()}} for media, values in shown.items()
    }
    for media in content.keys() - {"application/json"}:  # whose schema is the response model's
        content[media]["schema"] = event if media == _STREAM else {"type": "string"}
    return {status: {"description": description, "headers": _REQUEST_ID, "content": content}}


def event(*shapes: Any, **named: Any) -> dict[str, Any]:
    """An event of a stream, whose data are one of ``shapes``, or that of its name; each is a TypedDict."""
    if named:
        events = {name: event(shape) for name, shape in named.items()}
        for name, schema in events.items():
            schema["properties"]["event"] = {"const": name}
            schema["required"].append("event")
        return {"oneOf": list(events.values())}
    content = [_flat(TypeAdapter(shape).json_schema()) for shape in shapes]
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": {"oneOf": content}}
    return {"type": "object", "properties": {"data": data}, "required": ["data"]}


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its definitions where they are used: a reference would be one into the API's document."""
    definitions = schema.pop("$defs", {})

    def filled(part: Any) -> Any:
        if isinstance(part, dict):
            if "$ref" in part:
                return filled(definitions[part["$ref"].rpartition("/")[2]])
            return {name: filled(value) for name, value in part.items()}
        return [filled(value) for value in part] if isinstance(part, list) else part

    flat: dict[str, Any] = filled(schema)
    return flat


def problems(*statuses: int, also: Iterable[AuricleError] = ()) -> Answers:
    """What can go wrong, in our shape: of these statuses, or all that can everywhere; and what ``also`` can on this route."""
    theirs = tuple(map(describe, also))
    common = statuses or tuple(problem.status for problem in _PROBLEMS)
    shown = [*(problem for problem in _PROBLEMS if problem.status in common), *theirs]
    return _problems(shown, WireProblem, lambda problem: (problem.status, problem.shape(examples.REQUEST_ID)))


def openai_problems(*statuses: int) -> Answers:
    """The same in OpenAI's."""
    statuses = statuses or (400, 401, 403, 408, 413, 429, 503)
    shown = [problem for problem in (*_PROBLEMS, no_model("huge")) if openai_status(problem) in statuses]
    return _problems(shown, OpenAIError, lambda problem: (openai_status(problem), openai_shape(problem)))


def _problems(problems: Iterable[Problem], model: object, written: Callable[[Problem], tuple[int, object]]) -> Answers:
    shown: dict[int, dict[str, object]] = {}
    for problem in problems:
        status, shape = written(problem)
        shown.setdefault(status, {})[problem.code] = {"value": shape}
    answers: Answers = {}
    for status in sorted(shown):
        why = "What is wrong with the request." if status == 400 and model is OpenAIError else _WHY[status]
        content = {"application/json": {"examples": shown[status]}}
        answers[status] = {"model": model, "description": why, "headers": {**_REQUEST_ID, **_HEADERS.get(status, {})}, "content": content}
    return answers


def query(fields: type[BaseModel]) -> list[dict[str, Any]]:
    """Parameters of the query."""
    shapes = _as_text(fields.model_json_schema())["properties"]
    return [
        {"name": name, "in": "query", "description": shape.pop("description"), "allowEmptyValue": True, "schema": shape}
        for name, shape in shapes.items()
    ]


def form_body(fields: type[BaseModel], **shown: Mapping[str, object]) -> dict[str, Any]:
    """A form with ``fields``, and examples of them; the recording has none, for it is binary."""
    binary = {"type": "string", "format": "binary", "minLength": 1, "description": "The recording, in any common format."}
    return _body("multipart/form-data", _as_text(fields.model_json_schema()), {"file": binary}, shown)


def json_body(fields: type[BaseModel], **shown: Mapping[str, object]) -> dict[str, Any]:
    """A JSON object with ``fields``, and examples of it."""
    base64 = {"type": "string", "format": "byte", "minLength": 1, "description": "The recording, in any common format, as base64."}
    return _body("application/json", fields.model_json_schema(), {"audio_base64": base64}, shown)


def raw_body(command: str) -> dict[str, Any]:
    """A recording as the whole body, as ``command`` sends it."""
    shown = {"a file": {"summary": command}}
    return {
        media: {"schema": {"type": "string", "format": "binary", "minLength": 1}, "examples": shown}
        for media in ("audio/*", "application/octet-stream")
    }


def text_body(fields: type[BaseModel], **shown: Mapping[str, object]) -> dict[str, Any]:
    """A JSON object with ``fields`` and no recording, and examples of it."""
    return {"application/json": {"schema": _flat(fields.model_json_schema()), "examples": _values(shown)}}


def text_form(fields: type[BaseModel], **shown: Mapping[str, object]) -> dict[str, Any]:
    """The same as a form, in either encoding; what is no text in JSON is JSON as text."""
    content = {"schema": _as_text(_flat(fields.model_json_schema())), "examples": _values(shown)}
    return dict.fromkeys(("multipart/form-data", "application/x-www-form-urlencoded"), content)


def _values(shown: Mapping[str, object]) -> dict[str, Any]:
    return {name: {"value": value} for name, value in shown.items()}


def _body(media: str, schema: dict[str, Any], recording: dict[str, Any], shown: Mapping[str, object]) -> dict[str, Any]:
    properties, required = {**recording, **schema["properties"]}, [*recording, *schema.get("required", ())]
    schema = {**schema, "properties": properties, "required": required}
    return {media: {"schema": schema, "examples": _values(shown)}}


def _as_text(schema: dict[str, Any]) -> dict[str, Any]:
    """An object's schema where there is no null: what is not wanted is left out, or left empty."""
    shapes = {}
    for name, shape in schema["properties"].items():
        kinds = [kind for kind in shape.get("anyOf", ()) if kind != {"type": "null"}]
        shape = {key: value for key, value in shape.items() if key != "anyOf" and (key, value) != ("default", None)}
        shape |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}
        if name not in schema.get("required", ()):
            shape.pop("minLength", None)
        shapes[name] = shape
    return schema | {"properties": shapes}
