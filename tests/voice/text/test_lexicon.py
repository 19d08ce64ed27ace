"""The user's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from auricle.errors import OptionError
from auricle.voice.text.lexicon import Entry, Lexicon
from auricle.voice.text.normalize import tokens
from tests.voice.text.spoken import run


def _spoken(text: str, lexicon: Lexicon, language: str = "en-US") -> list[tuple[str, str | None]]:
    return [(token.text, token.phonemes) for token in tokens(run(text), language, lexicon)]


def _words(text: str, **entries: Entry | str) -> str:
    return " ".join(word for word, _ in _spoken(text, Lexicon(entries)))


def _refusal(path: Path) -> str:
    with pytest.raises(OptionError) as caught:
        Lexicon.read(path)
    assert caught.value.field == "lexicon"
    return str(caught.value)


def test_an_empty_lexicon_changes_nothing() -> None:
    """It is the default."""
    assert not Lexicon()
    assert _words("Hello there.") == "Hello there."


def test_lower_case_entries_ignore_capitals() -> None:
    """However the word is written in the text."""
    assert _words("Auricle, AURICLE and auricle.", auricle="oracle") == "oracle, oracle and oracle."


def test_entries_with_capitals_are_taken_as_they_stand() -> None:
    """Polish is not polish, and the exact form wins over the other."""
    assert _words("Polish polish", Polish="poleish") == "poleish polish"
    assert _words("Reading reading", Reading="redding", reading="reeding") == "redding reeding"


def test_only_whole_words_are_replaced() -> None:
    """A word inside another is not that word."""
    assert _words("cat concat cats cat's", cat="dog") == "dog concat cats dog's"


def test_entries_of_several_words_win_over_shorter_ones() -> None:
    """Whatever white space is between them in the text."""
    lexicon = Lexicon({"New Orleans": "new orlins", "new": "noo"})
    assert " ".join(word for word, _ in _spoken("New\n Orleans is new.", lexicon)) == "new orlins is noo."


def test_entries_may_have_signs_and_figures() -> None:
    """A name such as "C++" is a word to its user; the tokens still have no digits."""
    assert _words("I like C++.", **{"C++": "see plus plus"}) == "I like see plus plus."
    assert _spoken("C3PO!", Lexicon({"C3PO": Entry(ipa="siː")})) == [("C-three-P-O!", "siː")]


def test_respellings_are_read_like_text() -> None:
    """Their numbers become words too."""
    assert _words("wiki", wiki="route 66") == "route sixty-six"


@pytest.mark.parametrize(("ipa", "owned"), [("wɪn", "wɪnz"), ("kæt", "kæts"), ("bɑːs", "bɑːsɪz")])
def test_the_possessive_sounds_as_english_has_it(ipa: str, owned: str) -> None:
    """Voiced, voiceless or after a hiss."""
    assert _spoken("Nguyen's dog", Lexicon({"Nguyen": Entry(ipa=ipa)}))[0] == ("Nguyen's", owned)


def test_other_languages_have_a_lexicon_too() -> None:
    """Also those that write no spaces."""
    lexicon = Lexicon({"東京": Entry(ipa="toːkjoː"), "müsli": "Müssli"})
    assert _spoken("私は東京です", lexicon, "ja") == [("私は", None), ("東京", "toːkjoː"), ("です", None)]
    assert _spoken("Das Müsli, bitte", lexicon, "de") == [("Das", None), ("Müssli,", None), ("bitte", None)]


def test_a_file_has_one_table(tmp_path: Path) -> None:
    """Of respellings and of sounds."""
    path = tmp_path / "words.toml"
    path.write_text('[words]\nauricle = "oracle"\nNguyen = { ipa = "wɪn" }\n', encoding="utf-8")
    assert _spoken("Auricle Nguyen", Lexicon.read(path)) == [("oracle", None), ("Nguyen", "wɪn")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"[words", "not TOML"),
        (b"[words]\na = 5\n", "'a'"),
        (b"[words]\na = { ipa = 'x', b = 'y' }\n", "'a'"),
        (b"[words]\na = ''\n", "'a'"),
        (b"[words]\n'' = 'x'\n", "1 to 200 characters"),
        (b"words = 5\n", "no table [words]"),
        (b"[names]\na = 'b'\n", "'names'"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"[words]\na = 'b'\na = 'c'\n", "line 3"),
    ],
)
def test_a_bad_file_is_refused_with_place_and_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    """In one sentence that names the file."""
    path = tmp_path / "words.toml"
    path.write_bytes(content)
    said = _refusal(path)
    assert reason in said
    assert str(path) in said


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """With the system's reason."""
    assert "no such file" in _refusal(tmp_path / "none.toml")


@pytest.mark.parametrize("entry", [Entry(), Entry("a", "b"), "", "…", "a" * 201])
def test_entries_that_say_nothing_are_refused(entry: Entry | str) -> None:
    """Or too much."""
    with pytest.raises(OptionError):
        Lexicon({"word": entry})
