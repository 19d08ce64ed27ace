"""What clients of OpenAI's realtime transcription API may say: their events, checked, and the session that these change.

Source: the types of OpenAI's Python client, `openai.types.realtime`; `openai.types.beta.realtime` for `transcription_session.update`.
What a transcription session here cannot do is refused rather than passed over, but for noise reduction: the session says there is none.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from auricle.codec.raw import RawFormat
from auricle.errors import OptionError
from auricle.server.engine import Listening
from auricle.server.fields import official_name
from auricle.server.problems import shown
from auricle.speech.live import LiveOptions
from auricle.wire.realtime import Format

__all__ = ["Append", "BetaUpdate", "Clear", "ClientEvent", "Commit", "Session", "Turns", "Update", "client_event"]

_LIVE_NAMES = ("gpt-live-transcribe", "gpt-realtime-whisper")  # OpenAI's for this API only; `official_name` knows the others
_FORMATS: Mapping[Format, RawFormat] = {
    "audio/pcm": RawFormat("s16le", 24_000),
    "audio/pcmu": RawFormat("mulaw", 8000),
    "audio/pcma": RawFormat("alaw", 8000),
}
_BETA_FORMATS: Mapping[str, Format] = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}


@dataclass(frozen=True, slots=True)
class Turns:
    """How the server finds where a turn begins and ends; the defaults are OpenAI's.

    Attributes:
        threshold: a stretch with this speech probability is speech.
        prefix_padding_ms: how much of what was before the speech belongs to its turn.
        silence_duration_ms: how long a pause ends a turn.
    """

    threshold: float = 0.5
    prefix_padding_ms: int = 300
    silence_duration_ms: int = 500


@dataclass(frozen=True, slots=True)
class Session:
    """What a client has settled.

    Attributes:
        model: as the client calls it.
        format: how it sends audio.
        language: what is spoken; None to detect it.
        prompt: text that might have come before.
        turns: how turns are found; None if the client says where they end.
    """

    model: str
    format: Format = "audio/pcm"
    language: str | None = None
    prompt: str | None = None
    turns: Turns | None = Turns()

    def listening(self) -> Listening:
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        options = LiveOptions(language=self.language, prompt=self.prompt)
        if self.turns is not None:
            options = replace(options, threshold=self.turns.threshold, silence=self.turns.silence_duration_ms / 1000)
        return Listening(options, None if self.model in _LIVE_NAMES else official_name(self.model), _FORMATS[self.format])

    def seconds(self, data: bytes) -> float:
        """The length of audio in the session's format.

        Raises:
            CorruptAudio: it does not hold whole samples.
        """
        raw = _FORMATS[self.format]
        raw.check_message(data)
        return len(data) / (raw.frame_bytes or 1) / raw.sample_rate


def _no_logprobs(include: list[str] | None) -> None:
    if include:
        raise ValueError("live audio has no log-probabilities here; leave it out")


def _only_pcm(given: _Format) -> _Format:
    if given.rate is not None and given.type != "audio/pcm":
        raise ValueError(f"{given.type} always has 8000 Hz; leave out rate")
    return given


class _Given(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Format(_Given):
    type: Format = "audio/pcm"
    rate: Literal[24_000] | None = None


class _Transcription(_Given):
    model: Annotated[str, Field(min_length=1, max_length=200)] = ""
    language: Annotated[str, Field(max_length=100)] | None = None
    prompt: Annotated[str, Field(max_length=10_000)] | None = None

    def onto(self, session: Session) -> Session:
        given: dict[str, Any] = {name: value or None for name, value in self.model_dump(exclude_unset=True).items()}  # no words are none
        return replace(session, **given)


class _NoiseReduction(_Given):
    type: Literal["near_field", "far_field"] | None = None
    strength: float | None = None


class _TurnDetection(_Given):
    type: Literal["server_vad"] = "server_vad"
    threshold: Annotated[float, Field(ge=0, le=1), AfterValidator(lambda given: max(given, 0.01))] = 0.5
    prefix_padding_ms: Annotated[int, Field(ge=0, le=10_000)] = 300
    silence_duration_ms: Annotated[int, Field(ge=100, le=60_000)] = 500
    create_response: Literal[False] | None = None  # there are no responses
    interrupt_response: Literal[False] | None = None
    idle_timeout_ms: None = None

    def onto(self, session: Session) -> Session:
        given = self.model_dump(include={"threshold", "prefix_padding_ms", "silence_duration_ms"}, exclude_unset=True)
        return replace(session, turns=replace(session.turns or Turns(), **given))


_Include = Annotated[list[str] | None, AfterValidator(_no_logprobs)]


class _Input(_Given):
    format: Annotated[_Format, AfterValidator(_only_pcm)] = _Format()
    noise_reduction: _NoiseReduction | None = None
    transcription: _Transcription = _Transcription()
    turn_detection: _TurnDetection | None = None


class _Audio(_Given):
    input: _Input = _Input()


class _Session(_Given):
    type: Literal["transcription"] = "transcription"
    audio: _Audio = _Audio()
    include: _Include = None

    def onto(self, session: Session) -> Session:
        given = self.audio.input
        format_ = given.format.type if "format" in given.model_fields_set else None
        return _changed(session, format_, given.transcription, given.turn_detection, turns="turn_detection" in given.model_fields_set)


class _BetaSession(_Given):
    input_audio_format: Literal["pcm16", "g711_ulaw", "g711_alaw"] | None = None
    input_audio_noise_reduction: _NoiseReduction | None = None
    input_audio_transcription: _Transcription = _Transcription()
    turn_detection: _TurnDetection | None = None
    include: _Include = None

    def onto(self, session: Session) -> Session:
        format_ = _BETA_FORMATS[self.input_audio_format] if self.input_audio_format else None
        turns = "turn_detection" in self.model_fields_set
        return _changed(session, format_, self.input_audio_transcription, self.turn_detection, turns=turns)


def _changed(
    session: Session, format_: Format | None, transcription: _Transcription, detection: _TurnDetection | None, *, turns: bool
) -> Session:
    """The session with what was given; ``turns`` tells a detection that is switched off from one that was not spoken of."""
    session = transcription.onto(replace(session, format=format_ or session.format))
    if not turns:
        return session
    return replace(session, turns=None) if detection is None else detection.onto(session)


class _Event(_Given):
    event_id: str | None = None


class Append(_Event):
    """More audio."""

    type: Literal["input_audio_buffer.append"]
    audio: str

    def data(self) -> bytes:
        """The audio's bytes.

        Raises:
            OptionError: they are not base64.
        """
        try:
            return binascii.a2b_base64(self.audio, strict_mode=True) if self.audio else b""
        except ValueError:  # what is not ASCII, too
            raise OptionError("audio", f"audio is {shown(self.audio)}; encode its bytes as base64") from None


class Commit(_Event):
    """The turn ends here."""

    type: Literal["input_audio_buffer.commit"]


class Clear(_Event):
    """Forget the audio that is not yet an item."""

    type: Literal["input_audio_buffer.clear"]


def _paths(transcription: str, turns: str) -> Mapping[str, str]:
    """What the engine calls a wrong option → what the client calls it."""
    return {
        **{name: f"{transcription}.{name}" for name in ("model", "language", "prompt")},
        "threshold": f"{turns}.threshold",
        "silence": f"{turns}.silence_duration_ms",
    }


class Update(_Event):
    """Change the session: what is not given stays.

    Attributes:
        beta: whether these are the older, flat words.
        paths: what the engine calls a wrong option → what the client calls it.
    """

    beta: ClassVar = False
    paths: ClassVar = _paths("session.audio.input.transcription", "session.audio.input.turn_detection")

    type: Literal["session.update"]
    session: _Session

    def onto(self, session: Session) -> Session:
        """The session with the changes."""
        return self.session.onto(session)


class BetaUpdate(_Event):
    """The same in the older, flat words; attributes as above."""

    beta: ClassVar = True
    paths: ClassVar = _paths("session.input_audio_transcription", "session.turn_detection")

    type: Literal["transcription_session.update"]
    session: _BetaSession

    def onto(self, session: Session) -> Session:
        """The session with the changes."""
        return self.session.onto(session)


ClientEvent = Append | Commit | Clear | Update | BetaUpdate
_EVENTS: Mapping[str, type[ClientEvent]] = {get_args(kind.model_fields["type"].annotation)[0]: kind for kind in get_args(ClientEvent)}


def client_event(given: Mapping[str, object]) -> ClientEvent:
    """A client's event from its JSON.

    Raises:
        OptionError: its type is unknown, or a field is unknown, missing or wrong; the field's name is the path to it.
    """
    name = given.get("type")
    kind = _EVENTS.get(name) if isinstance(name, str) else None
    if kind is None:
        what = "type is missing" if name is None else f"a transcription session has no event {shown(name)}"
        raise OptionError("type", what, _EVENTS)
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise _complaint(error) from None


def _complaint(error: ValidationError) -> OptionError:
    """Pydantic's first complaint as a sentence about the whole path, as OpenAI names it."""
    first = error.errors(include_url=False)[0]
    path, given = ".".join(map(str, first["loc"])), shown(first["input"])
    match first["type"]:
        case "missing":
            return OptionError(path, f"{path} is missing; give it")
        case "extra_forbidden":
            return OptionError(path, f"there is no field {path} here; leave it out")
        case "literal_error":
            return OptionError(path, f"{path} is {given}; it should be {first['ctx']['expected']}")
        case "value_error":
            return OptionError(path, f"{path} is {given}; {first['ctx']['error']}")
        case _:  # "Input should be a valid string", "Input should be None", "String should have at most …"
            should = re.sub(r"\bNone\b", "null", first["msg"].partition(" ")[2])
            should = re.sub(r"a valid dictionary or instance of \w+", "an object", should)
            return OptionError(path, f"{path} is {given}; it {should}")
