"""OpenAI's own client, unchanged, against our routes."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import openai
import pytest
from openai.types.audio import TranscriptionTextDeltaEvent, TranscriptionTextDoneEvent, TranscriptionVerbose
from starlette.testclient import TestClient

from auricle import errors, wire
from auricle.server.engine import Recognition
from auricle.speech.whisper import TranscribeOptions
from tests.server.conftest import HELLO, PlayedEngine, application

KEY = "correct-horse-battery"
TRANSLATIONS = pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # their client would have one use another route
LOGPROBS = [
    {"token": " Hello", "bytes": list(b" Hello"), "logprob": -0.1},
    {"token": " there", "bytes": list(b" there"), "logprob": -0.2},
    {"token": ".", "bytes": list(b"."), "logprob": -0.05},
]


def official(client: TestClient, key: str = "any", **options: Any) -> openai.OpenAI:
    """Their client over ours."""
    return openai.OpenAI(base_url=f"{client.base_url}/v1", api_key=key, http_client=client, max_retries=0, **options)


@pytest.fixture
def theirs(client: TestClient) -> openai.OpenAI:
    """Their client."""
    return official(client)


def recording() -> io.BytesIO:
    """A new one."""
    return io.BytesIO(b"audio")


def test_the_simplest_call(theirs: openai.OpenAI, engine: PlayedEngine) -> None:
    """Text, the languages that were heard, and how much was worked on."""
    result = theirs.audio.transcriptions.create(model="whisper-1", file=recording())
    assert result.text == HELLO.text
    assert result.usage is not None
    assert result.usage.to_dict() == {"type": "duration", "seconds": 3.5}
    assert result.logprobs is None
    assert engine.heard == [(b"audio", Recognition())]


@TRANSLATIONS
@pytest.mark.parametrize("name", ["text", "srt", "vtt"])
def test_captions(theirs: openai.OpenAI, name: Any) -> None:
    """As the command line writes them, for both tasks."""
    for create in (theirs.audio.transcriptions.create, theirs.audio.translations.create):
        result: Any = create(model="whisper-1", file=recording(), response_format=name)
        assert result == wire.render(HELLO, name)


@pytest.mark.parametrize(
    ("times", "segments", "words"),
    [(None, True, False), (["segment"], True, False), (["word"], False, True), (["word", "segment"], True, True)],
)
def test_verbose(theirs: openai.OpenAI, engine: PlayedEngine, times: Any, segments: bool, words: bool) -> None:
    """Segments and words, where they are asked for, with their times."""
    options = {} if times is None else {"timestamp_granularities": times}
    result: TranscriptionVerbose = theirs.audio.transcriptions.create(
        model="base", file=recording(), response_format="verbose_json", **options
    )
    assert (result.text, result.duration, result.language) == (HELLO.text, 3.5, "english")
    assert engine.heard[0][1] == Recognition(TranscribeOptions(word_timestamps=words), model="base")
    if segments:
        assert result.segments is not None
        assert [(each.id, each.start, each.end, each.text) for each in result.segments] == [
            (0, 0.5, 1.75, " Hello there."),
            (1, 2.0, 3.25, " Good bye."),
        ]
        assert "".join(each.text for each in result.segments).strip() == result.text
        first = result.segments[0]
        assert (first.seek, first.tokens, first.avg_logprob, first.temperature) == (50, [50364, 2425, 456, 13, 50414], -0.25, 0.0)
    else:
        assert result.segments is None
    if words:
        assert result.words is not None
        assert [(word.word, word.start, word.end) for word in result.words] == [
            ("Hello", 0.5, 1.0),
            ("there.", 1.0, 1.75),
            ("Good", 2.0, 2.5),
            ("bye.", 2.5, 3.25),
        ]
    else:
        assert result.words is None


def test_logprobs(theirs: openai.OpenAI, engine: PlayedEngine) -> None:
    """The log-probability of each token, whole and streamed, only where it is asked for."""
    result = theirs.audio.transcriptions.create(model="base", file=recording(), include=["logprobs"], response_format="json")
    assert [each.to_dict() for each in result.logprobs or ()] == LOGPROBS
    *deltas, done = theirs.audio.transcriptions.create(model="base", file=recording(), include=["logprobs"], stream=True)
    assert [each.to_dict() for delta in deltas for each in getattr(delta, "logprobs", None) or ()] == LOGPROBS
    assert isinstance(done, TranscriptionTextDoneEvent)
    assert [each.to_dict() for each in done.logprobs or ()] == LOGPROBS
    assert [wanted.options.logprobs for _, wanted in engine.heard] == [True, True]


def test_streaming(theirs: openai.OpenAI, engine: PlayedEngine) -> None:
    """Deltas that together are the text, and the whole of it at the end."""
    *deltas, done = theirs.audio.transcriptions.create(model="whisper-1", file=recording(), stream=True)
    assert [type(delta) for delta in deltas] == [TranscriptionTextDeltaEvent] * 2
    assert "".join(delta.delta for delta in deltas if isinstance(delta, TranscriptionTextDeltaEvent)) == HELLO.text
    assert isinstance(done, TranscriptionTextDoneEvent)
    assert done.text == HELLO.text
    assert done.logprobs is None
    assert engine.closed == 1


def test_every_option(theirs: openai.OpenAI, engine: PlayedEngine) -> None:
    """Theirs by their names, ours beside them."""
    theirs.audio.transcriptions.create(
        model="tiny.en",
        file=("../../etc/passwd", recording(), "text/html"),
        language="de",
        prompt="Style.",
        temperature=0.4,
        response_format="json",
        stream=False,
        chunking_strategy="auto",
        timestamp_granularities=["word"],
        include=["logprobs"],
        keywords=["Quilter", "Mason"],
        extra_body={"beam_size": 1, "vad": False, "hotwords": "apostle"},
    )
    options = TranscribeOptions(
        language="de",
        prompt="Style.",
        temperature=0.4,
        word_timestamps=True,
        logprobs=True,
        hotwords="apostle, Quilter, Mason",
        beam_size=1,
    )
    assert engine.heard == [(b"audio", Recognition(options, model="tiny.en", vad=False))]


def test_languages(theirs: openai.OpenAI, engine: PlayedEngine) -> None:
    """One may be given; those that were heard come back, in their order."""
    theirs.audio.transcriptions.create(model="base", file=recording(), languages=["German"])
    assert engine.heard[0][1].options.language == "de"
    first, second = HELLO.segments
    engine.says = replace(HELLO, segments=(replace(first, language="de"), second, replace(first, id=2, language="de")))
    result = theirs.audio.transcriptions.create(model="base", file=recording())
    assert [each.code for each in result.languages or ()] == ["de", "en"]


@TRANSLATIONS
def test_translations(theirs: openai.OpenAI, engine: PlayedEngine) -> None:
    """Into English, and called so."""
    assert theirs.audio.translations.create(model="whisper-1", file=recording(), prompt="Style.", temperature=0.2).text == HELLO.text
    assert engine.heard == [(b"audio", Recognition(TranscribeOptions(task="translate", prompt="Style.", temperature=0.2)))]
    engine.says = replace(HELLO, language="de")
    result = theirs.audio.translations.create(model="whisper-1", file=recording(), response_format="verbose_json")
    assert (result.language, result.duration) == ("english", 3.5)
    assert [segment.text for segment in result.segments or ()] == [" Hello there.", " Good bye."]


@pytest.mark.parametrize("name", ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe"])
def test_their_models_are_the_default(theirs: openai.OpenAI, engine: PlayedEngine, name: str) -> None:
    """A client that names one of theirs needs no change."""
    theirs.audio.transcriptions.create(model=name, file=recording())
    assert engine.heard[0][1].model is None
    assert theirs.models.retrieve(name).id == "base"


def test_models(theirs: openai.OpenAI) -> None:
    """Listed, the default first; looked at; and unloaded, which says whether there was anything to free."""
    assert [model.id for model in theirs.models.list()] == ["base", "tiny.en", "hibari"]
    model = theirs.models.retrieve("tiny.en")
    assert (model.id, model.object, model.created, model.owned_by) == ("tiny.en", "model", 1_600_000_000, "auricle")
    assert theirs.models.delete("base").to_dict() == {"id": "base", "object": "model", "deleted": True}
    assert theirs.models.delete("tiny.en").to_dict() == {"id": "tiny.en", "object": "model", "deleted": False}
    assert theirs.models.delete("whisper-1").id == "base"


@pytest.mark.parametrize("name", ["huge", "a/b", "%2e", "ä ö", "base/", "x" * 5000])
def test_unknown_models(theirs: openai.OpenAI, name: str) -> None:
    """404 by their name, whatever is in it, and nothing else is unloaded instead."""
    for ask in (theirs.models.retrieve, theirs.models.delete):
        with pytest.raises(openai.NotFoundError) as refused:
            ask(name)
        assert refused.value.code in ("model_not_found", "not_found")


def test_no_name_unloads_nothing(client: TestClient, engine: PlayedEngine) -> None:
    """An empty name is not the default model's."""
    unloaded: list[str] = []

    async def unload(model: str) -> bool:
        unloaded.append(model)
        raise errors.UnknownModel("there is none.")

    engine.unload = unload  # type: ignore[method-assign]
    assert client.delete("/v1/models/").status_code == 404
    assert unloaded == [""]


