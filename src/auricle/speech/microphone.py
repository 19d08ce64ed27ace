"""The microphone, through PortAudio, which calls us from a thread of its own for every block; all we do there is to hand the block on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio
from auricle.errors import AuricleError, InputError, OptionError
from auricle.portaudio import Device as InputDevice
from auricle.portaudio import Format, PortAudio, portaudio
from auricle.resample import Resampler
from auricle.speech.capture import Inbox
from auricle.speech.vad import SAMPLE_RATE

__all__ = ["InputDevice", "Microphone", "input_devices"]

_BLOCKS_PER_SECOND = 20
_INSTEAD = "or give a recording"


def input_devices() -> tuple[InputDevice, ...]:
    """All that the system can record from; at least one.

    Raises:
        MissingDependency: sounddevice is not installed.
        InputError: there is nothing, or PortAudio is not on this machine.
    """
    return _devices(_system())


class Microphone:
    """An input device that is recorded from its creation on, into an inbox, until it is closed.

    Args:
        inbox: where the audio goes.
        device: a device's number, its name or a part of that; None is the system's default.

    Attributes:
        name: the device's name.

    Raises:
        MissingDependency: sounddevice is not installed.
        OptionError: there is no such device, or several.
        InputError: there is no microphone, or it cannot be opened.
    """

    def __init__(self, inbox: Inbox, device: str | int | None = None) -> None:
        system = _system()
        chosen = _chosen(_devices(system), device)
        self.name = chosen.name
        self._inbox = inbox
        form = self._rate, _ = system.accepted(chosen, _formats(chosen))
        self._resampler = Resampler(self._rate, SAMPLE_RATE, 1)
        self._stream = system.started(
            chosen,
            form,
            lambda reason: _unusable(chosen, reason),
            blocksize=self._rate // _BLOCKS_PER_SECOND,
            callback=self._hear,
            finished_callback=self._stopped,
        )

    def close(self) -> None:
        """Stop recording and give the device back."""
        self._inbox.end()
        self._stream.close(ignore_errors=True)

    def _hear(self, block: npt.NDArray[np.float32], frames: int, time: object, status: Any) -> None:
        """Take a block of shape (frames, channels), in PortAudio's thread, whose memory PortAudio uses again."""
        try:
            if status.input_overflow:  # how much was lost is not said; as much as a block is likely
                self._inbox.lose(SAMPLE_RATE // _BLOCKS_PER_SECOND)
            self._inbox.offer(self._resampler.feed(Audio(block.T.copy(), self._rate).remix(1).samples)[0])
        except AuricleError as error:  # which must not pass through PortAudio
            self._inbox.end(error)

    def _stopped(self) -> None:
        """PortAudio has ended the recording: because we did, or because the device is gone."""
        self._inbox.end(InputError(f"the microphone {self.name!r} has stopped; is it still plugged in?"))


def _system() -> PortAudio:
    lacking = f"the microphone needs PortAudio, which this system lacks; install it (Debian: apt install libportaudio2), {_INSTEAD}."
    return portaudio("input", "the microphone", InputError(lacking))


def _devices(system: PortAudio) -> tuple[InputDevice, ...]:
    found = system.devices()
    if not found:
        raise InputError(f"there is no microphone on this machine; plug one in, {_INSTEAD}.")
    return found


def _chosen(devices: Sequence[InputDevice], wanted: str | int | None) -> InputDevice:
    if wanted is None:
        return next((device for device in devices if device.default), devices[0])
    found = _matching(devices, wanted)
    if not found:
        raise OptionError("device", f"there is no microphone {wanted!r}", map(_label, devices))
    if len({device.name for device in found}) > 1:
        raise OptionError("device", f"{wanted!r} may be several microphones", map(_label, found))
    return found[0]  # of one device that several parts of the system offer, the one that PortAudio prefers


def _label(device: InputDevice) -> str:
    return f"{device.index} ({device.name})"


def _matching(devices: Sequence[InputDevice], wanted: str | int) -> list[InputDevice]:
    if isinstance(wanted, int):
        return [device for device in devices if device.index == wanted]
    exact = [device for device in devices if device.name == wanted]
    return exact or [device for device in devices if wanted.casefold() in device.name.casefold()]


def _formats(device: InputDevice) -> tuple[Format, ...]:
    """What the model hears first, then what is nearest to it."""
    return (SAMPLE_RATE, 1), (device.rate, 1), (device.rate, min(2, device.channels)), (device.rate, device.channels)


def _unusable(device: InputDevice, reason: str) -> InputError:
    return InputError(f"the microphone {device.name!r} cannot be opened: {reason}; is another program using it, or is it not allowed?")
