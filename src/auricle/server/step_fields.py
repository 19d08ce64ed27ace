"""The steps that clients may ask for, of a recording or live: the fields that routes have in common, checked and described."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from auricle.enhancement.options import STEPS, EnhanceOptions
from auricle.errors import OptionError
from auricle.server.band_fields import BandFields, check_bands
from auricle.server.fields import Fields

__all__ = ["JsonStepFields", "Step", "StepFields"]

Step = Literal["declip", "declick", "dehum", "denoise", "equalize", "deess", "level", "trim", "normalize", "limit"]

# What says more about a step, and the fields of which one must be there, on or off: without any it would be overlooked.
_DETAILS = {
    "noise_limit": ("reduce_noise", "denoise", "noise_profile"),
    "guard_music": ("reduce_noise", "denoise", "noise_profile"),
    "most_limiting": ("normalize", "loudness"),
    "target_level": ("normalize",),
    "threshold": ("remove_clicks",),
}

_Sensitivity = Annotated[float, Field(ge=0, le=1)] | bool
_Hertz = Annotated[float, Field(ge=40, le=70)] | bool
_Decibels = Annotated[float, Field(ge=0, le=24)] | bool
_Level = Annotated[float, Field(ge=-120, le=0)] | bool


class StepFields(Fields):
    """What can be done to any audio: the fields of `EnhanceOptions` that are the same in JSON and in forms."""

    denoise: Literal["deepfilter", "rnnoise", "spectral"] | None = Field(
        None, description="Take noise away: `deepfilter` (speech), `rnnoise` (speech, light) or `spectral` (any steady noise)."
    )
    noise_limit: float | None = Field(None, ge=0, le=100, description="How far noise is lowered at most. dB; as far as possible if none.")
    guard_music: bool = Field(True, description="Where there is music, leave it alone.")
    declip: bool = Field(False, description="Put back peaks that were cut off.")
    declick: _Sensitivity = Field(False, description="Repair clicks: true, or how sensitively, from 0 (only the worst) to 1.")
    dehum: _Hertz = Field(False, description="Take out mains hum and its harmonics: true, or its frequency. Hertz.")
    deess: _Decibels = Field(False, description="Tame sibilants: true, or by how much at most. dB.")
    level: bool = Field(False, description="Bring quiet and loud speech gently together.")
    trim: _Level = Field(False, description="Cut silence off both ends: true, or below which level it is silence. dBFS.")
    loudness: Annotated[float, Field(ge=-70, le=-5)] | Annotated[str, Field(max_length=100)] | None = Field(
        None, description="Integrated loudness to have: LUFS, or a preset such as `podcast`; left as it is if none."
    )
    true_peak: float | None = Field(None, ge=-20, le=0, description="Highest true peak. dBTP; the preset's, or -1, if none.")
    most_limiting: float = Field(15.0, ge=0, le=30, description="By how much peaks may be limited to reach the loudness. dB.")

    def made_of(self, **given: Any) -> EnhanceOptions:
        """The options, of which the ``given`` ones go before the fields.

        Raises:
            OptionError: a value that cannot be honoured, or that says more about a step of which nothing is said.
        """
        self._check_details()
        same = {name: getattr(self, name) for name in StepFields.model_fields}
        return EnhanceOptions(**{**same, **given})

    def _check_details(self) -> None:
        for name, steps in _DETAILS.items():
            value = getattr(self, name) if name in self.model_fields_set else None
            if value is not None and value is not True and self.model_fields_set.isdisjoint(steps):
                step = next(step for step in steps if step in type(self).model_fields)
                raise OptionError(name, f"{name} does nothing without {step}; give that, too, or leave it out")


class JsonStepFields(StepFields):
    """The rest of them in JSON."""

    equalize: list[BandFields] = Field([], max_length=1000, description="Bands of the equaliser.")
    order: list[Step] | None = Field(None, max_length=len(STEPS), description="The steps in another order than the usual one.")

    @classmethod
    def from_json(cls, given: Mapping[str, object]) -> Self:
        """See `Fields`."""
        for name in ("equalize", "eq_bands"):
            check_bands(name, given.get(name))
        return super().from_json(given)

    def in_order(self) -> tuple[str, ...] | None:
        """The order as `EnhanceOptions` has it."""
        return None if self.order is None else tuple(self.order)
