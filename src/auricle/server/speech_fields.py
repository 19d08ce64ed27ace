"""What clients may ask to be spoken: the fields of each route, checked and described."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from auricle.codec import AudioProcessingConfig
from auricle.codec.streaming import stream_format
from auricle.errors import OptionError
from auricle.server.fields import Fields
from auricle.server.speaking import Synthesis
from auricle.voice import Lexicon, Turn, require_consent
from auricle.voice.text.lexicon import Entry

__all__ = ["RECORDING", "GuideSpeechFields", "NativeSpeechFields", "NativeSpeechJson", "OpenAISpeechFields"]

RECORDING = "speaker_wav"  # the field with a recording to imitate

# OpenAI's names of models, which mean whatever speaks here.
_OPENAI_NAMES = ("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-03-20", "gpt-4o-mini-tts-2025-12-15")
_OPENAI_PCM_HZ = 24_000  # which their clients take for granted
_MOST_CHANNELS = 8


def _parsed(value: object) -> object:
    """What is no text in JSON is JSON in a form."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except (ValueError, RecursionError):
        raise PydanticCustomError("json", "Input should be JSON") from None


def _whole(value: object) -> object:
    """5.0 is a whole number in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_WHOLE, _PARSED = BeforeValidator(_whole), BeforeValidator(_parsed)
_Name = Annotated[str, Field(min_length=1, max_length=500)]
_Tag = Annotated[str, Field(min_length=1, max_length=50)]
_Depth = Literal[16, 24, 32, "16", "24", "32", "float"]
_LANGUAGE = "BCP 47 tag of what the text is in (`en-US`; `en` is any English); the voice's first language if none."
_EMOTION = "One of the voice's, as `GET /voices` lists them."
_SSML = "Whether the text is SSML; if not said: where it begins with `<speak`."
_LEXICON = "How to say certain words, each respelled or in IPA."


class Ipa(BaseModel):
    """How a word sounds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ipa: str = Field(description="In the International Phonetic Alphabet.")


_Words = Annotated[dict[str, str | Ipa], _PARSED]


class TurnFields(BaseModel):
    """What one speaker of a conversation says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(description="What to say.")
    speaker: _Name | None = Field(None, description="A voice's name; that of the whole request if none.")
    pause_ms: float = Field(0, ge=0, le=60_000, description="Silence after it. Milliseconds.")


class _SpokenFields(Fields):
    """What every route lets a client choose."""

    language: _Tag | None = Field(None, description=_LANGUAGE)
    speed: float = Field(
        1.0, ge=0.25, le=4, description="Times the voice's natural pace, at the same pitch; voices say from where to where."
    )
    emotion: _Tag | None = Field(None, description=_EMOTION)
    ssml: bool | None = Field(None, description=_SSML)
    lexicon: _Words | None = Field(None, description=_LEXICON)
    loudness: float | None = Field(
        None, ge=-70, le=-5, description="Integrated loudness, LUFS; it is known, and the sound sent, when all is said. As it is if none."
    )
    sample_rate: Annotated[int, Field(ge=8000, le=192_000), _WHOLE] | None = Field(None, description="The voice's own if none. Hertz.")
    channels: Annotated[int, Field(ge=1, le=_MOST_CHANNELS), _WHOLE] | None = Field(None, description="1 if none; all have the same.")
    bit_depth: _Depth | None = Field(None, description="Of wav, flac and pcm; 16 if none.")
    bit_rate: Annotated[int, Field(ge=6000, le=4_000_000), _WHOLE] | None = Field(
        None, description="Of mp3, opus and aac. Bits per second."
    )

    def _synthesis(self, turns: tuple[Turn, ...], format_: str, **given: Any) -> Synthesis:
        depth: Any = int(self.bit_depth) if self.bit_depth not in (None, "float") else self.bit_depth
        config = AudioProcessingConfig(
            output_format=format_, sample_rate=self.sample_rate, channels=self.channels, bit_depth=depth, bit_rate=self.bit_rate
        )
        wanted = Synthesis(
            turns=turns,
            language=self.language,
            speed=self.speed,
            emotion=self.emotion,
            ssml=self.ssml,
            lexicon=_lexicon(self.lexicon) if self.lexicon else None,
            loudness=self.loudness,
            **{"config": config, **given},
        )
        if not wanted.whole:
            stream_format(wanted.config)
        return wanted


def _lexicon(words: Mapping[str, str | Ipa]) -> Lexicon:
    return Lexicon({word: said if isinstance(said, str) else Entry(ipa=said.ipa) for word, said in words.items()})


class _OwnFields(_SpokenFields):
    """What our own routes and the guide's let a client choose besides."""

    text: str | None = Field(None, description="What to say; plain, or SSML.")
    turns: Annotated[list[TurnFields], Field(min_length=1, max_length=10_000), _PARSED] | None = Field(
        None, description="What to say in a conversation, each turn in its voice; instead of `text`."
    )
    voice: _Name | None = Field(
        None,
        description="A voice's name, as `GET /voices` lists them, or a blend: `af_heart:0.7+am_michael:0.3`; the server's default if none.",
    )
    speaker: _Name | None = Field(None, description="The same by the guide's name for it.")

    @property
    def names(self) -> Mapping[str, str]:
        """What the client calls fields of ours."""
        return {"voice": "speaker"} if self.voice is None and self.speaker is not None else {}

    def _wanted(self, format_: str, **given: Any) -> Synthesis:
        if None not in (self.voice, self.speaker) and self.voice != self.speaker:
            raise OptionError("speaker", "voice and speaker name different voices; give one of them")
        return self._synthesis(self._said(), format_, voice=self.voice or self.speaker, conversation=self.turns is not None, **given)

    def _said(self) -> tuple[Turn, ...]:
        if self.turns is None and self.text is None:
            raise OptionError("text", "text is missing; give it, or turns")
        if self.turns is not None and self.text is not None:
            raise OptionError("turns", "there are both text and turns; give one of them")
        if self.turns is None:
            return (Turn(self.text or ""),)
        return tuple(Turn(turn.text, turn.speaker, turn.pause_ms) for turn in self.turns)


