"""Kokoro speaks: what it was given, at the pace that it says, with the times of words."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import auricle
from auricle import weights
from auricle.audio import Audio, Mono
from auricle.errors import CorruptWeights, MissingDependency, OptionError, UnknownModel
from auricle.resample import resample
from auricle.speech import load_recognizer
from auricle.speech.alignment import words_after
from auricle.voice.engine import Phrase, Spoken, Token, Voice
from auricle.voice.engines import kokoro
from tests.voice.engines.kokoro_model import VOICES, installed, said, tokens, voice

TEXT = "The quick brown fox jumps over the lazy dog, and nobody knows why."
RATE = 24_000
# From the Harvard sentences (IEEE Recommended Practice for Speech Quality Measurements, 1969), list 1 and 2.
HARVARD = """The birch canoe slid on the smooth planks.
Glue the sheet to the dark blue background.
It's easy to tell the depth of a well.
These days a chicken leg is a rare dish.
Rice is often served in round bowls.
The juice of lemons makes fine punch.
The box was thrown beside the parked truck.
The hogs were fed chopped corn and garbage.
Four hours of steady work faced us.
A large size in stockings is hard to sell.
The boy was there when the sun rose.
A rod is used to catch pink salmon.
The source of the huge river is the clear spring.
Kick the ball straight and follow through.
Help the woman get back to her feet.
A pot of tea helps to pass the evening.
Smoky fires lack flame and heat.
The soft cushion broke the man's fall.
The salt breeze came across from the sea.
The girl at the booth sold fifty bonds.""".splitlines()


def words(text: str) -> list[str]:
    """Its words, without case and punctuation."""
    return re.findall(r"[a-z']+", text.lower())


def at_16_khz(samples: Mono) -> Mono:
    """For Whisper."""
    return np.asarray(resample(Audio(samples[None], RATE), 16_000).samples[0], np.float32)


def aligned(spoken: Spoken, text: str) -> list[tuple[float, float]]:
    """When Whisper, told the text, finds each word in the sound."""
    recognizer = load_recognizer("base")
    tokenizer = recognizer.tokenizer("en")
    window = recognizer.window(recognizer.features(at_16_khz(spoken.samples)), 500)
    ids = tokenizer.encode(f" {text}")
    found = words_after(0, ids, *recognizer.align(window, ids, tokenizer), tokenizer)
    assert [words(word.text) for word in found] == [words(word) for word in text.split()]
    return [(word.start, word.end) for word in found]


@installed
@pytest.mark.parametrize("name", ["af_heart", "am_michael", "bf_emma", "af_heart:0.7+am_michael:0.3"])
def test_it_is_understood(name: str) -> None:
    """Whisper writes down what was said, in American and British voices and in blends."""
    for text in (HARVARD[2], HARVARD[10], TEXT):
        heard = auricle.transcribe(Audio(said(text, name).samples[None], RATE), model="base", language="en").text
        assert words(heard) == words(text)


@installed
def test_how_it_sounds() -> None:
    """At about a person's pace, neither clipping nor silent, with no more than 50 ms of silence at its ends."""
    samples = said(TEXT).samples
    assert samples.dtype == np.float32
    assert 3 < len(samples) / RATE < 6
    assert 0.1 < np.abs(samples).max() <= 1
    loud = np.flatnonzero(np.abs(samples) > np.abs(samples).max() * 10 ** (-50 / 20))
    assert loud[0] <= 0.05 * RATE
    assert len(samples) - 1 - loud[-1] <= 0.05 * RATE


@installed
def test_it_speaks_at_its_own_pace() -> None:
    """Whatever is asked: so what is stretched afterwards is exact. It sounds the same every time."""
    spoken, asked = said(TEXT), said(TEXT, speed=2.0)
    assert (spoken.natural, asked.natural) == (None, None)
    np.testing.assert_array_equal(spoken.samples, asked.samples)


@installed
@pytest.mark.parametrize("text", [TEXT, HARVARD[0], "Well — yes… (he said) “no”!", "I."])
def test_times_of_words(text: str) -> None:
    """One for each token, in order, within the sound; each word lasts, and no two are said at once."""
    spoken = said(text)
    assert len(spoken.times) == len(text.split())
    flat = [time for pair in spoken.times for time in pair]
    assert flat == sorted(flat)
    assert 0 <= flat[0] <= flat[-1] <= len(spoken.samples) / RATE
    for word, (start, end) in zip(text.split(), spoken.times, strict=True):
        assert (start < end) == any(map(str.isalpha, word))


