"""Enhancement: the guide's API, and our own."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fastapi import APIRouter, Request, Response

from auricle import wire
from auricle.errors import OptionError, UnsupportedFormat
from auricle.server import bodies, documentation, enhancement, examples
from auricle.server.enhance_fields import GuideEnhanceFields, NativeEnhanceFields
from auricle.server.enhancement import MEDIA_TYPES, Result
from auricle.server.enhancing import EnhancedRecording
from auricle.server.fields import in_words
from auricle.server.file_answer import FileAnswer, as_base64
from auricle.server.negotiation import preferred
from auricle.server.problems import shown
from auricle.server.uploads import BodyLimits, Upload, receive_json, receive_multipart, receive_raw

__all__ = ["router"]

router = APIRouter(tags=["Enhancement"])

_PARTS = "multipart/mixed"
_REPORT_HEADER = "X-Auricle-Report"
_LONGEST_REPORT = 4000  # characters: proxies take headers of 4 KiB to 8 KiB, all together
_BESIDE = 4 * 2**20  # bytes beside the recording: one of noise, in base64


def _guide_shape(made: EnhancedRecording, output_format: str, data: bytes = b"") -> wire.WireEnhanced:
    return wire.enhanced(made.report, rate=made.rate, channels=made.channels, output_format=output_format, data=data)


def _compact(shape: object) -> str:
    return json.dumps(shape, separators=(",", ":"))


def _header(report: wire.WireEnhancementReport) -> str:
    """The report as a header's value: where it is too long without its notes, or without its steps."""
    for without in ((), ("notes",), ("notes", "steps")):
        value = _compact({name: part for name, part in report.items() if name not in without})
        if len(value) <= _LONGEST_REPORT:
            break
    return value


_OPTIONS = {"reduce_noise": True, "normalize": True, "target_level": -20.0, "eq_bands": [{"frequency": 100, "gain": -3.0, "q": 1.0}]}
_GUIDE = documentation.text_body(
    GuideEnhanceFields,
    recording={"audio_base64": examples.RECORDING, "output_format": "opus"},
    options={"audio_base64": examples.RECORDING, "output_format": "opus", "options": _OPTIONS},
)
_GUIDE_SHOWN = {name: _guide_shape(examples.ENHANCED, "opus", examples.AUDIO) for name in ("recording", "options")}
_COMMAND = "curl --data-binary @talk.wav -o better.flac 'http://127.0.0.1:8000/enhance?denoise=deepfilter&loudness=podcast&format=flac'"
_NATIVE = {
    **documentation.form_body(NativeEnhanceFields, defaults={}, podcast={"denoise": "deepfilter", "loudness": "podcast", "format": "flac"}),
    **documentation.raw_body(_COMMAND),
}
_REPORT_DESCRIPTION = {
    "description": f"The report as JSON in ASCII, of at most {_LONGEST_REPORT} characters: what goes beyond is left out, `notes` first, "
    "then `steps`. Not with `multipart/mixed`, where it is whole.",
    "schema": {"type": "string", "contentMediaType": "application/json"},
}


def _answers() -> documentation.Answers:
    answer = documentation.answer("The enhanced recording, and a report of what was done.", {})[200]
    audio = {"schema": {"type": "string", "format": "binary"}, "examples": {"a file": {"summary": _COMMAND}}}
    command = _COMMAND.replace("curl", "curl -H 'Accept: multipart/mixed'").replace("better.flac", "better.parts")
    parts = {"schema": {"type": "string", "format": "binary"}, "examples": {"report and audio": {"summary": command}}}
    headers = {**answer["headers"], _REPORT_HEADER: _REPORT_DESCRIPTION}
    content = {**dict.fromkeys(MEDIA_TYPES.values(), audio), _PARTS: parts}
    return {200: {**answer, "headers": headers, "content": content}}


@router.post(
    "/enhance_audio",
    summary="Enhance a recording in JSON",
    response_model=wire.WireEnhanced,
    responses={**documentation.problems(), **documentation.answer("All of it.", {"application/json": _GUIDE_SHOWN})},
    openapi_extra={"requestBody": {"required": True, "content": _GUIDE}},
)
async def enhance_audio(request: Request) -> Response:
    """Makes the recording that `audio_base64` holds better, as `options` say, and reports what was done.

    Rate, channels and, unless it is trimmed, length stay what they are. Without options it is only measured.
    """
    upload, given = await _json(request)
    with upload:
        fields = GuideEnhanceFields.from_json(given)
        with in_words(fields.names):
            result = await enhancement.enhanced(request, upload, fields.wanted())
    before, _, after = _compact(_guide_shape(result.made, fields.output_format)).partition('""')  # the first field, which is empty yet
    return as_base64(result.audio, (f'{before}"'.encode(), f'"{after}'.encode()))


