"""Who speaks: the names that clients may say, and that none of them is a path."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auricle.errors import OptionError, UnknownModel
from auricle.server.casting import cast, models, require_cloning
from auricle.server.speaking import Synthesis
from auricle.voice import Turn, Voice

HEART = Voice("heart", "hibari", ("en-US",), "Apache-2.0")
NOVA = Voice("af_nova", "kokoro", ("en-US",), "Apache-2.0")
EMMA = Voice("bf_emma", "kokoro", ("en-GB",), "Apache-2.0")
EVERY = (HEART, NOVA, EMMA)
HI = Synthesis((Turn("Hi"),))


def voice(usual: str | None = None, **wanted: str) -> str | None:
    """Who speaks a text."""
    return cast(replace(HI, **wanted), EVERY, usual).voice  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name", ["heart", "af_nova", "nova", "Alloy", "af_nova:0.7+bf_emma:0.3", "af_nova(2)+bf_emma(1)", "af_nova + bf_emma"]
)
def test_names_that_may_be_said(name: str) -> None:
    """Voices that are present, OpenAI's, and blends of those that are present, as they were said."""
    assert voice(voice=name) == name


@pytest.mark.parametrize(
    "name", ["nobody", "/models/joe.onnx", "joe.onnx", "../heart", "heart+/models/joe.onnx", "heart:", "+", " ", "heart:1+", "\0"]
)
def test_no_other_name_may(name: str) -> None:
    """Is refused with those that there are, wherever it stands, and the field that is to blame; a path in particular."""
    for field, wanted in (("voice", replace(HI, voice=name)), ("turns", Synthesis((Turn("Hi", name),)))):
        if name == "heart:":
            continue
        with pytest.raises(OptionError, match="use one of: af_nova, bf_emma, heart") as refused:
            cast(wanted, EVERY, None)
        assert refused.value.field == field


def test_the_usual_voice() -> None:
    """The operator's, where it can do what is asked; else the first that can; and none at all is left to the verbs."""
    assert voice() == "heart"
    assert voice("bf_emma") == "bf_emma"
    assert voice("bf_emma", language="en-US") == "heart"
    assert voice("af_nova", language="en") == "af_nova"
    assert voice(language="fr") is None
    assert voice("/models/joe.onnx") == "/models/joe.onnx"
    assert cast(HI, (), None).voice is None


def test_models() -> None:
    """The engines; who names one gets a voice of it, and OpenAI's names mean the nearest in it."""
    assert models(EVERY) == ("hibari", "kokoro")
    assert voice(model="kokoro") == "af_nova"
    assert voice(model="kokoro", voice="nova") == "af_nova"
    assert voice(model="hibari", voice="nova") == "heart"
    with pytest.raises(OptionError, match="no voice 'heart' in the model kokoro"):
        voice(model="kokoro", voice="heart")
    with pytest.raises(UnknownModel, match="use one of: hibari, kokoro"):
        voice(model="base")
    with pytest.raises(UnknownModel, match="use one of: none"):
        cast(replace(HI, model="hibari"), (), None)


def test_somebody_must_be_able_to_imitate() -> None:
    """Else the error names the field that asks for it, and the extra."""
    with pytest.raises(OptionError, match=r'pip install "auricle\[xtts\]"') as refused:
        require_cloning(EVERY)
    assert refused.value.field == "speaker_wav"
    require_cloning((*EVERY, Voice("xtts", "xtts", ("en",), "", cloning=True)))
