"""A band of the equaliser as clients write it in JSON, with errors that say which band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import ConfigDict, Field

from auricle.enhancement.options import Band
from auricle.errors import OptionError
from auricle.server.fields import Fields
from auricle.server.problems import shown

__all__ = ["BandFields", "bands_of", "check_bands"]

_WITH_GAIN = ("peak", "low_shelf", "high_shelf")


class BandFields(Fields):
    """A band of the equaliser."""

    model_config = ConfigDict(allow_inf_nan=False)

    frequency: float = Field(description="Centre of a peak or notch, corner of a shelf or pass. Hertz.", ge=0.1)
    gain: float | None = Field(None, ge=-60, le=60, description="Of a peak or shelf, which need one; nothing else has any. dB.")
    q: float = Field(1.0, ge=0.001, le=1000, description="A peak's centre over its bandwidth.")
    kind: Literal["peak", "low_shelf", "high_shelf", "low_pass", "high_pass", "notch"] = Field("peak", description="What it does.")

    @classmethod
    def from_json(cls, given: Mapping[str, object]) -> Self:
        """A band from a JSON object.

        Raises:
            OptionError: a field is unknown, or wrong; or a gain is missing, or given where there is none.
        """
        band = super().from_json(given)
        if band.gain is None and band.kind in _WITH_GAIN:
            raise OptionError("gain", f"a {band.kind} needs a gain; give it in dB")
        if band.gain and band.kind not in _WITH_GAIN:
            raise OptionError("gain", f"a {band.kind} has no gain, and {band.gain:g} dB is given; leave it out")
        return band


def bands_of(fields: Sequence[BandFields]) -> tuple[Band, ...]:
    """The bands that they describe."""
    return tuple(Band(band.frequency, band.gain or 0.0, band.q, band.kind) for band in fields)


def check_bands(name: str, given: object) -> None:
    """Say exactly which of the bands in the list ``given`` is wrong; what is no list is left to others.

    Args:
        name: of the field that has them.
        given: its value.

    Raises:
        OptionError: one is; its field is like ``equalize.0.q``, and its sentence begins with "band 1", as those of the equaliser do.
    """
    for place, band in enumerate(given if isinstance(given, list) else ()):
        spot = f"{name}.{place}"
        if not isinstance(band, Mapping):
            raise OptionError(spot, f'band {place + 1} is {shown(band)}; give an object, such as {{"frequency": 100, "gain": -3}}')
        try:
            BandFields.from_json(band)
        except OptionError as error:
            raise OptionError(f"{spot}.{error.field}", f"band {place + 1}: {error}") from None
