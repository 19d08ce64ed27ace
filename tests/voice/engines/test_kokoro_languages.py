"""Phonemes of each of Kokoro's languages, token by token."""

from __future__ import annotations

import importlib.util

import pytest

from auricle.errors import MissingDependency, OptionError
from auricle.voice.engine import Token
from auricle.voice.engines.kokoro_alphabet import VOCABULARY
from auricle.voice.engines.kokoro_languages import TONGUES, phonemes
from tests.voice.engines.kokoro_model import tokens

# A sentence in each language, and sounds that its words have, in Kokoro's alphabet.
SENTENCES = {
    "a": ("Good morning, everyone.", ("ɡˈʊd", "mˈɔɹnɪŋ", "ɛvɹi")),
    "b": ("Good morning, everyone.", ("ɡˈʊd", "mˈɔːnɪŋ", "ɛvɹɪ")),
    "e": ("Buenos días, señora.", ("bwˈenos", "ðˈias", "seɲˈo")),
    "f": ("Bonjour tout le monde.", ("bɔ̃ʒˈuʁ", "tˈu", "mˈɔ̃d")),
    "h": ("नमस्ते दुनिया।", ("nəmˈʌst", "dˈʊn")),
    "i": ("Buongiorno a tutti.", ("bʊonʤˈɔrno", "tˈut")),
    "j": ("今日は良い天気です。", ("kʲoː", "teŋkʲi", "desɨ")),
    "p": ("Bom dia, mundo.", ("bˈo", "ʤˈi", "mˈũ")),
    "z": ("你好，世界。", ("ni↓xau↓", "ʂɨ↘ʨje↘")),
}


def touching(*texts: str) -> list[Token]:
    """Tokens without spaces between them."""
    places = [sum(map(len, texts[:index])) for index in range(len(texts))]
    return [Token(text, (place, place + len(text))) for text, place in zip(texts, places, strict=True)]


@pytest.mark.parametrize("letter", sorted(TONGUES))
def test_every_language(letter: str) -> None:
    """Each token has a sound of its own, in the alphabet of the model, and the sentence ends as it is written."""
    tongue = TONGUES[letter]
    if not tongue.able:
        pytest.skip(f"needs auricle[{tongue.extra}]")
    text, sounds = SENTENCES[letter]
    heard = phonemes(tokens(text), tongue.language)
    assert len(heard) == len(text.split())
    assert set("".join(heard)) <= set(VOCABULARY)
    assert "".join(heard).rstrip().endswith(".")
    for sound in sounds:
        assert "".join(sign for sign in sound if sign in VOCABULARY) in "".join(heard)


@pytest.mark.parametrize("letter", sorted(TONGUES))
def test_a_pronunciation_of_one_s_own(letter: str) -> None:
    """Is said as it is, with the punctuation of the token, in every language."""
    tongue = TONGUES[letter]
    if not tongue.able:
        pytest.skip(f"needs auricle[{tongue.extra}]")
    own = Token("(xyz),", (0, 6), "/ˈbama/")
    (heard,) = phonemes([own], tongue.language)
    vowel = "æ" if letter == "a" else "a"
    assert heard == f"(bˈ{vowel}m{vowel}), "


@pytest.mark.skipif(not TONGUES["j"].able, reason="needs auricle[kokoro]")
def test_words_that_are_not_set_apart_are_read_at_once() -> None:
    """However Japanese is cut into tokens, it sounds the same."""
    whole = "".join(phonemes(touching("今日は良い天気です。"), "ja"))
    assert "".join(phonemes(touching("今", "日は良い", "天気で", "す。"), "ja")) == whole


def test_what_has_no_sound() -> None:
    """A token of punctuation is silent; a word that cannot be read is refused by name."""
    assert phonemes(tokens("Well — yes."), "en-US")[1].strip() == "—"
    if TONGUES["j"].able:
        with pytest.raises(OptionError, match="'ѭѭ' cannot be read in Japanese"):
            phonemes(tokens("ѭѭ"), "ja")


@pytest.mark.parametrize(("language", "line"), [("es", "espeak"), ("ja", "kokoro"), ("zh", "kokoro"), ("pt-BR", "espeak")])
def test_a_front_end_that_is_missing(language: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the pip line."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    tongue = next(one for one in TONGUES.values() if one.language == language)
    assert not tongue.able
    with pytest.raises(MissingDependency, match=rf'speaking {tongue.name} with Kokoro.*pip install "auricle\[{line}\]"'):
        tongue.require()
