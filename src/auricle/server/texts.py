"""Requests whose body is text: JSON, a form, or the text itself. All of it is small, and read before anything is looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeVar
from urllib.parse import parse_qs

from fastapi import Request

from auricle.errors import MalformedRequest, OptionError, TooManyBytes, UnsupportedFormat
from auricle.server.bodies import uploading
from auricle.server.fields import Fields
from auricle.server.multipart import FormReader
from auricle.server.problems import shown
from auricle.server.state import state_of
from auricle.server.uploads import BodyLimits, receive_text

__all__ = ["from_any", "from_json"]

F = TypeVar("F", bound=Fields)
Form = Mapping[str, Sequence[str]]

_BESIDE = 256 * 1024  # bytes of a body beside the text: a lexicon, and what a form is made of
_WIDEST = 12  # bytes of a character: an escaped surrogate pair in JSON
_MOST_FIELDS = 64


async def from_json(request: Request, kind: type[F]) -> F:
    """The fields in a JSON object.

    Raises:
        UnsupportedFormat: the body is something else, by its content type.
        MalformedRequest: it is something else, whatever its content type says.
        OptionError: a field is missing, unknown, or wrong.
        RequestError, InputError: see `auricle.server.uploads`.
    """
    if (sent := _content_type(request)) not in ("application/json", ""):
        raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send application/json.")
    return kind.from_json(_object(await _received(request)))


async def from_any(request: Request, kind: type[F], name: str) -> F:
    """The fields in a JSON object, or in a form and the query; plain text is the field ``name``. Errors as above."""
    query = {key: request.query_params.getlist(key) for key in request.query_params}
    body = await _received(request)
    match _content_type(request):
        case "application/json" if query:
            first = next(iter(query))
            raise OptionError(first, f"{shown(first)} is in the query, and the body is JSON; put it there")
        case "application/json":
            return kind.from_json(_object(body))
        case "multipart/form-data":
            form = _multipart(request, body, name)
        case "application/x-www-form-urlencoded":
            form = _urlencoded(body)
        case "text/plain" | "":
            form = {name: [_decoded(body)]} if body else {}
        case sent:
            raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send text/plain, application/json or a form.")
    return kind.from_form({key: [*query.get(key, ()), *form.get(key, ())] for key in (*query, *form)})


async def _received(request: Request) -> bytes:
    size = _WIDEST * state_of(request).settings.speech_characters + _BESIDE
    async with uploading(request) as limits:
        try:
            return await receive_text(request.receive, request.headers, BodyLimits(size, limits.stall))
        except TooManyBytes:
            raise TooManyBytes(f"the body has more than the {size} bytes that are allowed; send a shorter text.") from None


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _object(body: bytes) -> Mapping[str, object]:
    try:
        found = json.loads(body.decode(), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # not UTF-8, wrong syntax, NaN, a number of 5,000 digits; nested too deep
        raise MalformedRequest(f"the body is not valid JSON ({_reason(error)}); send one object in UTF-8.") from error
    if not isinstance(found, dict):
        raise MalformedRequest("the body is not a JSON object; send one, beginning with '{'.")
    return found


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a number in JSON")


def _reason(error: Exception) -> str:
    match error:
        case json.JSONDecodeError():
            return f"{error.msg.lower().removesuffix(' at').removesuffix(' starting')} at character {error.pos}"
        case UnicodeDecodeError():
            return f"not UTF-8 at byte {error.start}"
        case RecursionError():
            return "nested too deep"
        case _:
            return str(error).partition(":")[0]


def _multipart(request: Request, body: bytes, name: str) -> Form:
    """The form's fields; that of ``name`` may be a file."""
    form = FormReader(request.headers.get("content-type", ""), name, _BESIDE)
    text = b"".join(form.feed(body))
    fields = form.finish()
    return {**fields, **({name: [_decoded(text)]} if form.found else {})}


def _urlencoded(body: bytes) -> Form:
    try:
        return parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise MalformedRequest(f"the form cannot be read; send at most {_MOST_FIELDS} fields in UTF-8.") from error


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"the text is not UTF-8 at byte {error.start}; send it in UTF-8.") from error
