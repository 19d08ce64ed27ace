"""What the server asks of whatever does the work: a narrow, awaitable interface of plain, picklable values.

`LocalEngine` does it in this process; another may hand it to other machines. The application knows only this module.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Protocol, Self, TypeVar

from auricle.codec import AudioProcessingConfig
from auricle.music.live import Rolling
from auricle.music.results import MusicAnalysis
from auricle.server.analysing import Analysing, LiveAnalysing
from auricle.server.enhancing import EnhancedRecording, Enhancing, LiveEnhancing
from auricle.server.identifying import Identifier
from auricle.server.listening import Listening
from auricle.server.speaking import SpeechEvent, Synthesis
from auricle.speech.events import LiveEvent
from auricle.speech.transcript import Segment, Transcript
from auricle.speech.whisper import TranscribeOptions
from auricle.voice import Voice

__all__ = [
    "AnalysedStream",
    "Engine",
    "EnhancedStream",
    "Event",
    "Listening",
    "LiveStream",
    "Load",
    "ModelState",
    "Progress",
    "Recognition",
    "TreatedStream",
    "Voices",
]

Made = TypeVar("Made", covariant=True)


@dataclass(frozen=True, slots=True)
class Recognition:
    """What is wanted of a recording.

    Attributes:
        options: what to recognise and how.
        model: a model's name; None for the engine's default.
        vad: pass over what is not speech.
        salvage: use what can be decoded of a damaged recording.
        config: format of raw samples without a header.
    """

    options: TranscribeOptions = field(default_factory=TranscribeOptions)
    model: str | None = None
    vad: bool = True
    salvage: bool = False
    config: AudioProcessingConfig = field(default_factory=AudioProcessingConfig)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recording has been read.

    Attributes:
        position: seconds.
        duration: its length by its header, None when that doesn't say. Seconds.
    """

    position: float
    duration: float | None


Event = Progress | Segment | Transcript


class LiveStream(Protocol):
    """One stream of live audio. Its methods are called on one event loop; `events` may be iterated beside the others, once.

    A context manager: leaving it stops the work and frees everything, whether it was finished or not.
    """

    async def send(self, data: bytes) -> None:
        """Take audio in the stream's format; waits while too much of what was sent is not yet heard.

        Raises:
            InputError: this piece cannot be used and is left out; the stream goes on.
        """

    async def settled(self) -> None:
        """Wait until everything that was sent is heard, and every event that came of it can be had without waiting."""

    async def commit(self) -> None:
        """Recognise everything that was sent and make it final: the utterance ends here, the stream goes on."""

    async def finish(self) -> None:
        """No more audio will come: the rest is recognised, and `events` ends after it."""

    def ready_events(self) -> Sequence[LiveEvent]:
        """The events that can be had without waiting; they are not given again."""

    def events(self) -> AsyncGenerator[LiveEvent, None]:
        """Events as they come, until the last after `finish`.

        Raises:
            AuricleError: the stream cannot go on.
        """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


