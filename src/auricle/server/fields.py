"""What clients may ask for: the fields of each route, checked and described."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, ClassVar, Literal, Self, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from auricle.codec import AudioProcessingConfig
from auricle.codec.config import INPUT_FORMATS, RAW_DEMUXERS
from auricle.codec.raw import Encoding, RawFormat
from auricle.errors import MalformedRequest, OptionError
from auricle.server.engine import Listening, Recognition
from auricle.server.problems import option_error
from auricle.speech.live import LiveOptions
from auricle.speech.whisper import TranscribeOptions

__all__ = [
    "Fields",
    "GuideFields",
    "LiveFields",
    "NativeFields",
    "RecordingFields",
    "TranscriptionFields",
    "TranslationFields",
    "in_words",
    "official_name",
    "within",
]


def _whole(value: object) -> object:
    """5.0 is a whole number in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_Text = Annotated[str, Field(max_length=10_000)]
_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Format = Annotated[str, Field(max_length=20, json_schema_extra={"enum": ["pcm", *RAW_DEMUXERS, *INPUT_FORMATS]})]
_WHOLE = BeforeValidator(_whole)
_OPENAI_NAMES = ("whisper-1", "gpt-transcribe", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-4o-mini-transcribe-2025-12-15")


def official_name(model: str) -> str | None:
    """A model's name with us; None, which is the server's default, for OpenAI's names."""
    return None if model in _OPENAI_NAMES else model


@contextmanager
def within(place: str) -> Iterator[None]:
    """Errors name fields as those of the object ``place``."""
    try:
        yield
    except OptionError as error:
        error.field = f"{place}.{error.field}"
        raise


@contextmanager
def in_words(names: Mapping[str, str]) -> Iterator[None]:
    """Errors with the client's names of fields of ours."""
    try:
        yield
    except (OptionError, MalformedRequest) as error:
        if error.field is not None:
            error.field = names.get(error.field, error.field)
        raise


class Fields(BaseModel):
    """The fields of a route: no others are taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def from_json(cls, given: Mapping[str, object]) -> Self:
        """The fields from a JSON object, where a number is a number, and "yes" or 1 is not true.

        Raises:
            OptionError: one is unknown, or wrong.
        """
        return cls._checked(given, strict=True)

    @classmethod
    def _checked(cls, given: Mapping[str, object], *, strict: bool) -> Self:
        try:
            return cls.model_validate(given, strict=strict)
        except ValidationError as error:
            raise option_error(error, cls.model_fields) from None

    @classmethod
    def from_form(cls, given: Mapping[str, Sequence[str]]) -> Self:
        """The fields from a form, where each may come several times: ``name[]`` is one of several values of ``name``.

        Raises:
            OptionError: one is missing, unknown, or wrong.
        """
        texts: dict[str, list[str]] = {}
        for written, some in given.items():
            texts.setdefault(written.removesuffix("[]"), []).extend(some)
        values: dict[str, object] = {}
        for name, all_ in texts.items():
            field = cls.model_fields.get(name)
            if field is None or (get_origin(field.annotation) is tuple and all_ != [""]):
                values[name] = tuple(all_)
            elif len(all_) > 1:
                raise OptionError(name, f"{name} is given {len(all_)} times; give it once")
            elif all_ != [""]:  # a field of a form that was left empty is not given
                values[name] = all_[0]
        return cls._checked(values, strict=False)


class RecordingFields(Fields):
    """How a recording is read."""

    salvage: bool = Field(False, description="Use what can be decoded of a recording that is cut off or damaged.")
    input_format: _Format | None = Field(
        None, description="Only this container is accepted; or raw samples: `pcm` (with `bit_depth`), `s16le`, `f32le`, `mulaw` and others."
    )
    sample_rate: Annotated[int, Field(ge=1000, le=768_000), _WHOLE] | None = Field(None, description="Of raw samples. Hertz.")
    channels: Annotated[int, Field(ge=1, le=64), _WHOLE] | None = Field(None, description="Of raw samples.")
    bit_depth: Literal[8, 16, 24, 32, "8", "16", "24", "32", "float"] | None = Field(None, description="Of raw samples.")

    def config(self) -> AudioProcessingConfig:
        """The format of raw samples.

        Raises:
            OptionError: a value that cannot be honoured, or that describes raw samples where there are none.
        """
        depth: Any = int(self.bit_depth) if self.bit_depth not in (None, "float") else self.bit_depth
        config = AudioProcessingConfig(
            input_format=self.input_format, sample_rate=self.sample_rate, channels=self.channels, bit_depth=depth
        )
        if config.raw_demuxer is None:
            for name in ("sample_rate", "channels", "bit_depth"):
                if getattr(self, name) is not None:
                    raise OptionError(name, f"{name} describes raw samples; say input_format=pcm, or leave it out")
        return config


class _RecognitionFields(Fields):
    """What every route lets a client choose."""

    model: _Name | None = Field(None, description="A model's name, as `GET /v1/models` lists them; the server's default if none.")
    language: _Text | None = Field(
        None, description="What is spoken: ISO 639-1 code (`de`) or English name. Detected, and followed where it changes, if none."
    )
    prompt: _Text | None = Field(None, description="Text that might have come before: its style and spelling are continued.")
    hotwords: _Text | None = Field(None, description="Names and terms that are likely to be said.")
    temperature: float = Field(0.0, ge=0, le=1, description="Where sampling starts; a doubtful part is tried again warmer.")
    vad: bool = Field(True, description="Pass over what is not speech.")
    beam_size: Annotated[int, Field(ge=1, le=16), _WHOLE] = Field(5, description="Hypotheses kept at temperature 0.")


class _OwnFields(RecordingFields, _RecognitionFields):
    task: Literal["transcribe", "translate"] = Field("transcribe", description="Write the language that is spoken, or English.")
    word_timestamps: bool = Field(False, description="Find the time of each word.")
    logprobs: bool = Field(False, description="Find the log-probability of each token.")

    def wanted(self) -> Recognition:
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        options = TranscribeOptions(
            language=self.language,
            task=self.task,
            temperature=self.temperature,
            word_timestamps=self.word_timestamps,
            prompt=self.prompt,
            hotwords=self.hotwords,
            beam_size=self.beam_size,
            logprobs=self.logprobs,
        )
        return Recognition(options, self.model, self.vad, self.salvage, self.config())


class GuideFields(_OwnFields):
    """The body of `POST /transcribe_speech`."""


class NativeFields(_OwnFields):
    """The options of `POST /transcribe`, in the query or the form."""

    format: Literal["json", "text", "srt", "vtt", "tsv", "lrc"] | None = Field(
        None, description="What to answer; otherwise the `Accept` header decides, and JSON if it doesn't."
    )
    stream: bool = Field(False, description="Answer with server-sent events: `progress`, `segment` …, `transcript`.")

    def wanted(self) -> Recognition:
        """What is asked of the engine; errors as above."""
        if self.stream and self.format not in ("json", None):
            raise OptionError("format", f"{self.format} cannot be streamed; say json, or stream=false")
        return super().wanted()


class LiveFields(Fields):
    """The query of `POST /transcribe/live`."""

    encoding: Literal["f32le", "s16le", "mulaw", "alaw", "wav"] | None = Field(
        None, description="How the audio is sent: bare samples, channels interleaved, or `wav`. If none, by `Content-Type`; else `f32le`."
    )
    sample_rate: Annotated[int, Field(ge=4000, le=192_000)] | None = Field(None, description="Of bare samples, 16000 if none. Hertz.")
    channels: Annotated[int, Field(ge=1, le=8)] | None = Field(None, description="Of bare samples, 1 if none.")
    model: _Name | None = Field(None, description="A model's name, as `GET /v1/models` lists them; the server's default if none.")
    language: _Text | None = Field(
        None, description="What is spoken: ISO 639-1 code (`de`) or English name. Detected, utterance by utterance, if none."
    )
    prompt: _Text | None = Field(None, description="Text that might have come before: its style and spelling are continued.")
    threshold: float = Field(0.5, gt=0, lt=1, description="A window of 32 ms with this speech probability is speech.")
    silence: float = Field(0.6, ge=0.1, le=10, description="How long a pause ends an utterance. Seconds.")

    def wanted(self, usual: Encoding) -> Listening:
        """What is asked of the engine, if the audio is sent in the ``usual`` encoding unless the query says another.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        given = {name: value for name in ("sample_rate", "channels") if (value := getattr(self, name)) is not None}
        encoding = self.encoding or usual
        if encoding == "wav" and given:
            name = next(iter(given))
            raise OptionError(name, f"{name} describes bare samples, and a WAV header says its own; leave it out")
        options = LiveOptions(self.language, self.prompt, self.threshold, self.silence)
        return Listening(options, self.model, RawFormat(encoding, **given))


class TranslationFields(_RecognitionFields):
    """The form of `POST /v1/audio/translations`: OpenAI's fields, and ours."""

    model: _Name = Field(description="`whisper-1` is the server's default model; `GET /v1/models` lists the others.")
    response_format: Literal["json", "text", "srt", "verbose_json", "vtt"] = Field("json", description="What to answer.")
    task: ClassVar[Literal["transcribe", "translate"]] = "translate"

    def wanted(self) -> Recognition:
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        return self._wanted()

    def _wanted(self, **options: Any) -> Recognition:
        given = TranscribeOptions(
            task=self.task,
            temperature=self.temperature,
            prompt=self.prompt,
            beam_size=self.beam_size,
            **{"language": self.language, "hotwords": self.hotwords, **options},
        )
        return Recognition(given, official_name(self.model), self.vad)


class TranscriptionFields(TranslationFields):
    """The form of `POST /v1/audio/transcriptions`: OpenAI's fields, and ours."""

    task: ClassVar[Literal["transcribe", "translate"]] = "transcribe"
    stream: bool = Field(False, description="Answer with server-sent events: `transcript.text.delta` …, `transcript.text.done`.")
    timestamp_granularities: tuple[Literal["word", "segment"], ...] = Field(
        ("segment",), description="What has times in `verbose_json`; `word` makes those of captions finer, too."
    )
    include: tuple[Literal["logprobs"], ...] = Field((), description="`logprobs`: the log-probability of each token, in `json`.")
    keywords: tuple[_Text, ...] = Field((), description="Names and terms that are likely to be said.")
    languages: tuple[_Text, ...] = Field((), max_length=1, description="What is spoken, as `language`; no more than one.")
    chunking_strategy: Literal["auto"] | None = Field(None, description="Accepted, for speech is always found by its voice activity.")

    def wanted(self) -> Recognition:
        """What is asked of the engine; errors as above."""
        if self.include and self.response_format != "json":
            raise OptionError("include", f"there is no place for logprobs in {self.response_format}; say response_format=json")
        if self.stream and self.response_format not in ("json", "text"):
            raise OptionError("response_format", f"{self.response_format} cannot be streamed; say json or text, or stream=false")
        return self._wanted(
            language=self.language or next(iter(self.languages), None),
            hotwords=", ".join((*filter(None, [self.hotwords]), *self.keywords)) or None,
            word_timestamps="word" in self.timestamp_granularities,
            logprobs="logprobs" in self.include,
        )
