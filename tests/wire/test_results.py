"""The JSON objects: names, rounding, and that they are JSON at all."""

from __future__ import annotations

import json

import numpy as np
import pytest

from auricle import wire
from auricle.codec import AudioInfo
from auricle.errors import OptionError
from auricle.speech.transcript import Segment, Token, Transcript, Word
from auricle.weights import CATALOGUE, Presence

WORD = Word("Hi.", 0.12345, 0.5, 0.987654)
SEGMENT = Segment(0, 0.12345, 0.98765, "Hi.", "en", 0.912345, avg_logprob=-0.123456, no_speech_prob=1e-6, tokens=(1, 2))
HEADER = AudioInfo("wav", "pcm_s16le", 8000, 1, 2.00049, 16, 32_044, {"title": "Ton"})


def transcript(*segments: Segment) -> Transcript:
    """A transcript of these."""
    return Transcript("Hi.", "en", 0.99999, 1.23456, segments, 0.0123456, "base")


def test_a_transcript() -> None:
    """A transcript has these names, times to the millisecond and scores to four decimals."""
    assert wire.transcript(transcript(SEGMENT)) == {
        "text": "Hi.",
        "language": "en",
        "language_probability": 1.0,
        "duration": 1.235,
        "segments": [
            {
                "id": 0,
                "seek": 12,
                "start": 0.123,
                "end": 0.988,
                "text": "Hi.",
                "language": "en",
                "confidence": 0.9123,
                "avg_logprob": -0.1235,
                "no_speech_prob": 0.0,
                "compression_ratio": 1.0,
                "temperature": 0.0,
                "tokens": [1, 2],
            }
        ],
        "processing_time_ms": 12.346,
        "model": "base",
    }


def test_words_only_when_there_are_any() -> None:
    """Words are there when they were asked for; without them there is no empty list."""
    spoken = Segment(0, 0.0, 1.0, "Hi.", "en", 0.9, (WORD,))
    first, second = wire.transcript(transcript(spoken, SEGMENT))["segments"]
    assert first["words"] == [{"word": "Hi.", "start": 0.123, "end": 0.5, "confidence": 0.9877, "probability": 0.9877}]
    assert "words" not in second


def test_numpy_numbers_become_plain_ones() -> None:
    """Whatever kind of number the recogniser left, JSON gets Python's own."""
    odd = Segment(0, np.float64(0.1), np.float64(0.7), "Hi.", "en", np.float64(0.3))
    (shape,) = wire.transcript(transcript(odd))["segments"]
    assert {type(shape["start"]), type(shape["end"]), type(shape["confidence"])} == {float}
    assert json.loads(json.dumps(shape))["end"] == 0.7


def test_a_recording() -> None:
    """A recording has what its header says beside what was found; silence has no decibels."""
    shape = wire.info(HEADER, duration=1.50049, peak=0.5, cut_off=True)
    assert (shape["duration"], shape["declared_duration"], shape["cut_off"]) == (1.5, 2.0, True)
    assert (shape["peak"], shape["peak_dbfs"]) == (0.5, -6.02)
    assert (shape["container"], shape["codec"], shape["bit_depth"], shape["tags"]) == ("wav", "pcm_s16le", 16, {"title": "Ton"})
    assert wire.info(HEADER, duration=1.5, peak=0.0, cut_off=False)["peak_dbfs"] is None


def test_a_model() -> None:
    """A model has its catalogue entry, its other names, and where it is."""
    assert wire.model(CATALOGUE["large-v3-turbo"], Presence("cache", 5), default=False) == {
        "id": "large-v3-turbo",
        "aliases": ["turbo"],
        "task": "transcribe",
        "description": CATALOGUE["large-v3-turbo"].description,
        "licence": "MIT",
        "parameters": 809_000_000,
        "size_bytes": 5,
        "source": "cache",
        "default": False,
    }


def test_render_writes_every_format() -> None:
    """JSON is `transcript`; the others are those of the subtitles; anything else is refused with what there is."""
    result = Transcript("Hi.", "en", 1.0, 1.0, (Segment(0, 0.0, 1.0, "Hi.", "en", 0.9),), 0.1, "tiny.en")
    assert json.loads(wire.render(result, "json")) == wire.transcript(result)
    for form in set(wire.FORMATS) - {"json"}:
        assert "Hi." in wire.render(result, form)
    with pytest.raises(OptionError, match="json"):
        wire.render(result, "docx")


def test_tokens_with_their_log_probabilities() -> None:
    """A token's bytes are whole though its text is part of a character."""
    segment = Segment(0, 0.0, 1.0, "ä", "de", 0.9, logprobs=(Token("ä".encode()[:1], -0.123456),))
    assert wire.segment(segment)["logprobs"] == [{"token": "\N{REPLACEMENT CHARACTER}", "bytes": [195], "logprob": -0.1235}]


@pytest.mark.parametrize(("duration", "shown"), [(None, None), (12.34567, 12.346)])
def test_progress(duration: float | None, shown: float | None) -> None:
    """Seconds read, and the length where it is known."""
    assert wire.progress(1.23456, duration) == {"position": 1.235, "duration": shown}
