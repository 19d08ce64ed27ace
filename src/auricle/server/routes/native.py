"""Our own API: the recording as it is, options beside it, the answer in any format of captions."""

from __future__ import annotations

import json
from contextlib import ExitStack
from functools import partial

from fastapi import APIRouter, Request, Response

from auricle import wire
from auricle.server import bodies, documentation, examples, recognition
from auricle.server.engine import Event, Progress
from auricle.server.fields import NativeFields
from auricle.server.problems import Problem, WireProblem
from auricle.speech.transcript import Segment

__all__ = ["router"]

router = APIRouter(tags=["Recognition"])

_MEDIA_TYPES = {
    "json": "application/json",
    "text": "text/plain",
    "srt": "application/x-subrip",
    "vtt": "text/vtt",
    "tsv": "text/tab-separated-values",
    "lrc": "application/x-lrc",
}
_EVENTS = recognition.EventStream.media_type


def _event(event: Event) -> bytes:
    match event:
        case Progress():
            return _sent("progress", wire.progress(event.position, event.duration))
        case Segment():
            return _sent("segment", wire.segment(event))
        case transcript:
            return _sent("transcript", wire.transcript(transcript))


def _failed(request_id: str, problem: Problem) -> bytes:
    return _sent("error", problem.shape(request_id))


def _sent(name: str, shape: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(shape, ensure_ascii=False)}\n\n".encode()


_BODY = {
    **documentation.form_body(NativeFields, defaults={}, captions={"format": "vtt", "language": "en", "word_timestamps": True}),
    **documentation.raw_body("curl --data-binary @talk.mp3 'http://127.0.0.1:8000/transcribe?format=srt&language=en'"),
}
_SHOWN: dict[str, dict[str, object]] = {
    "application/json": {
        "defaults": wire.transcript(examples.TRANSCRIPT),
        "word_timestamps=true&logprobs=true": wire.transcript(examples.DETAILED),
    },
    **{media: {f"format={name}": wire.render(examples.TRANSCRIPT, name)} for name, media in _MEDIA_TYPES.items() if name != "json"},
    _EVENTS: {"stream=true": b"".join(map(_event, examples.EVENTS)).decode()},
}


@router.post(
    "/transcribe",
    summary="Transcribe a recording",
    response_model=wire.WireTranscript,
    responses={
        **documentation.problems(),
        **documentation.answer(
            "The transcript, as `format` or the `Accept` header asks; with `stream=true`, server-sent events.",
            _SHOWN,
            documentation.event(progress=wire.WireProgress, segment=wire.WireSegment, transcript=wire.WireTranscript, error=WireProblem),
        ),
    },
    openapi_extra={"parameters": documentation.query(NativeFields), "requestBody": {"required": True, "content": _BODY}},
)
async def transcribe(request: Request) -> Response:
    """Writes down what is said in a recording, in any common format.

    The recording is the whole body (`curl --data-binary @talk.mp3 URL`) or the part `file` of a form (`curl -F file=@talk.mp3 URL`).
    Options are in the query or in the form. With `stream=true` (or `Accept: text/event-stream`) the answer is a stream of
    events: `progress` (seconds read), `segment` as each is found, at last `transcript`; or `error`, as the body of an error.
    """
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    NativeFields.from_form(query)  # what is wrong with it is said before the recording comes
    upload, form = await bodies.form_or_raw(request)
    with ExitStack() as closing:
        closing.enter_context(upload)
        options = NativeFields.from_form({name: [*query.get(name, ()), *form.get(name, ())] for name in (*query, *form)})
        wanted, accepted = options.wanted(), _accepted(", ".join(request.headers.getlist("accept")))
        if options.stream or (accepted == _EVENTS and options.format is None):
            failed = partial(_failed, request.scope["state"]["request_id"])
            response = await recognition.stream(request, upload, wanted, _event, failed)
            return response.owning(closing.pop_all())
        result = await recognition.transcript(request, upload, wanted)
    format_: str = options.format or next((name for name, media in _MEDIA_TYPES.items() if media == accepted), "json")
    text = await recognition.write_up(result, partial(wire.render, format=format_))
    return Response(text, media_type=_MEDIA_TYPES[format_])


def _accepted(header: str) -> str:
    """The type that the client likes best of those that we can give; JSON when it does not say."""
    known = (*_MEDIA_TYPES.values(), _EVENTS)
    wishes = []
    for place, wish in enumerate(header.lower().split(",")):
        media, *parameters = (part.strip() for part in wish.split(";"))
        quality = next((part.removeprefix("q=") for part in parameters if part.startswith("q=")), "1")
        if media in known and quality.replace(".", "", 1).isdecimal() and float(quality):
            wishes.append((-float(quality), place, media))
    return min(wishes)[2] if wishes else _MEDIA_TYPES["json"]
