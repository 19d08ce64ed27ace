"""Presets and numbers, and what is neither."""

from __future__ import annotations

import math

import pytest

from auricle.errors import OptionError
from auricle.loudness import PRESETS, target_of


@pytest.mark.parametrize(
    ("name", "target", "ceiling"),
    [
        ("podcast", -16, -1),
        ("ebu", -23, -1),  # EBU R 128
        ("atsc", -24, -2),  # ATSC A/85
        ("spotify", -14, -1),
        ("apple", -16, -1),
        ("youtube", -14, -1),
        ("audiobook", -20, -3),  # within ACX's -23 to -18 dB and -3 dB
        (" EBU ", -23, -1),
        (-18, -18, -1),
        ("-18.5", -18.5, -1),
        (-70, -70, -1),
        (-5, -5, -1),
    ],
)
def test_targets(name: str | float, target: float, ceiling: float) -> None:
    """Are what is published; a number has -1 dBTP."""
    assert target_of(name, None) == (target, ceiling)
    assert target_of(name, -6) == (target, -6)


@pytest.mark.parametrize("loudness", [3, 0, -4.9, -70.1, math.nan, math.inf, True, "3", "nan"])
def test_loudness_out_of_range(loudness: str | float) -> None:
    """Is refused by the field's name."""
    with pytest.raises(OptionError, match="-70 to -5 LUFS") as refused:
        target_of(loudness, None)
    assert refused.value.field == "loudness"


def test_unknown_presets() -> None:
    """Are answered with those that there are."""
    with pytest.raises(OptionError, match="radio") as refused:
        target_of("radio", None)
    assert (refused.value.field, refused.value.allowed) == ("loudness", tuple(PRESETS))


@pytest.mark.parametrize("true_peak", [0.1, -20.1, math.nan, True, "-1"])
def test_true_peak_out_of_range(true_peak: float) -> None:
    """Is refused by the field's name."""
    with pytest.raises(OptionError, match="-20 to 0 dBTP") as refused:
        target_of("ebu", true_peak)
    assert refused.value.field == "true_peak"
