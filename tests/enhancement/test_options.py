"""Options: what cannot be meant is refused, with the field and what would be right."""

from __future__ import annotations

from typing import Any

import pytest

from auricle.enhancement.options import Band, EnhanceOptions
from auricle.errors import OptionError


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("denoise", "magic"),
        ("denoise", True),
        ("noise_limit", -1),
        ("noise_limit", True),
        ("guard_music", 1),
        ("declip", "yes"),
        ("noise_profile", ("a", 1)),
        ("noise_profile", (0.0, 1.0, 2.0)),
        ("equalize", [(100, 3)]),
        ("equalize", "100:3"),
        ("equalize", Band(100, 3)),
        ("loudness", 3),
        ("loudness", "loud"),
        ("loudness", float("nan")),
        ("order", "level"),
        ("order", ("level", "magic")),
        ("declick", 1.5),
        ("declick", "much"),
        ("dehum", 440),
        ("deess", -3),
        ("level", None),
        ("trim", 6),
        ("true_peak", 1),
        ("true_peak", float("nan")),
        ("most_limiting", float("inf")),
    ],
)
def test_refused(field: str, value: Any) -> None:
    """One sentence, and the field that it is about."""
    with pytest.raises(OptionError) as caught:
        EnhanceOptions(**{"denoise": "spectral", field: value} if field == "noise_profile" else {field: value})
    assert caught.value.field == field
    assert repr(value) in str(caught.value)


def test_what_is_not_shown_whole() -> None:
    """Of a recording in memory its type is said, of a band its number and what is wrong."""
    with pytest.raises(OptionError, match="bytes") as caught:
        EnhanceOptions(denoise="spectral", noise_profile=b"RIFF")  # type: ignore[arg-type] # what a caller without types may do
    assert caught.value.field == "noise_profile"
    with pytest.raises(OptionError, match="frequency of band 2 is 'x'") as caught:
        EnhanceOptions(equalize=(Band(100, 3), Band("x", 3)))  # type: ignore[arg-type] # the same
    assert caught.value.field == "equalize"


def test_a_noise_profile_is_for_who_follows_it() -> None:
    """The networks know noise without one."""
    with pytest.raises(OptionError, match="spectral") as caught:
        EnhanceOptions(denoise="deepfilter", noise_profile=(0.0, 0.5))
    assert caught.value.field == "noise_profile"
    assert EnhanceOptions(denoise="spectral", noise_profile=(0.0, 0.5)).noise_profile == (0.0, 0.5)


def test_switches_may_be_numbers() -> None:
    """As the field's documentation says."""
    options = EnhanceOptions(declick=0.8, dehum=60, deess=9.5, trim=-50, true_peak=-2)
    assert (options.declick, options.dehum, options.deess, options.trim) == (0.8, 60, 9.5, -50)
