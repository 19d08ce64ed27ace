"""OpenAI's audio API: a client of theirs works when its base address is ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from typing import Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from auricle import wire
from auricle.errors import ModelError
from auricle.server import bodies, documentation, examples, problems, recognition
from auricle.server.engine import Event, ModelState
from auricle.server.fields import TranscriptionFields, TranslationFields, official_name
from auricle.server.state import state_of
from auricle.speech.transcript import Segment, Transcript
from auricle.wire import openai

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["OpenAI's API"])


def _event(event: Event, *, logprobs: bool) -> bytes | None:
    match event:
        case Segment():
            return _sent(openai.delta(event, logprobs=logprobs))
        case Transcript():
            return _sent(openai.done(event, logprobs=logprobs))
        case _:
            return None


def _failed(problem: problems.Problem) -> bytes:
    return _sent(problems.openai_shape(problem))


def _sent(shape: object) -> bytes:
    return f"data: {json.dumps(shape, ensure_ascii=False)}\n\n".encode()


def _shape(state: ModelState) -> openai.OpenAIModel:
    return openai.model(state.id, state.created)


def _shown(task: Literal["transcribe", "translate"]) -> dict[str, dict[str, object]]:
    plain = examples.TRANSCRIPT
    return {
        "application/json": {
            "response_format=json": openai.transcription(plain, logprobs=False),
            "response_format=verbose_json": openai.verbose(plain, task, segments=True, words=False),
        },
        "text/plain": {f"response_format={name}": wire.render(plain, name) for name in ("text", "srt", "vtt")},
    }


_TRANSCRIBED, _TRANSLATED = _shown("transcribe"), _shown("translate")
_TRANSCRIBED["application/json"] |= {
    "response_format=json&include[]=logprobs": openai.transcription(examples.DETAILED, logprobs=True),
    "response_format=verbose_json&timestamp_granularities[]=word": openai.verbose(
        examples.DETAILED, "transcribe", segments=False, words=True
    ),
}
_STREAMED = documentation.event(openai.OpenAIDelta, openai.OpenAIDone, openai.OpenAIError)
_TRANSCRIBED[recognition.EventStream.media_type] = {
    "stream=true": b"".join(filter(None, (_event(event, logprobs=False) for event in examples.EVENTS))).decode()
}
# The name is described by hand: for a declared one FastAPI would promise 422, and in its own shape.
_NAME = {
    "parameters": [
        {
            "name": "model",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "description": "As the list of models has it; OpenAI's names mean the default.",
            "example": "base",
        }
    ]
}
_MODEL = _shape(examples.MODEL)
_LOOKING = documentation.openai_problems(401, 403, 429, 503)
_NAMING = documentation.openai_problems(401, 403, 404, 429, 503)


@router.post(
    "/audio/transcriptions",
    summary="Transcribe a recording",
    response_model=openai.OpenAITranscription | openai.OpenAIVerbose,
    responses={**documentation.openai_problems(), **documentation.answer("As `response_format` says.", _TRANSCRIBED, _STREAMED)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": documentation.form_body(
                TranscriptionFields,
                json={"model": "whisper-1"},
                captions={"model": "base", "response_format": "srt", "language": "en", "timestamp_granularities": ["word"]},
            ),
        }
    },
)
async def transcriptions(request: Request) -> Response:
    """Writes down what is said. `diarized_json` is not among the formats: nothing here tells speakers apart yet."""
    upload, form = await bodies.form(request)
    with ExitStack() as closing:
        closing.enter_context(upload)
        fields = TranscriptionFields.from_form(form)
        wanted, logprobs = fields.wanted(), "logprobs" in fields.include
        if fields.stream:
            response = await recognition.stream(request, upload, wanted, lambda event: _event(event, logprobs=logprobs), _failed)
            return response.owning(closing.pop_all())
        result = await recognition.transcript(request, upload, wanted)
    times = fields.timestamp_granularities
    answer = partial(_answer, fields=fields, logprobs=logprobs, segments="segment" in times, words="word" in times)
    return await recognition.write_up(result, answer)


@router.post(
    "/audio/translations",
    summary="Translate a recording into English",
    response_model=openai.OpenAITranscription | openai.OpenAIVerbose,
    responses={**documentation.openai_problems(), **documentation.answer("As `response_format` says.", _TRANSLATED)},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": documentation.form_body(
                TranslationFields,
                json={"model": "whisper-1"},
                captions={"model": "base", "response_format": "vtt", "prompt": "About a smart home."},
            ),
        }
    },
)
async def translations(request: Request) -> Response:
    """Writes down in English what is said."""
    upload, form = await bodies.form(request)
    with upload:
        fields = TranslationFields.from_form(form)
        result = await recognition.transcript(request, upload, fields.wanted())
    return await recognition.write_up(result, partial(_answer, fields=fields))


@router.get(
    "/models",
    summary="List the models",
    response_model=openai.OpenAIModelList,
    responses={**_LOOKING, **documentation.answer("The list.", {"application/json": {"list": openai.models([_MODEL])}})},
)
async def models(request: Request) -> JSONResponse:
    """The models that are on this server: those that recognise, the default first, then those that speak."""
    return JSONResponse(openai.models([_shape(state) for state in await _every(request)]))


@router.get(
    "/models/{model:path}",
    summary="Look at a model",
    response_model=openai.OpenAIModel,
    responses={**_NAMING, **documentation.answer("The model.", {"application/json": {"model": _MODEL}})},
    openapi_extra=_NAME,
)
async def one_model(request: Request) -> JSONResponse:
    """One of them; `whisper-1` is the default."""
    name = _named(request)
    state = next((state for state in await _every(request) if state.id == name), None)
    return _unknown(request, name) if state is None else JSONResponse(_shape(state))


@router.delete(
    "/models/{model:path}",
    summary="Unload a model",
    response_model=openai.OpenAIModelDeleted,
    responses={
        **_NAMING,
        **documentation.answer(
            "Whether it was in memory.", {"application/json": {"unloaded": openai.deleted(examples.MODEL.id, was_loaded=True)}}
        ),
    },
    openapi_extra=_NAME,
)
async def unload_model(request: Request) -> JSONResponse:
    """Frees its memory once nobody uses it; its files stay, and the next request that names it loads it again."""
    name = _named(request)
    try:
        was_loaded = await state_of(request).engine.unload(name)
    except ModelError:
        if name not in [state.id for state in await _every(request)]:
            return _unknown(request, name)
        was_loaded = False  # one that speaks, and stays as it is: it is small
    return JSONResponse(openai.deleted(name, was_loaded=was_loaded))


async def _every(request: Request) -> Sequence[ModelState]:
    engine = state_of(request).engine
    return [*engine.models(), *(await engine.voices()).models]


def _answer(
    result: Transcript, fields: TranslationFields, *, logprobs: bool = False, segments: bool = True, words: bool = False
) -> Response:
    match fields.response_format:
        case "json":
            return JSONResponse(openai.transcription(result, logprobs=logprobs))
        case "verbose_json":
            return JSONResponse(openai.verbose(result, fields.task, segments=segments, words=words))
        case text:
            return PlainTextResponse(wire.render(result, text))


def _named(request: Request) -> str:
    """The model that the path names, the default one by OpenAI's names."""
    name = official_name(request.path_params["model"])
    return state_of(request).engine.models()[0].id if name is None else name


def _unknown(request: Request, name: str) -> JSONResponse:
    return problems.answer(request, problems.no_model(name))
