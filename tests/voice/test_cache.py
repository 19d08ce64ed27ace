"""Speech that is kept: bounded, the oldest first to go, and never the answer to another question."""

from __future__ import annotations

import threading
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import auricle
from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig
from auricle.voice import Turn, cache
from auricle.voice.cache import SpeechCache, key_of
from auricle.voice.speech import Speech, SpokenWord
from auricle.voice.text.lexicon import Entry, Lexicon

ASKED: dict[str, Any] = {
    "text": "Hello.",
    "ssml": None,
    "voice": "heart",
    "language": "en-US",
    "speed": 1.0,
    "emotion": None,
    "lexicon": None,
    "config": None,
    "loudness": None,
    "engine": ("hibari", "0.2.1"),
}


def speech(seconds: float = 1.0, words: int = 0) -> Speech:
    """Some speech."""
    said = tuple(SpokenWord(f"word{number}", number + 0.25, number + 0.5, (300 + 8 * number, 305 + 8 * number)) for number in range(words))
    return Speech(Audio(np.zeros(round(24_000 * seconds), np.float32), 24_000), "heart", "en-US", said, (), 0.1)


@pytest.mark.parametrize(
    "other",
    [
        {"text": "Hello!"},
        {"text": (Turn("Hello."),)},
        {"text": (Turn("Hello.", "heart"),)},
        {"text": (Turn("Hello.", None, 1),)},
        {"ssml": False},
        {"ssml": True},
        {"voice": "af_heart"},
        {"language": "en-GB"},
        {"speed": 1.01},
        {"emotion": "sad"},
        {"config": AudioProcessingConfig(sample_rate=8000)},
        {"config": AudioProcessingConfig(output_format="mp3")},
        {"loudness": -16.0},
        {"engine": ("hibari", "0.2.2")},
        {"lexicon": Lexicon({"auricle": "oracle"})},
    ],
)
def test_everything_that_matters_is_in_the_key(other: dict[str, Any]) -> None:
    """Another text, voice, pace, format or model is another key."""
    assert key_of(**ASKED) != key_of(**ASKED | other)


@pytest.mark.parametrize("same", [{"speed": 1}, {"emotion": "neutral"}, {"config": AudioProcessingConfig()}, {"lexicon": Lexicon({})}])
def test_what_is_the_same_has_the_same_key(same: dict[str, Any]) -> None:
    """What is left out is its default."""
    assert key_of(**ASKED) == key_of(**ASKED | same)


def test_a_lexicon_is_what_is_in_it() -> None:
    """Two lexicons with the same words are the same, in whatever order; one more word, or another sound, is another."""
    words: dict[str, Entry | str] = {"auricle": "oracle", "Nguyen": Entry(ipa="wɪn")}
    keys = [
        key_of(**ASKED | {"lexicon": Lexicon(given)})
        for given in (words, dict(reversed(words.items())), {**words, "x": "y"}, {**words, "Nguyen": "wɪn"})
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_another_version_is_another_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another auricle may read the same text otherwise."""
    before = key_of(**ASKED)
    monkeypatch.setattr(cache, "_AURICLE", f"{auricle.__version__}.1")
    assert key_of(**ASKED) != before


def test_a_key_does_not_tell_the_text() -> None:
    """A key is a hash, whatever the text; lone surrogates have one, too."""
    assert len({key_of(**ASKED | {"text": text}) for text in ("a", "\ud800", "\u00e9", "e\u0301")}) == 4
    assert {len(key_of(**ASKED | {"text": "secret" * length})) for length in (1, 1000)} == {64}


@given(st.lists(st.text(max_size=3), max_size=3), st.lists(st.text(max_size=3), max_size=3))
def test_no_two_texts_are_spelled_the_same(one: list[str], two: list[str]) -> None:
    """Where one part ends and the next begins is part of the key."""
    assert (key_of(**ASKED | {"text": one}) == key_of(**ASKED | {"text": two})) == (one == two)


def test_what_cannot_be_told_is_no_key() -> None:
    """An object that has no value of its own is refused, for its address would be one."""
    with pytest.raises(TypeError, match="a object cannot be part of a key"):
        key_of(**ASKED | {"engine": object()})


def test_kept() -> None:
    """What was put is given back, as long as it fits; what is not there is None."""
    kept, said = SpeechCache(1_000_000), speech()
    kept.put("a", said)
    assert kept.get("a") is said
    assert kept.get("b") is None


def test_the_one_used_longest_ago_goes_first() -> None:
    """What is asked for stays; what nobody has asked for goes."""
    kept = SpeechCache(250_000)  # two seconds of speech fit
    for key in ("a", "b"):
        kept.put(key, speech())
    kept.get("a")
    kept.put("c", speech())
    assert [kept.get(key) is not None for key in "abc"] == [True, False, True]


def test_too_large() -> None:
    """What does not fit by itself drives nothing out, but takes the place of what it was to replace."""
    kept = SpeechCache(250_000)
    kept.put("a", speech())
    kept.put("b", speech(10))
    assert kept.get("a") is not None
    kept.put("a", speech(10))
    assert (len(kept), kept.size) == (0, 0)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 12)), max_size=30))
def test_never_more_than_allowed(puts: list[tuple[str, int]]) -> None:
    """Whatever is put, the size is that of what is kept, and within the limit."""
    kept = SpeechCache(100_000)
    for key, tenths in puts:
        kept.put(key, speech(tenths / 10))
        assert kept.size <= 100_000
        assert (kept.size == 0) == (len(kept) == 0)
    kept.clear()
    assert (len(kept), kept.size) == (0, 0)


def test_a_piece_of_something_large_counts_as_all_of_it() -> None:
    """Samples that are a view keep all memory behind them, which is counted."""
    whole = np.zeros(1_000_000, np.float32)
    kept = SpeechCache(1_000_000)
    kept.put("a", Speech(Audio(whole[:100], 24_000), "heart", "en-US", (), (), 0.1))
    assert len(kept) == 0


def test_the_count_is_true() -> None:
    """What the cache counts is what Python has allocated, within a third."""
    kept = SpeechCache(100_000_000)
    tracemalloc.start()
    try:
        kept.put("a", speech(0.1, words=5000))
        allocated = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert allocated < kept.size < 1.5 * allocated


def test_many_threads() -> None:
    """Threads that put and get at once leave the count true."""
    kept = SpeechCache(300_000)

    def work(name: str) -> None:
        for number in range(200):
            kept.put(f"{name}{number % 7}", speech(0.1 * (number % 5)))
            kept.get(f"{name}{number % 3}")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 0 < kept.size <= 300_000
    kept.clear()
    assert kept.size == 0
