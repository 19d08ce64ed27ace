"""A stand-in for the package sounddevice: devices as on real systems, and blocks that the test plays into the microphone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import numpy.typing as npt


class PortAudioError(Exception):
    """As sounddevice raises it: a text and a number."""


def device(name: str, inputs: int, rate: float = 48_000.0, hostapi: int = 0) -> dict[str, Any]:
    """What `sounddevice.query_devices` says of a device, as far as it is read here."""
    return {"name": name, "hostapi": hostapi, "max_input_channels": inputs, "max_output_channels": 2, "default_samplerate": rate}


class FakeSoundDevice:
    """The module: what devices there are, which formats they take, and the streams that were opened.

    Args:
        devices: as `device` makes them.
        default: index of the default input device, -1 for none.
        takes: the (sample rate, channels) that the devices take; None for all.
        failure: why no stream can be opened.
    """

    PortAudioError = PortAudioError

    def __init__(
        self,
        devices: Sequence[dict[str, Any]] = (),
        default: int = -1,
        takes: Sequence[tuple[int, int]] | None = None,
        failure: str | None = None,
    ) -> None:
        self._devices, self._default, self._takes, self._failure = devices, default, takes, failure
        self.streams: list[FakeStream] = []

    def query_hostapis(self) -> tuple[dict[str, Any], ...]:
        """Two of them, of which the second has no devices of its own."""
        return ({"name": "ALSA", "default_input_device": self._default}, {"name": "JACK", "default_input_device": -1})

    def query_devices(self) -> Sequence[dict[str, Any]]:
        """All devices, those without an input too."""
        return self._devices

    def check_input_settings(self, *, device: int, channels: int, dtype: str, samplerate: int) -> None:
        """Refuse what the devices do not take."""
        assert (dtype, device) == ("float32", device)
        if self._takes is not None and (samplerate, channels) not in self._takes:
            raise PortAudioError("Invalid sample rate", -9997)

    def InputStream(self, **settings: Any) -> FakeStream:  # noqa: N802 - as in sounddevice
        """Open a stream."""
        self.streams.append(FakeStream(self._failure, **settings))
        return self.streams[-1]


class FakeStream:
    """A stream into which a test plays."""

    def __init__(self, failure: str | None, **settings: Any) -> None:
        self.samplerate: int = settings["samplerate"]
        self.channels: int = settings["channels"]
        self.device: int = settings["device"]
        self.state = "open"
        self._failure = failure
        self._callback: Callable[..., None] = settings["callback"]
        self._finished: Callable[[], None] = settings["finished_callback"]

    def start(self) -> None:
        """Begin to record, or fail as a device does that is in use."""
        if self._failure:
            raise PortAudioError(self._failure, -9985)
        self.state = "recording"

    def play(self, samples: npt.NDArray[np.float32], *, overflow: bool = False) -> None:
        """Let the microphone hear a block of shape (frames, channels), in memory that is used again at once."""
        memory = samples.astype(np.float32)
        self._callback(memory, len(memory), None, SimpleNamespace(input_overflow=overflow))
        memory[:] = 9.0

    def unplug(self) -> None:
        """The device goes away."""
        self._finished()

    def close(self, ignore_errors: bool = True) -> None:
        """Stop; PortAudio says that the stream has finished, for whatever reason."""
        assert ignore_errors
        self.state = "closed"
        self._finished()
