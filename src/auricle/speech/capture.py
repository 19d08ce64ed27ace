"""From whoever captures audio to whoever recognises it, each in a thread of its own. All audio here is one channel at 16 kHz."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from auricle.audio import Mono
from auricle.speech.vad import SAMPLE_RATE

__all__ = ["Inbox", "paced"]

_ROOM = 30.0  # seconds that may wait to be recognised
_METERED = SAMPLE_RATE // 10  # samples whose level is shown: 100 ms
_SILENCE = np.zeros(SAMPLE_RATE, np.float32)


class Inbox:
    """Audio that waits to be recognised: never much more than ``room`` seconds, whatever comes and however slowly it is taken.

    One thread captures (`put` or `offer`, at last `end`), another recognises (`take` until there is nothing). Everything else may be
    called from any thread, and from a signal handler.

    Args:
        room: how much may wait. Seconds.

    Attributes:
        failure: why the source broke off, None when it ended well or has not ended.
    """

    def __init__(self, room: float = _ROOM) -> None:
        self._changed = threading.Condition()  # over a lock that its holder may take again, as a signal handler may have to
        self._room = round(room * SAMPLE_RATE)
        self._pieces: deque[Mono] = deque()
        self._waiting = self._missing = 0  # samples that are there, and those behind them for which there was no room
        self._came = self._lost = 0  # samples
        self._latest: Mono = np.zeros(_METERED, np.float32)
        self._ended = False
        self.failure: Exception | None = None

    @property
    def level(self) -> float:
        """How loud the latest 100 ms were: dBFS of their root mean square, by which a sine of full scale has -3; -inf for silence."""
        power = float(np.mean(np.square(self._latest, dtype=np.float64)))
        return 10 * math.log10(power) if power else -math.inf

    @property
    def position(self) -> float:
        """How much has come, with what was lost. Seconds."""
        return self._came / SAMPLE_RATE

    @property
    def lost(self) -> float:
        """How much of that was lost. Seconds."""
        return self._lost / SAMPLE_RATE

    def put(self, piece: Mono) -> bool:
        """Add audio of a source that can wait, which it does while there is no room; false once nobody wants any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._has_room())
            if not self._ended:
                self._add(piece)
            return not self._ended

    def offer(self, piece: Mono) -> None:
        """Add audio of a source that cannot wait: where there is no room it is lost, and silence stands for it, so that times stay true.

        What waits already is kept, for those words are older, and somebody may have seen their beginning.
        """
        with self._changed:
            if self._ended:
                return
            if self._has_room():
                self._add(piece)
            else:
                self._lose(len(piece))

    def lose(self, samples: int) -> None:
        """Take note of audio that the source itself has lost."""
        with self._changed:
            if not self._ended:
                self._lose(samples)

    def end(self, failure: Exception | None = None) -> None:
        """No more audio comes, or none is wanted; what waits can still be taken."""
        with self._changed:
            if not self._ended:
                self._ended, self.failure = True, failure
                self._changed.notify_all()

    def close(self) -> None:
        """The same, and nothing that waits is wanted either."""
        with self._changed:
            self.end()
            self._empty()

    def take(self) -> list[Mono]:
        """Everything that waits, in pieces, after waiting for some; empty once there is no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._waiting)
            pieces = [*self._pieces, *_silence(self._missing)]
            self._empty()
            self._changed.notify_all()
            return pieces

    def pause(self, seconds: float) -> None:
        """Let time pass, at most until the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended, seconds)

    def _has_room(self) -> bool:
        return not self._missing and self._waiting < self._room

    def _add(self, piece: Mono) -> None:
        self._pieces.append(piece)
        self._waiting += len(piece)
        self._came += len(piece)
        self._latest = np.concatenate([self._latest, piece[-_METERED:]])[-_METERED:]
        self._changed.notify_all()

    def _lose(self, samples: int) -> None:
        self._lost += samples
        if self._has_room():
            for piece in _silence(samples):
                self._add(piece)
        else:
            self._missing += samples
            self._came += samples

    def _empty(self) -> None:
        self._pieces.clear()
        self._waiting = self._missing = 0


def _silence(samples: int) -> Iterator[Mono]:
    """As many zeros, in pieces of at most a second, so that even an hour of them takes no memory."""
    whole, rest = divmod(samples, len(_SILENCE))
    yield from [_SILENCE] * whole
    if rest:
        yield _SILENCE[:rest]


def paced(pieces: Iterable[Mono], now: Callable[[], float], pause: Callable[[float], None]) -> Iterator[Mono]:
    """Give each piece when a microphone would have heard its end. Whoever takes one late gets the next ones earlier.

    Args:
        pieces: a recording.
        now: a clock that never goes back. Seconds.
        pause: lets that many seconds pass.
    """
    began, heard = now(), 0
    for piece in pieces:
        heard += len(piece)
        if (early := began + heard / SAMPLE_RATE - now()) > 0:
            pause(early)
        yield piece
