"""From a text's tokens and when each was said to words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from auricle.speech.agreement import Heard

if TYPE_CHECKING:
    from faster_whisper.tokenizer import Tokenizer

__all__ = ["words_after"]

_PREPENDED, _APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # punctuation that belongs to the word after or before it


def words_after(first: int, text: list[int], begins: Sequence[float], probabilities: Sequence[float], tokenizer: Tokenizer) -> list[Heard]:
    """The words of a text from its token ``first`` on; times are those of `auricle.speech.whisper.Recognizer.align`.

    Punctuation at their beginning continues what comes before them, which has its punctuation: it is left out.
    """
    words: list[Heard] = []
    _, groups = tokenizer.split_to_word_tokens([*text[first:], tokenizer.eot])
    place = first
    for group in groups[:-1]:
        after = place + len(group)
        own = probabilities[place:after]
        words.append(Heard(tokenizer.decode(group), tuple(group), begins[place], begins[after], sum(own) / len(own) if own else 0.0))
        place = after
    joined = _joined(words)
    while joined and not any(character.isalnum() for character in joined[0].text):
        del joined[0]
    return joined


def _joined(words: Sequence[Heard]) -> list[Heard]:
    """Words with their punctuation."""
    joined: list[Heard] = []
    opening: Heard | None = None
    for word in words:
        mark = word.text.strip()
        if opening is not None:
            word, opening = _both(opening, word), None
        if mark and mark in _PREPENDED and word.text[:1].isspace():
            opening = word
        elif joined and mark and all(character in _APPENDED for character in mark):
            last = joined.pop()
            joined.append(Heard(last.text + word.text, last.tokens + word.tokens, last.start, last.end, last.probability))
        else:
            joined.append(word)
    return joined if opening is None else [*joined, opening]


def _both(mark: Heard, word: Heard) -> Heard:
    return Heard(mark.text + word.text, mark.tokens + word.tokens, word.start, word.end, word.probability)
