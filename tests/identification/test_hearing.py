"""Promises of auricle.identification.hearing: one look at a recording gives all that a catalogue keeps, as each part alone would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.codec import decode, open_audio
from auricle.errors import EmptyAudio, OptionError, UnreadableInput
from auricle.identification.chromaprint import REACH_S, WORD_S, fingerprint
from auricle.identification.hearing import hear, hear_peaks
from auricle.identification.landmarks import landmarks

TRUMPET = Path(__file__).parents[1] / "recordings" / "solo_trumpet.ogg"


def test_all_of_it() -> None:
    """Landmarks are those of its peaks, the fingerprint is Chromaprint's, the duration is the recording's; from a file and from samples."""
    whole = decode(TRUMPET)
    heard, again = hear(TRUMPET), hear(whole)
    expected = landmarks(hear_peaks(TRUMPET))
    assert np.array_equal(heard.landmarks.hashes, expected.hashes)
    assert np.array_equal(heard.landmarks.frames, expected.frames)
    assert np.array_equal(heard.chromaprint, fingerprint(TRUMPET, length=None).raw)
    assert heard.landmarks.duration == pytest.approx(whole.duration, abs=0.001)
    assert np.array_equal(again.landmarks.hashes, heard.landmarks.hashes)
    assert len(heard.landmarks.hashes) > 100


def test_the_fingerprint_is_of_the_whole() -> None:
    """Also beyond the two minutes that AcoustID asks for."""
    noise = np.random.default_rng(8).uniform(-0.5, 0.5, 150 * 8000).astype(np.float32)
    heard = hear(noise, rate=8000)
    assert len(heard.chromaprint) * WORD_S == pytest.approx(150 - REACH_S, abs=2 * WORD_S)


def test_tags() -> None:
    """What the file says of itself; samples say nothing."""
    with open_audio(TRUMPET) as decoder:
        assert hear(TRUMPET).tags == decoder.info.tags
    assert hear(np.zeros(8000), rate=8000).tags == {}


def test_what_cannot_be_heard() -> None:
    """No samples, no rate, no file."""
    with pytest.raises(EmptyAudio):
        hear(Audio(np.zeros((1, 0), np.float32), 8000))
    with pytest.raises(OptionError, match="sample rate"):
        hear_peaks(np.zeros(8000))
    with pytest.raises(UnreadableInput):
        hear("nowhere.wav")
