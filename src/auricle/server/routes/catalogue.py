"""The recordings that the server can recognise: looking at them is for everybody, changing them for whoever has an admin key."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.convertors import Convertor, register_url_convertor

from auricle import wire
from auricle.errors import OptionError
from auricle.server import documentation, examples, identification
from auricle.server.access import admit_admin, admit_if_kept
from auricle.server.identification_fields import AdditionFields, ListFields
from auricle.server.state import state_of

__all__ = ["router"]

router = APIRouter(tags=["Identification"], dependencies=[Depends(admit_if_kept)])


class _Anything(Convertor[str]):
    """All that is left of a path, with its slashes, and with ends of lines, which must reach whoever refuses them."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())

_ID = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1},
    "description": "The recording's name; a slash in it is best written as `%2F`.",
    "example": examples.ENTRY.id,
}
_ENTRY = {"application/json": {"recording": wire.entry(examples.ENTRY)}}
_BODY = {
    **documentation.form_body(AdditionFields, defaults={}, described={"metadata": '{"title": "Living room", "artist": "Wyoming"}'}),
    **documentation.raw_body("curl --data-binary @song.mp3 'http://127.0.0.1:8000/catalogue/song'"),
}
_LOOKING = (401, 403, 429, 503)
_LISTED = {"application/json": {"recordings": wire.recordings([examples.ENTRY], 1)}}
_DUPLICATES = {"application/json": {"groups": wire.duplicates(examples.DUPLICATES)}}


@router.get(
    "/catalogue",
    summary="List the recordings",
    response_model=wire.WireRecordings,
    responses={
        **documentation.problems(*_LOOKING, 422, also=examples.NO_CATALOGUE),
        **documentation.answer("Some of them, and how many there are in all.", _LISTED),
    },
    openapi_extra={"parameters": documentation.query(ListFields)},
)
async def recordings(request: Request) -> JSONResponse:
    """The recordings that `POST /identify` knows, in the order in which they were added."""
    wanted = identification.asked(request, ListFields)
    listed = await state_of(request).engine.identifier.entries(wanted.offset, wanted.limit)
    return JSONResponse(wire.recordings(listed.entries, listed.total))


@router.get(
    "/duplicates",
    summary="Which recordings are the same?",
    response_model=wire.WireDuplicates,
    responses={
        **documentation.problems(*_LOOKING, also=examples.NO_CATALOGUE),
        **documentation.answer("Groups of recordings, the largest first.", _DUPLICATES),
    },
)
async def duplicates(request: Request) -> JSONResponse:
    """The recordings of the catalogue that hold the same sound, in whatever format, bitrate and loudness."""
    groups = await identification.worked(request, state_of(request).engine.identifier.duplicates)
    return JSONResponse(wire.duplicates(groups))


@router.get(
    "/catalogue/{id:anything}",
    summary="Look at a recording",
    response_model=wire.WireEntry,
    responses={
        **documentation.problems(*_LOOKING, 422, also=(*examples.NO_CATALOGUE, *examples.NO_RECORDING)),
        **documentation.answer("What is known of it.", _ENTRY),
    },
    openapi_extra={"parameters": [_ID]},
)
async def recording(request: Request) -> JSONResponse:
    """Its length, its metadata, and when it was added."""
    entry = await state_of(request).engine.identifier.entry(_id(request))
    return JSONResponse(wire.entry(entry))


@router.post(
    "/catalogue/{id:anything}",
    summary="Add a recording",
    status_code=HTTPStatus.CREATED,
    response_model=wire.WireEntry,
    responses={
        **documentation.problems(also=(*examples.NO_CATALOGUE, *examples.NOT_CHANGED)),
        **documentation.answer("It is in the catalogue, and on the disk.", _ENTRY, status=HTTPStatus.CREATED),
    },
    openapi_extra={"parameters": [_ID, *documentation.query(AdditionFields)], "requestBody": {"required": True, "content": _BODY}},
    dependencies=[Depends(admit_admin)],
)
async def add(request: Request) -> JSONResponse:
    """Makes a recording known to `POST /identify`, under the name in the path. It needs an admin key once the server has keys.

    The recording is the whole body (`curl --data-binary @song.mp3 URL`) or the part `file` of a form (`curl -F file=@song.mp3 URL`);
    options are in the query or in the form. The sound itself is not kept. What is not answered is in the catalogue whole, or not at all.
    """
    id_, state = _id(request), state_of(request)
    await state.engine.identifier.check(identification.asked(request, AdditionFields).wanted(id_))
    upload, fields = await identification.received(request, AdditionFields)
    with upload:
        wanted = fields.wanted(id_)
        entry = await identification.worked(request, lambda: state.engine.identifier.add(upload.file, wanted))
    identification.count(request, state.metrics.added, entry.duration)
    return JSONResponse(wire.entry(entry), HTTPStatus.CREATED)


@router.delete(
    "/catalogue/{id:anything}",
    summary="Remove a recording",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses={
        **documentation.problems(*_LOOKING, 422, also=(*examples.NO_CATALOGUE, *examples.NO_RECORDING, *examples.NO_ADMIN)),
        **documentation.answer("It is not in the catalogue any more.", {}, status=HTTPStatus.NO_CONTENT),
    },
    openapi_extra={"parameters": [_ID]},
    dependencies=[Depends(admit_admin)],
)
async def remove(request: Request) -> Response:
    """Makes `POST /identify` forget it. It needs an admin key once the server has keys."""
    await state_of(request).engine.identifier.remove(_id(request))
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _id(request: Request) -> str:
    """The recording's name as the path has it, of which servers decode what is no text to marks that are all alike.

    Raises:
        OptionError: it is no text.
    """
    try:
        unquote_to_bytes(request.scope.get("raw_path") or b"").decode()
    except UnicodeDecodeError:
        raise OptionError("id", "the id in the path is not UTF-8; write each character as its UTF-8 bytes, such as %C3%A4 for ä") from None
    name: str = request.path_params["id"]
    return name
