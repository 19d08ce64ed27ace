"""Errors as answers: one table from class to status and code, one shape for us and OpenAI's for its routes."""

from __future__ import annotations

import json
import logging
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import NotRequired

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from typing_extensions import TypedDict

from auricle import errors
from auricle.errors import AdminKeyNeeded, AuricleError, NoCatalogue, OptionError, TryLater
from auricle.server.paths import path_of
from auricle.wire import openai

__all__ = [
    "Problem",
    "WireProblem",
    "answer",
    "bug",
    "describe",
    "explain",
    "install",
    "no_model",
    "openai_shape",
    "openai_status",
    "option_error",
    "shown",
]

_log = logging.getLogger(__name__)

# HTTP's status, and the code with which a WebSocket is closed (RFC 6455, 7.4.1). The first class that an error is an instance of decides.
_TABLE: tuple[tuple[type[AuricleError], int, int, str], ...] = (
    (errors.MalformedRequest, 400, 1007, "malformed_request"),
    (errors.NotAuthorized, 401, 1008, "invalid_api_key"),
    (AdminKeyNeeded, 403, 1008, "admin_key_needed"),
    (errors.NotAllowed, 403, 1008, "origin_not_allowed"),
    (errors.UploadStalled, 408, 1008, "upload_stalled"),
    (errors.TooManyRequests, 429, 1013, "rate_limit_exceeded"),
    (errors.DeadlineExceeded, 503, 1013, "deadline_exceeded"),
    (errors.Stopping, 503, 1012, "stopping"),
    (errors.Busy, 503, 1013, "busy"),
    (errors.TooManyBytes, 413, 1009, "too_many_bytes"),
    (errors.TooLong, 413, 1008, "recording_too_long"),
    (errors.UnsupportedFormat, 415, 1003, "unsupported_format"),
    (errors.EmptyAudio, 422, 1007, "empty_audio"),
    (errors.CorruptAudio, 422, 1007, "corrupt_audio"),
    (errors.LimitExceeded, 422, 1008, "limit_exceeded"),
    (errors.InputError, 422, 1007, "unusable_audio"),
    (errors.OptionError, 422, 1008, "invalid_option"),
    (errors.UnknownModel, 422, 1008, "model_not_found"),
    (errors.ModelUnavailable, 422, 1008, "model_not_available"),
    (NoCatalogue, 404, 1008, "no_catalogue"),
    (errors.UnknownRecording, 404, 1008, "recording_not_found"),
    (errors.RecordingExists, 409, 1008, "recording_exists"),
    (
        errors.AuricleError,
        503,
        1011,
        "unavailable",
    ),  # a model, a catalogue or a disk that fails is the operator's business: the log says more
)
_OURS = "the server cannot do this at the moment; its operator finds the reason in its log."
_OURS_S = 30.0  # after which an operator may have done something about it


class WireProblem(TypedDict):
    """What is wrong and what would be right; `field` where one is to blame."""

    code: str
    message: str
    field: NotRequired[str]
    request_id: str


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as a client sees it.

    Attributes:
        status: HTTP's.
        code: for programs.
        message: for people.
        field: the one to blame, if any.
        retry_after: when to try again. Seconds.
        close: the code with which a WebSocket is closed, if that is the end of it.
    """

    status: int
    code: str
    message: str
    field: str | None = None
    retry_after: float | None = None
    close: int = 1011

    def shape(self, request_id: str) -> WireProblem:
        """Our JSON."""
        shape: WireProblem = {"code": self.code, "message": self.message, "request_id": request_id}
        if self.field is not None:
            shape["field"] = self.field
        return shape

    @property
    def headers(self) -> Mapping[str, str]:
        """What HTTP has a header for."""
        headers = {"WWW-Authenticate": "Bearer"} if self.status == HTTPStatus.UNAUTHORIZED else {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        if self.code == "deadline_exceeded":
            headers["X-Should-Retry"] = "false"  # which OpenAI's clients obey: the same would take as long again
        return headers


_BUG = Problem(500, "internal_error", "something went wrong here; the server's log says more under this request id.")


def describe(error: AuricleError) -> Problem:
    """The problem that an error is."""
    status, close, code = next(entry[1:] for entry in _TABLE if isinstance(error, entry[0]))
    if code == "unavailable":
        return Problem(status, code, _OURS, retry_after=_OURS_S, close=close)
    return Problem(
        status=status,
        code=code,
        message=str(error),
        field=_blamed(error),
        retry_after=error.retry_after if isinstance(error, TryLater) else None,
        close=close,
    )


def _blamed(error: AuricleError) -> str | None:
    match error:
        case OptionError() | errors.MalformedRequest():
            return error.field
        case errors.ModelError():
            return "model"
        case _:
            return None


def no_model(name: str) -> Problem:
    """There is no model of this name to look at; where one is named for work, `UnknownModel` says so."""
    return Problem(
        404, "model_not_found", f"there is no model {shown(name)} on this server; GET /v1/models lists those that there are.", "model"
    )


def explain(request: HTTPConnection, error: AuricleError) -> Problem:
    """The same, for the log, too: the reason of what is the operator's business is there only."""
    problem = describe(error)
    if problem.message == _OURS:
        _log.error("%s: %s", type(error).__name__, error, extra=_facts(request))
    return problem


