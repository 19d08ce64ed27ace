"""Speaking: what is asked for is what is heard, and what cannot be had is refused before anything is said."""

from __future__ import annotations

import csv
import math
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from whisper_normalizer.english import EnglishTextNormalizer

import auricle
from auricle.audio import Audio, Mono
from auricle.codec import AudioProcessingConfig
from auricle.errors import LimitExceeded, OptionError
from auricle.loudness import integrated_loudness
from auricle.speech import transcribe
from auricle.voice import Lexicon, Speech, Turn, stream_speech, stream_turns, synthesize, synthesize_turns
from tests.speech.test_speech import word_errors

HARD = {"abbreviation", "date", "email", "money", "number", "telephone", "time", "unit", "url"}
SENTENCES = Path(__file__).parent / "sentences.tsv"
TEXT = "The old clock in the hall struck seven, and nobody heard it. Only the cat lifted her head."


def heard(speech: Speech | Audio) -> str:
    """What Whisper base hears, in lower case without punctuation."""
    audio = speech.audio if isinstance(speech, Speech) else speech
    said: str = EnglishTextNormalizer()(transcribe(audio, model="base", language="en").text)
    return said


def pitch(audio: Audio, speed: float = 1.0) -> float:
    """Median fundamental frequency of voiced frames, by autocorrelation, at as many places whatever the speed. Hertz."""
    rate, found = audio.rate, []
    samples: Mono = audio.samples[0]
    for first in map(int, np.arange(0, len(samples) - 1200, 120 / speed)):
        frame = samples[first : first + 1200] - samples[first : first + 1200].mean()
        spectrum = np.abs(np.fft.rfft(frame, 4096)) ** 2
        correlation = np.fft.irfft(spectrum)[: rate // 60]
        lag = rate // 400 + int(correlation[rate // 400 :].argmax())
        if correlation[0] > 1200 * 1e-4 and correlation[lag] > 0.5 * correlation[0]:
            found.append(rate / lag)
    return float(np.median(found))


def test_it_says_the_text() -> None:
    """At once, offline, in words that are understood."""
    speech = auricle.synthesize(TEXT)
    assert (speech.voice, speech.language, speech.sample_rate) == ("heart", "en-US", 24_000)
    assert word_errors(TEXT, heard(speech))[0] <= 1
    assert 4 < speech.duration < 9


@pytest.fixture(scope="module")
def misheard() -> dict[str, tuple[int, int]]:
    """Words that Whisper base hears wrong, and words, of each kind of sentence."""
    found: dict[str, tuple[int, int]] = {}
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            hypothesis = heard(synthesize(row["text"]))
            ways = [row["text"], *filter(None, row["said"].split(" | "))]  # of saying it, and of writing that down
            wrong, count = min((word_errors(way, hypothesis) for way in ways), key=lambda pair: pair[0] / pair[1])
            before = found.get(row["kind"], (0, 0))
            found[row["kind"]] = (before[0] + wrong, before[1] + count)
    return found


def test_people_understand_it(misheard: dict[str, tuple[int, int]]) -> None:
    """At most 2 % of the words of all sentences are heard wrong, 3 % of those with numbers and what else is no word."""
    wrong, count = (sum(column) for column in zip(*misheard.values(), strict=True))
    assert count > 700
    assert wrong / count <= 0.02
    hard = [value for kind, value in misheard.items() if kind in HARD]
    assert sum(one for one, _ in hard) / sum(all_ for _, all_ in hard) <= 0.03


@pytest.mark.parametrize("speed", [0.5, 0.75, 1.25, 1.5, 2.0])
def test_speed(speed: float) -> None:
    """Within 3 % of what was asked for, with the pitch kept within 3 %."""
    natural, asked = synthesize(TEXT), synthesize(TEXT, speed=speed)
    assert natural.duration / asked.duration == pytest.approx(speed, rel=0.03)
    assert pitch(asked.audio, speed) == pytest.approx(pitch(natural.audio), rel=0.03)


def test_words_have_their_places_and_times() -> None:
    """Each as it stands in the text, in order."""
    text = "Dr. Lee paid $1,250 on March 3rd for 2.5 km of cable."
    speech = synthesize(text)
    assert all(text[slice(*word.span)] == word.text for word in speech.words)
    spans = [word.span for word in speech.words]
    assert spans == sorted(set(spans))
    times = [time for word in speech.words for time in (word.start, word.end)]
    assert min(np.diff(times)) >= -1e-9
    assert times[-1] <= speech.duration + 1e-6


def test_word_times_are_where_whisper_hears_them() -> None:
    """Within 60 ms in the middle case, for the words that both of them write alike."""
    apart: list[tuple[float, float]] = []
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file, delimiter="\t") if row["kind"] in {"news", "literature", "technical"}]
    for text in texts:
        speech = synthesize(text)
        there = transcribe(speech.audio, model="base", language="en", word_timestamps=True).words
        own, other = ([word.text.strip(" .,;:!?").lower() for word in words] for words in (speech.words, there))
        for first, second, size in SequenceMatcher(None, own, other, autojunk=False).get_matching_blocks():
            pairs = zip(speech.words[first : first + size], there[second : second + size], strict=True)
            apart += [(abs(one.start - heard.start), abs(one.end - heard.end)) for one, heard in pairs]
    assert len(apart) > 200
    assert np.median(apart, axis=0).max() <= 0.06


