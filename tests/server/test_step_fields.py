"""The fields that routes have in common: the options of the verb, with its defaults and its limits."""

from __future__ import annotations

from dataclasses import fields
from typing import get_args

import pytest

from auricle.enhancement.options import STEPS, EnhanceOptions
from auricle.errors import OptionError
from auricle.server.step_fields import JsonStepFields, Step, StepFields


def test_every_option_is_a_field() -> None:
    """All but the noise profile, which no two routes take in the same way; and every step can be ordered."""
    assert {*JsonStepFields.model_fields, "noise_profile"} == {option.name for option in fields(EnhanceOptions)}
    assert get_args(Step) == STEPS


def test_without_any() -> None:
    """What is not said is as it is in Python."""
    assert StepFields.from_json({}).made_of() == EnhanceOptions()
    assert JsonStepFields.from_json({}).in_order() is None
    assert JsonStepFields.from_json({"order": ["limit", "deess"]}).in_order() == ("limit", "deess")


def test_what_says_more_about_a_step_of_which_nothing_is_said() -> None:
    """It would do nothing, so it is refused; where the step is there, if only turned off, it is not."""
    with pytest.raises(OptionError) as caught:
        StepFields.from_json({"noise_limit": 6}).made_of()
    assert (caught.value.field, str(caught.value)) == (
        "noise_limit",
        "noise_limit does nothing without denoise; give that, too, or leave it out.",
    )
    assert StepFields.from_json({"noise_limit": 6, "denoise": None}).made_of() == EnhanceOptions(noise_limit=6)
    assert StepFields.from_json({"noise_limit": 1, "denoise": "rnnoise"}).made_of() == EnhanceOptions(noise_limit=1, denoise="rnnoise")


def test_bands_are_called_by_their_place() -> None:
    """By whichever name they come."""
    with pytest.raises(OptionError) as caught:
        JsonStepFields.from_json({"equalize": [{"frequency": 100, "gain": "loud"}]})
    assert caught.value.field == "equalize.0.gain"
