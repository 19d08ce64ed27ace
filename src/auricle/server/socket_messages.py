"""What clients say on `/ws`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from auricle.codec.raw import Encoding, RawFormat
from auricle.errors import OptionError
from auricle.server import sockets
from auricle.server.analysing import LiveAnalysing
from auricle.server.base64_text import Base64Reader
from auricle.server.engine import Listening
from auricle.server.enhance_fields import LIVE_NAMES, LiveEnhanceFields
from auricle.server.enhancing import LiveEnhancing
from auricle.server.fields import in_words, within
from auricle.server.problems import option_error, shown
from auricle.speech.live import LiveOptions

__all__ = ["OTHER", "Chunk", "Commit", "Configure", "Finish", "Kind", "Message", "ProcessType", "decoded", "parsed"]

Kind = Literal["chunks", "frames"]
ProcessType = Literal["transcribe", "enhance", "analyze"]

OTHER: Mapping[Kind, str] = {
    "chunks": "the audio of this stream comes in audio_chunk messages; send finish before binary frames.",
    "frames": "the audio of this stream comes in binary frames; send finish before audio_chunk messages.",
}
_DECODED_AT_ONCE = 256 * 1024  # characters, which take a fraction of a millisecond


class Message(BaseModel):
    """Any of them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Chunk(Message):
    """The guide's: some audio, and what to do with it."""

    type: Literal["audio_chunk"]
    audio_base64: str
    process_type: ProcessType = "transcribe"


class Configure(Message):
    """How audio is sent, and what is wanted of it: until the next one."""

    type: Literal["configure"] = "configure"
    process_type: ProcessType = "transcribe"
    encoding: Encoding = "f32le"
    sample_rate: int = 16_000
    channels: int = 1
    language: Annotated[str, Field(max_length=100)] | None = None
    model: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    prompt: Annotated[str, Field(max_length=10_000)] | None = None
    threshold: Annotated[float, Field(gt=0, lt=1)] = LiveOptions().threshold
    silence: Annotated[float, Field(ge=0.1, le=10)] = LiveOptions().silence
    enhance: LiveEnhanceFields = Field(default_factory=lambda: LiveEnhanceFields.from_json({}))

    def changed_by(self, later: Self) -> Self:
        """These settings, but for those that ``later`` states."""
        return self.model_copy(update={name: getattr(later, name) for name in later.model_fields_set})

    @property
    def format(self) -> RawFormat:
        """How audio is sent; raises `OptionError` where that is impossible."""
        return RawFormat(self.encoding, self.sample_rate, self.channels)

    def wanted(self) -> Listening:
        """What is asked of the engine; raises `OptionError` for what cannot be honoured."""
        return Listening(LiveOptions(self.language, self.prompt, self.threshold, self.silence), self.model, self.format)

    def wanted_enhanced(self) -> LiveEnhancing:
        """The same where it is to enhance."""
        with in_words(LIVE_NAMES):
            return self.enhance.wanted(self.format)

    def wanted_analysed(self) -> LiveAnalysing:
        """The same where it is to analyse."""
        return LiveAnalysing(self.format)


class Commit(Message):
    """The utterance ends here."""

    type: Literal["commit"]


class Finish(Message):
    """The stream ends here."""

    type: Literal["finish"]


_MESSAGES: Mapping[object, type[Message]] = {"audio_chunk": Chunk, "configure": Configure, "commit": Commit, "finish": Finish}


def parsed(text: str) -> Message:
    """What a client says.

    Raises:
        MalformedRequest: it is no JSON object.
        OptionError: a field is missing, unknown or wrong.
    """
    found = sockets.json_object(text)
    kind = found.get("type")
    if not isinstance(kind, str) or kind not in _MESSAGES:
        raise OptionError("type", f"type is {shown(kind)}" if "type" in found else "type is missing", _MESSAGES)
    shape, options = _MESSAGES[kind], found.get("enhance")
    if shape is Configure and isinstance(options, dict):
        with within("enhance"):
            LiveEnhanceFields.from_json(options)  # which says exactly which of them is wrong
    try:
        return shape.model_validate(found)
    except ValidationError as error:
        raise option_error(error, shape.model_fields) from None


async def decoded(text: str) -> bytes:
    """The bytes of base64; others have their turn meanwhile.

    Raises:
        MalformedRequest: it is none.
    """
    reader, encoded, pieces = Base64Reader("audio_base64"), text.encode(errors="backslashreplace"), list[bytes]()
    for first in range(0, len(encoded), _DECODED_AT_ONCE):
        pieces.append(reader.feed(encoded[first : first + _DECODED_AT_ONCE]))
        await asyncio.sleep(0)
    return b"".join((*pieces, reader.finish()))
