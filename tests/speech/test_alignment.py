"""Words from tokens, with the real tokenizer."""

from __future__ import annotations

from typing import Any

import pytest
from faster_whisper.transcribe import merge_punctuations

from auricle.speech import load_recognizer
from auricle.speech.agreement import Heard
from auricle.speech.alignment import words_after

TEXTS = [
    ("en", ' He said: "Ask not, what (if anything) your country\'s 42-line Bible…" And so?'),
    ("de", " Schöne Grüße – „wirklich“ – aus Köln!"),
    ("es", " ¿Qué? Enciende la luz del salón."),
    ("ja", "リビングの電気をつけて。"),
    ("zh", "打开客厅的灯。"),
]


def heard(language: str, text: str, first: int = 0) -> tuple[list[Heard], list[int]]:
    """The words from a token on, each token a tenth of a second, and all tokens."""
    tokenizer = load_recognizer("base").tokenizer(language)
    tokens = tokenizer.encode(text)
    begins = [place / 10 for place in range(len(tokens) + 1)]
    return words_after(first, tokens, begins, [place / 100 for place in range(len(tokens))], tokenizer), tokens


@pytest.mark.parametrize(("language", "text"), TEXTS)
def test_the_words_are_the_text(language: str, text: str) -> None:
    """Joined as they are, texts and tokens are what was written; times follow each other, and no word is punctuation alone but a dash."""
    words, tokens = heard(language, text)
    assert "".join(word.text for word in words) == text
    assert [token for word in words for token in word.tokens] == tokens
    assert [word.start for word in words] == sorted(word.start for word in words)
    assert all(word.start < word.end for word in words)
    assert all(any(map(str.isalnum, word.text)) for word in words if word.text.strip() != "–")


@pytest.mark.parametrize("text", [" And so, my fellow Americans: ask not what", " He did it (all of it) at once."])
def test_words_are_those_of_the_reference(text: str) -> None:
    """Punctuation is joined to the word that faster-whisper joins it to."""
    tokenizer = load_recognizer("base").tokenizer("en")
    texts, _ = tokenizer.split_to_word_tokens(tokenizer.encode(text))
    reference: list[dict[str, Any]] = [{"word": word, "tokens": []} for word in texts]
    merge_punctuations(reference, "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、")
    assert [word.text for word in heard("en", text)[0]] == [word["word"] for word in reference if word["word"]]


def test_a_word_has_the_mean_of_its_tokens() -> None:
    """And begins with its first; punctuation counts to no word's probability or time."""
    words, tokens = heard("en", " disposed, men")
    count = len(tokens) - 2
    assert [word.text for word in words] == [" disposed,", " men"]
    assert words[0].probability == pytest.approx(sum(range(count)) / count / 100)
    assert (words[0].start, words[0].end) == (0.0, count / 10)
    assert words[1].start == (count + 1) / 10


def test_words_after_others() -> None:
    """Those before are not repeated, and their punctuation is theirs."""
    every, tokens = heard("en", " And so, my fellow")
    assert [word.text for word in heard("en", " And so, my fellow", 1)[0]] == [" so,", " my", " fellow"]
    assert heard("en", " And so, my fellow", 2)[0] == every[2:]
    assert heard("en", " And so, my fellow", len(tokens))[0] == []


def test_an_opening_mark_at_the_end_stays() -> None:
    """A hypothesis may stop in the middle."""
    assert "".join(word.text for word in heard("en", " he said (")[0]) == " he said ("
