"""What clients may ask for: every field reaches the engine, and whatever it does not take is an OptionError that names the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.codec import AudioProcessingConfig
from auricle.errors import OptionError
from auricle.server.engine import Recognition
from auricle.server.fields import GuideFields, NativeFields, TranscriptionFields, TranslationFields, official_name
from auricle.speech.whisper import TranscribeOptions

Options = TranscribeOptions
PCM = AudioProcessingConfig(input_format="pcm", sample_rate=8000, channels=2, bit_depth=24)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, Recognition()),
        ({"model": "tiny.en"}, Recognition(model="tiny.en")),
        ({"model": "whisper-1"}, Recognition(model="whisper-1")),  # OpenAI's names are for OpenAI's routes
        ({"language": "German"}, Recognition(Options(language="de"))),
        ({"language": None, "model": None, "prompt": None}, Recognition()),
        ({"task": "translate", "temperature": 1}, Recognition(Options(task="translate", temperature=1.0))),
        ({"word_timestamps": True, "logprobs": True}, Recognition(Options(word_timestamps=True, logprobs=True))),
        ({"prompt": "Ä\n", "hotwords": "auricle"}, Recognition(Options(prompt="Ä\n", hotwords="auricle"))),
        ({"beam_size": 1, "vad": False, "salvage": True}, Recognition(Options(beam_size=1), vad=False, salvage=True)),
        ({"beam_size": 5.0, "temperature": 0}, Recognition()),
        ({"input_format": "flac"}, Recognition(config=AudioProcessingConfig(input_format="flac"))),
        ({"input_format": "pcm", "sample_rate": 8000, "channels": 2, "bit_depth": 24}, Recognition(config=PCM)),
        ({"input_format": "pcm", "sample_rate": 8000, "channels": 2, "bit_depth": "24"}, Recognition(config=PCM)),
        ({"input_format": "pcm", "bit_depth": "float"}, Recognition(config=AudioProcessingConfig("pcm", bit_depth="float"))),
    ],
)
def test_what_json_asks_for(fields: Mapping[str, object], wanted: Recognition) -> None:
    """Each field of the guide's route, with its value."""
    assert GuideFields.from_json(fields).wanted() == wanted


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, Recognition()),
        ({"language": [""], "temperature": [""], "vad": [""]}, Recognition()),
        ({"language": ["de"], "temperature": ["0.4"]}, Recognition(Options(language="de", temperature=0.4))),
        ({"vad": ["false"], "salvage": ["1"], "beam_size": ["2"]}, Recognition(Options(beam_size=2), vad=False, salvage=True)),
        ({"format": ["srt"], "word_timestamps": ["true"]}, Recognition(Options(word_timestamps=True))),
        ({"format": ["json"], "stream": ["true"]}, Recognition()),
        ({"input_format": ["pcm"], "sample_rate": ["8000"], "channels": ["2"], "bit_depth": ["24"]}, Recognition(config=PCM)),
    ],
)
def test_what_a_form_asks_for(fields: Mapping[str, Sequence[str]], wanted: Recognition) -> None:
    """The same in text; what was left empty is not given."""
    assert NativeFields.from_form(fields).wanted() == wanted


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, Recognition()),
        ({"model": ["tiny.en"], "language": ["de"]}, Recognition(Options(language="de"), model="tiny.en")),
        ({"languages[]": ["de"]}, Recognition(Options(language="de"))),
        ({"languages": [""]}, Recognition()),
        ({"timestamp_granularities[]": ["word"]}, Recognition(Options(word_timestamps=True))),
        ({"timestamp_granularities": ["segment", "word"]}, Recognition(Options(word_timestamps=True))),
        ({"timestamp_granularities[]": ["segment"], "timestamp_granularities": ["word"]}, Recognition(Options(word_timestamps=True))),
        ({"include[]": ["logprobs"]}, Recognition(Options(logprobs=True))),
        ({"keywords[]": ["Quilter", "Mason"], "hotwords": ["apostle"]}, Recognition(Options(hotwords="apostle, Quilter, Mason"))),
        ({"prompt": ["Style."], "temperature": ["0.2"]}, Recognition(Options(prompt="Style.", temperature=0.2))),
        ({"chunking_strategy": ["auto"], "stream": ["false"]}, Recognition()),
        ({"vad": ["no"], "beam_size": ["1"]}, Recognition(Options(beam_size=1), vad=False)),
    ],
)
def test_what_openai_asks_for(fields: Mapping[str, Sequence[str]], wanted: Recognition) -> None:
    """OpenAI's fields, lists with and without brackets, and ours."""
    assert TranscriptionFields.from_form({"model": ["whisper-1"], **fields}).wanted() == wanted


