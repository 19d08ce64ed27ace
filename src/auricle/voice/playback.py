"""The loudspeaker, through PortAudio, while more is still being made.

PortAudio calls us from a thread of its own for every block; all we do there is to hand over what waits, or silence.
"""

from __future__ import annotations

import errno
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Samples
from auricle.errors import OutputError
from auricle.portaudio import Device, Format, PortAudio, portaudio
from auricle.resample import Resampler

__all__ = ["play"]

_AHEAD_S = 30.0  # how much may wait to be heard before whoever makes it has to wait. Seconds
_NAME = "to the loudspeaker"


def play(pieces: Iterable[Audio]) -> Generator[Audio, None, None]:
    """Play pieces as they come, each of which is given on as soon as it waits to be heard; ends when all has been heard.

    Closing the iterator, or an error in whoever makes the pieces, silences it at once. Where pieces come too late there is silence
    between them.

    Args:
        pieces: all of one sample rate and channel count; not asked for more than half a minute ahead.

    Raises:
        MissingDependency: sounddevice is not installed.
        OutputError: there is no sound card, or it cannot be opened, or goes away.
    """
    system = portaudio("output", "playing", _unusable("this system lacks PortAudio; install it (Debian: apt install libportaudio2)"))
    return _played(system, _default(system), iter(pieces))


def _played(system: PortAudio, device: Device, pieces: Iterator[Audio]) -> Generator[Audio, None, None]:
    first = next(pieces, None)
    if first is None:
        return
    loudspeaker = _Loudspeaker(system, device, first.rate, first.channels)
    try:
        loudspeaker.take(first)
        yield first
        for piece in pieces:
            loudspeaker.take(piece)
            yield piece
        loudspeaker.finish()
    finally:
        loudspeaker.close()


class _Loudspeaker:
    """An output device that plays what it is given from its creation on, until it is closed."""

    def __init__(self, system: PortAudio, device: Device, rate: int, channels: int) -> None:
        self._waiting: deque[npt.NDArray[np.float32]] = deque()  # each of shape (frames, channels)
        self._frames = 0  # that wait
        self._changed = threading.Condition()
        self._complete = self._stopped = False
        self._stop = system.module.CallbackStop
        form = self._rate, self._channels = system.accepted(device, _formats(device, rate, channels))
        self._resampler = Resampler(rate, self._rate, self._channels)
        self._stream = system.started(device, form, _unusable, callback=self._fill, finished_callback=self._end)

    def take(self, piece: Audio) -> None:
        """Let a piece wait for its turn; returns when there is room for more."""
        self._offer(self._resampler.feed(piece.remix(self._channels).samples))
        self._wait_until(lambda: self._frames <= _AHEAD_S * self._rate)

    def finish(self) -> None:
        """Wait until all has been heard."""
        self._offer(self._resampler.finish())
        with self._changed:
            self._complete = True
        self._wait_until(lambda: False)

    def close(self) -> None:
        """Be silent, and give the device back."""
        self._stream.close(ignore_errors=True)

    def _offer(self, samples: Samples) -> None:
        with self._changed:
            self._waiting.append(samples.T)
            self._frames += samples.shape[1]

    def _wait_until(self, ready: Callable[[], bool]) -> None:
        """Wait for that, or for the end of the playback, which is an error before all has been heard."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or ready())
            if self._stopped and (self._frames or not self._complete):
                raise _unusable("it has stopped; see whether it is still plugged in")

    def _fill(self, block: npt.NDArray[np.float32], frames: int, time: object, status: object) -> None:
        """Write the next frames into ``block``, of shape (frames, channels), in PortAudio's thread."""
        with self._changed:
            done = 0
            while done < frames and self._waiting:
                some = self._waiting.popleft()
                part = some[: frames - done]
                block[done : done + len(part)] = part
                done += len(part)
                if len(part) < len(some):
                    self._waiting.appendleft(some[len(part) :])
            block[done:] = 0.0
            self._frames -= done
            self._changed.notify_all()
            if self._complete and not self._frames:
                raise self._stop  # by which PortAudio plays what it has been given, and then says that it has ended

    def _end(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()


def _default(system: PortAudio) -> Device:
    """The system's own output device, or else the first."""
    outputs = system.devices()
    if not outputs:
        raise _unusable("this machine has no sound card")
    return next((device for device in outputs if device.default), outputs[0])


def _formats(device: Device, rate: int, channels: int) -> tuple[Format, ...]:
    """The audio's own first, then what is nearest to it."""
    return (rate, channels), (rate, 2), (device.rate, channels), (device.rate, min(2, device.channels))


def _unusable(reason: str) -> OutputError:
    return OutputError(_NAME, OSError(errno.ENODEV, reason))