class TreatedStream(Protocol[Made]):
    """One stream of live audio, of which something is made. Its methods are called on one event loop, one at a time.

    A context manager: leaving it frees everything, whether it was finished or not.
    """

    async def feed(self, data: bytes) -> Made:
        """Audio in the stream's format → what is ready with it; perhaps nothing yet.

        Raises:
            InputError: this piece cannot be used and is left out; the stream goes on.
            ModelError: a model cannot be used.
        """

    async def finish(self) -> Made:
        """No more audio will come: the rest; raises `InputError` where what came last is cut off."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


EnhancedStream = TreatedStream[bytes]  # the same audio in the same format, enhanced: as many samples in the end as went in
AnalysedStream = TreatedStream[Sequence[Rolling]]  # what is said of every second


@dataclass(frozen=True, slots=True)
class ModelState:
    """A model that requests may name.

    Attributes:
        id: its name.
        created: when its files came to this machine. Seconds since 1970.
        loaded: whether it is in memory.
        memory: what loading it took, 0 when it is not loaded. Bytes.
    """

    id: str
    created: int
    loaded: bool
    memory: int


@dataclass(frozen=True, slots=True)
class Voices:
    """The voices that requests may name.

    Attributes:
        every: all of them.
        default: the name of that which speaks where none is named; None where there is none.
        models: the engines that make them speak, each as a model that requests may name.
    """

    every: tuple[Voice, ...]
    default: str | None
    models: tuple[ModelState, ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """How busy the engine is: recordings at work and requests that wait for a place."""

    running: int
    waiting: int


class Engine(Protocol):
    """Whatever recognises, speaks, enhances and analyses. Methods are called on one event loop, and never block it."""

    @property
    def identifier(self) -> Identifier:
        """Who recognises recordings."""

    async def start(self) -> None:
        """Get ready; `ready` is true some time after."""

    async def stop(self) -> None:
        """Give everything back, once no request is left."""

    def ready(self) -> bool:
        """Whether requests will be served without delay."""

    def load(self) -> Load:
        """How busy it is."""

    def models(self) -> Sequence[ModelState]:
        """The models that requests may name, the default first."""

    async def unload(self, model: str) -> bool:
        """Free a model's memory once nobody uses it; false if it was not loaded.

        Raises:
            UnknownModel: there is none of that name.
        """

    def recognize(self, recording: IO[bytes], wanted: Recognition) -> AsyncGenerator[Event, None]:
        """Recognise a recording: a first `Progress` when the work begins, segments as they are found, at last the `Transcript`.

        Closing the generator cancels the work. ``recording`` must stay open until then.

        Raises:
            AuricleError: `Busy` when there is no place; otherwise as for `auricle.transcribe`.
        """

    async def voices(self) -> Voices:
        """Who may be asked to speak."""

    def speak(self, wanted: Synthesis, recording: IO[bytes] | None = None) -> AsyncGenerator[SpeechEvent, None]:
        """Speak: an `Opening` once everything is checked, the `Sound` piece by piece, at last the `Closing`.

        No more than one piece is made ahead of whoever takes them. Closing the generator stops the work after the piece at hand. With a
        ``recording``, which must stay open until then, its speaker is imitated; nothing is kept of it.

        Raises:
            AuricleError: `Busy` when there is no place; otherwise as for `auricle.synthesize`.
        """

    async def enhance(self, recording: IO[bytes], wanted: Enhancing, target: IO[bytes]) -> EnhancedRecording:
        """Enhance a recording, and write it encoded into ``target``, from its beginning.

        Cancelling this cancels the work. Both files must stay open until it returns.

        Raises:
            AuricleError: `Busy` when there is no place; otherwise as for `auricle.enhance`.
        """

    async def check_enhancing(self, wanted: LiveEnhancing) -> None:
        """Whether live audio can be enhanced so.

        Raises:
            OptionError: what cannot be honoured.
            ModelError: a step's model cannot be used.
        """

    async def enhance_live(self, wanted: LiveEnhancing) -> EnhancedStream:
        """Enhance live audio.

        Raises:
            Busy: there is no place for another stream.
            OptionError: what cannot be honoured.
            ModelError: a step's model cannot be used.
        """

    async def analyze(self, recording: IO[bytes], wanted: Analysing) -> MusicAnalysis:
        """Analyse a recording of music. Cancelling this cancels the work. The file must stay open until it returns.

        Raises:
            AuricleError: `Busy` when there is no place; otherwise as for `auricle.analyze`.
        """

    async def analyze_live(self, wanted: LiveAnalysing) -> AnalysedStream:
        """Analyse live music.

        Raises:
            Busy: there is no place for another stream.
        """

    async def check(self, wanted: Listening) -> None:
        """Whether live audio can be recognised so, as far as can be told without loading a model; `listen` may still find more.

        Raises:
            OptionError: what cannot be honoured.
            ModelError: the model cannot be used.
        """

    async def listen(self, wanted: Listening) -> LiveStream:
        """Recognise live audio.

        Raises:
            Busy: there is no place for another stream.
            OptionError: what cannot be honoured.
            ModelError: the model cannot be used.
        """
