"""Names of voices and languages."""

from __future__ import annotations

import pytest

from auricle.errors import OptionError
from auricle.voice.engine import Voice
from auricle.voice.voices import ALIASES, DEFAULT_VOICE, engine_of, find_voice, language_of, voices

ANNA = Voice("anna", "made-up", ("en-GB", "en-US", "de-DE"), "CC0-1.0")


def test_the_default_comes_first() -> None:
    """Whatever else is there; names are unique, and each voice says what it can."""
    present = voices()
    assert present[0].name == DEFAULT_VOICE
    assert len({voice.name for voice in present}) == len(present)
    assert all(voice.languages and voice.licence and voice.emotions[0] == "neutral" for voice in present)
    assert find_voice() == find_voice(DEFAULT_VOICE) == present[0]


@pytest.mark.parametrize("name", ALIASES)
def test_openai_names_mean_ours(name: str) -> None:
    """Every one, in any case, is a voice that is there."""
    assert find_voice(name) in voices()
    assert find_voice(name.upper()) == find_voice(name)


def test_the_voice_for_a_language() -> None:
    """Without a name the first that speaks it; with a name the name counts."""
    assert "en-US" in find_voice(language="en-US").languages
    assert find_voice("heart", "de").name == "heart"


@pytest.mark.parametrize("name", ["nobody", "heartt", "", "af_heart:0.7+nobody:0.3", "a\x00b", "../heart"])
def test_nobody_of_that_name(name: str) -> None:
    """Is refused, with those that are there."""
    with pytest.raises(OptionError) as caught:
        find_voice(name)
    assert caught.value.field == "voice"
    assert DEFAULT_VOICE in str(caught.value)


@pytest.mark.parametrize(("asked", "meant"), [(None, "en-GB"), ("en", "en-GB"), ("EN_us", "en-US"), ("de-de", "de-DE"), ("de", "de-DE")])
def test_the_language_that_is_meant(asked: str | None, meant: str) -> None:
    """A language without a region is any that the voice speaks."""
    assert language_of(ANNA, asked) == meant


@pytest.mark.parametrize("asked", ["fr", "en-AU", "de-AT", "", "e"])
def test_a_language_that_it_does_not_speak(asked: str) -> None:
    """Is refused, with those that it speaks."""
    with pytest.raises(OptionError, match="en-GB") as caught:
        language_of(ANNA, asked)
    assert caught.value.field == "language"


def test_an_engine_is_loaded_once() -> None:
    """And shared."""
    assert engine_of(find_voice()) is engine_of(find_voice("heart"))


def test_a_blend_of_voices_that_are_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Says where voices that blend come from, and which there are."""
    monkeypatch.setattr("auricle.voice.engines.kokoro.voices", lambda: ())
    with pytest.raises(OptionError, match=r"none is on this machine; run `auricle models pull kokoro`.*use one of: heart") as caught:
        find_voice("af_heart:0.7+am_x:0.3")
    assert caught.value.field == "voice"