ERRORS: list[tuple[errors.AuricleError, type[openai.APIStatusError], str, str | None]] = [
    (errors.CorruptAudio("it is cut off."), openai.BadRequestError, "corrupt_audio", None),
    (errors.UnsupportedFormat("it is text."), openai.BadRequestError, "unsupported_format", None),
    (errors.OptionError("language", "there is no language 'xx'"), openai.BadRequestError, "invalid_option", "language"),
    (errors.UnknownModel("there is no model 'x'."), openai.BadRequestError, "model_not_found", "model"),
    (errors.TooLong("it is too long."), openai.APIStatusError, "recording_too_long", None),
    (errors.Busy("no place."), openai.InternalServerError, "busy", None),
    (errors.DeadlineExceeded("too long."), openai.InternalServerError, "deadline_exceeded", None),
]


@pytest.mark.parametrize(("error", "kind", "code", "param"), ERRORS, ids=lambda value: getattr(value, "__name__", str(value)))
def test_errors_are_theirs(
    theirs: openai.OpenAI, engine: PlayedEngine, error: errors.AuricleError, kind: type[openai.APIStatusError], code: str, param: str | None
) -> None:
    """Each is the exception that their client has for it, with code, message, param and the request's id."""
    engine.fails = error
    with pytest.raises(kind) as refused:
        theirs.audio.transcriptions.create(model="base", file=recording())
    assert (refused.value.code, refused.value.param) == (code, param)
    assert str(error) in refused.value.message
    assert refused.value.request_id == refused.value.response.headers["x-request-id"]


