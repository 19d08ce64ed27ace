"""A live stream in this process: audio that waits to be heard, and events that wait to be told.

::

    send ─ decoder ─▶ inbox ─▶ a turn in a thread: hear it all, then one update ─▶ unread ─▶ events, ready_events

All but a turn's work is done on the event loop, so there are no locks. Streams take turns (`auricle.server.rota`); the more of them are
open, the more audio comes until a stream's turn, which one update covers, so that captions come in larger steps, but not ever later.
Neither queue grows without bound: `send` waits while too much audio is unheard, and while too many events are unread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Literal, Protocol, Self

from auricle.audio import Audio
from auricle.codec.raw import RawDecoder, RawFormat
from auricle.resample import MonoResampler
from auricle.server.rota import Rota
from auricle.speech.events import Final, LiveEvent, Partial, Session
from auricle.speech.vad import SAMPLE_RATE

__all__ = ["CaptionStream", "CommittingSession", "Said"]

_ROOM_S = 4.0  # of audio that may wait to be heard
_PIECE_S = 1.0  # what is longer is heard in several pieces
_LEAST_S = 0.004  # what a piece counts at least, so that their number is bounded, too
_MOST_UNREAD = 1000  # events: those of some minutes
_LARGE = 256 * 1024  # bytes that take long enough to decode to leave the event loop alone

Said = Sequence[LiveEvent]
_Mark = Literal["commit", "finish"]


class CommittingSession(Session, Protocol):
    """One whose utterances can be ended: `auricle.speech.live.LiveSession`."""

    def commit(self) -> Said:
        """Recognise what has been heard and make it final: the utterance ends."""


class CaptionStream:
    """A stream of the local engine; see `LiveStream`.

    Args:
        session: nobody else's.
        format: how audio is sent.
        rota: where it takes turns.
        free: called once, when nothing works for it any more and nothing will: it has finished, failed, or been left.
    """

    def __init__(self, session: CommittingSession, format: RawFormat, rota: Rota[Said], free: Callable[[], None]) -> None:  # noqa: A002 - as everywhere
        self._ear, self._decoder, self._rota, self._free = _Ear(session), RawDecoder(format), rota, free
        self._inbox = deque[Audio | _Mark]()
        self._waiting = 0.0  # seconds in the inbox
        self._sent = self._taken = self._heard = 0  # what has come into the inbox, left it, and been heard, of all time
        self._unread = deque[LiveEvent]()
        self._changed = asyncio.Event()  # set at the next change of anything, and replaced
        self._failure: BaseException | None = None
        self._last = False  # nothing more may be sent
        self._over = False  # nothing more is heard
        self._freed = False

    async def send(self, data: bytes) -> None:
        """Take audio in the stream's format; waits while too much of what was sent is not yet heard, or what was said is not read.

        Raises:
            InputError: this piece cannot be used and is left out; the stream goes on.
            AuricleError: the stream cannot go on.
        """
        await self._until(lambda: len(self._unread) < _MOST_UNREAD)
        feed = self._decoder.feed
        audio = feed(data) if len(data) < _LARGE else await asyncio.to_thread(feed, data)
        if audio is None:
            return
        for piece in audio.blocks(max(1, round(_PIECE_S * audio.rate))):
            await self._until(lambda: self._waiting < _ROOM_S)
            self._put(piece)

    async def settled(self) -> None:
        """Wait until everything that was sent is heard; raises why the stream cannot go on, if so."""
        sent = self._sent
        await self._until(lambda: self._heard >= sent)

    async def commit(self) -> None:
        """Recognise everything that was sent and make it final; raises why the stream cannot go on, if so."""
        self._put("commit")
        await self.settled()

    async def finish(self) -> None:
        """No more audio will come: the rest is recognised, and `events` ends after it.

        Raises:
            CorruptAudio: the audio ends within its header.
            AuricleError: the stream cannot go on.
        """
        if not self._last:
            self._put("finish")
            self._last = True
        await self.settled()
        self._decoder.finish()

    def ready_events(self) -> Said:
        """The events that can be had without waiting; they are not given again."""
        ready = tuple(self._unread)
        self._unread.clear()
        self._change()
        return ready

    async def events(self) -> AsyncGenerator[LiveEvent, None]:
        """Events as they come, until the last; then raises why the stream cannot go on, if so."""
        while True:
            if self._unread:
                if len(self._unread) == _MOST_UNREAD:
                    self._change()
                yield self._unread.popleft()
            elif self._failure is not None:
                raise self._failure
            elif self._over:
                return
            else:
                await self._changed.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop the work; what is in a thread comes to its end, even if nobody waits for that any longer."""
        self._end()
        while not self._freed:
            await self._changed.wait()

    async def stop(self, why: BaseException) -> None:
        """The same for whoever did not open it: whoever uses it hears why."""
        self._fail(why)
        await self.__aexit__(None, None, None)

    def begin(self) -> Callable[[], Said]:
        """A turn begins: it is about everything that has come, up to the end of an utterance that was asked for."""
        pieces, mark = list[Audio](), None
        while self._inbox and mark is None:
            item = self._inbox.popleft()
            self._taken += 1
            self._waiting -= _counted(item)
            if isinstance(item, Audio):
                pieces.append(item)
            else:
                mark = item
        self._change()
        return partial(self._ear.turn, pieces, mark)

    def end(self, work: asyncio.Future[Said]) -> bool:
        """A turn is over; whether there is more to hear."""
        self._heard = self._taken
        if (failure := work.exception()) is not None:
            self._fail(failure)
        elif not self._over:
            self._tell(work.result())
        if self._last and self._heard == self._sent:
            self._over = True
        if self._over:
            self._end()
        self._change()
        return bool(self._inbox)

    def _put(self, item: Audio | _Mark) -> None:
        if self._failure is not None:
            raise self._failure
        if self._last or self._over:
            raise RuntimeError("the stream has ended; open another for more audio")
        self._inbox.append(item)
        self._sent += 1
        self._waiting += _counted(item)
        self._rota.ask(self)

    async def _until(self, holds: Callable[[], bool]) -> None:
        """Wait until something is so; raises what keeps it from ever being so."""
        while self._failure is None and not holds():
            if self._over:
                raise RuntimeError("the stream has been left while somebody waited for it")
            await self._changed.wait()
        if self._failure is not None:
            raise self._failure

    def _tell(self, said: Iterable[LiveEvent]) -> None:
        """Keep events for whoever reads them; one that is partial and out of date before anybody has read it need not be read."""
        for event in said:
            if self._unread and isinstance(self._unread[-1], Partial) and isinstance(event, Partial | Final):
                self._unread.pop()
            self._unread.append(event)

    def _fail(self, why: BaseException) -> None:
        self._failure = self._failure or why
        self._over = True

    def _end(self) -> None:
        """Hear no more."""
        self._over = self._ear.closed = True
        self._inbox.clear()
        if not self._rota.leave(self) and not self._freed:
            self._freed = True
            self._free()
        self._change()

    def _change(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


class _Ear:
    """What brings audio to a session. In one thread at a time, but `closed` may be set from any.

    Attributes:
        closed: nobody wants to know any more.
    """

    def __init__(self, session: CommittingSession) -> None:
        self._session = session
        self._resampler = MonoResampler(SAMPLE_RATE)
        self.closed = False

    def turn(self, pieces: Iterable[Audio], mark: _Mark | None) -> Said:
        """Hear pieces, and recognise once what was heard: where it is due, or as is asked."""
        said = list[LiveEvent]()
        for piece in pieces:
            if self.closed:
                return ()
            said += self._session.hear(self._resampler.feed(piece))
        if mark is not None:
            # What the resampler holds back to look ahead, up to a tenth of a second, is part of it.
            said += self._session.hear(self._resampler.finish())
            return (*said, *(self._session.commit() if mark == "commit" else self._session.finish()))
        while self._session.due and not self.closed:
            said += self._session.update()
        return said


def _counted(item: Audio | _Mark) -> float:
    """How much of the inbox it takes. Seconds."""
    return max(item.duration, _LEAST_S) if isinstance(item, Audio) else 0.0
