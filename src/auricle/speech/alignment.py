"""From a text's tokens and when each was said to words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import dropwhile
from typing import TYPE_CHECKING, Any

from auricle.speech.agreement import Heard

if TYPE_CHECKING:
    from faster_whisper.tokenizer import Tokenizer

__all__ = ["APPENDED", "PREPENDED", "words_after"]

PREPENDED, APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"  # punctuation that belongs to the word after or before it: OpenAI's defaults


def words_after(first: int, text: list[int], begins: Sequence[float], probabilities: Sequence[float], tokenizer: Tokenizer) -> list[Heard]:
    """The words of a text from its token ``first`` on; times are those of `auricle.speech.whisper.Recognizer.align`.

    Punctuation at their beginning continues what comes before them, which has its punctuation: it is left out.
    """
    from faster_whisper.transcribe import merge_punctuations

    aligned: list[dict[str, Any]] = []
    _, groups = tokenizer.split_to_word_tokens([*text[first:], tokenizer.eot])
    place = first
    for tokens in groups[:-1]:
        after = place + len(tokens)
        own = probabilities[place:after]
        probability = sum(own) / len(own) if own else 0.0
        word = tokenizer.decode(tokens)
        aligned.append({"word": word, "tokens": tokens, "start": begins[place], "end": begins[after], "probability": probability})
        place = after
    merge_punctuations(aligned, PREPENDED, APPENDED)
    words = (
        Heard(word["word"], tuple(word["tokens"]), word["start"], word["end"], word["probability"]) for word in aligned if word["word"]
    )
    return list(dropwhile(lambda word: not any(map(str.isalnum, word.text)), words))
