"""Conversations: three ways to write them, and what is wrong with them in a sentence."""

from __future__ import annotations

import json

import pytest

from auricle.cli.conversation import cast_of, turns_of
from auricle.errors import OptionError
from auricle.voice import Turn

CAST = {"ANNA": "heart", "Bob the 1st": "af_heart"}
LINES = """\
ANNA: Hello, Bob: it is 12:30.
  How are you?

Bob the 1st: See http://example.org/.
Still me.
heart: Bye.
"""
SPOKEN = (
    Turn("Hello, Bob: it is 12:30.\nHow are you?", "heart"),
    Turn("See http://example.org/.\nStill me.", "af_heart"),
    Turn("Bye.", "heart"),
)
SHAPES = [
    {"speaker": "ANNA", "text": SPOKEN[0].text},
    {"speaker": "Bob the 1st", "text": SPOKEN[1].text},
    {"speaker": "heart", "text": "Bye."},
]


def toml(text: str) -> str:
    """A TOML string."""
    return json.dumps(text)


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        (LINES, ".txt"),
        (LINES, ""),
        (json.dumps(SHAPES), ".json"),
        (json.dumps({"turns": SHAPES}), ".json"),
        (json.dumps(SHAPES), ""),
        ("".join(f"[[turns]]\nspeaker = {toml(one['speaker'])}\ntext = {toml(one['text'])}\n" for one in SHAPES), ".toml"),
    ],
)
def test_the_same_conversation(text: str, suffix: str) -> None:
    """Lines, JSON and TOML give the same turns; names are those of the cast or of voices."""
    assert turns_of(text, suffix, CAST) == SPOKEN


def test_pauses_and_silent_names() -> None:
    """A turn may have a pause after it, and need not say who speaks."""
    assert turns_of('[{"text": "One.", "pause_ms": 250}, {"text": "Two.", "speaker": null}]', ".json", {}) == (
        Turn("One.", None, 250),
        Turn("Two."),
    )


def test_a_file_with_its_cast() -> None:
    """A file may say who speaks in which voice; the command line goes before."""
    text = '[cast]\nA = "heart"\nB = "nova"\n[[turns]]\nspeaker = "A"\ntext = "x"\n[[turns]]\nspeaker = "B"\ntext = "y"\n'
    assert turns_of(text, ".toml", {"B": "heart"}) == (Turn("x", "heart"), Turn("y", "heart"))


def test_cast() -> None:
    """NAME=VOICE, with blanks in the name if need be; a blend has its own signs."""
    assert cast_of(["ANNA=heart", "Bob the 1st = af_heart:0.7+am_michael:0.3"]) == {
        "ANNA": "heart",
        "Bob the 1st": "af_heart:0.7+am_michael:0.3",
    }


@pytest.mark.parametrize("word", ["ANNA", "ANNA=", "=heart", "="])
def test_a_wrong_cast(word: str) -> None:
    """What is not NAME=VOICE is refused."""
    with pytest.raises(OptionError, match="write it as NAME=VOICE") as caught:
        cast_of([word])
    assert caught.value.field == "cast"


@pytest.mark.parametrize(
    ("text", "suffix", "words"),
    [
        ("Hello there.\nANNA: Hi.", "", "line 1 does not say who speaks"),
        (" ANNA: Hi.", "", "line 1 does not say who speaks"),
        ("{", ".json", "this is not JSON: "),
        ("[" * 100_000, ".json", "this is not JSON: "),
        ("[turns", ".toml", "this is not TOML: "),
        ("{}", ".json", "this is not a conversation; give a list of objects"),
        ('{"turns": {}}', ".json", "this is not a conversation"),
        ('{"turns": [], "cast": {"A": 1}}', ".json", "this is not a conversation"),
        ("[]", ".json", "nobody says anything"),
        ('["Hi."]', ".json", "turn 1 has no text"),
        ('[{"text": "a"}, {"speaker": "A"}]', ".json", "turn 2 has no text"),
        ('[{"text": 1}]', ".json", "turn 1 has no text"),
        ('[{"text": "a", "voice": "heart"}]', ".json", "turn 1 has 'voice', which means nothing here; use one of: pause_ms, speaker, text"),
        ('[{"text": "a", "speaker": 1}]', ".json", "turn 1 has the speaker 1"),
        ('[{"text": "a", "pause_ms": "1s"}]', ".json", "turn 1 has the pause_ms '1s'"),
        ('[{"text": "a", "pause_ms": true}]', ".json", "turn 1 has the pause_ms True"),
    ],
)
def test_what_can_be_wrong(text: str, suffix: str, words: str) -> None:
    """Each is a sentence that names the place."""
    with pytest.raises(OptionError) as caught:
        turns_of(text, suffix, {})
    assert str(caught.value).startswith(words)
    assert caught.value.field == "turns"
