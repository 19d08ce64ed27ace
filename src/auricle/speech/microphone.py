"""The microphone, through PortAudio: the only importer of sounddevice.

PortAudio calls us from a thread of its own for every block; all we do there is to hand the block on. It converts neither
sample rates nor channel counts on every system, so a device that refuses 16 kHz or one channel is opened as it likes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio
from auricle.errors import AuricleError, InputError, MissingDependency, OptionError
from auricle.resample import Resampler
from auricle.speech.capture import Inbox
from auricle.speech.vad import SAMPLE_RATE

__all__ = ["InputDevice", "Microphone", "input_devices"]

_BLOCKS_PER_SECOND = 20
_INSTEAD = "or give a recording"


@dataclass(frozen=True, slots=True)
class InputDevice:
    """A microphone, or whatever else the system can record from.

    Attributes:
        index: its number in the system's list of devices.
        name: as the system calls it.
        system: the part of the system that offers it, such as "ALSA"; several may offer the same device.
        channels: how many it has at most.
        rate: the sample rate it prefers. Hertz.
        default: whether it is the one that is used when none is named.
    """

    index: int
    name: str
    system: str
    channels: int
    rate: int
    default: bool


def input_devices() -> tuple[InputDevice, ...]:
    """All that the system can record from; at least one.

    Raises:
        MissingDependency: sounddevice is not installed.
        InputError: there is nothing, or PortAudio is not on this machine.
    """
    return _devices(_sounddevice())


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
        sounddevice = _sounddevice()
        chosen = _chosen(_devices(sounddevice), device)
        self.name = chosen.name
        self._inbox = inbox
        try:
            rate, channels = _accepted(sounddevice, chosen)
            self._resampler = Resampler(rate, SAMPLE_RATE, 1)
            self._rate, self._block = rate, rate // _BLOCKS_PER_SECOND
            self._stream = sounddevice.InputStream(
                samplerate=rate,
                channels=channels,
                device=chosen.index,
                dtype="float32",
                blocksize=self._block,
                callback=self._hear,
                finished_callback=self._stopped,
            )
            try:
                self._stream.start()
            except sounddevice.PortAudioError:
                self._stream.close(ignore_errors=True)
                raise
        except sounddevice.PortAudioError as error:
            raise _unusable(chosen, error) from error

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


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise MissingDependency("the microphone", "microphone") from error
    except OSError as error:  # the package is there, the system's library is not
        raise InputError(
            f"the microphone needs PortAudio, which this system lacks; install it (Debian: apt install libportaudio2), {_INSTEAD}."
        ) from error
    return sounddevice


def _devices(sounddevice: Any) -> tuple[InputDevice, ...]:
    systems = sounddevice.query_hostapis()
    default = next((system["default_input_device"] for system in systems if system["default_input_device"] >= 0), -1)
    found = tuple(
        InputDevice(
            index=number,
            name=facts["name"],
            system=systems[facts["hostapi"]]["name"],
            channels=facts["max_input_channels"],
            rate=round(facts["default_samplerate"]),
            default=number == default,
        )
        for number, facts in enumerate(sounddevice.query_devices())
        if facts["max_input_channels"] > 0
    )
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


def _accepted(sounddevice: Any, device: InputDevice) -> tuple[int, int]:
    """The first sample rate and channel count that the device takes, or else what it calls its own."""
    *tried, own = _formats(device)
    for rate, channels in tried:
        try:
            sounddevice.check_input_settings(device=device.index, channels=channels, dtype="float32", samplerate=rate)
        except sounddevice.PortAudioError:
            continue
        return rate, channels
    return own


def _formats(device: InputDevice) -> Iterator[tuple[int, int]]:
    yield SAMPLE_RATE, 1
    yield device.rate, 1
    yield device.rate, min(2, device.channels)
    yield device.rate, device.channels


def _unusable(device: InputDevice, error: Exception) -> InputError:
    reason = str(error.args[0] if error.args else error)
    return InputError(f"the microphone {device.name!r} cannot be opened: {reason}; is another program using it, or is it not allowed?")
