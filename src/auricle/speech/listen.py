"""Live captions of a microphone, a recording or any chunks of audio: `listen`.

Two threads share the work. One captures, at the pace of its source, and never waits for the recogniser as long as there is room
(`auricle.speech.capture`); the other is the caller's, and recognises while it asks for the next event. Whatever came while it was
busy is heard in one go and decoded once, so captions fall behind by one decoding at most, however slow the machine.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Protocol, Self, TypeGuard

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Mono
from auricle.codec import Decoder, IsolatedDecoder, Recording, as_audio, open_recording
from auricle.errors import OptionError
from auricle.resample import MonoResampler
from auricle.speech import DEFAULT_MODEL, load_recognizer
from auricle.speech.capture import Inbox, paced
from auricle.speech.events import LiveEvent, Session
from auricle.speech.live import LiveOptions, LiveSession
from auricle.speech.microphone import Microphone
from auricle.speech.vad import SAMPLE_RATE

__all__ = ["Listening", "LiveSource", "SteppedSession", "listen"]

_BLOCK_SECONDS = 1.0  # of a recording that are decoded at a time
_PIECE = SAMPLE_RATE // 10  # samples: as much as a microphone might give at a time

Chunks = Iterable[Audio] | Iterable[npt.NDArray[Any]]
LiveSource = Recording | Chunks | None


class SteppedSession(Session, Protocol):
    """One that can also be heard in steps: `auricle.speech.live.LiveSession`."""

    def feed(self, samples: Mono) -> Sequence[LiveEvent]:
        """Take audio and recognise it, in steps of a fixed length."""


def listen(
    source: LiveSource = None,
    *,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    language: str | None = None,
    prompt: str | None = None,
    rate: int | None = None,
    device: str | int | None = None,
    realtime: bool = True,
) -> Listening:
    """Caption what is said, while it is said.

    Args:
        source: None for the microphone. A recording (path, bytes, binary file object, `Audio`, or a float array with ``rate``) is heard
            as if it were spoken now. Chunks, any iterable of `Audio` or of float arrays of shape (frames,) or (channels, frames) with
            ``rate``, are heard as they come.
        model: a name that `auricle models list` shows, or the path of a CTranslate2 Whisper directory.
        language: ISO 639-1 code of what is spoken; None detects it, utterance by utterance.
        prompt: text that might have come before: its style and spelling are continued.
        rate: sample rate of arrays. Hertz.
        device: of several microphones, the number or (part of) the name of the one to use.
        realtime: false takes a recording or chunks as fast as they can be recognised, in the same steps every time.

    Raises:
        InputError: there is no microphone, or the recording cannot be used; see the subclasses.
        OptionError: an option that this model, or this source, cannot honour.
        ModelError: the model cannot be used; see the subclasses.
    """
    options = LiveOptions(language=language, prompt=prompt)
    session = LiveSession(load_recognizer(model), options)
    return Listening(session, source, rate=rate, device=device, realtime=realtime)


class Listening:
    """Live captions: iterate for events, once, in one thread. It listens from its creation on.

    A context manager: leaving it stops the microphone or whatever is read, at once. `level`, `position`, `lost` and `stop` are for
    any thread, and for signal handlers.

    Args:
        session: what recognises.
        source: as for `listen`, as are the others.
    """

    def __init__(
        self,
        session: SteppedSession,
        source: LiveSource = None,
        *,
        rate: int | None = None,
        device: str | int | None = None,
        realtime: bool = True,
    ) -> None:
        _reject_useless(source, rate, device, realtime=realtime)
        self._inbox = Inbox()
        closing = ExitStack()
        # Nothing below knows this object, so that it is also closed when it is forgotten, and at the end of the process.
        self._close = weakref.finalize(self, closing.close)
        if source is None:
            closing.callback(Microphone(self._inbox, device).close)
            self._events = _as_it_comes(session, self._inbox)
            return
        is_recording, blocks = _opened(source, rate, closing)
        pieces = _until_it_fails(_mono(blocks), self._inbox)
        if realtime:
            capturing = _capture(paced(_cut(pieces), time.monotonic, self._inbox.pause) if is_recording else pieces, self._inbox)
            if is_recording:  # whoever makes chunks may be asleep for hours
                closing.callback(capturing.join)
            self._events = _as_it_comes(session, self._inbox)
        else:
            self._events = _step_by_step(session, self._inbox, pieces)
        closing.callback(self._inbox.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __iter__(self) -> Iterator[LiveEvent]:
        return self

    def __next__(self) -> LiveEvent:
        """The next event, which may take as long as nobody speaks.

        Raises:
            InputError: the source broke off; all that was heard before has been recognised.
        """
        try:
            return next(self._events)
        except BaseException:  # the end too
            self.close()
            raise

    @property
    def level(self) -> float:
        """How loud the latest 100 ms were: dBFS of their root mean square, by which a sine of full scale has -3; -inf for silence."""
        return self._inbox.level

    @property
    def position(self) -> float:
        """How much has been heard. Seconds."""
        return self._inbox.position

    @property
    def lost(self) -> float:
        """How much a microphone said while half a minute of it waited already; silence stands for it. Seconds."""
        return self._inbox.lost

    def stop(self) -> None:
        """Hear no more: what has been heard is recognised, its last words become final, and the iteration ends."""
        self._inbox.end()

    def close(self) -> None:
        """Stop at once: there are no more events. For the thread that iterates."""
        self._events = iter(())
        self._close()


def _as_it_comes(session: Session, inbox: Inbox) -> Iterator[LiveEvent]:
    """Events of what another thread captures: all that came during an update is heard at once, and the update after it is one."""
    while pieces := inbox.take():
        for piece in pieces:
            yield from session.hear(piece)
        while session.due:
            yield from session.update()
    yield from _rest(session, inbox)


def _step_by_step(session: SteppedSession, inbox: Inbox, pieces: Iterable[Mono]) -> Iterator[LiveEvent]:
    """Events of what is read by this thread; the inbox only measures it."""
    for piece in pieces:
        if not inbox.put(piece):
            break
        for taken in inbox.take():
            yield from session.feed(taken)
    yield from _rest(session, inbox)


def _rest(session: Session, inbox: Inbox) -> Iterator[LiveEvent]:
    yield from session.finish()
    if inbox.failure is not None:
        raise inbox.failure


def _capture(pieces: Iterable[Mono], inbox: Inbox) -> threading.Thread:
    """Start the thread that captures."""

    def run() -> None:
        for piece in pieces:
            if not inbox.put(piece):
                return
        inbox.end()

    thread = threading.Thread(target=run, name="auricle capture", daemon=True)
    thread.start()
    return thread


def _until_it_fails(pieces: Iterable[Mono], inbox: Inbox) -> Iterator[Mono]:
    """The pieces; a failure is kept for later, when all before it has been recognised."""
    try:
        yield from pieces
    except Exception as failure:  # noqa: BLE001 - whatever a caller's chunks may raise, the caller gets it
        inbox.end(failure)


def _reject_useless(source: LiveSource, rate: int | None, device: str | int | None, *, realtime: bool) -> None:
    """Refuse options that would change nothing."""
    if source is None and rate is not None:
        raise OptionError("rate", "rate is for arrays of samples; the microphone says its own")
    if source is None and not realtime:
        raise OptionError("realtime", "a microphone is always heard in real time; leave realtime as it is, or give a recording")
    if source is not None and device is not None:
        raise OptionError("device", "device names a microphone, and something else is to be heard; leave one of them out")


def _opened(source: Recording | Chunks, rate: int | None, closing: ExitStack) -> tuple[bool, Iterable[Audio]]:
    """Whether it is a recording, which has no pace of its own, and its blocks."""
    if _is_recording(source):
        recording = open_recording(source, rate, block=_BLOCK_SECONDS)
        if isinstance(recording, Audio):
            return True, recording.blocks(round(_BLOCK_SECONDS * recording.rate))
        return True, closing.enter_context(recording)
    if isinstance(source, Iterable):
        return False, _chunks(source, rate)
    kind = type(source).__name__
    raise OptionError("source", f"an object of type {kind} cannot be heard; give a recording, chunks of audio, or None for the microphone")


def _is_recording(source: object) -> TypeGuard[Recording]:
    kinds = (Audio, np.ndarray, Decoder, IsolatedDecoder, str, bytes, bytearray, memoryview, os.PathLike)
    return isinstance(source, kinds) or hasattr(source, "read")


def _chunks(chunks: Iterable[Any], rate: int | None) -> Iterator[Audio]:
    return (as_audio(chunk, rate) for chunk in chunks)


def _mono(blocks: Iterable[Audio]) -> Iterator[Mono]:
    """One channel at 16 kHz, in pieces that are not empty."""
    resampler = MonoResampler(SAMPLE_RATE)
    for block in blocks:
        if len(ready := resampler.feed(block)):
            yield ready
    if len(rest := resampler.finish()):
        yield rest


def _cut(pieces: Iterable[Mono]) -> Iterator[Mono]:
    """The same in pieces as short as a microphone's."""
    for piece in pieces:
        for first in range(0, len(piece), _PIECE):
            yield piece[first : first + _PIECE]
