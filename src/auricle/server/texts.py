"""Requests whose body is text: JSON, a form, or the text itself. All of it is small, and read before anything is looked at."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import NoReturn, TypeVar
from urllib.parse import parse_qs

from fastapi import Request
from starlette.types import Message, Receive

from auricle.errors import MalformedRequest, OptionError, TooManyBytes, UnsupportedFormat
from auricle.server.bodies import uploading
from auricle.server.fields import Fields
from auricle.server.multipart import FormReader
from auricle.server.problems import shown
from auricle.server.state import state_of
from auricle.server.uploads import BodyLimits, Upload, receive_json, receive_text

__all__ = ["from_any", "from_json", "with_recording"]

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
    _require_json(request)
    return kind.from_json(_object(await _received(request)))


async def with_recording(request: Request, kind: type[F], key: str) -> tuple[F, Upload | None]:
    """The same, with a recording in base64 under ``key``, if there is one; of that field only an empty text is left. Errors as above.

    A body with no more than a text in it is read at once, of any other the recording flows into a file while it comes.
    """
    _require_json(request)
    async with uploading(request) as limits:
        size, tape = _most(request), _Tape(request.receive)
        try:
            given = _object(await receive_text(tape.record, request.headers, BodyLimits(size, limits.stall)))
        except TooManyBytes:
            given = {key: ""}
        if not isinstance(given.get(key), str):
            return kind.from_json(given), None
        upload, given = await receive_json(tape.replay, request.headers, BodyLimits(limits.size, limits.stall, size), key)
    with ExitStack() as unused:
        if upload is None:
            return kind.from_json(given), None
        unused.enter_context(upload)
        fields = kind.from_json({**given, key: ""})
        unused.pop_all()
        return fields, upload


class _Tape:
    """What comes of a body is kept, so that it can be read a second time."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._kept = deque[Message]()

    async def record(self) -> Message:
        """The next message."""
        self._kept.append(await self._receive())
        return self._kept[-1]

    async def replay(self) -> Message:
        """The next message, those that were recorded first."""
        return self._kept.popleft() if self._kept else await self._receive()


async def from_any(request: Request, kinds: tuple[type[F], type[F]], name: str, key: str) -> tuple[F, Upload | None]:
    """The fields in a JSON object, or in a form and the query, each of its kind; plain text is the field ``name``.

    Only JSON may have a recording under ``key``; see `with_recording`. Errors as above.
    """
    kind, in_json = kinds
    query = {key: request.query_params.getlist(key) for key in request.query_params}
    if _content_type(request) == "application/json":
        if query:
            first = next(iter(query))
            raise OptionError(first, f"{shown(first)} is in the query, and the body is JSON; put it there")
        return await with_recording(request, in_json, key)
    form = _form(request, await _received(request), name)
    if key in query or key in form:
        raise OptionError(key, f"{key} is taken in JSON only; send application/json, with the recording in base64")
    return kind.from_form({each: [*query.get(each, ()), *form.get(each, ())] for each in (*query, *form)}), None


def _form(request: Request, body: bytes, name: str) -> Form:
    match _content_type(request):
        case "multipart/form-data":
            return _multipart(request, body, name)
        case "application/x-www-form-urlencoded":
            return _urlencoded(body)
        case "text/plain" | "":
            return {name: [_decoded(body)]} if body else {}
        case sent:
            raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send text/plain, application/json or a form.")


def _require_json(request: Request) -> None:
    if (sent := _content_type(request)) not in ("application/json", ""):
        raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send application/json.")


def _most(request: Request) -> int:
    """Bytes of a body that holds a text."""
    return _WIDEST * state_of(request).settings.speech_characters + _BESIDE


async def _received(request: Request) -> bytes:
    size = _most(request)
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
