"""What a catalogue's owner may call a recording and say of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from auricle.errors import OptionError

__all__ = ["LONGEST_ID", "LONGEST_KEY", "LONGEST_VALUE", "MOST_KEYS", "checked_id", "checked_metadata", "encodable", "from_tags"]

LONGEST_ID = 4096  # characters: paths are ids
LONGEST_KEY, LONGEST_VALUE, MOST_KEYS = 128, 4096, 64  # characters, characters, pairs

_CONTROL = frozenset({"Cc", "Zl", "Zp"})  # Unicode's categories of what is not text, or ends a line


def checked_id(name: str) -> None:
    """Raise `OptionError` if ``name`` cannot be the name of a recording."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        raise OptionError("id", f"an id is text of 1 to {LONGEST_ID} characters")
    if not encodable(name):
        raise OptionError("id", f"the id {name!r} is not Unicode text, as the name of a file can be; give another id")
    if any(unicodedata.category(character) in _CONTROL for character in name):
        raise OptionError("id", f"the id {name!r} has a control character or a line's end in it; give text of one line")


def checked_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    """A copy of ``metadata``.

    Raises:
        OptionError: it cannot be kept.
    """
    if not isinstance(metadata, Mapping) or len(metadata) > MOST_KEYS:
        raise OptionError("metadata", f"metadata is a mapping of at most {MOST_KEYS} names to texts")
    for key, value in metadata.items():
        if not (key and _fits(key, LONGEST_KEY) and _fits(value, LONGEST_VALUE)):
            limits = f"a name has 1 to {LONGEST_KEY} characters, a text at most {LONGEST_VALUE}"
            raise OptionError("metadata", f"the metadata {str(key)[:LONGEST_KEY]!r} is not text, or too long: {limits}")
    return dict(metadata)


def from_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """As much of a file's tags as can be kept: nobody chose them for this."""
    cut = ((key, value[:LONGEST_VALUE]) for key, value in tags.items())
    return dict([(key, value) for key, value in cut if key and _fits(key, LONGEST_KEY) and _fits(value, LONGEST_VALUE)][:MOST_KEYS])


def encodable(text: str) -> bool:
    """Whether UTF-8 can be made of it: Python's names of files can have surrogates, which stand for bytes that are no text (PEP 383)."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _fits(text: object, longest: int) -> bool:
    return isinstance(text, str) and len(text) <= longest and encodable(text)
