"""What may be asked to be done: the same in JSON, in forms and live, with errors that name what the client wrote."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from auricle.codec.raw import RawFormat
from auricle.enhancement.options import Band, EnhanceOptions
from auricle.errors import MalformedRequest, OptionError
from auricle.server.enhance_fields import GuideEnhanceFields, LiveEnhanceFields, NativeEnhanceFields
from auricle.server.enhancing import Enhancing
from auricle.server.fields import in_words

NOISE = base64.b64encode(b"noise").decode()


def guide(**options: object) -> Enhancing:
    """What the guide's options ask for."""
    return GuideEnhanceFields.from_json({"options": options}).wanted()


def native(**fields: list[str] | str) -> Enhancing:
    """What a form asks for."""
    texts = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
    return NativeEnhanceFields.from_form(texts).wanted("wav")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, EnhanceOptions()),
        ({"reduce_noise": False, "normalize": False, "target_level": -20.0, "remove_clicks": False}, EnhanceOptions()),
        ({"reduce_noise": True}, EnhanceOptions(denoise="deepfilter")),
        ({"reduce_noise": True, "denoise": "rnnoise"}, EnhanceOptions(denoise="rnnoise")),
        ({"reduce_noise": True, "noise_profile": {"start": 0, "end": 1.5}}, EnhanceOptions(denoise="spectral", noise_profile=(0.0, 1.5))),
        ({"normalize": True}, EnhanceOptions(loudness=-23.0)),
        ({"normalize": True, "target_level": -16}, EnhanceOptions(loudness=-16)),
        ({"eq_bands": [{"frequency": 100, "gain": -3.0, "q": 1.0}]}, EnhanceOptions(equalize=(Band(100, -3.0, 1.0),))),
        ({"equalize": [{"frequency": 80, "kind": "high_pass"}]}, EnhanceOptions(equalize=(Band(80, kind="high_pass"),))),
        ({"remove_clicks": True}, EnhanceOptions(declick=0.5)),
        ({"loudness": "podcast", "trim": True, "dehum": 50}, EnhanceOptions(loudness="podcast", trim=True, dehum=50)),
        (
            {"declick": True, "level": True, "order": ["level", "declick"]},
            EnhanceOptions(declick=True, level=True, order=("level", "declick")),
        ),
    ],
)
def test_the_guides_options(options: dict[str, Any], expected: EnhanceOptions) -> None:
    """Its own and ours, in one object; a switch that is off turns nothing on."""
    assert guide(**options).options == expected


@pytest.mark.parametrize(("threshold", "sensitivity"), [(1, 0.0), (0.1, 0.5), (0.01, 1.0), (0.001, 1.0), (0, 1.0), (0.5, 0.1505)])
def test_the_guides_threshold(threshold: float, sensitivity: float) -> None:
    """An amplitude, where smaller finds more: half of our scale for each power of ten."""
    assert guide(remove_clicks=True, threshold=threshold).options.declick == pytest.approx(sensitivity, abs=1e-4)


def test_a_recording_of_noise() -> None:
    """It goes to the engine as it came, and asks for the reduction that can use it."""
    wanted = guide(reduce_noise=True, noise_profile=f"data:audio/wav;base64,{NOISE}")
    assert (wanted.options, wanted.noise) == (EnhanceOptions(denoise="spectral"), b"noise")
    assert native(denoise="spectral", noise_profile=NOISE).noise == b"noise"
    with pytest.raises(MalformedRequest):
        guide(denoise="spectral", noise_profile="nö")


def test_a_form() -> None:
    """The same in texts; a number is not taken for a switch."""
    wanted = native(
        denoise="spectral", noise_profile="0.5 : 1.2", declick="1", deess="0.5", dehum="true", trim="false", loudness="-16", level="yes",
        eq=["100:-3:1.4", "high_pass@80"], order=["dehum", "denoise", "declick", "equalize", "deess", "level", "normalize"],
    )  # fmt: skip
    assert wanted.options == EnhanceOptions(
        denoise="spectral", noise_profile=(0.5, 1.2), declick=1.0, deess=0.5, dehum=True, loudness=wanted.options.loudness, level=True,
        equalize=(Band(100, -3, 1.4), Band(80, kind="high_pass")),
        order=("dehum", "denoise", "declick", "equalize", "deess", "level", "normalize"),
    )  # fmt: skip
    assert wanted.options.declick is not True
    assert float(wanted.options.loudness or 0) == -16


