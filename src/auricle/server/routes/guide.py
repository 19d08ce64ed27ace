"""The guide's API: JSON in, JSON out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from auricle import wire
from auricle.server import bodies, documentation, examples, recognition
from auricle.server.fields import GuideFields

__all__ = ["router"]

router = APIRouter(tags=["The guide's API"])

_WORDS = {"word_timestamps": True, "logprobs": True}
_BODY = documentation.json_body(
    GuideFields,
    recording={"audio_base64": examples.RECORDING},
    options={"audio_base64": examples.RECORDING, "task": "transcribe", "temperature": 0.0, **_WORDS},
)
_SHOWN = {"recording": wire.transcript(examples.TRANSCRIPT), "options": wire.transcript(examples.DETAILED)}
_ANSWERS = documentation.answer("The transcript; `words` and `logprobs` when they are asked for.", {"application/json": _SHOWN})


@router.post(
    "/transcribe_speech",
    summary="Transcribe a recording in JSON",
    response_model=wire.WireTranscript,
    responses={**documentation.problems(), **_ANSWERS},
    openapi_extra={"requestBody": {"required": True, "content": _BODY}},
)
async def transcribe_speech(request: Request) -> JSONResponse:
    """Writes down what is said in the recording that `audio_base64` holds, in any common format.

    `(printf '{"audio_base64": "'; base64 < talk.mp3; printf '"}') | curl -H 'Content-Type: application/json' -d @- URL`
    """
    upload, fields = await bodies.json_object(request)
    with upload:
        wanted = GuideFields.from_json(fields).wanted()
        result = await recognition.transcript(request, upload, wanted)
    return await recognition.write_up(result, lambda result: JSONResponse(wire.transcript(result)))