@installed
def test_words_are_where_whisper_finds_them() -> None:
    """Over 20 sentences in two voices, half of all beginnings and ends are within 50 ms of Whisper's forced alignment."""
    errors = list[float]()
    for number, text in enumerate(HARVARD):
        spoken = said(text, ("af_heart", "am_michael")[number % 2])
        for ours, theirs in zip(spoken.times, aligned(spoken, text), strict=True):
            errors += [abs(ours[0] - theirs[0]), abs(ours[1] - theirs[1])]
    assert len(errors) > 300
    assert np.median(errors) <= 0.05


@installed
def test_long_phrases_are_said_in_parts() -> None:
    """All of their words, in order, whether there are pauses to part them at, only words, or not even those."""
    spoken = said(" ".join([TEXT] * 9))
    assert len(spoken.times) == 9 * len(TEXT.split())
    assert list(spoken.times) == sorted(spoken.times)
    assert len(spoken.samples) == pytest.approx(9 * len(said(TEXT).samples), rel=0.1)


def test_where_long_phrases_are_parted() -> None:
    """After a pause in the second half of what can be said, else after a word, else within one; nothing is lost."""

    def lengths(text: str) -> list[int]:
        symbols = [(symbol, 0) for symbol in text]
        parts = list(kokoro._parts(symbols))
        assert [pair for part in parts for pair in part] == symbols
        return [len(part) for part in parts]

    assert lengths("a" * 508) == [508]
    assert lengths("a" * 1100) == [508, 508, 84]
    assert lengths("ab " * 300) == [507, 393]
    assert lengths("ab " * 100 + "ab, " + "ab " * 100) == [303, 301]
    assert lengths("ab, " + "ab " * 200) == [508 - 508 % 3 + 1, 604 - 508 + 508 % 3 - 1]


def test_a_word_in_two_parts_is_one_word() -> None:
    """It begins in the first and ends in the second; a token without sound is over at once."""
    times = kokoro._merged([0, 2, 2, 3], [(0.0, 0.5), (0.6, 1.0), (1.0, 1.5), (1.6, 2.0)], 5)
    assert times == ((0.0, 0.5), (0.5, 0.5), (0.6, 1.5), (1.6, 2.0), (2.0, 2.0))


@installed
def test_a_blend_is_between_its_voices() -> None:
    """Its style is the weighted mean; of a voice with itself it is that voice."""
    engine = kokoro.load(place=VOICES)
    heart, michael = engine._style("af_heart"), engine._style("am_michael")
    np.testing.assert_allclose(engine._style("af_heart(3)+am_michael(1)"), 0.75 * heart + 0.25 * michael, atol=1e-6)
    np.testing.assert_allclose(engine._style("af_heart+af_heart:2"), heart, atol=1e-6)