def test_translation_is_into_english() -> None:
    """The route is the task."""
    assert TranslationFields.from_form({"model": ["whisper-1"]}).wanted() == Recognition(Options(task="translate"))


@pytest.mark.parametrize("name", ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe"])
def test_openais_names_are_the_default_model(name: str) -> None:
    """Clients need not learn ours; ours stay as they are."""
    assert official_name(name) is None
    assert official_name("tiny.en") == "tiny.en"
    assert official_name("") == ""


WRONG: list[tuple[dict[str, object], str, str]] = [
    ({"task": "sing"}, "task", "task is 'sing'; use one of: transcribe, translate."),
    ({"task": None}, "task", "task is null; use one of: transcribe, translate."),
    ({"temperature": True}, "temperature", "temperature is true; it should be a valid number."),
    ({"temperature": "0.5"}, "temperature", "temperature is '0.5'; it should be a valid number."),
    ({"temperature": 1.01}, "temperature", "temperature is 1.01; it should be less than or equal to 1."),
    ({"temperature": -1e-9}, "temperature", "temperature is -1e-09; it should be greater than or equal to 0."),
    ({"temperature": float("inf")}, "temperature", "temperature is Infinity; it should be less than or equal to 1."),
    ({"temperature": []}, "temperature", "temperature is []; it should be a valid number."),
    ({"beam_size": 5.5}, "beam_size", "beam_size is 5.5; it should be a valid integer."),
    ({"beam_size": True}, "beam_size", "beam_size is true; it should be a valid integer."),
    ({"beam_size": float("inf")}, "beam_size", "beam_size is Infinity; it should be a valid integer."),
    ({"beam_size": 0}, "beam_size", "beam_size is 0; it should be greater than or equal to 1."),
    ({"vad": 1}, "vad", "vad is 1; it should be a valid boolean."),
    ({"vad": "true"}, "vad", "vad is 'true'; it should be a valid boolean."),
    ({"language": 5}, "language", "language is 5; it should be a valid string."),
    ({"language": {"code": "de"}}, "language", 'language is {"code": "de"}; it should be a valid string.'),
    ({"language": "\ud800"}, "language", "language is '\\ud800'; it should be a valid string."),
    ({"prompt": "x" * 10_001}, "prompt", f"prompt is '{'x' * 56}…; it should have at most 10000 characters."),
    ({"model": ""}, "model", "model is ''; it should have at least 1 character."),
    ({"model": "x" * 201}, "model", f"model is '{'x' * 56}…; it should have at most 200 characters."),
    ({"bit_depth": 12}, "bit_depth", "bit_depth is 12; use one of: 8, 16, 24, 32, float."),
    ({"bit_depth": 16}, "bit_depth", "bit_depth describes raw samples; say input_format=pcm, or leave it out."),
    ({"input_format": "flac", "channels": 1}, "channels", "channels describes raw samples; say input_format=pcm, or leave it out."),
    ({"channels": 65}, "channels", "channels is 65; it should be less than or equal to 64."),
]


@pytest.mark.parametrize(("fields", "field", "message"), WRONG, ids=lambda value: str(value)[:40])
def test_what_json_may_not_ask_for(fields: Mapping[str, object], field: str, message: str) -> None:
    """A value of another type or outside its range: the message has the value, as much as fits, and what it should be."""
    with pytest.raises(OptionError) as refused:
        GuideFields.from_json(fields).wanted()
    assert (refused.value.field, str(refused.value)) == (field, message)


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"nothing": ["x"]}, "nothing", "there is no field 'nothing'; use one of: model, language, "),
        ({"nothing[]": [""]}, "nothing", "there is no field 'nothing'; use one of: model, language, "),
        ({"task": ["translate"]}, "task", "there is no field 'task'; use one of: "),
        ({"file[]": ["x"]}, "file", "there is no field 'file'; use one of: "),
        ({"model": ["a", "b"]}, "model", "model is given 2 times; give it once."),
        ({"model": ["a"], "model[]": ["a"]}, "model", "model is given 2 times; give it once."),
        ({"model": [""]}, "model", "model is missing; give it."),
        ({"temperature": ["warm"]}, "temperature", "temperature is 'warm'; it should be a valid number."),
        ({"temperature": ["nan"]}, "temperature", "temperature is 'nan'; it should be less than or equal to 1."),
        ({"stream": ["maybe"]}, "stream", "stream is 'maybe'; it should be a valid boolean."),
        ({"stream": ["true"], "response_format": ["srt"]}, "response_format", "srt cannot be streamed; say json or text, or stream=false."),
        (
            {"include[]": ["logprobs"], "response_format": ["vtt"]},
            "include",
            "there is no place for logprobs in vtt; say response_format=json.",
        ),
        ({"include[]": ["usage"]}, "include", "include is 'usage'; use one of: logprobs."),
        ({"languages[]": ["de", "en"]}, "languages", 'languages is ["de", "en"]; it should have at most 1 item.'),
        (
            {"timestamp_granularities[]": ["word", "line"]},
            "timestamp_granularities",
            "timestamp_granularities is 'line'; use one of: word, segment.",
        ),
        (
            {"response_format": ["diarized_json"]},
            "response_format",
            "response_format is 'diarized_json'; use one of: json, text, srt, verbose_json, vtt.",
        ),
        ({"chunking_strategy": ["server_vad"]}, "chunking_strategy", "chunking_strategy is 'server_vad'; use one of: auto."),
    ],
)
def test_what_a_form_may_not_ask_for(fields: Mapping[str, Sequence[str]], field: str, message: str) -> None:
    """An unknown field, one given twice, a wrong value, or two that contradict each other."""
    with pytest.raises(OptionError) as refused:
        TranscriptionFields.from_form({"model": ["base"], **fields}).wanted()
    assert refused.value.field == field
    assert str(refused.value).startswith(message)


