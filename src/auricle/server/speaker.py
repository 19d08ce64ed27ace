"""Speaking on this machine: places for texts, and threads that make one piece of each in turn.

A text that is being spoken keeps its place until its last piece has been taken, which a slow reader may draw out; a thread is taken by
one piece at a time, in the order in which they are asked for. So a long text never holds up the first words of another, and what is made
ahead of a reader is one piece.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, TypeVar

from auricle import voice
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, IsolatedDecoder
from auricle.codec.streaming import PieceEncoder, StreamEncoder, WholeEncoder
from auricle.errors import InputError, OptionError
from auricle.loudness import at_loudness
from auricle.server.casting import cast, models, require_cloning
from auricle.server.decoding import limits_of
from auricle.server.engine import ModelState, Voices
from auricle.server.lanes import Lane
from auricle.server.models import return_memory
from auricle.server.settings import Settings
from auricle.server.speaking import Closing, Opening, Sound, SpeechEvent, Synthesis
from auricle.voice import Speech, SpeechStream, SpokenTurn, SpokenWord, Voice
from auricle.voice.cache import SpeechCache, key_of
from auricle.voice.voices import engine_of

__all__ = ["Speaker", "Verbs"]

T = TypeVar("T")

_DECODE_S = 10.0  # for a minute of somebody's speech; a thread that others wait for is held up as long
_REMEMBERED_S = 10  # of a speech that is there already are encoded at once


@dataclass(frozen=True, slots=True)
class Verbs:
    """What the speaker needs of `auricle.voice`.

    Attributes:
        voices: the voices that are present.
        find_voice: the voice of a name, or for a language.
        stream_turns: speaks.
        engine_of: loads what makes a voice speak.
        clone_voice: makes a voice that imitates a recording.
        forget_voice: and forgets it.
    """

    voices: Callable[[], Sequence[Voice]] = voice.voices
    find_voice: Callable[[str | None, str | None], Voice] = voice.find_voice
    stream_turns: Callable[..., SpeechStream] = voice.stream_turns
    engine_of: Callable[[Voice], object] = engine_of
    clone_voice: Callable[..., Voice] = voice.clone_voice
    forget_voice: Callable[[Voice], bool] = voice.forget_voice


class Speaker:
    """Speaks on this machine; belongs to one event loop.

    Args:
        settings: the operator's.
        verbs: what speaks.
    """

    def __init__(self, settings: Settings, verbs: Verbs | None = None) -> None:
        self._settings, self._verbs = settings, verbs or Verbs()
        self._lane = Lane(settings.speeches, settings.waiting)
        self._cache = SpeechCache(settings.speech_cache) if settings.speech_cache else None
        self._began = int(time.time())
        self._threads = ThreadPoolExecutor(settings.speech_threads, thread_name_prefix="speech")

    @property
    def running(self) -> int:
        """Texts that have a place."""
        return self._lane.running

    @property
    def waiting(self) -> int:
        """Texts that wait for one."""
        return self._lane.waiting

    async def stop(self) -> None:
        """Wait for the last thread."""
        await asyncio.to_thread(self._threads.shutdown)

    async def voices(self) -> Voices:
        """All that may be asked for."""
        return await asyncio.to_thread(self._present)

    async def start(self) -> None:
        """Find the operator's voice; and load the default voice, if models are to be preloaded and there is one.

        Raises:
            OptionError: there is no voice of the operator's name.
            ModelError: it cannot be used.
        """
        await asyncio.to_thread(self._prepare)

    async def speak(self, wanted: Synthesis, recording: IO[bytes] | None = None) -> AsyncGenerator[SpeechEvent, None]:
        """Speak; see `Engine.speak`."""
        await self._lane.enter()
        work = _Work(self._events(wanted, recording))
        coming = self._run(work.step)
        try:
            while (event := await asyncio.shield(coming)) is not None:
                coming = self._run(work.step)  # while whoever listens takes this one
                yield replace(event, processing_time=work.spent) if isinstance(event, Closing) else event
        finally:
            # Not to be cancelled: the place is given back when the piece at hand is done, whoever has gone.
            await asyncio.shield(asyncio.ensure_future(self._end(work, coming)))

    async def _end(self, work: _Work, coming: asyncio.Future[SpeechEvent | None]) -> None:
        try:
            await asyncio.wait([coming])
            coming.exception()  # which nobody else looks at when it came ahead of whoever has gone
            await self._run(work.close)
            if self.running == 1 and not self.waiting:  # the last for now
                await self._run(return_memory)
        finally:
            self._lane.leave(work.spent)

    def _run(self, job: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._threads, job)

    def _prepare(self) -> None:
        if self._settings.voice is not None or (self._settings.preload and self._verbs.voices()):
            usual = self._verbs.find_voice(self._settings.voice, None)
            if self._settings.preload:
                self._verbs.engine_of(usual)

    def _present(self) -> Voices:
        every = tuple(self._verbs.voices())
        default = self._settings.voice or (self._verbs.find_voice(None, None).name if every else None)
        return Voices(every, default, tuple(ModelState(model, self._began, loaded=False, memory=0) for model in models(every)))

    def _events(self, wanted: Synthesis, recording: IO[bytes] | None) -> Generator[SpeechEvent]:
        """In threads: all that `speak` gives, one step at a time."""
        cache = self._cache if recording is None else None
        with self._cast(wanted, recording) as known, self._stream(known) as stream:
            encoder: PieceEncoder = (WholeEncoder if wanted.whole else StreamEncoder)(stream.rate, stream.channels, wanted.config)
            try:
                yield Opening(stream.voice.name, stream.voice.engine, stream.language, encoder.rate, encoder.channels)
                telling, frames = _Telling(stream, wanted, cache), 0
                for audio in telling.pieces():
                    frames += audio.frames if audio else 0
                    yield Sound(encoder.feed(audio) if audio else b"")
                yield Sound(encoder.finish())
            except BaseException:
                encoder.abandon()
                raise
            yield Closing(frames / stream.rate, telling.words, telling.turns if wanted.conversation else ())

    @contextmanager
    def _cast(self, wanted: Synthesis, recording: IO[bytes] | None) -> Iterator[Synthesis]:
        """What is wanted, with voices that there are; one that imitates the recording is there only meanwhile."""
        if wanted.characters > (most := self._settings.speech_characters):
            raise OptionError("text", f"the text has {wanted.characters} characters; at most {most} are allowed here")
        voices = self._verbs.voices()
        known = cast(wanted, voices, self._settings.voice)
        if recording is None:
            yield known
            return
        require_cloning(voices)
        imitated = self._imitated(recording, consent=wanted.consent)
        try:
            yield replace(known, voice=imitated.name)
        finally:
            self._verbs.forget_voice(imitated)

    def _imitated(self, recording: IO[bytes], *, consent: bool) -> Voice:
        """A voice that imitates the recording, which is decoded in a process of its own."""
        limits = limits_of(self._settings)
        limits = replace(limits, decode_time=min(limits.decode_time, _DECODE_S))
        config = AudioProcessingConfig(channels=1)
        try:
            with IsolatedDecoder(recording, config, limits, memory=self._settings.decode_memory) as decoder:
                return self._verbs.clone_voice(decoder, consent=consent)
        except InputError as error:
            raise OptionError("speaker_wav", str(error)) from error

    def _stream(self, wanted: Synthesis) -> SpeechStream:
        """What speaks, once everything is checked."""
        return self._verbs.stream_turns(
            wanted.turns,
            voice=wanted.voice,
            language=wanted.language,
            speed=wanted.speed,
            emotion=wanted.emotion,
            ssml=wanted.ssml,
            lexicon=wanted.lexicon,
            config=AudioProcessingConfig(sample_rate=wanted.config.sample_rate, channels=wanted.config.channels),
            limit=self._settings.speech_characters,
        )


class _Work:
    """The making of one speech: its steps follow one another, each in any thread.

    Attributes:
        spent: time in them. Seconds.
    """

    def __init__(self, events: Generator[SpeechEvent]) -> None:
        self._events, self.spent = events, 0.0

    def step(self) -> SpeechEvent | None:
        """The next; None after the last."""
        began = time.perf_counter()
        try:
            return next(self._events, None)
        finally:
            self.spent += time.perf_counter() - began

    def close(self) -> None:
        """No more is wanted."""
        self._events.close()


class _Telling:
    """What a stream gives, at the loudness that is wanted; or what is remembered of the same.

    Attributes:
        words: when each is said, once all pieces have been taken.
        turns: when each is said, likewise.
    """

    def __init__(self, stream: SpeechStream, wanted: Synthesis, cache: SpeechCache | None) -> None:
        self._stream, self._loudness, self._cache = stream, wanted.loudness, cache
        self._key = "" if cache is None else _key(stream, wanted)
        self.words: tuple[SpokenWord, ...] = ()
        self.turns: tuple[SpokenTurn, ...] = ()

    def pieces(self) -> Iterator[Audio | None]:
        """The audio; None for a piece that must wait for all others, for only then it is known how loud they are."""
        remembered = None if self._cache is None else self._cache.get(self._key)
        if remembered:
            self.words, self.turns = remembered.words, remembered.turns
            yield from remembered.audio.blocks(_REMEMBERED_S * remembered.sample_rate)
            return
        held = list[Audio]()
        for piece in self._stream:
            self.words += piece.words
            if self._cache is not None or self._loudness is not None:
                held.append(piece.audio)
            yield piece.audio if self._loudness is None else None
        self.turns = tuple(self._stream.turns)
        if held:
            yield from self._whole(Audio.join(held))

    def _whole(self, audio: Audio) -> Iterator[Audio]:
        if self._loudness is not None:
            audio = at_loudness(audio, self._loudness)
            yield audio
        if self._cache is not None:
            self._cache.put(self._key, Speech(audio, self._stream.voice.name, self._stream.language, self.words, self.turns, 0.0))


def _key(stream: SpeechStream, wanted: Synthesis) -> str:
    """What decides how it sounds; the stream's rate and channels are in there, for another encoding needs no other sound."""
    return key_of(
        wanted.turns,
        ssml=wanted.ssml,
        voice=stream.voice.name,
        language=stream.language,
        speed=wanted.speed,
        emotion=wanted.emotion,
        lexicon=wanted.lexicon,
        config=AudioProcessingConfig(sample_rate=stream.rate, channels=stream.channels),
        loudness=wanted.loudness,
        engine=stream.voice.engine,
    )