def bug(request: HTTPConnection) -> Problem:
    """What a client hears of the exception that is being handled; the log has all of it."""
    _log.exception("failed", extra=_facts(request))
    return _BUG


def option_error(error: ValidationError, known: Iterable[str]) -> OptionError:
    """Pydantic's first complaint as a sentence; ``known`` are the fields that there are."""
    first = error.errors(include_url=False)[0]
    field, place = str(first["loc"][0]) if first["loc"] else "body", ".".join(map(str, first["loc"]))
    spot = place if len(first["loc"]) > 2 and isinstance(first["loc"][1], int) else field  # of an item of a list, such as a turn
    match first["type"]:
        case "missing":
            return OptionError(field, f"{place} is missing; give it")
        case "extra_forbidden" if len(first["loc"]) > 1:
            return OptionError(field, f"there is no field {shown(place)}; leave it out")
        case "extra_forbidden":
            return OptionError(field, f"there is no field {shown(field)}", known)
        case "literal_error":
            allowed = re.findall(r"'([^']*)'|(\d+)", first["ctx"]["expected"])
            return OptionError(field, f"{spot} is {shown(first['input'])}", dict.fromkeys(text or number for text, number in allowed))
        case "model_type" | "model_attributes_type" | "dict_type":
            return OptionError(field, f"{spot} is {shown(first['input'])}; it should be an object")
        case _:  # "Input should be a valid number, unable to …", "Tuple should have at most 1 item after validation, not 2"
            should = re.split(", unable| after validation", first["msg"].partition(" ")[2])[0]
            return OptionError(field, f"{spot} is {shown(first['input'])}; it {should}")


def shown(value: object) -> str:
    """A client's value, as it is written in JSON but for the quotes around a text, and as much of it as fits into a sentence."""
    words = repr(value) if isinstance(value, str) else json.dumps(value, default=repr)
    return words if len(words) <= 60 else f"{words[:57]}…"


def _for_openai(request: HTTPConnection) -> bool:
    """Whether whoever asks expects OpenAI's shapes."""
    return path_of(request.scope).startswith("/v1/")


def openai_shape(problem: Problem) -> openai.OpenAIError:
    """A problem in OpenAI's JSON."""
    return openai.error(openai_status(problem), problem.code, problem.message, problem.field)


def openai_status(problem: Problem) -> int:
    """OpenAI says 400 of whatever is wrong with a request."""
    return 400 if problem.status in (415, 422) else problem.status


def answer(request: HTTPConnection, problem: Problem) -> JSONResponse:
    """The response: in OpenAI's words on its routes."""
    request.scope["state"]["problem"] = problem.code
    if _for_openai(request):
        return JSONResponse(openai_shape(problem), openai_status(problem), dict(problem.headers))
    return JSONResponse(problem.shape(str(request.scope["state"]["request_id"])), problem.status, dict(problem.headers))


def install(app: FastAPI) -> None:
    """Make every error of the application such an answer."""

    @app.exception_handler(AuricleError)
    async def ours(request: Request, error: AuricleError) -> JSONResponse:
        return answer(request, explain(request, error))

    @app.exception_handler(HTTPException)
    async def routing(request: Request, error: HTTPException) -> JSONResponse:
        path, headers = shown(path_of(request.scope)), dict(error.headers or {})
        match error.status_code:
            case 404:
                problem = Problem(404, "not_found", f"there is nothing at {path}; /docs lists what there is.")
            case 405:
                headers["Allow"] = _allowed(request) or headers.get("Allow", "GET")
                message = f"{path} does not take {shown(request.method)}; use {headers['Allow']}."
                problem = Problem(405, "method_not_allowed", message)
            case status:
                problem = Problem(status, HTTPStatus(status).name.lower(), error.detail.rstrip(".") + ".")
        response = answer(request, problem)
        response.headers.update(headers)
        return response


def _allowed(request: Request) -> str:
    """The methods that a path takes: FastAPI knows only those of its first route."""
    operations: Mapping[str, object] = request.app.openapi()["paths"].get(getattr(request.scope.get("route"), "path_format", ""), {})
    return ", ".join(method.upper() for method in operations)


def _facts(request: HTTPConnection) -> dict[str, object]:
    return {"facts": {"request_id": request.scope["state"]["request_id"]}}
