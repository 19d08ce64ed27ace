"""A stand-in for the package sounddevice: output devices, which play in a thread of their own, as fast as they are fed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

_BLOCK = 512  # frames that the device asks for at once


class PortAudioError(Exception):
    """As sounddevice raises it: a text and a number."""


class CallbackStop(Exception):  # noqa: N818 - as in sounddevice
    """As sounddevice has it: the last block has been given."""


def device(name: str, outputs: int, rate: float = 48_000.0) -> dict[str, Any]:
    """What `sounddevice.query_devices` says of a device, as far as it is read here."""
    return {"name": name, "hostapi": 0, "max_input_channels": 2, "max_output_channels": outputs, "default_samplerate": rate}


class FakeSoundDevice:
    """The module: what devices there are, which formats they take, and the streams that were opened.

    Args:
        devices: as `device` makes them.
        default: index of the default output device, -1 for none.
        takes: the (sample rate, channels) that the devices take; None for all.
        failure: why no stream can be opened.
        unplugged: after so many blocks the device goes away; None for never.
        held: the device plays nothing until it is `set`.
    """

    PortAudioError = PortAudioError
    CallbackStop = CallbackStop

    def __init__(
        self,
        devices: Sequence[dict[str, Any]] = (),
        default: int = -1,
        takes: Sequence[tuple[int, int]] | None = None,
        failure: str | None = None,
        unplugged: int | None = None,
    ) -> None:
        self._devices, self._default, self._takes = devices, default, takes
        self.failure, self.unplugged = failure, unplugged
        self.going = threading.Event()
        self.going.set()
        self.streams: list[FakeStream] = []

    def query_hostapis(self) -> tuple[dict[str, Any], ...]:
        """One of them."""
        return ({"name": "ALSA", "default_output_device": self._default},)

    def query_devices(self) -> Sequence[dict[str, Any]]:
        """All devices, those without an output too."""
        return self._devices

    def check_output_settings(self, *, device: int, channels: int, dtype: str, samplerate: int) -> None:
        """Refuse what the devices do not take."""
        assert (dtype, device) == ("float32", device)
        if self._takes is not None and (samplerate, channels) not in self._takes:
            raise PortAudioError("Invalid sample rate", -9997)

    def OutputStream(self, **settings: Any) -> FakeStream:  # noqa: N802 - as in sounddevice
        """Open a stream."""
        self.streams.append(FakeStream(self, **settings))
        return self.streams[-1]


class FakeStream:
    """A stream that asks for blocks until it is told that there are no more, or is closed."""

    def __init__(self, module: FakeSoundDevice, **settings: Any) -> None:
        self.samplerate: int = settings["samplerate"]
        self.channels: int = settings["channels"]
        self.device: int = settings["device"]
        self.heard: list[npt.NDArray[np.float32]] = []  # each of shape (frames, channels)
        self.closed = threading.Event()
        self._module = module
        self._callback: Callable[..., None] = settings["callback"]
        self._finished: Callable[[], None] = settings["finished_callback"]
        self._thread = threading.Thread(target=self._play)

    def start(self) -> None:
        """Begin to ask, or fail as a device does that is in use."""
        if self._module.failure:
            raise PortAudioError(self._module.failure, -9985)
        self._thread.start()

    def samples(self) -> npt.NDArray[np.float32]:
        """All that was heard: shape (frames, channels)."""
        return np.concatenate(self.heard)

    def close(self, ignore_errors: bool = True) -> None:
        """Stop asking."""
        assert ignore_errors
        self.closed.set()
        self._module.going.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _play(self) -> None:
        while not self.closed.is_set() and len(self.heard) != self._module.unplugged:
            self._module.going.wait()
            block = np.full((_BLOCK, self.channels), 9.0, np.float32)  # what was there before
            try:
                self._callback(block, _BLOCK, None, None)
            except CallbackStop:
                break
            finally:
                self.heard.append(block)
        self._finished()
