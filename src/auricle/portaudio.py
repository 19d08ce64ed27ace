"""PortAudio, through the package sounddevice, of which this is the only importer: what the microphone and the loudspeaker share.

It converts neither sample rates nor channel counts on every system, so a device that refuses the wanted ones is opened as it likes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from auricle.errors import AuricleError, MissingDependency

__all__ = ["Device", "Format", "PortAudio", "portaudio"]

Way = Literal["input", "output"]
Format = tuple[int, int]
"""Sample rate in hertz, and channels."""


@dataclass(frozen=True, slots=True)
class Device:
    """What the system can record from, or play to.

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


@dataclass(frozen=True, slots=True)
class PortAudio:
    """One of the two ways of sound: that into this machine, or that out of it.

    Attributes:
        way: "input" or "output".
        module: the package sounddevice.
    """

    way: Way
    module: Any

    def devices(self) -> tuple[Device, ...]:
        """All that there are, in the system's order; there may be none."""
        systems = self.module.query_hostapis()
        default = next((system[f"default_{self.way}_device"] for system in systems if system[f"default_{self.way}_device"] >= 0), -1)
        return tuple(
            Device(
                index=number,
                name=facts["name"],
                system=systems[facts["hostapi"]]["name"],
                channels=facts[f"max_{self.way}_channels"],
                rate=round(facts["default_samplerate"]),
                default=number == default,
            )
            for number, facts in enumerate(self.module.query_devices())
            if facts[f"max_{self.way}_channels"] > 0
        )

    def accepted(self, device: Device, formats: Sequence[Format]) -> Format:
        """The first format that the device takes; the last is not tried, for it is what the device calls its own."""
        check = getattr(self.module, f"check_{self.way}_settings")
        *tried, own = formats
        for rate, channels in tried:
            try:
                check(device=device.index, channels=channels, dtype="float32", samplerate=rate)
            except self.module.PortAudioError:
                continue
            return rate, channels
        return own

    def started(self, device: Device, form: Format, refused: Callable[[str], AuricleError], **settings: Any) -> Any:
        """A stream of float32 that is already running; whoever has it closes it.

        Args:
            device: where from, or where to.
            form: its format.
            refused: makes what is raised, from PortAudio's reason.
            **settings: the callbacks and whatever else sounddevice's streams take.
        """
        streams = {"input": "InputStream", "output": "OutputStream"}
        rate, channels = form
        try:
            stream = getattr(self.module, streams[self.way])(
                samplerate=rate, channels=channels, device=device.index, dtype="float32", **settings
            )
            try:
                stream.start()
            except self.module.PortAudioError:
                stream.close(ignore_errors=True)
                raise
        except self.module.PortAudioError as error:
            raise refused(str(error.args[0] if error.args else error)) from error
        return stream


def portaudio(way: Way, feature: str, lacking: AuricleError) -> PortAudio:
    """One of the two ways of sound.

    Args:
        way: "input" or "output".
        feature: what needs it, for the beginning of a sentence.
        lacking: what is raised where the package is there, and the system's library is not.

    Raises:
        MissingDependency: sounddevice is not installed.
    """
    try:
        import sounddevice
    except ImportError as error:
        raise MissingDependency(feature, "microphone") from error
    except OSError as error:
        raise lacking from error
    return PortAudio(way, sounddevice)
