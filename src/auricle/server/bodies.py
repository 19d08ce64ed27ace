"""A request's recording and fields, however they come."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from fastapi import Request

from auricle.errors import Busy, OptionError, UnsupportedFormat
from auricle.server.deadline import in_time
from auricle.server.problems import shown
from auricle.server.state import state_of
from auricle.server.uploads import BodyLimits, Upload, receive_json, receive_multipart, receive_raw

__all__ = ["form", "form_or_raw", "json_object", "uploading"]

_FORM = "multipart/form-data"
_UPLOADS_A_PLACE = 8  # requests that may upload at once, for each place at work or waiting: their recordings lie on disk


async def form(request: Request) -> tuple[Upload, Mapping[str, Sequence[str]]]:
    """The recording and the fields of a form.

    Raises:
        RequestError, InputError, OptionError: see `auricle.server.uploads`.
    """
    if (sent := _content_type(request)) != _FORM:
        raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send a form ({_FORM}) with the recording as `file`.")
    async with uploading(request) as limits:
        upload, fields = await receive_multipart(request.receive, request.headers, limits)
    return _present(upload, "file"), fields


async def form_or_raw(request: Request, in_json: str | None = "/transcribe_speech") -> tuple[Upload, Mapping[str, Sequence[str]]]:
    """The same, or the recording as the whole body, of whatever type: its content decides what it is.

    Args:
        request: what has come.
        in_json: the route for those who send JSON, if there is one.
    """
    match _content_type(request):
        case "multipart/form-data":
            return await form(request)
        case "application/json":
            elsewhere = f", or JSON to {in_json}" if in_json else ""
            raise UnsupportedFormat(f"the body is JSON; send the recording itself or a form{elsewhere}.")
        case _:
            async with uploading(request) as limits:
                return await receive_raw(request.receive, request.headers, limits), {}


async def json_object(request: Request) -> tuple[Upload, Mapping[str, object]]:
    """The recording in `audio_base64` and the other fields of a JSON object."""
    if (sent := _content_type(request)) not in ("application/json", ""):
        raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send application/json with the recording as `audio_base64`.")
    async with uploading(request) as limits:
        upload, fields = await receive_json(request.receive, request.headers, limits)
    return _present(upload, "audio_base64"), fields


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


@asynccontextmanager
async def uploading(request: Request) -> AsyncIterator[BodyLimits]:
    """While a body is received: one of the places for that, of which no client gets more than half, and the request's time.

    Raises:
        Busy: there is no place, or the server is just starting.
        DeadlineExceeded: it took too long.
    """
    state, client = state_of(request), request.scope["state"]["client"]
    if not state.engine.ready():
        raise Busy("the server is starting; try again in a moment.", 1)
    most = _UPLOADS_A_PLACE * (state.settings.concurrency + state.settings.waiting)
    if state.uploads.total() >= most or state.uploads[client] >= max(1, most // 2):
        raise Busy("the server is busy: too many uploads are under way; try again in a moment.", 1)
    state.uploads[client] += 1
    try:
        async with in_time(request):
            yield BodyLimits(state.settings.upload_bytes, state.settings.upload_stall)
    finally:
        state.uploads[client] -= 1
        if not state.uploads[client]:
            del state.uploads[client]


def _present(upload: Upload | None, field: str) -> Upload:
    if upload is None:
        raise OptionError(field, f"{field} is missing; give the recording")
    return upload
