"""Bands in JSON: what can be heard of each is there, and errors say which band, and which of its fields."""

from __future__ import annotations

from typing import Any

import pytest

from auricle.enhancement.equalizer import parse_band
from auricle.enhancement.options import Band
from auricle.errors import OptionError
from auricle.server.band_fields import BandFields, bands_of, check_bands

GOOD: list[tuple[dict[str, Any], str]] = [
    ({"frequency": 100, "gain": -3, "q": 1.4}, "100:-3:1.4"),
    ({"frequency": 100, "gain": 0}, "100:0"),
    ({"frequency": 120, "gain": 3.0, "kind": "low_shelf"}, "low_shelf@120:3"),
    ({"frequency": 80, "kind": "high_pass"}, "high_pass@80"),
    ({"frequency": 50, "q": 30, "kind": "notch", "gain": None}, "notch@50::30"),
]
BAD: list[tuple[object, str, str]] = [
    ({"frequency": 100}, "eq.1.gain", "band 2: a peak needs a gain; give it in dB."),
    ({"frequency": 100, "gain": None, "kind": "high_shelf"}, "eq.1.gain", "band 2: a high_shelf needs a gain; give it in dB."),
    ({"frequency": 100, "gain": 3, "kind": "notch"}, "eq.1.gain", "band 2: a notch has no gain, and 3 dB is given; leave it out."),
    ({"frequency": 100, "gain": 61}, "eq.1.gain", "band 2: gain is 61; it should be less than or equal to 60."),
    ({"frequency": 100, "gain": 3, "q": 0}, "eq.1.q", "band 2: q is 0; it should be greater than or equal to 0.001."),
    ({"frequency": 0, "gain": 3}, "eq.1.frequency", "band 2: frequency is 0; it should be greater than or equal to 0.1."),
    ({"frequency": float("inf"), "gain": 3}, "eq.1.frequency", "band 2: frequency is Infinity; it should be a finite number."),
    ({"frequency": True, "gain": 3}, "eq.1.frequency", "band 2: frequency is true; it should be a valid number."),
    ({"gain": 3}, "eq.1.frequency", "band 2: frequency is missing; give it."),
    ({"frequency": 100, "gian": 3}, "eq.1.gian", "band 2: there is no field 'gian'; use one of: frequency, gain, q, kind."),
    (None, "eq.1", 'band 2 is null; give an object, such as {"frequency": 100, "gain": -3}.'),
]


@pytest.mark.parametrize(("given", "typed"), GOOD)
def test_bands(given: dict[str, Any], typed: str) -> None:
    """Each is the same as it would be typed."""
    check_bands("eq", [given])
    assert bands_of([BandFields.from_json(given)]) == (parse_band(typed),)


@pytest.mark.parametrize(("given", "field", "message"), BAD)
def test_which_is_wrong(given: object, field: str, message: str) -> None:
    """By its place, counted from 0 in the field and from 1 in the sentence."""
    with pytest.raises(OptionError) as caught:
        check_bands("eq", [{"frequency": 100, "gain": 3}, given])
    assert (caught.value.field, str(caught.value)) == (field, message)


@pytest.mark.parametrize("given", [None, 3, "100:3", {}, []])
def test_no_list(given: object) -> None:
    """It is none of its business."""
    check_bands("eq", given)
    assert bands_of([]) == ()


def test_usual_values() -> None:
    """Those of `Band`."""
    assert bands_of([BandFields.from_json({"frequency": 50, "kind": "notch"})]) == (Band(50, kind="notch"),)
