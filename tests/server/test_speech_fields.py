"""What may be asked of speech: the same in JSON as in a form, and checked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from auricle.codec import AudioProcessingConfig
from auricle.errors import OptionError
from auricle.server.speech_fields import GuideSpeechFields, NativeSpeechFields, OpenAISpeechFields
from auricle.voice import Turn

OPENAI = {"model": "tts-1", "input": "Hi", "voice": "nova"}


@pytest.mark.parametrize("kind", [GuideSpeechFields, NativeSpeechFields])
def test_defaults(kind: type[GuideSpeechFields | NativeSpeechFields]) -> None:
    """A text is enough; everything else is the voice's own choice."""
    wanted = kind.from_json({"text": "Hi"}).wanted()
    assert (wanted.turns, wanted.voice, wanted.language, wanted.speed, wanted.emotion, wanted.ssml) == (
        (Turn("Hi"),),
        None,
        None,
        1.0,
        None,
        None,
    )
    assert wanted.config == AudioProcessingConfig(output_format="wav")
    assert wanted.whole is (kind is GuideSpeechFields)


def test_forms_are_as_good_as_json() -> None:
    """What is no text in JSON is JSON in a form's field."""
    given: dict[str, Any] = {
        "turns": [{"text": "Hi", "speaker": "heart", "pause_ms": 5.0}], "lexicon": {"a": "b"}, "speed": 1.5, "ssml": True, "channels": 2,
        "sample_rate": 16_000, "bit_depth": 24, "output_format": "flac",
    }  # fmt: skip
    form = {name: [value if isinstance(value, str) else json.dumps(value)] for name, value in given.items()}
    first, second = NativeSpeechFields.from_json(given), NativeSpeechFields.from_form(form)
    assert first.wanted().config == second.wanted().config == AudioProcessingConfig(None, "flac", 16_000, 2, 24)
    assert first.turns == second.turns
    assert first.lexicon == second.lexicon


def test_json_is_strict() -> None:
    """A number is a number there."""
    for wrong in ({"speed": "1.5"}, {"ssml": "true"}, {"channels": "2"}):
        with pytest.raises(OptionError):
            NativeSpeechFields.from_json({"text": "Hi", **wrong})
    assert NativeSpeechFields.from_json({"text": "Hi", "channels": 2.0, "speed": 2}).wanted().config.channels == 2


def test_the_guides_name_of_a_voice() -> None:
    """Is another for the same."""
    for given in ({"voice": "heart"}, {"speaker": "heart"}, {"voice": "heart", "speaker": "heart"}):
        assert GuideSpeechFields.from_json({"text": "Hi", **given}).wanted().voice == "heart"


def test_whole_files_have_more_formats() -> None:
    """M4A has its index at one end, so it is for who waits for all of it."""
    assert GuideSpeechFields.from_json({"text": "Hi", "output_format": "m4a"}).wanted().config.output_format == "m4a"
    with pytest.raises(OptionError, match="use one of: wav, mp3, flac, opus, aac, pcm"):
        NativeSpeechFields.from_json({"text": "Hi", "output_format": "m4a"})


@pytest.mark.parametrize("name", ["tts-1", "tts-1-hd", "gpt-4o-mini-tts"])
def test_openais_models_are_any(name: str) -> None:
    """Another name is an engine's."""
    assert OpenAISpeechFields.from_json({**OPENAI, "model": name}).wanted().model is None
    assert OpenAISpeechFields.from_json({**OPENAI, "model": "kokoro"}).wanted().model == "kokoro"


def test_openais_pcm() -> None:
    """Is at 24 kHz, which their clients take for granted, unless another rate is asked for."""
    pcm = {**OPENAI, "response_format": "pcm"}
    assert OpenAISpeechFields.from_json(pcm).wanted().config.sample_rate == 24_000
    assert OpenAISpeechFields.from_json({**pcm, "sample_rate": 16_000}).wanted().config.sample_rate == 16_000
    assert OpenAISpeechFields.from_json(OPENAI).wanted().config.sample_rate is None


def test_every_field_is_described() -> None:
    """With a sentence."""
    for kind in (GuideSpeechFields, NativeSpeechFields, OpenAISpeechFields):
        for name, field in kind.model_fields.items():
            assert (field.description or "").endswith("."), name
