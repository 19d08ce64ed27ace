"""Which scripts a language is written in; text in another is refused before anybody hears nonsense."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from auricle.errors import OptionError
from auricle.voice.text.lexicon import Lexicon
from auricle.voice.text.markup import Run
from auricle.voice.text.normalize import tokens

__all__ = ["check"]

_LATIN = frozenset({"Latin"})
_OWN = {
    "ja": {"Kana", "Han"}, "zh": {"Han", "Bopomofo"}, "yue": {"Han"}, "ko": {"Hangul", "Han"},
    **dict.fromkeys(("hi", "mr", "ne", "sa"), frozenset({"Devanagari"})), **dict.fromkeys(("bn", "as"), frozenset({"Bengali"})),
    **dict.fromkeys(("ru", "uk", "bg", "be", "mk", "kk", "ky", "tt", "mn"), frozenset({"Cyrillic"})),
    **dict.fromkeys(("ar", "fa", "ur", "ps", "sd"), frozenset({"Arabic"})), "he": {"Hebrew"}, "yi": {"Hebrew"}, "el": {"Greek"},
    "th": {"Thai"},
    "lo": {"Lao"}, "km": {"Khmer"}, "my": {"Myanmar"}, "ka": {"Georgian"}, "hy": {"Armenian"}, "am": {"Ethiopic"}, "ta": {"Tamil"},
    "te": {"Telugu"}, "kn": {"Kannada"}, "ml": {"Malayalam"}, "gu": {"Gujarati"}, "pa": {"Gurmukhi"}, "or": {"Oriya"}, "si": {"Sinhala"},
}  # fmt: skip
"""Language → its scripts; one that is not here is written in Latin letters."""

_TWO_SCRIPTS = {"sr": {"Cyrillic", "Latin"}, "uz": {"Cyrillic", "Latin"}, "az": {"Cyrillic", "Latin"}}

_NO_LATIN = frozenset({"zh", "yue"})
"""Languages whose front ends drop words in Latin letters: pinyin has no reading for them. Open JTalk (ja) spells them or knows them,
espeak-ng (all others here) reads them by English or its own rules."""

_READERS = {
    "Cyrillic": "Russian, Ukrainian or Bulgarian", "Han": "Chinese or Japanese", "Kana": "Japanese", "Hangul": "Korean",
    "Arabic": "Arabic, Persian or Urdu", "Hebrew": "Hebrew", "Greek": "Greek", "Devanagari": "Hindi, Marathi or Nepali", "Thai": "Thai",
    "Bengali": "Bengali", "Lao": "Lao", "Khmer": "Khmer", "Myanmar": "Burmese", "Georgian": "Georgian", "Armenian": "Armenian",
    "Ethiopic": "Amharic", "Tamil": "Tamil", "Telugu": "Telugu", "Kannada": "Kannada", "Malayalam": "Malayalam", "Gujarati": "Gujarati",
    "Gurmukhi": "Punjabi", "Oriya": "Odia", "Sinhala": "Sinhala", "Bopomofo": "Chinese",
    "Latin": "English, or another language in Latin letters,",
}  # fmt: skip
_BY_NAME = {
    "CJK": "Han", "IDEOGRAPHIC": "Han", "KANGXI": "Han", "HIRAGANA": "Kana", "KATAKANA": "Kana", "KATAKANA-HIRAGANA": "Kana",
    "MODIFIER": "",
    "HENTAIGANA": "Kana", "VERTICAL": "Han", "FEMININE": "Latin", "MASCULINE": "Latin", "COPTIC": "Coptic", "DOUBLE-STRUCK": "",
    "SCRIPT": "Latin",
    "BLACK-LETTER": "Latin", "TURNED": "Latin", "ALEF": "", "BET": "", "GIMEL": "", "DALET": "", "MICRO": "", "OHM": "", "COMBINING": "",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]\w*")
_SHOWN = 30  # characters of a word that an error repeats


def check(text: str, language: str) -> None:
    """Make sure that a voice can read a text.

    Args:
        text: what to read, without markup.
        language: BCP 47 tag. Its own scripts are read, and words in Latin letters where its front end reads them; in languages written in
            Latin letters single letters of Greek are, as in formulas. Digits, symbols and emoji always are.

    Raises:
        OptionError: there is nothing in it that could be said, or a word in another script; names the field "text".
    """
    scripts = _scripts(language)
    if not text.isascii() or "Latin" not in scripts:
        for start, word, script in _foreign(text, scripts):
            raise OptionError("text", _refusal(language, start, word, script))
    if not any(char.isalnum() for char in text) and not _speakable(text, language):
        raise OptionError("text", "there is nothing to say in the text; give some words")


@lru_cache(maxsize=256)
def _scripts(language: str) -> frozenset[str]:
    known, *rest = language.lower().replace("_", "-").split("-")
    if known in _TWO_SCRIPTS:
        return frozenset(_TWO_SCRIPTS[known])
    own = frozenset(_OWN.get(known, _LATIN))
    if "latn" in rest:
        return _LATIN
    return own if known in _NO_LATIN else own | _LATIN


def _foreign(text: str, scripts: frozenset[str]) -> Iterator[tuple[int, str, str]]:
    """The words with a letter of a script that is not among ``scripts``: place, word, script."""
    for found in _WORD.finditer(text):
        word = found[0]
        if word.isascii() and "Latin" in scripts:
            continue
        strange = [(place, script) for place, char in enumerate(word) if (script := _script(char)) and script not in scripts]
        if strange and not _formula(word, strange):
            yield found.start(), word, strange[0][1]


def _formula(word: str, strange: list[tuple[int, str]]) -> bool:
    """Whether all that is strange in ``word`` are Greek letters that stand by themselves: "π", "Δx", "kΩ"."""
    alone = all(after - before > 1 for (before, _), (after, _) in pairwise(strange))
    return alone and all(script == "Greek" for _, script in strange)


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    """The script of a letter, "" where all scripts share it."""
    plain_form = unicodedata.normalize("NFKC", char)[:1]
    if not plain_form.isalpha():
        return ""
    first = unicodedata.name(plain_form, "").partition(" ")[0]
    return _BY_NAME.get(first, first.capitalize())


def _refusal(language: str, start: int, word: str, script: str) -> str:
    shown = word if len(word) <= _SHOWN else f"{word[:_SHOWN]}…"
    reader = _READERS.get(script, f"a language in {script} letters")
    return (
        f'the voice reads {language}, and "{shown}" at character {start} of the text is written in {script} letters; '
        f"use a voice that reads {reader}, or write the word in letters that this one reads"
    ).replace(",,", ",")


def _speakable(text: str, language: str) -> bool:
    """Whether any word comes of a text without letters and digits, of emoji or other symbols."""
    whole = Run(text, tuple((place, place + 1) for place in range(len(text))))
    return any(any(char.isalpha() for char in token.text) for token in tokens(whole, language, Lexicon()))