def test_pieces_are_the_speech() -> None:
    """Joined as they are; the first is no more than a sentence, and comes before the rest is made."""
    whole = synthesize(TEXT * 2)
    with stream_speech(TEXT * 2) as stream:
        pieces = list(stream)
    np.testing.assert_array_equal(Audio.join(piece.audio for piece in pieces).samples, whole.audio.samples)
    assert tuple(word for piece in pieces for word in piece.words) == whole.words
    assert pieces[0].audio.duration < whole.duration / 2


def test_a_book_begins_at_once() -> None:
    """A hundred thousand characters are no reason to wait: only the first clause is read."""
    with stream_speech(TEXT * 1100) as stream:
        assert next(stream).audio.duration < 5


def test_threads_say_the_same() -> None:
    """However many at once."""
    alone = synthesize(TEXT).audio.samples
    with ThreadPoolExecutor(8) as threads:
        for speech in threads.map(synthesize, [TEXT] * 16):
            np.testing.assert_array_equal(speech.audio.samples, alone)


def test_rate_channels_and_loudness() -> None:
    """As asked."""
    speech = synthesize(TEXT, config=AudioProcessingConfig(sample_rate=44_100, channels=2), loudness=-20)
    assert (speech.audio.rate, speech.audio.channels) == (44_100, 2)
    assert integrated_loudness(speech.audio) == pytest.approx(-20, abs=0.2)
    assert speech.duration == pytest.approx(synthesize(TEXT).duration, abs=0.01)


def test_a_conversation() -> None:
    """One recording, with the times of the turns."""
    turns = [Turn("Good morning.", pause_ms=500), Turn("Good evening to you.", "nova")]
    speech = synthesize_turns(turns)
    first, second = speech.turns
    assert (first.speaker, second.speaker) == ("heart", "nova")
    assert second.start - first.end == pytest.approx(0.5, abs=0.001)
    assert "morning" in heard(speech.audio.slice(first.start, first.end))
    assert "evening" in heard(speech.audio.slice(second.start, second.end))
    with stream_turns(turns) as stream:
        np.testing.assert_array_equal(Audio.join(piece.audio for piece in stream).samples, speech.audio.samples)


