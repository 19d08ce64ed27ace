"""A request's recording and fields, however they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import Request

from auricle.errors import Busy, OptionError, UnsupportedFormat
from auricle.server.problems import shown
from auricle.server.service import in_time, service_of
from auricle.server.uploads import BodyLimits, Upload, receive_json, receive_multipart, receive_raw

__all__ = ["form", "form_or_raw", "json_object"]

_FORM = "multipart/form-data"
_UPLOADS_A_PLACE = 16  # requests that may upload at once, for each place at work or waiting: their recordings lie on disk


async def form(request: Request) -> tuple[Upload, Mapping[str, Sequence[str]]]:
    """The recording and the fields of a form.

    Raises:
        RequestError, InputError, OptionError: see `auricle.server.uploads`.
    """
    if (sent := _content_type(request)) != _FORM:
        raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send a form ({_FORM}) with the recording as `file`.")
    async with in_time(request):
        upload, fields = await receive_multipart(request.receive, request.headers, _limits(request))
    return _present(upload, "file"), fields


async def form_or_raw(request: Request) -> tuple[Upload, Mapping[str, Sequence[str]]]:
    """The same, or the recording as the whole body, of whatever type: its content decides what it is."""
    match _content_type(request):
        case "multipart/form-data":
            return await form(request)
        case "application/json":
            raise UnsupportedFormat("the body is JSON; send the recording itself or a form, or JSON to /transcribe_speech.")
        case _:
            async with in_time(request):
                return await receive_raw(request.receive, request.headers, _limits(request)), {}


async def json_object(request: Request) -> tuple[Upload, Mapping[str, object]]:
    """The recording in `audio_base64` and the other fields of a JSON object."""
    if (sent := _content_type(request)) not in ("application/json", ""):
        raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send application/json with the recording as `audio_base64`.")
    async with in_time(request):
        upload, fields = await receive_json(request.receive, request.headers, _limits(request))
    return _present(upload, "audio_base64"), fields


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _limits(request: Request) -> BodyLimits:
    service = service_of(request)
    settings = service.settings
    most = _UPLOADS_A_PLACE * (settings.concurrency + settings.waiting)
    if service.active > most:
        raise Busy(f"the server is busy with {most} requests; try again in a moment.", 1)
    return BodyLimits(settings.upload_bytes, settings.upload_stall)


def _present(upload: Upload | None, field: str) -> Upload:
    if upload is None:
        raise OptionError(field, f"{field} is missing; give the recording")
    return upload
