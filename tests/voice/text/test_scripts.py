"""Text that a voice cannot read is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.errors import OptionError
from auricle.voice.text.scripts import check

FOREIGN = [
    ("Hello Привет there", "en-US", "Cyrillic", "Привет", 6, "Russian"),
    ("I said 你好", "en-US", "Han", "你好", 7, "Chinese"),
    ("ありがとう", "en-GB", "Kana", "ありがとう", 0, "Japanese"),
    ("say 안녕", "en", "Hangul", "안녕", 4, "Korean"),
    ("say مرحبا", "en", "Arabic", "مرحبا", 4, "Arabic"),
    ("say שלום", "de", "Hebrew", "שלום", 4, "Hebrew"),
    ("say λόγος", "fr", "Greek", "λόγος", 4, "Greek"),
    ("say नमस्ते", "en", "Devanagari", "नमस", 4, "Hindi"),
    ("say สวัสดี", "en", "Thai", "สว", 4, "Thai"),
    ("mixed wоrd", "en", "Cyrillic", "wоrd", 6, "Russian"),
    ("Привет", "el", "Cyrillic", "Привет", 0, "Russian"),
    ("你好 hello", "zh-CN", "Latin", "hello", 3, "English"),
    ("안녕", "ja", "Hangul", "안녕", 0, "Korean"),
]


@pytest.mark.parametrize(("text", "language", "script", "word", "place", "reader"), FOREIGN)
def test_a_word_in_another_script_is_refused(text: str, language: str, script: str, word: str, place: int, reader: str) -> None:
    """One sentence names the script, the first such word, its place, and who would read it."""
    with pytest.raises(OptionError) as caught:
        check(text, language)
    said = str(caught.value)
    assert caught.value.field == "text"
    assert all(part in said for part in (script, word, f"character {place} ", reader))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Naïve café, Łódź, Þór, Ⅷ, ﬁne, Ｈｅｌｌｏ, 𝐇𝐢!", "en"),
        ("π ≈ 3.14, 5 µs, 10 kΩ, Δx, K, Å, 2 ℓ, 1ª", "en-US"),
        ("👍", "en"),
        ("42", "en"),
        ("½", "en"),
        ("$", "en"),
        ("私は AI とカタカナ、ﾊﾝｶｸ", "ja"),
        ("한국어 with Latin 漢字", "ko"),
        ("Привет, world", "ru"),
        ("नमस्ते 👍 hello", "hi"),
        ("Ελληνικά", "el-GR"),
        ("你好，世界！", "zh"),
        ("Здраво zdravo", "sr"),
        ("nǐ hǎo", "zh-Latn"),
    ],
)
def test_what_a_language_is_written_in_is_taken(text: str, language: str) -> None:
    """With digits, symbols and emoji, and Latin words where the front end reads them."""
    check(text, language)


@pytest.mark.parametrize("text", ["", " ", "\n\t", "...", "?!", "—", "\0\x01\u200b", "\ud800", "\u0301\u0301", "“ ”", "=====", "* _"])
@pytest.mark.parametrize("language", ["en-US", "ja", "de"])
def test_text_with_nothing_to_say_is_refused(text: str, language: str) -> None:
    """Rather than answered with silence."""
    with pytest.raises(OptionError, match="there is nothing to say in the text; give some words"):
        check(text, language)


@given(st.text(), st.sampled_from(["en-US", "de", "ja", "zh", "hi", "ru", "xx"]))
def test_any_text_is_taken_or_refused(text: str, language: str) -> None:
    """And never anything else."""
    try:
        check(text, language)
    except OptionError as error:
        assert error.field == "text"
