"""Speech: our own API, the guide's, and OpenAI's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from auricle.errors import OptionError
from auricle.server import documentation, examples, problems, synthesis, texts
from auricle.server.recognition import EventStream
from auricle.server.speaking import Spoken
from auricle.server.speech_fields import RECORDING, GuideSpeechFields, NativeSpeechFields, NativeSpeechJson, OpenAISpeechFields
from auricle.server.state import state_of
from auricle.wire import speech as wire
from auricle.wire.openai import OpenAIError

__all__ = ["router"]

router = APIRouter(tags=["Speech"])

_MEDIA_TYPES = (*synthesis.MEDIA_TYPES.values(),)
_THEIR_NAMES = {"text": "input", "output_format": "response_format"}  # OpenAI's of fields of ours
_COMMAND = "curl -d text='Turn on the living room light.' -o light.wav http://127.0.0.1:8000/synthesize"
_VOICES = wire.voices([examples.VOICE], examples.VOICE.name)


def _audio(command: str) -> documentation.Answers:
    """The audio that is answered, in any format, as ``command`` gets it."""
    shown = {"a file": {"summary": command}}
    content = {"schema": {"type": "string", "format": "binary"}, "examples": shown}
    return {200: {**documentation.answer("The audio, while it is made.", {})[200], "content": dict.fromkeys(_MEDIA_TYPES, content)}}


def _shape(result: Spoken, output_format: str, *, turns: bool) -> wire.WireSpeech:
    opening, closing = result.opening, result.closing
    return wire.speech(
        result.data,
        voice=opening.voice,
        language=opening.language,
        output_format=output_format,
        rate=opening.rate,
        channels=opening.channels,
        duration=closing.duration,
        processing_time=closing.processing_time,
        words=closing.words,
        turns=closing.turns if turns else None,
    )


def _event(data: bytes | None) -> bytes:
    return _sent(wire.speech_done() if data is None else wire.speech_delta(data))


def _failed(problem: problems.Problem) -> bytes:
    return _sent(problems.openai_shape(problem))


def _sent(shape: object) -> bytes:
    return f"data: {json.dumps(shape)}\n\n".encode()


@contextmanager
def _in_their_words(names: Mapping[str, str] = _THEIR_NAMES) -> Iterator[None]:
    """Errors with the client's names of fields of ours; with OpenAI's unless there are others."""
    try:
        yield
    except OptionError as error:
        error.field = names.get(error.field, error.field)
        raise


_GUIDE = documentation.text_body(
    GuideSpeechFields,
    text={"text": examples.SENTENCE, "output_format": "opus"},
    options={
        "text": examples.SENTENCE,
        "output_format": "opus",
        "speaker": "heart",
        "language": "en-US",
        "speed": 1.0,
        "emotion": "neutral",
    },
    conversation={"turns": [{"text": examples.SENTENCE, "speaker": "heart"}], "output_format": "opus"},
)
_GUIDE_SHOWN = {name: _shape(examples.SPOKEN, "opus", turns=name == "conversation") for name in ("text", "options", "conversation")}
_NATIVE = {
    **documentation.text_body(NativeSpeechJson, text={"text": examples.SENTENCE}, options={"text": examples.SENTENCE, "speed": 1.25}),
    **documentation.text_form(NativeSpeechFields, text={"text": examples.SENTENCE, "output_format": "mp3"}),
    "text/plain": {"schema": {"type": "string", "minLength": 1}, "examples": {"text": {"value": examples.SENTENCE}}},
}
_OPENAI = documentation.text_body(
    OpenAISpeechFields,
    audio={"model": "tts-1", "input": examples.SENTENCE, "voice": "alloy"},
    sse={"model": "tts-1", "input": examples.SENTENCE, "voice": "heart", "response_format": "opus", "stream_format": "sse"},
)
_EVENTS = documentation.answer(
    "The audio, while it is made; with `stream_format=sse`, server-sent events.",
    {EventStream.media_type: {"sse": b"".join(map(_event, (examples.SPOKEN.data, None))).decode()}},
    documentation.event(wire.OpenAISpeechDelta, wire.OpenAISpeechDone, OpenAIError),
)
_ANSWERS = _audio(_COMMAND)
_EVENTS[200]["content"] |= _ANSWERS[200]["content"]
_LISTED = documentation.answer("The list.", {"application/json": {"list": _VOICES}})


@router.post(
    "/synthesize",
    summary="Speak a text",
    response_class=Response,
    responses={**documentation.problems(), **_ANSWERS},
    openapi_extra={"parameters": documentation.query(NativeSpeechFields), "requestBody": {"required": True, "content": _NATIVE}},
)
async def synthesize(request: Request) -> Response:
    """Speaks a text or a conversation; the answer is the audio, which begins as soon as the first clause is spoken.

    The body is the text itself (`text/plain`), a form, or JSON; options are in the query, the form or the JSON. Whatever is wrong is said
    before the audio begins. If something fails after that, the connection is closed before the body's end.
    """
    fields, upload = await texts.from_any(request, (NativeSpeechFields, NativeSpeechJson), "text", RECORDING)
    with ExitStack() as resources, _in_their_words(fields.names):
        recording = resources.enter_context(upload).file if upload else None
        response = await synthesis.stream(request, fields.wanted(), recording)
        return response.owning(resources.pop_all())


@router.post(
    "/synthesize_text",
    summary="Speak a text, in JSON",
    response_model=wire.WireSpeech,
    response_model_exclude_unset=True,
    responses={**documentation.problems(), **documentation.answer("The whole speech.", {"application/json": _GUIDE_SHOWN})},
    openapi_extra={"requestBody": {"required": True, "content": _GUIDE}},
)
async def synthesize_text(request: Request) -> Response:
    """Speaks a text or a conversation as the guide has it; answers when all is spoken, with the times of words and turns."""
    fields, upload = await texts.with_recording(request, GuideSpeechFields, RECORDING)
    with upload or nullcontext(), _in_their_words(fields.names):
        wanted = fields.wanted()
        result = await synthesis.spoken(request, wanted, upload.file if upload else None)
    return await asyncio.to_thread(lambda: JSONResponse(_shape(result, fields.output_format, turns=wanted.conversation)))


@router.get(
    "/voices",
    summary="List the voices",
    response_model=wire.WireVoices,
    responses={**documentation.problems(401, 403, 429, 503), **_LISTED},
)
async def voices(request: Request) -> JSONResponse:
    """The voices that are on this server, and what each can do."""
    found = await state_of(request).engine.voices()
    return JSONResponse(wire.voices(found.every, found.default))


@router.get(
    "/v1/audio/voices",
    summary="List the voices",
    tags=["OpenAI's API"],
    response_model=wire.WireVoices,
    responses={**documentation.openai_problems(401, 403, 429, 503), **_LISTED},
)
async def openai_voices(request: Request) -> JSONResponse:
    """The same, where clients of other servers with OpenAI's API look for it."""
    return await voices(request)


@router.post(
    "/v1/audio/speech",
    summary="Speak a text",
    tags=["OpenAI's API"],
    response_class=Response,
    responses={**documentation.openai_problems(), **_EVENTS},
    openapi_extra={"requestBody": {"required": True, "content": _OPENAI}},
)
async def speech(request: Request) -> Response:
    """Speaks a text. OpenAI's voices are those of ours that come nearest. `instructions` are refused, for no voice here takes any."""
    with _in_their_words():
        fields = await texts.from_json(request, OpenAISpeechFields)
        wanted = fields.wanted()
        if fields.stream_format == "sse":
            return await synthesis.stream_events(request, wanted, _event, _failed)
        return await synthesis.stream(request, wanted)