@router.post(
    "/enhance",
    summary="Enhance a recording",
    response_class=Response,
    responses={**documentation.problems(), **_answers()},
    openapi_extra={"parameters": documentation.query(NativeEnhanceFields), "requestBody": {"required": True, "content": _NATIVE}},
)
async def enhance(request: Request) -> Response:
    """Makes a recording better, in any common format, and reports what was done.

    The recording is the whole body or the part `file` of a form; options are in the query or in the form. The answer is the audio, in the
    format that `format` or the `Accept` header asks for, with the report in a header; with `report=multipart` or
    `Accept: multipart/mixed` it has two parts, the report and the audio. Rate, channels and, unless it is trimmed, length stay what they
    are.
    """
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    NativeEnhanceFields.from_form(query)  # what is wrong with it is said before the recording comes
    upload, form = await _form_or_raw(request)
    with upload:
        fields = NativeEnhanceFields.from_form({name: [*query.get(name, ()), *form.get(name, ())] for name in (*query, *form)})
        accepted = preferred(", ".join(request.headers.getlist("accept")), (*MEDIA_TYPES.values(), _PARTS))
        output_format: str = fields.format or next((name for name, media in MEDIA_TYPES.items() if media == accepted), "wav")
        with in_words(fields.names):
            result = await enhancement.enhanced(request, upload, fields.wanted(output_format))
    in_parts = fields.report == "multipart" or (fields.report is None and accepted == _PARTS)
    return (_in_parts if in_parts else _with_header)(result, output_format)


def _media_type(result: Result, output_format: str) -> str:
    parameters = f"; rate={result.made.rate}; channels={result.made.channels}" if output_format == "pcm" else ""
    return MEDIA_TYPES[output_format] + parameters


def _with_header(result: Result, output_format: str) -> FileAnswer:
    report = _header(wire.enhancement_report(result.made.report))
    return FileAnswer(result.audio, _media_type(result, output_format), headers={_REPORT_HEADER: report})


def _in_parts(result: Result, output_format: str) -> FileAnswer:
    """RFC 2046, section 5.1: the report, then the audio."""
    boundary = secrets.token_hex(16)
    report = _compact(wire.enhancement_report(result.made.report))
    head = f"--{boundary}\r\nContent-Type: application/json\r\n\r\n{report}\r\n"
    head += f"--{boundary}\r\nContent-Type: {_media_type(result, output_format)}\r\nContent-Length: {result.audio.size}\r\n\r\n"
    tail = f"\r\n--{boundary}--\r\n"
    return FileAnswer(result.audio, f"{_PARTS}; boundary={boundary}", around=(head.encode(), tail.encode()))


async def _json(request: Request) -> tuple[Upload, Mapping[str, object]]:
    """As `bodies.json_object`, with room for a recording of noise."""
    if (sent := _content_type(request)) not in ("application/json", ""):
        raise UnsupportedFormat(f"the body's content type is {shown(sent)}; send application/json with the recording as `audio_base64`.")
    async with bodies.uploading(request) as limits:
        upload, fields = await receive_json(request.receive, request.headers, _roomy(limits))
    return _present(upload, "audio_base64"), fields


async def _form_or_raw(request: Request) -> tuple[Upload, Mapping[str, Sequence[str]]]:
    """As `bodies.form_or_raw`, likewise."""
    sent = _content_type(request)
    if sent == "application/json":
        raise UnsupportedFormat("the body is JSON; send the recording itself or a form, or JSON to /enhance_audio.")
    async with bodies.uploading(request) as limits:
        if sent != "multipart/form-data":
            return await receive_raw(request.receive, request.headers, limits), {}
        upload, fields = await receive_multipart(request.receive, request.headers, _roomy(limits))
    return _present(upload, "file"), fields


def _roomy(limits: BodyLimits) -> BodyLimits:
    return replace(limits, fields=_BESIDE)


def _present(upload: Upload | None, field: str) -> Upload:
    if upload is None:
        raise OptionError(field, f"{field} is missing; give the recording")
    return upload


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
