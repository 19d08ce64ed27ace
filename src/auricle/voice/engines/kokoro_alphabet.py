"""Kokoro's alphabet: the symbols that it was trained with, and how the International Phonetic Alphabet is written in it.

English is written as misaki has it (https://github.com/hexgrad/misaki/blob/main/EN_PHONES.md): one letter for a diphthong or an affricate.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from auricle.errors import OptionError

__all__ = ["PAUSES", "PUNCTUATION", "VOCABULARY", "from_ipa", "legible"]

_RUNS: Final[Mapping[int, str]] = {
    1: ";:,.!?",
    9: '—…"()“” \u0303ʣʥʦʨᵝꭧAI',
    31: "O",
    33: "Q",
    35: "ST",
    39: "W",
    41: "Yᵊabcdef",
    50: "hijklmnopqrstuvwxyzɑɐɒæ",
    75: "βɔɕç",
    80: "ɖðʤə",
    85: "ɚɛɜ",
    90: "ɟ",
    92: "ɡ",
    99: "ɥ",
    101: "ɨɪʝ",
    110: "ɯɰŋɳɲɴø",
    118: "ɸθœ",
    123: "ɹ",
    125: "ɾɻ",
    128: "ʁɽʂʃʈʧ",
    135: "ʊʋ",
    138: "ʌɣɤ",
    142: "χʎ",
    147: "ʒʔ",
    156: "ˈˌː",
    162: "ʰ",
    164: "ʲ",
    169: "↓",
    171: "→↗↘",
    177: "ᵻ",
}  # consecutive numbers, from the first one on; as in config.json of hexgrad/Kokoro-82M
VOCABULARY: Final[Mapping[str, int]] = {symbol: first + place for first, run in _RUNS.items() for place, symbol in enumerate(run)}
PAUSES: Final = frozenset(';:,.!?—…"()“” ')  # symbols that are not said
PUNCTUATION: Final = str.maketrans("。、，．！？；：–«»„「」『』（）¡¿।", ".,,.!?;:—“”““”“”()  .")  # of other scripts, as it has it

_SAME: Final = {"g": "ɡ", "'": "ˈ", "t͡s": "ʦ", "d͡z": "ʣ", "tɕ": "ʨ", "t͡ɕ": "ʨ", "dʑ": "ʥ", "d͡ʑ": "ʥ", "t͡ʃ": "ʧ", "d͡ʒ": "ʤ"}
_ENGLISH: Final = _SAME | {
    "eɪ": "A",
    "aɪ": "I",
    "aʊ": "W",
    "ɔɪ": "Y",
    "tʃ": "ʧ",
    "dʒ": "ʤ",
    "e": "ɛ",
    "r": "ɹ",
    "ɚ": "əɹ",
    "ɝ": "ɜɹ",
    "ɐ": "ə",
    "ɫ": "l",
    "ɬ": "l",
    "ʍ": "w",
    "ɦ": "h",
    "x": "k",
    "ç": "k",
    "\u0303": "",
}
_AMERICAN: Final = _ENGLISH | {
    "oʊ": "O",
    "əʊ": "O",
    "ɜː": "ɜɹ",
    "ɜːɹ": "ɜɹ",
    "ɜːr": "ɜɹ",
    "ɪə": "iə",
    "a": "æ",
    "ɒ": "ɑ",
    "o": "ɔ",
    "ɾ": "T",
    "ʔ": "t",
    "ː": "",
}
_BRITISH: Final = _ENGLISH | {"oʊ": "Q", "əʊ": "Q", "eə": "ɛː", "ɛə": "ɛː", "æ": "a", "o": "ɔ", "ɾ": "t", "ʔ": "t"}
_WRITTEN: Final = {"en-US": _AMERICAN, "en-GB": _BRITISH}
_TIE: Final = "\u0361"
_JOINED: Final = re.compile("[\u035c^]")  # other ways to write the tie
_SYLLABIC: Final = re.compile("(.)\u0329")
_VOWELS: Final = "AIOQWYaæɑɒɐeɛəɚɜiɪɨᵻoɔøœuʊʌɯɤyᵊ"
_STRESS: Final = re.compile(f"([ˈˌ])([^{_VOWELS}ˈˌ ]*)(?=[{_VOWELS}])")
_UNSAID: Final = str.maketrans("", "", ".‿|")  # where syllables and feet part


def from_ipa(ipa: str, language: str) -> str:
    """A pronunciation as Kokoro writes it.

    Args:
        ipa: International Phonetic Alphabet, with or without slashes around it.
        language: BCP 47 tag of the voice; English has letters of its own.

    Raises:
        OptionError: it has a sign that Kokoro does not know, or says nothing; names the field "text".
    """
    plain = _JOINED.sub(_TIE, unicodedata.normalize("NFC", ipa).strip("/[] "))
    plain = _SYLLABIC.sub("ᵊ\\1", plain.translate(_UNSAID))
    table = _WRITTEN.get(language, _SAME)
    signs = "|".join(sorted(map(re.escape, table), key=len, reverse=True))
    written = re.sub(signs, lambda found: table[found[0]], plain).replace(_TIE, "")
    written = "".join(sign if sign in VOCABULARY else unicodedata.normalize("NFD", sign) for sign in written)
    if strange := next((sign for sign in written if sign not in VOCABULARY), None):
        raise OptionError("text", f"the pronunciation {ipa!r} has {strange!r}, which the voice cannot say; write it in IPA for {language}")
    if not set(written) - PAUSES:
        raise OptionError("text", f"the pronunciation {ipa!r} says nothing; write it in IPA for {language}")
    return _STRESS.sub(r"\2\1", written)  # stress stands before the vowel, not before the syllable


def legible(heard: str) -> str:
    """What Kokoro knows of a front end's symbols."""
    return "".join(sign for sign in heard.translate(PUNCTUATION) if sign in VOCABULARY)