def test_captions_are_not_streamed() -> None:
    """A format that could not be honoured is refused rather than passed over."""
    with pytest.raises(OptionError, match=r"^vtt cannot be streamed; say json, or stream=false\.$"):
        NativeFields.from_form({"stream": ["true"], "format": ["vtt"]}).wanted()


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from(sorted(NativeFields.model_fields)) | st.text(st.characters(), max_size=5)


@given(st.dictionaries(NAMES, VALUES, max_size=4))
def test_any_json_is_taken_or_refused(fields: dict[str, Any]) -> None:
    """No other error, whatever comes, and the message can be sent."""
    try:
        wanted = GuideFields.from_json(fields).wanted()
    except OptionError as refused:
        assert f"{refused.field} {refused}".encode()
    else:
        assert isinstance(wanted, Recognition)
        assert set(fields) <= set(GuideFields.model_fields)


@pytest.mark.parametrize("kind", [NativeFields, TranscriptionFields, TranslationFields])
@given(st.dictionaries(NAMES | NAMES.map(lambda name: f"{name}[]"), st.lists(st.text(max_size=5), min_size=1, max_size=3), max_size=4))
def test_any_form_is_taken_or_refused(kind: type[NativeFields], fields: dict[str, list[str]]) -> None:
    """The same for text."""
    try:
        assert isinstance(kind.from_form(fields).wanted(), Recognition)
    except OptionError as refused:
        assert f"{refused.field} {refused}".encode()