def test_keys_and_limits_are_theirs(engine: PlayedEngine) -> None:
    """A wrong key and too many requests, too."""
    with application(engine, api_keys=[KEY], rate_limit=1) as client:
        with pytest.raises(openai.AuthenticationError) as refused:
            official(client, "wrong-wrong-wrong").models.list()
        assert (refused.value.code, refused.value.type) == ("invalid_api_key", "authentication_error")
        theirs = official(client, KEY)
        theirs.models.list()
        with pytest.raises(openai.RateLimitError) as limited:
            theirs.models.list()
        assert (limited.value.code, limited.value.type) == ("rate_limit_exceeded", "rate_limit_error")
        assert limited.value.response.headers["retry-after"] == "60"


def test_their_client_tries_again(engine: PlayedEngine) -> None:
    """A busy server's answer is one that it comes back after."""

    class Recovering(PlayedEngine):
        def recognize(self, *given: Any) -> Any:
            self.fails = errors.Busy("no place.", 0.0) if not self.heard else None
            return super().recognize(*given)

    engine = Recovering()
    with application(engine) as client, pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", lambda _: None)
        assert official(client).with_options(max_retries=1).audio.transcriptions.create(model="base", file=recording()).text == HELLO.text
    assert len(engine.heard) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"response_format": "diarized_json"},
        {"response_format": "srt", "stream": True},
        {"response_format": "text", "include": ["logprobs"]},
        {"temperature": 2},
        {"languages": ["de", "en"]},
        {"chunking_strategy": {"type": "server_vad"}},
        {"known_speaker_names": ["Ann"]},
        {"extra_body": {"nothing": "x"}},
    ],
)
def test_what_is_not_there_is_refused(theirs: openai.OpenAI, engine: PlayedEngine, options: dict[str, Any]) -> None:
    """Rather than passed over: 400 that names the field."""
    with pytest.raises(openai.BadRequestError) as refused:
        theirs.audio.transcriptions.create(model="base", file=recording(), **options)
    assert refused.value.code == "invalid_option"
    assert refused.value.param
    assert engine.heard == []


def test_an_error_in_a_stream_is_theirs(theirs: openai.OpenAI, engine: PlayedEngine) -> None:
    """It is raised where the stream is read, after what was found."""
    engine.fails_late = errors.CorruptAudio("it is cut off.")
    found: list[str] = []
    with pytest.raises(openai.APIError, match="it is cut off"):
        found.extend(event.type for event in theirs.audio.transcriptions.create(model="base", file=recording(), stream=True))
    assert found == ["transcript.text.delta"] * 2


@pytest.mark.parametrize("said", ["One\nTwo\r\n\u2028Three", "打开🎵", '"}\n\ndata: {}'])
def test_text_does_not_break_a_stream(theirs: openai.OpenAI, engine: PlayedEngine, said: str) -> None:
    """Whatever is said."""
    engine.says = replace(HELLO, text=said, segments=(replace(HELLO.segments[0], text=said),))
    first, done = theirs.audio.transcriptions.create(model="base", file=recording(), stream=True)
    assert isinstance(first, TranscriptionTextDeltaEvent)
    assert isinstance(done, TranscriptionTextDoneEvent)
    assert first.delta == done.text == said


def test_raw_answers(client: TestClient) -> None:
    """Captions are text, all else is JSON, a stream is one of events: for clients that are not theirs."""
    kinds: dict[str, str] = {}
    for name in ("json", "verbose_json", "text", "srt", "vtt"):
        answer = client.post("/v1/audio/transcriptions", data={"model": "base", "response_format": name}, files={"file": b"audio"})
        kinds[name] = answer.headers["content-type"]
    assert kinds == {
        "json": "application/json",
        "verbose_json": "application/json",
        "text": "text/plain; charset=utf-8",
        "srt": "text/plain; charset=utf-8",
        "vtt": "text/plain; charset=utf-8",
    }
    stream = client.post("/v1/audio/transcriptions", data={"model": "base", "stream": "true"}, files={"file": b"audio"})
    assert stream.headers["content-type"].startswith("text/event-stream")
    assert [json.loads(line.removeprefix("data: "))["type"] for line in stream.text.split("\n\n")[:-1]] == [
        "transcript.text.delta",
        "transcript.text.delta",
        "transcript.text.done",
    ]
