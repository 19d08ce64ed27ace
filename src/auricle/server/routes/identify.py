"""Recognising recordings: by the server's catalogue, and by their Chromaprints."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from auricle import wire
from auricle.server import documentation, examples, identification
from auricle.server.access import admit_if_kept
from auricle.server.identification_fields import FingerprintFields, IdentificationFields
from auricle.server.state import state_of

__all__ = ["router"]

router = APIRouter(tags=["Identification"])

_FINGERPRINT = {
    **documentation.form_body(FingerprintFields, defaults={}, words={"raw": True, "length": 30.0}),
    **documentation.raw_body("curl --data-binary @song.mp3 'http://127.0.0.1:8000/fingerprint'"),
}
_FINGERPRINTS = {
    "defaults": wire.fingerprint(examples.FINGERPRINT),
    "raw=true": wire.fingerprint(examples.FINGERPRINT, raw=True),
}
_IDENTIFY = {
    **documentation.form_body(IdentificationFields, defaults={}, mix={"timeline": True}),
    **documentation.raw_body("curl --data-binary @excerpt.mp3 'http://127.0.0.1:8000/identify'"),
}
_IDENTIFIED = {
    "defaults": wire.identification(examples.IDENTIFICATION),
    "timeline=true": wire.identification(examples.IDENTIFICATION, timeline=True),
}


@router.post(
    "/fingerprint",
    summary="Chromaprint of a recording",
    response_model=wire.WireFingerprint,
    responses={**documentation.problems(), **documentation.answer("The fingerprint.", {"application/json": _FINGERPRINTS})},
    openapi_extra={"parameters": documentation.query(FingerprintFields), "requestBody": {"required": True, "content": _FINGERPRINT}},
)
async def fingerprint(request: Request) -> JSONResponse:
    """Makes the fingerprint that AcoustID and MusicBrainz know recordings by, from a recording in any common format.

    The recording is the whole body (`curl --data-binary @song.mp3 URL`) or the part `file` of a form (`curl -F file=@song.mp3 URL`).
    Options are in the query or in the form.
    """
    identification.asked(request, FingerprintFields)  # what is wrong with it is said before the recording comes
    upload, fields = await identification.received(request, FingerprintFields)
    with upload:
        state, wanted = state_of(request), fields.wanted()
        made = await identification.worked(request, lambda: state.engine.identifier.fingerprint(upload.file, wanted))
    identification.count(request, state.metrics.fingerprinted, made.duration)
    return JSONResponse(wire.fingerprint(made, raw=fields.raw))


@router.post(
    "/identify",
    summary="What recording is this?",
    response_model=wire.WireIdentification,
    responses={
        **documentation.problems(also=examples.NO_CATALOGUE),
        **documentation.answer("What it is; `match` is null for what is unknown.", {"application/json": _IDENTIFIED}),
    },
    openapi_extra={"parameters": documentation.query(IdentificationFields), "requestBody": {"required": True, "content": _IDENTIFY}},
    dependencies=[Depends(admit_if_kept)],
)
async def identify(request: Request) -> JSONResponse:
    """Finds which recording of the server's catalogue this is, and where in it: an excerpt of a few seconds is enough.

    It may be noisy, compressed, equalised, or a few percent faster or slower. What is in no recording of the catalogue is unknown,
    which is no error. The recording is the whole body or the part `file` of a form; options are in the query or in the form.
    """
    identification.asked(request, IdentificationFields)
    upload, fields = await identification.received(request, IdentificationFields)
    with upload:
        state, wanted = state_of(request), fields.wanted()
        found = await identification.worked(request, lambda: state.engine.identifier.identify(upload.file, wanted))
    identification.count(request, state.metrics.identified.labels("known" if found.match else "unknown"), found.duration)
    return JSONResponse(wire.identification(found, timeline=fields.timeline))
