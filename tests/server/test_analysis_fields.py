"""What clients may ask of an analysis: each part by its name, in any way that forms and JSON have, and what would do nothing is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.codec import AudioProcessingConfig
from auricle.errors import OptionError
from auricle.music import PARTS
from auricle.server.analysing import Analysing
from auricle.server.analysis_fields import GuideAnalysisFields, NativeAnalysisFields


@pytest.mark.parametrize(
    "include",
    [["rhythm,harmony"], ["harmony", "rhythm"], ["harmony, rhythm"], ["rhythm,harmony", "harmony"], ["Rhythm,HARMONY"]],
)
def test_parts_in_a_form(include: Sequence[str]) -> None:
    """Several times, or with commas between, in any order and any letters: each is made once."""
    for name in ("include", "include[]"):
        assert NativeAnalysisFields.from_form({name: include}).wanted("json") == Analysing(("rhythm", "harmony"))


@given(st.sets(st.sampled_from(PARTS), min_size=1))
def test_any_parts(include: set[str]) -> None:
    """Those that are asked for, in the usual order."""
    expected = tuple(name for name in PARTS if name in include)
    assert NativeAnalysisFields.from_form({"include": [",".join(include)]}).wanted("json").include == expected


def test_everything_unless_said() -> None:
    """In a form and in JSON."""
    assert NativeAnalysisFields.from_form({}).wanted("json") == Analysing()
    assert NativeAnalysisFields.from_form({"include": [""]}).wanted("json") == Analysing()
    assert GuideAnalysisFields.from_json({}).wanted() == Analysing()
    assert GuideAnalysisFields.from_json({"options": {}}).wanted() == Analysing()


def test_what_the_guide_always_has() -> None:
    """Rhythm, harmony and spectrum are made, whatever else is asked for."""
    wanted = GuideAnalysisFields.from_json({"options": {"include": ["tags"], "frames": True}}).wanted()
    assert wanted == Analysing(("rhythm", "harmony", "spectrum", "tags"), frames=True)
    assert GuideAnalysisFields.from_json({"options": {"include": []}}).wanted().include == ("rhythm", "harmony", "spectrum")


@pytest.mark.parametrize("include", ["tags, Dynamics", ["tags,dynamics"], ["Dynamics", "TAGS"]])
def test_parts_in_json(include: object) -> None:
    """A list or a string with commas between, as in a form."""
    wanted = GuideAnalysisFields.from_json({"options": {"include": include}}).wanted()
    assert wanted.include == ("rhythm", "harmony", "spectrum", "dynamics", "tags")


def test_an_empty_string_in_json() -> None:
    """It is as if nothing was said, as in a form."""
    assert GuideAnalysisFields.from_json({"options": {"include": ""}}).wanted() == Analysing()


@pytest.mark.parametrize(("format_", "part"), [("beats", "rhythm"), ("chords", "harmony")])
def test_no_more_than_the_format_needs(format_: str, part: str) -> None:
    """Lines of beats cost only the rhythm."""
    for include in ([], [part], [f"{part},tags"]):
        assert NativeAnalysisFields.from_form({"include": include}).wanted(format_).include == (part,)  # type: ignore[arg-type]


def test_raw_samples() -> None:
    """They are described as everywhere."""
    config = AudioProcessingConfig(input_format="s16le", sample_rate=8000, channels=2)
    form = {"input_format": ["s16le"], "sample_rate": ["8000"], "channels": ["2"]}
    assert NativeAnalysisFields.from_form(form).wanted("json").config == config
    body = {"input_format": "s16le", "sample_rate": 8000, "channels": 2.0}
    assert GuideAnalysisFields.from_json(body).wanted().config == config


@pytest.mark.parametrize(
    ("form", "format_", "field", "said"),
    [
        ({"include": ["melody"]}, "json", "include", "rhythm, harmony, spectrum, dynamics, tags, structure"),
        ({"include": ["rhythm,"]}, "json", "include", "rhythm, harmony"),
        ({"include": ["harmony"]}, "beats", "include", "rhythm"),
        ({"frames": ["true"], "include": ["rhythm"]}, "json", "frames", "spectrum"),
        ({"frames": ["true"]}, "beats", "frames", "json"),
        ({"frames": ["maybe"]}, "json", "frames", "boolean"),
        ({"format": ["xml"]}, "json", "format", "json, beats, chords"),
        ({"parts": ["rhythm"]}, "json", "parts", "include, frames, format"),
        ({"sample_rate": ["8000"]}, "json", "sample_rate", "input_format=pcm"),
    ],
)
def test_what_cannot_be_honoured(form: Mapping[str, Sequence[str]], format_: str, field: str, said: str) -> None:
    """It is said what would be right."""
    with pytest.raises(OptionError, match=said) as caught:
        NativeAnalysisFields.from_form(form).wanted(format_)  # type: ignore[arg-type]
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"include": ["melody"]}, "options.include"),
        ({"include": "rhythm,melody"}, "options.include"),
        ({"include": 5}, "options.include"),
        ({"include": [5]}, "options.include"),
        ({"frames": "yes"}, "options.frames"),
        ({"tempo": 120}, "options.tempo"),
        ([], "options"),
    ],
)
def test_what_cannot_be_honoured_in_json(options: object, field: str) -> None:
    """With the field as it is written there."""
    with pytest.raises(OptionError) as caught:
        GuideAnalysisFields.from_json({"options": options}).wanted()
    assert caught.value.field == field
