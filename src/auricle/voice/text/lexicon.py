"""How words are said that the engines cannot know: names, brands, jargon.

A lexicon is a TOML file with one table, ``[words]``. A word, or several with single spaces, is given either another spelling, which is
read like any text, or its sound in IPA::

    [words]
    auricle = "oracle"                 # however it is written: auricle, Auricle, AURICLE
    "New Orleans" = "new orlins"       # with capitals: only as it stands here
    Nguyen = { ipa = "wɪn" }
    "C++" = "see plus plus"

Only whole words are replaced; the longest entry wins, and one written exactly as the text before one that ignores capitals.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from auricle.errors import OptionError

__all__ = ["Entry", "Found", "Lexicon"]

_LONGEST = 200  # characters of a word, or of what it becomes
_SPACELESS = ("ja", "zh", "yue", "th", "lo", "km", "my")  # words touch: there is no telling where one ends


@dataclass(frozen=True, slots=True)
class Entry:
    """How one word is said: exactly one of the two is there.

    Attributes:
        respelling: text to read instead.
        ipa: its sound.
    """

    respelling: str | None = None
    ipa: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A word of the lexicon in a text.

    Attributes:
        entry: how to say it.
        end: place after its last character.
    """

    entry: Entry
    end: int


class Lexicon:
    """Words and how they are said; empty by default. It is not changed once made, and threads may share it."""

    def __init__(self, entries: Mapping[str, Entry | str] | None = None) -> None:
        """Of given entries.

        Args:
            entries: word → how it is said; a string is a respelling.

        Raises:
            OptionError: an entry cannot be used; names the field "lexicon".
        """
        self._entries = {_checked(word): _entry(word, said) for word, said in (entries or {}).items()}
        self._lengths: dict[str, tuple[int, ...]] = {}
        for word in sorted(self._entries, key=len, reverse=True):
            first = word[0].lower()
            self._lengths[first] = tuple(dict.fromkeys((*self._lengths.get(first, ()), len(word))))

    @classmethod
    def read(cls, path: Path | str) -> Lexicon:
        """From a TOML file, as the head of this module shows it.

        Raises:
            OptionError: it cannot be opened or is no lexicon; names the field "lexicon", and the place where it goes wrong.
        """
        try:
            return cls(_words(tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))))
        except OSError as error:
            raise OptionError("lexicon", f"cannot read the lexicon {path}: {(error.strerror or str(error)).lower()}") from error
        except UnicodeDecodeError as error:
            raise OptionError(
                "lexicon", f"the lexicon {path} is not UTF-8 text: the byte at {error.start} is no part of any character"
            ) from error
        except tomllib.TOMLDecodeError as error:
            raise OptionError("lexicon", f"the lexicon {path} is not TOML: {error}") from error
        except OptionError as error:
            raise OptionError("lexicon", f"the lexicon {path} cannot be used: {error}") from error

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Word → how it is said."""
        return MappingProxyType(self._entries)

    def __bool__(self) -> bool:
        """Whether it has any entry."""
        return bool(self._entries)

    def find(self, text: str, place: int, language: str) -> Found | None:
        """The longest entry that stands at ``place`` as a whole word.

        Args:
            text: with single white space between words.
            place: of its first character.
            language: BCP 47 tag; in Japanese, Chinese and the like an entry may stand anywhere.
        """
        for length in self._lengths.get(text[place : place + 1].lower(), ()):
            written = text[place : place + length].replace("\n", " ")
            entry = self._entries.get(written) or self._entries.get(written.lower())
            if entry and (language.split("-")[0] in _SPACELESS or _whole(text, place, place + length)):
                return Found(entry, place + length)
        return None


def _whole(text: str, start: int, end: int) -> bool:
    """Whether no letter or digit goes on where the stretch begins or ends with one."""
    before, after = text[start - 1 : start] if start else "", text[end : end + 1]
    return not (before.isalnum() and text[start].isalnum()) and not (after.isalnum() and text[end - 1].isalnum())


def _words(document: Mapping[str, object]) -> dict[str, Entry | str]:
    """The entries of a document, each checked for what it may be."""
    unknown = [name for name in document if name != "words"]
    words = document.get("words")
    if unknown or not isinstance(words, dict):
        named = f"it has {unknown[0]!r} at its top" if unknown else "it has no table [words]"
        raise OptionError("lexicon", f"{named}, and it must have one table [words] and nothing else")
    return {word: _said(word, value) for word, value in words.items()}


def _said(word: str, value: object) -> Entry | str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and list(value) == ["ipa"] and isinstance(value["ipa"], str):
        return Entry(ipa=value["ipa"])
    raise OptionError("lexicon", f'the word {word!r} in [words] must be a respelling such as "noo-yin" or {{ ipa = "…" }}')


def _checked(word: str) -> str:
    plain = " ".join(word.split())
    if not any(char.isprintable() and not char.isspace() for char in plain) or len(plain) > _LONGEST:
        raise OptionError("lexicon", f"the word {word[:40]!r} in [words] must have 1 to {_LONGEST} characters that can be seen")
    return plain


def _entry(word: str, said: Entry | str) -> Entry:
    entry = Entry(respelling=said) if isinstance(said, str) else said
    sound = entry.ipa if entry.respelling is None else entry.respelling
    if sound is None or (entry.ipa is not None and entry.respelling is not None):
        raise OptionError("lexicon", f"the word {word!r} in [words] must have either a respelling or an IPA, and not both")
    if not any(char.isalpha() for char in sound) or len(sound) > _LONGEST:
        raise OptionError("lexicon", f"what the word {word!r} in [words] becomes must have letters, and no more than {_LONGEST} characters")
    return entry
