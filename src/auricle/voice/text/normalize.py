"""Text → the words that somebody says when reading it aloud.

In English every number, date, sum, unit, address, abbreviation and symbol becomes words. Other languages' engines have front ends of their
own, which know their numbers better than rules made for English would: there words are only told apart.
"""

from __future__ import annotations

import re

from auricle.voice.engine import Token
from auricle.voice.text.aloud import Aloud
from auricle.voice.text.assembly import Assembly
from auricle.voice.text.legible import legible
from auricle.voice.text.lexicon import Entry, Lexicon
from auricle.voice.text.markup import Run
from auricle.voice.text.say_as import readings

__all__ = ["tokens"]

_STRETCH = re.compile(r"\S{1,400}+")
_HISSING = ("s", "z", "ʃ", "ʒ", "ʧ", "ʤ", "tʃ", "dʒ")
_VOICELESS = ("p", "t", "k", "f", "θ")


def tokens(run: Run, language: str, lexicon: Lexicon) -> tuple[Token, ...]:
    """The words of ``run``, each with the punctuation that touches it and the place that it comes from.

    Args:
        run: what to read, and what markup says about it. Anything may be in its text.
        language: BCP 47 tag of the whole text; that of the run counts more.
        lexicon: the user's words.

    Returns:
        Tokens in the order of the text. Where it begins with punctuation, that is a token of its own.

    Raises:
        MissingDependency: there are emoji in it, and the extra `voice` is not installed.
    """
    found = _Reader(run, run.language or language, lexicon).tokens()
    if run.phonemes is None or not found:
        return found
    word = "-".join(token.text for token in found)
    return (Token(word, (found[0].span[0], max(token.span[1] for token in found)), run.phonemes),)


class _Reader:
    """One run's reading."""

    def __init__(self, run: Run, language: str, lexicon: Lexicon) -> None:
        self._say_as, self._language, self._lexicon = run.say_as, language, lexicon
        self._english = language.lower().split("-")[0] == "en"
        self._british = language.lower() == "en-gb"
        source = legible(run, language)
        self._text = source.text
        self._assembly = Assembly(source)
        self._aloud = Aloud(source.text, self._british, self._assembly)

    def tokens(self) -> tuple[Token, ...]:
        """All of them."""
        place = len(self._text) if self._marked() else 0
        while place < len(self._text):
            place = self._step(place)
        return self._assembly.tokens()

    def _marked(self) -> bool:
        """Reads the run as its markup says, if it can be."""
        parts = readings(self._text, self._say_as, self._british, self._english) if self._say_as else []
        for words, start, end in parts:
            self._assembly.say(words.split(), start, end, read=self._english)
        return bool(parts)

    def _step(self, place: int) -> int:
        """Reads what stands at ``place``; gives the place after it."""
        if self._text[place] in " \n":
            return place + 1
        found = self._lexicon.find(self._text, place, self._language) if self._lexicon else None
        if found:
            return self._known(found.entry, place, found.end)
        return self._aloud.step(place) if self._english else self._stretch(place)

    def _known(self, entry: Entry, place: int, end: int) -> int:
        """A word of the user's lexicon, and its possessive s."""
        owner = self._english and self._text[end : end + 2] == "'s" and not self._text[end + 2 : end + 3].isalnum()
        words = self._plain_words(entry.respelling or self._text[place:end])
        if entry.ipa is not None:
            words = ["-".join(words) or self._text[place:end]]
        words[-1:] = [words[-1] + "'s" * owner] if words else []
        sound = entry.ipa + _possessive(entry.ipa) * owner if entry.ipa else None
        self._assembly.say(words, place, end + 2 * owner, sound)
        return end + 2 * owner

    def _plain_words(self, text: str) -> list[str]:
        """What is said for ``text`` where no lexicon is known."""
        spans = tuple((spot, spot + 1) for spot in range(len(text)))
        return [token.text for token in tokens(Run(text, spans), self._language, Lexicon())]

    def _stretch(self, place: int) -> int:
        """Up to the next white space, or word of the lexicon."""
        found = _STRETCH.match(self._text, place)
        end = found.end() if found else place + 1
        if self._lexicon:
            end = next((spot for spot in range(place + 1, end) if self._lexicon.find(self._text, spot, self._language)), end)
        written = self._text[place:end]
        if place and not self._text[place - 1].isspace() and not any(char.isalnum() for char in written):
            self._assembly.close(written, place, end)  # punctuation after a word of the lexicon
        else:
            self._assembly.say([written], place, end)
        return end


def _possessive(sound: str) -> str:
    return "ɪz" if sound.endswith(_HISSING) else "s" if sound.endswith(_VOICELESS) else "z"