def test_reading_and_writing() -> None:
    """Raw samples are described; without them the depth is that of the answer."""
    raw = native(input_format="s16le", sample_rate="8000", channels="1").config
    assert (raw.raw_demuxer, raw.sample_rate, raw.output_format) == ("s16le", 8000, "wav")
    assert native(bit_depth="24").config.bit_depth == 24
    with pytest.raises(OptionError, match="raw samples"):
        native(sample_rate="8000")


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"target_level": 3.0, "normalize": True}, "options.target_level"),
        ({"target_level": "loud"}, "options.target_level"),
        ({"reduce_noise": "yes"}, "options.reduce_noise"),
        ({"eq_bands": [{"frequency": "low"}]}, "options.eq_bands"),
        ({"eq_bands": [{"frequency": 100, "q": 0}]}, "options.eq_bands"),
        ({"eq_bands": [{"frequency": 100}], "equalize": [{"frequency": 100}]}, "options.eq_bands"),
        ({"threshold": 2}, "options.threshold"),
        ({"loudness": -16, "normalize": True}, "options.target_level"),
        ({"noise_profile": {"start": 0}}, "options.noise_profile"),
        ({"noise_profile": {"start": 0, "end": 1}}, "options.noise_profile"),
        ({"noise_profile": NOISE, "denoise": "rnnoise"}, "options.noise_profile"),
        ({"noise_profile": "", "denoise": "spectral"}, "options.noise_profile"),
        ({"declick": 2}, "options.declick"),
        ({"order": ["sing"]}, "options.order"),
        ({"volume": 11}, "options.volume"),
    ],
)
def test_errors_name_the_guides_fields(options: dict[str, Any], field: str) -> None:
    """By their place in the request, in one sentence."""
    with pytest.raises(OptionError) as caught:
        fields = GuideEnhanceFields.from_json({"options": options})
        with in_words(fields.names):
            fields.wanted()
    assert caught.value.field == field
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize("options", [None, [], "denoise"])
def test_options_that_are_no_object(options: object) -> None:
    """They are called by their own name."""
    with pytest.raises(OptionError) as caught:
        GuideEnhanceFields.from_json({"options": options})
    assert caught.value.field == "options"


def test_a_step_of_the_engine_in_the_guides_words() -> None:
    """What only the engine sees is called what the client called it."""
    fields = GuideEnhanceFields.from_json({"options": {"normalize": True, "eq_bands": [{"frequency": 100}], "remove_clicks": True}})
    assert {name: fields.names[name] for name in ("loudness", "equalize", "declick", "dehum")} == {
        "loudness": "options.target_level",
        "equalize": "options.eq_bands",
        "declick": "options.remove_clicks",
        "dehum": "options.dehum",
    }


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"eq": "loud"}, "eq"), ({"denoise": "magic"}, "denoise"), ({"report": "mail"}, "report"), ({"trim": "3"}, "trim")],
)
def test_errors_of_a_form(fields: dict[str, str], field: str) -> None:
    """By the names of the form."""
    with pytest.raises(OptionError) as caught, in_words({"equalize": "eq"}):
        native(**fields)
    assert caught.value.field == field


def test_live() -> None:
    """Unless something else is said, speech is freed of noise."""
    assert LiveEnhanceFields.from_json({}).wanted(RawFormat()).options == EnhanceOptions(denoise="deepfilter")
    wanted = LiveEnhanceFields.from_json({"denoise": None, "equalize": [{"frequency": 100, "gain": 3}]}).wanted(RawFormat())
    assert wanted.options == EnhanceOptions(equalize=(Band(100, 3),))
