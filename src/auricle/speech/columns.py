"""How text fills rows: what a reader takes for one character, how wide it is, and where a row may end.

Source:
    Unicode Standard Annexes 11, 14 and 29, as far as subtitles and terminals need them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise

__all__ = ["columns", "graphemes", "ideographs_part", "line_starts"]

_SMALL_KANA = frozenset("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
# Joiners, halfwidth voicing marks, skin tones, tags and Hangul vowels and finals: not marks, but part of what precedes.
_EXTENDERS = re.compile("[\u200c\u200d\uff9e\uff9f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u1160-\u11ff\ud7b0-\ud7fb]")


def line_starts(parts: Sequence[str], max_chars: int) -> Iterator[int]:
    """Which graphemes may begin a line: after white space, next to an ideograph, and where a word has grown too long for one.

    Args:
        parts: a text's graphemes.
        max_chars: columns in a line.
    """
    filled = 0
    for at, (before, grapheme) in enumerate(pairwise([" ", *parts])):
        wide = columns(grapheme)
        starts = before.isspace() or filled + wide > max_chars or ideographs_part(before, grapheme)
        if starts and not grapheme.isspace():
            yield at
            filled = 0
        filled += wide


def graphemes(text: str) -> list[str]:
    """User-perceived characters (UAX 29): a base with its marks, an emoji sequence, a flag, a conjunct."""
    if text.isascii():
        return list(text)
    found: list[str] = []
    for char in text:
        if found and _extends(found[-1], char):
            found[-1] += char
        else:
            found.append(char)
    return found


def _extends(grapheme: str, char: str) -> bool:
    kind = unicodedata.category(char)[0]
    return bool(
        kind == "M"
        or _EXTENDERS.match(char)
        or (kind == "S" and grapheme[-1] == "\u200d")
        or (kind == "L" and unicodedata.combining(grapheme[-1]) == 9)  # class 9 is the viramas, which join consonants
        or _FLAG.fullmatch(grapheme + char)
    )


def columns(text: str) -> int:
    """Width as a terminal shows it (UAX 11): two for a wide character or an emoji sequence, else one for a grapheme."""
    return sum(1 + any(map(_wide, grapheme)) for grapheme in graphemes(text))


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF" or char == "\ufe0f" or "\U0001f1e6" <= char <= "\U0001f1ff"


def ideographs_part(before: str, after: str) -> bool:
    """Whether a line may break between two graphemes without white space: next to ideographs, kana and emoji.

    Not after an opening bracket, and not before closing punctuation, a small kana or a mark that prolongs or repeats.
    """
    return (
        (_ideographic(before) or _ideographic(after))
        and not before.isspace()
        and unicodedata.category(before[0]) not in {"Ps", "Pi"}
        and unicodedata.category(after[0]) not in {"Pe", "Pf", "Po", "Pd", "Lm"}
        and after[0] not in _SMALL_KANA
    )


def _ideographic(grapheme: str) -> bool:
    return unicodedata.east_asian_width(grapheme[0]) in "WF" and not unicodedata.name(grapheme[0], "").startswith("HANGUL")
