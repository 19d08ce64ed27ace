"""What may be asked to be done: the same in JSON, in forms and live, with errors that name what the client wrote."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from auricle.codec import AudioProcessingConfig
from auricle.codec.raw import RawFormat
from auricle.enhancement import wanted
from auricle.enhancement.options import Band, EnhanceOptions
from auricle.errors import MalformedRequest, OptionError
from auricle.server.enhance_fields import GuideEnhanceFields, LiveEnhanceFields, NativeEnhanceFields
from auricle.server.enhancing import Enhancing, LiveEnhancing
from auricle.server.fields import in_words

WAV = AudioProcessingConfig(output_format="wav")
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
        ({"noise_profile": {"start": 0, "end": 1.5}}, EnhanceOptions(denoise="spectral", noise_profile=(0.0, 1.5))),
        ({"reduce_noise": False, "noise_profile": {"start": 0, "end": 1.5}, "noise_limit": 6}, EnhanceOptions(noise_limit=6)),
        ({"reduce_noise": False, "noise_profile": NOISE, "guard_music": False}, EnhanceOptions(guard_music=False)),
        ({"remove_clicks": False, "threshold": 0.05, "denoise": None, "noise_limit": 6}, EnhanceOptions(noise_limit=6)),
        ({"loudness": None, "most_limiting": 6.0}, EnhanceOptions(most_limiting=6)),
        ({"guard_music": True, "noise_limit": None}, EnhanceOptions()),
        ({"true_peak": -2, "trim": True, "order": ["limit", "trim"]}, EnhanceOptions(true_peak=-2, trim=True, order=("limit", "trim"))),
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
    asked = guide(reduce_noise=True, noise_profile=f"data:audio/wav;base64,{NOISE}")
    assert (asked.options, asked.noise) == (EnhanceOptions(denoise="spectral"), b"noise")
    assert native(denoise="spectral", noise_profile=NOISE).noise == b"noise"
    assert guide(noise_profile=NOISE) == native(noise_profile=NOISE) == Enhancing(EnhanceOptions(denoise="spectral"), b"noise", config=WAV)
    fields = GuideEnhanceFields.from_json({"options": {"noise_profile": "nö"}})
    with pytest.raises(MalformedRequest) as caught, in_words(fields.names):
        fields.wanted()
    assert caught.value.field == "options.noise_profile"


def test_a_time_of_noise_in_a_form() -> None:
    """It asks for the reduction that follows it, unless another is named."""
    assert native(noise_profile="0.5:1").options == EnhanceOptions(denoise="spectral", noise_profile=(0.5, 1.0))
    with pytest.raises(OptionError, match="only the noise reduction"):
        native(noise_profile="0.5:1", denoise="rnnoise")


def test_a_form() -> None:
    """The same in texts; a number is not taken for a switch."""
    asked = native(
        denoise="spectral", noise_profile="0.5 : 1.2", declick="1", deess="0.5", dehum="true", trim="false", loudness="-16", level="yes",
        eq=["100:-3:1.4", "high_pass@80"], order=["dehum", "denoise", "declick", "equalize", "deess", "level", "normalize"],
    )  # fmt: skip
    assert asked.options == EnhanceOptions(
        denoise="spectral", noise_profile=(0.5, 1.2), declick=1.0, deess=0.5, dehum=True, loudness=asked.options.loudness, level=True,
        equalize=(Band(100, -3, 1.4), Band(80, kind="high_pass")),
        order=("dehum", "denoise", "declick", "equalize", "deess", "level", "normalize"),
    )  # fmt: skip
    assert asked.options.declick is not True
    assert float(asked.options.loudness or 0) == -16


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
        ({"eq_bands": [{"frequency": "low"}]}, "options.eq_bands.0.frequency"),
        ({"eq_bands": [{"frequency": 100, "gain": 3}, {"frequency": 100, "gain": 3, "q": 0}]}, "options.eq_bands.1.q"),
        ({"equalize": [{"frequency": 100}]}, "options.equalize.0.gain"),
        ({"equalize": 3}, "options.equalize"),
        ({"eq_bands": [{"frequency": 100, "gain": 3}], "equalize": [{"frequency": 100, "gain": 3}]}, "options.eq_bands"),
        ({"threshold": 2}, "options.threshold"),
        ({"loudness": -16, "normalize": True}, "options.target_level"),
        ({"noise_profile": {"start": 0}}, "options.noise_profile.end"),
        ({"noise_profile": {"start": 0, "end": 1}, "denoise": "deepfilter"}, "options.noise_profile"),
        ({"noise_profile": 3}, "options.noise_profile"),
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target_level": -20}, "target_level does nothing without normalize; give that, too, or leave it out."),
        ({"target_level": -20, "loudness": None}, "target_level does nothing without normalize; give that, too, or leave it out."),
        ({"threshold": 0.05}, "threshold does nothing without remove_clicks; give that, too, or leave it out."),
        ({"noise_limit": 6}, "noise_limit does nothing without reduce_noise; give that, too, or leave it out."),
        ({"guard_music": False}, "guard_music does nothing without reduce_noise; give that, too, or leave it out."),
        ({"most_limiting": 6}, "most_limiting does nothing without normalize; give that, too, or leave it out."),
        ({"remove_clicks": True, "declick": 0.3, "threshold": 0.1}, "there are both declick and threshold; give one of them."),
    ],
)
def test_what_would_do_nothing(options: dict[str, Any], message: str) -> None:
    """It is refused, and it is said without what."""
    with pytest.raises(OptionError) as caught:
        guide(**options)
    assert str(caught.value) == message


@pytest.mark.parametrize(("name", "needs"), [("noise_limit", "denoise"), ("most_limiting", "loudness")])
def test_what_would_do_nothing_in_a_form(name: str, needs: str) -> None:
    """Likewise, with the names of the form."""
    with pytest.raises(OptionError) as caught:
        native(**{name: "6"})
    assert str(caught.value) == f"{name} does nothing without {needs}; give that, too, or leave it out."


@pytest.mark.parametrize("options", [None, [], "denoise"])
def test_options_that_are_no_object(options: object) -> None:
    """They are called by their own name."""
    with pytest.raises(OptionError, match=r"^options is .*; it should be an object\.$") as caught:
        GuideEnhanceFields.from_json({"options": options})
    assert caught.value.field == "options"


def test_a_step_of_the_engine_in_the_guides_words() -> None:
    """What only the engine sees is called what the client called it."""
    fields = GuideEnhanceFields.from_json(
        {"options": {"normalize": True, "eq_bands": [{"frequency": 100, "gain": 3}], "remove_clicks": True}}
    )
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
    """Unless something else is said, speech is freed of noise, and peaks are limited."""
    usual = LiveEnhanceFields.from_json({}).wanted(RawFormat())
    assert usual.options == EnhanceOptions(denoise="deepfilter", true_peak=-1)
    assert usual == LiveEnhancing()
    given = {"denoise": None, "true_peak": None, "equalize": [{"frequency": 100, "gain": 3}]}
    assert LiveEnhanceFields.from_json(given).wanted(RawFormat()).options == EnhanceOptions(equalize=(Band(100, 3),))


def test_the_order_of_a_live_stream() -> None:
    """The limiter comes last unless it is named, or there is none."""
    for options, expected in (
        ({}, ("deess", "denoise", "limit")),
        ({"order": ["limit", "deess", "denoise"]}, ("limit", "deess", "denoise")),
        ({"true_peak": None}, ("deess", "denoise")),
    ):
        given = {"deess": True, "order": ["deess", "denoise"], **options}
        assert wanted(LiveEnhanceFields.from_json(given).wanted(RawFormat()).options) == expected


@pytest.mark.parametrize(
    ("name", "value"), [("declip", True), ("dehum", 50.0), ("trim", True), ("trim", 0), ("loudness", -16), ("most_limiting", 0)]
)
def test_what_cannot_be_done_live(name: str, value: object) -> None:
    """It is said, with the fields that there are in its place."""
    with pytest.raises(OptionError) as caught:
        LiveEnhanceFields.from_json({name: value}).wanted(RawFormat())
    assert (caught.value.field, str(caught.value)) == (
        name,
        f"{name} needs the whole recording; leave it out of live audio; use one of: denoise, declick, equalize, deess, level, true_peak.",
    )
    assert set(caught.value.allowed) <= set(LiveEnhanceFields.model_fields)