class _ImitatingFields(_OwnFields):
    """What a client may choose in JSON besides, by the names that coqui's users know."""

    speaker_wav: str | None = Field(
        None,
        description="A recording of one speaker to imitate, in any common format, as base64 or a data URL: at least 3 s, best 6 to 30 s; "
        "instead of `voice`. Needs `consent`. Nothing is kept of it.",
        json_schema_extra={"contentEncoding": "base64"},
    )
    consent: bool = Field(False, description="True states that the person in `speaker_wav` agrees to be imitated, or is you.")

    def _wanted(self, format_: str, **given: Any) -> Synthesis:
        if self.speaker_wav is None:
            return super()._wanted(format_, **given)
        require_consent(consent=self.consent)
        for field in ("voice", "speaker"):
            if getattr(self, field) is not None:
                raise OptionError(field, f"{field} names a voice, and speaker_wav is one to imitate; give one of them")
        return super()._wanted(format_, consent=True, **given)


class GuideSpeechFields(_ImitatingFields):
    """The body of `POST /synthesize_text`."""

    output_format: Literal["wav", "flac", "mp3", "aac", "m4a", "opus", "pcm"] = Field(
        "wav", description="What `audio_base64` is; AAC is in an M4A container here, and PCM without a header."
    )

    def wanted(self) -> Synthesis:
        """What is asked of the engine.

        Raises:
            OptionError: a value that cannot be honoured.
        """
        return self._wanted(self.output_format, whole=True)


class NativeSpeechFields(_OwnFields):
    """The fields of `POST /synthesize`, in a form or the query."""

    output_format: Literal["wav", "mp3", "flac", "opus", "aac", "pcm"] = Field(
        "wav", description="How to send it; AAC comes as ADTS frames, Opus in Ogg, and PCM is without a header, little-endian."
    )

    def wanted(self) -> Synthesis:
        """What is asked of the engine; errors as above."""
        return self._wanted(self.output_format)


class NativeSpeechJson(_ImitatingFields, NativeSpeechFields):
    """The same in JSON."""


class VoiceReference(BaseModel):
    """A voice as OpenAI's clients may name it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: _Name = Field(description="A voice's name.")


class OpenAISpeechFields(_SpokenFields):
    """The body of `POST /v1/audio/speech`: OpenAI's fields, and ours."""

    model: _Name = Field(description="An engine that `GET /v1/models` lists, or one of OpenAI's names, such as `tts-1`, for any.")
    input: str = Field(description="What to say; plain, or SSML.")
    voice: _Name | VoiceReference = Field(description="A voice that `GET /v1/audio/voices` lists, one of OpenAI's names, or a blend.")
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = Field("mp3", description="How to send it; `pcm` is at 24 kHz.")
    instructions: str | None = Field(None, description="How to speak; no voice here can be told, so it must be empty.")
    stream_format: Literal["audio", "sse"] = Field("audio", description="The audio itself, or events with pieces of it.")

    def wanted(self) -> Synthesis:
        """What is asked of the engine; errors as above."""
        if self.instructions is not None and self.instructions.strip():
            message = "the voices here cannot be told in words how to speak; leave out instructions, and choose voice, speed or emotion"
            raise OptionError("instructions", message)
        pcm = {"sample_rate": self.sample_rate or _OPENAI_PCM_HZ} if self.response_format == "pcm" else {}
        voice = self.voice.id if isinstance(self.voice, VoiceReference) else self.voice
        model = None if self.model in _OPENAI_NAMES else self.model
        return self.model_copy(update=pcm)._synthesis((Turn(self.input),), self.response_format, voice=voice, model=model)