@installed
def test_threads_share_it() -> None:
    """Several voices at once: each says its own."""
    spoken = dict[str, Spoken]()
    names = ("af_heart", "am_michael", "bf_emma")
    engine = kokoro.load(place=VOICES)

    def say(name: str) -> None:
        speaker = voice(name)
        spoken[name] = engine.say(Phrase(tokens(TEXT), speaker.languages[0]), speaker, 1.0, "neutral")

    threads = [threading.Thread(target=say, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name in names:
        assert spoken[name].times == said(TEXT, name).times
        assert len(spoken[name].samples) == pytest.approx(len(said(TEXT, name).samples), abs=0.05 * RATE)


@installed
def test_a_pronunciation_of_one_s_own() -> None:
    """Is what is heard."""
    speaker = voice("af_heart")
    text = [Token("My", (0, 2)), Token("XQ,", (3, 6), "ˈbɹʌðɚ"), Token("sings.", (7, 13))]
    spoken = kokoro.load(place=VOICES).say(Phrase(tuple(text), "en-US"), speaker, 1.0, "neutral")
    heard = auricle.transcribe(Audio(spoken.samples[None], RATE), model="base", language="en").text
    assert words(heard) == ["my", "brother", "sings"]


@installed
def test_what_cannot_be_said() -> None:
    """Is refused: nothing is silently empty."""
    with pytest.raises(OptionError, match="nothing to say") as caught:
        said("…")
    assert caught.value.field == "text"
    nobody = Voice("af_none", "kokoro", ("en-US",), "Apache-2.0")
    with pytest.raises(OptionError, match="there is no voice 'af_none'"):
        kokoro.load().say(Phrase(tokens("Yes."), "en-US"), nobody, 1.0, "neutral")


@installed
def test_a_model_that_keeps_durations_to_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """It speaks all the same, at its own pace and without times, and its voices say so."""
    monkeypatch.setattr(kokoro, "natural_durations", lambda _: None)
    engine = kokoro.KokoroEngine(weights.locate("kokoro") / "model.onnx", VOICES)
    spoken = engine.say(Phrase(tokens(TEXT), "en-US"), voice("af_heart"), 2.0, "neutral")
    assert (spoken.times, spoken.natural) == ((), None)
    assert len(spoken.samples) == pytest.approx(len(said(TEXT).samples), rel=0.02)


@installed
def test_the_user_s_own_model(tmp_path: Path) -> None:
    """A directory with an .onnx, under any name, wherever exports put it; what cannot be opened is said to be damaged."""
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "kokoro.onnx").write_bytes(b"no model")
    shutil.copy(VOICES / "af_heart.bin", tmp_path)
    with pytest.raises(CorruptWeights, match=r"kokoro\.onnx is no model"):
        kokoro.load(place=tmp_path)
    mute = kokoro.voice("af_heart", tmp_path)
    assert mute is not None
    assert not mute.word_times
    (tmp_path / "onnx" / "model_quantized.onnx").symlink_to(weights.locate("kokoro") / "model.onnx")
    able = kokoro.voice("af_heart", tmp_path)
    assert able is not None
    assert able.word_times


@installed
def test_what_its_voices_say_of_themselves() -> None:
    """Those that are here and can be read, and what they can do."""
    found = {one.name: one for one in kokoro.voices(VOICES)}
    assert set(found) >= {"af_heart", "am_michael", "bf_emma"}
    heart, emma = found["af_heart"], found["bf_emma"]
    assert (heart.engine, heart.languages, heart.licence, heart.gender) == ("kokoro", ("en-US",), "Apache-2.0", "female")
    assert (emma.languages, emma.speeds, emma.word_times, emma.emotions) == (("en-GB",), (0.5, 2.0), True, ("neutral",))
    assert voice("af_heart") == heart
    assert voice("bf_emma+am_michael").languages == ("en-GB",)
    assert kokoro.voice("af_nobody", VOICES) is None
    with pytest.raises(OptionError, match="no voice 'af_nobody'"):
        kokoro.voice("af_nobody+af_heart", VOICES)


@installed
def test_a_voice_whose_language_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is not listed; whoever asks for it is told what to install."""
    shutil.copy(VOICES / "af_heart.bin", tmp_path / "ef_mine.bin")
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "espeakng_loader" else found(name))
    assert "ef_mine" not in {one.name for one in kokoro.voices(tmp_path)}
    with pytest.raises(MissingDependency, match=r'Spanish.*pip install "auricle\[espeak\]"'):
        kokoro.voice("ef_mine", tmp_path)


def test_without_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are no voices, and no directory is taken for one without a model or voices."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.delenv("AURICLE_MODELS", raising=False)
    assert kokoro.voices() == ()
    assert kokoro.voice("af_heart") is None
    for place in ("/nowhere", "~nobody-of-that-name", "a\x00b"):
        with pytest.raises(UnknownModel, match=r"no Kokoro at .*\.onnx model or with voices"):
            kokoro.voices(place)
        with pytest.raises(UnknownModel, match=r"no Kokoro at .*\.onnx model or with voices"):
            kokoro.load(place=place)


def test_listing_loads_no_runtime() -> None:
    """It is cheap: no onnxruntime, nor what downloads."""
    heavy = "[name for name in ('onnxruntime', 'httpx', 'hibari') if name in sys.modules]"
    script = f"import sys; from auricle.voice.engines import kokoro; kokoro.voices(); print({heavy})"
    assert subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip() == "[]"
