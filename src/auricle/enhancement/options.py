"""What to do to a recording."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal, get_args

from auricle.audio import Audio
from auricle.errors import OptionError
from auricle.loudness.presets import target_of

__all__ = ["STEPS", "Band", "Denoiser", "EnhanceOptions"]

Denoiser = Literal["deepfilter", "rnnoise", "spectral"]
BandKind = Literal["peak", "low_shelf", "high_shelf", "low_pass", "high_pass", "notch"]

# Repair first (what is broken misleads all that follows), then what does not belong there, then tone, then dynamics, and the loudness last,
# for everything before it changes it.
STEPS = ("declip", "declick", "dehum", "denoise", "equalize", "deess", "level", "trim", "normalize", "limit")


@dataclass(frozen=True, slots=True)
class Band:
    """One band of an equaliser.

    Attributes:
        frequency: centre of a peak or notch, corner of a shelf or pass. Hertz.
        gain: of a peak or shelf. dB.
        q: quality: a peak's centre over its bandwidth.
        kind: what it does.
    """

    frequency: float
    gain: float = 0.0
    q: float = 1.0
    kind: BandKind = "peak"


@dataclass(frozen=True, slots=True)
class EnhanceOptions:
    """What to do; without any of it a recording stays as it is.

    Attributes:
        denoise: take noise away with this engine: "deepfilter" (speech), "rnnoise" (speech, light) or "spectral" (any steady noise).
        noise_limit: how far noise is lowered at most. dB; None is as far as the engine can.
        noise_profile: what the noise alone sounds like, for "spectral": a recording or its path, or from when to when it is heard
            (seconds); None finds it.
        guard_music: where there is music, leave it alone.
        declip: put back peaks that were cut off.
        declick: repair clicks and pops. True, or how sensitively: 0 (only the worst) to 1.
        dehum: take out mains hum and its harmonics. True estimates its frequency, or about which it is. Hertz.
        equalize: bands of the equaliser.
        deess: tame sibilants. True, or by how much at most. dB.
        level: bring quiet and loud speech gently together.
        trim: cut silence off both ends. True, or below which level it is silence. dBFS.
        loudness: the integrated loudness to have: LUFS, or the name of a preset such as "podcast"; None leaves it.
        true_peak: the highest true peak allowed. dBTP; None is the preset's, or -1; and where no loudness is asked for, none is.
        most_limiting: by how much peaks may be limited to reach the loudness. dB; beyond, it stays quieter, and the report says so.
        order: the steps to take and their order, if not all that are asked for in the usual one.
    """

    denoise: Denoiser | None = None
    noise_limit: float | None = None
    noise_profile: Audio | str | os.PathLike[str] | tuple[float, float] | None = None
    guard_music: bool = True
    declip: bool = False
    declick: bool | float = False
    dehum: bool | float = False
    equalize: tuple[Band, ...] = ()
    deess: bool | float = False
    level: bool = False
    trim: bool | float = False
    loudness: float | str | None = None
    true_peak: float | None = None
    most_limiting: float = 15.0
    order: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.denoise is not None and self.denoise not in get_args(Denoiser):
            raise OptionError("denoise", f"there is no noise reduction {self.denoise!r}", get_args(Denoiser))
        if self.noise_profile is not None and self.denoise != "spectral":
            raise OptionError("noise_profile", 'only the noise reduction "spectral" follows a noise profile', ("spectral",))
        self._profile()
        self._bands()
        if self.loudness is not None:
            target_of(self.loudness, None)
        order: object = self.order
        if not (order is None or (isinstance(order, tuple | list) and set(order) <= set(STEPS))):
            raise OptionError("order", f"the order is {order!r}; give the names of steps", STEPS)
        for name in ("guard_music", "declip", "level"):
            if not isinstance(getattr(self, name), bool):
                raise OptionError(name, f"{name} is {getattr(self, name)!r}; give true or false", ("true", "false"))
        self._number("noise_limit", 0, 100, "dB")
        self._number("declick", 0, 1, "of sensitivity", switch=True)
        self._number("dehum", 40, 70, "Hz", switch=True)
        self._number("deess", 0, 24, "dB", switch=True)
        self._number("trim", -120, 0, "dBFS", switch=True)
        self._number("true_peak", -20, 0, "dBTP")
        self._number("most_limiting", 0, 30, "dB")

    def _profile(self) -> None:
        given = self.noise_profile
        if isinstance(given, tuple | list):
            if len(given) != 2 or any(isinstance(time, bool) or not isinstance(time, int | float) for time in given):
                raise OptionError("noise_profile", f"noise_profile is {given!r}; give two times in seconds, from when to when")
        elif not isinstance(given, Audio | str | os.PathLike | None):
            raise OptionError(
                "noise_profile", f"noise_profile is of type {type(given).__name__}; give Audio, a path, or two times in seconds"
            )

    def _bands(self) -> None:
        given: object = self.equalize
        if not (isinstance(given, tuple | list) and all(isinstance(band, Band) for band in given)):
            raise OptionError("equalize", f"equalize is {given!r}; give a tuple of Band")
        for place, band in enumerate(self.equalize, 1):
            for name in ("frequency", "gain", "q"):
                value = getattr(band, name)
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise OptionError("equalize", f"the {name} of band {place} is {value!r}; give a number")

    def _number(self, name: str, least: float, most: float, unit: str, *, switch: bool = False) -> None:
        """Raise `OptionError` unless it is left out, in the range, or, of a ``switch``, true or false."""
        value = getattr(self, name)
        in_range = value is None or (isinstance(value, int | float) and least <= value <= most)
        if not (switch if isinstance(value, bool) else in_range):
            raise OptionError(name, f"{name} is {value!r}; give {least} to {most} {unit}")