def test_markup_is_obeyed_and_never_read() -> None:
    """A break is silence, a substitute is read, tags are not; words point into the source."""
    text = '<speak>Come in. <break time="2s"/> The <sub alias="chairwoman">CW</sub> is here &amp; waiting.</speak>'
    speech = synthesize(text)
    said = heard(speech)
    assert said.split()[:2] == ["come", "in"]
    assert "chairwoman" in said.replace(" ", "")
    assert not {"speak", "break", "alias"} & set(said.split())
    assert speech.duration > synthesize("Come in. The chairwoman is here and waiting.").duration + 1.5
    assert [word.text for word in speech.words] == ["Come", "in.", "The", "CW", "is", "here", "&", "waiting."]


def test_tags_of_plain_text_are_no_words() -> None:
    """They are neither said nor shown; words point into the text as it was given."""
    text = "<b>Come</b> in, that is un<i>believ</i>able.<br/>Sit down."
    speech = synthesize(text)
    assert {"come", "unbelievable", "sit"} <= set(heard(speech).split())
    assert [word.text for word in speech.words] == ["Come", "in,", "that", "is", "unbelievable.", "Sit", "down."]
    assert [text[slice(*word.span)] for word in speech.words][3:6] == ["is", "un<i>believ</i>able.", "Sit"]


def test_a_lexicon_is_obeyed() -> None:
    """A respelling is read instead of the word."""
    assert "banana" in heard(synthesize("She ate a qwxz.", lexicon=Lexicon({"qwxz": "banana"})))


@pytest.mark.parametrize(
    ("text", "options", "field"),
    [
        ("", {}, "text"),
        (" \n\t ", {}, "text"),
        ("...", {}, "text"),
        ("\x00\x01", {}, "text"),
        (None, {}, "text"),
        (b"bytes", {}, "text"),
        ("Привет, мир", {}, "text"),
        ("你好", {}, "text"),
        ("<speak>unclosed", {}, "text"),
        ("<speak></speak>", {}, "text"),
        ("<speak xml:lang='de'>Guten Tag</speak>", {}, "language"),
        ("<speak>Hello. <lang xml:lang='fr'>Bonjour.</lang></speak>", {}, "language"),
        ("Hello.", {"lexicon": {"a": "b"}}, "lexicon"),
        ("Hello.", {"config": {"sample_rate": 8000}}, "config"),
        ("Hello.", {"ssml": "yes"}, "ssml"),
        ("Hello.", {"voice": "nobody"}, "voice"),
        ("Hello.", {"voice": 5}, "voice"),
        ("Hello.", {"language": "de"}, "language"),
        ("Hello.", {"voice": "heart", "language": "xx"}, "language"),
        ("Hello.", {"speed": 0.1}, "speed"),
        ("Hello.", {"speed": 5}, "speed"),
        ("Hello.", {"speed": math.nan}, "speed"),
        ("Hello.", {"speed": True}, "speed"),
        ("Hello.", {"speed": "fast"}, "speed"),
        ("Hello.", {"emotion": "angry"}, "emotion"),
        ("Hello.", {"loudness": 5}, "loudness"),
    ],
)
def test_what_cannot_be_had(text: Any, options: dict[str, Any], field: str) -> None:
    """Is refused in one sentence that names the field."""
    with pytest.raises(OptionError) as caught:
        synthesize(text, **options)
    assert caught.value.field == field


def test_neutral_is_always_allowed() -> None:
    """And is what is meant by nothing."""
    np.testing.assert_array_equal(synthesize("Hello.", emotion="neutral").audio.samples, synthesize("Hello.").audio.samples)


def test_the_length_is_limited() -> None:
    """Of a text, and of all turns together."""
    with pytest.raises(LimitExceeded, match="at most 10"):
        synthesize("Hello there.", limit=10)
    with pytest.raises(LimitExceeded, match="at most 15"):
        synthesize_turns([Turn("Hello."), Turn("Hello there.")], limit=15)
    with pytest.raises(OptionError, match="at least one Turn"):
        synthesize_turns([])


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60))
def test_any_text_is_spoken_or_refused(text: str) -> None:
    """Never silence, never another error."""
    try:
        speech = synthesize(text)
    except OptionError as refused:
        assert refused.field == "text"
    else:
        assert speech.audio.peak > 0.01
