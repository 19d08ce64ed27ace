"""Tests of fingerprints: they are those that fpcalc makes, however the sound comes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Mono
from auricle.codec import decode as decode_audio
from auricle.codec import open_audio
from auricle.errors import EmptyAudio, InputError, OptionError
from auricle.identification.chromaprint import REACH_S, WORD_S, FingerprintSession, fingerprint, heard
from auricle.identification.chromaprint.chroma import RATE
from auricle.identification.chromaprint.words import SILENCE
from auricle.resample import resample
from tests.conftest import RECORDINGS

FPCALC = json.loads((Path(__file__).parent / "fpcalc.json").read_text())


def equal_bits(found: npt.NDArray[np.uint32], expected: Sequence[int]) -> float:
    """The share of bits that are the same in words that lie upon one another."""
    assert len(found) == len(expected)
    return 1 - float(np.bitwise_count(found ^ np.array(expected, np.uint32)).sum()) / (32 * len(expected))


def in_chunks(sound: Mono, cuts: Sequence[int], length: float | None = None) -> FingerprintSession:
    """A session that has heard the sound in these chunks."""
    session = FingerprintSession(length)
    for chunk in np.split(sound, list(cuts)):
        session.feed(chunk)
    return session


@pytest.mark.parametrize("name", sorted(FPCALC["recordings"]))
def test_same_as_fpcalc(name: str) -> None:
    """As many words, and at least 99.9 % of their bits; the rest is what another resampler and decoder leave."""
    found, expected = fingerprint(RECORDINGS / name), FPCALC["recordings"][name]
    assert equal_bits(found.raw, expected["raw"]) > 0.999
    assert found.duration == pytest.approx(expected["duration"], abs=0.01)


def test_length() -> None:
    """The first 20 s, as fpcalc -length 20 hears them; the duration is the whole recording's all the same."""
    found = fingerprint(RECORDINGS / "vibe_ace.ogg", length=20.0)
    assert equal_bits(found.raw, FPCALC["first 20 s of vibe_ace.ogg"]) > 0.999
    assert found.duration == pytest.approx(61.46, abs=0.01)


def test_two_minutes_unless_asked() -> None:
    """As fpcalc: of three minutes the first two, and all of them for 0, or None."""
    long = Audio(np.zeros(180 * 8000, np.float32), 8000)
    assert [round(len(fingerprint(long, length=length).raw) * WORD_S + REACH_S) for length in (120.0, None, 0)] == [120, 180, 180]
    assert len(fingerprint(long).raw) == len(fingerprint(long, length=120.0).raw)


SOUND = resample(decode_audio(RECORDINGS / "hungarian_dance.ogg").slice(0, 25), RATE).samples[0]


@settings(max_examples=15)
@given(st.lists(st.integers(0, len(SOUND)), max_size=12).map(sorted), st.sampled_from([None, 3.0, 17.77]))
def test_any_chunking(cuts: list[int], length: float | None) -> None:
    """However a stream is cut, its fingerprint is the same."""
    whole, pieces = in_chunks(SOUND, [], length).finish(), in_chunks(SOUND, cuts, length).finish()
    np.testing.assert_array_equal(pieces.raw, whole.raw)
    assert (pieces.encoded, pieces.duration) == (whole.encoded, len(SOUND) / RATE)


def test_satisfied() -> None:
    """A session says when it has heard as much as it was to listen to; one that listens to all never does."""
    assert not in_chunks(SOUND[: 3 * RATE - 1], [], 3.0).satisfied
    assert in_chunks(SOUND[: 3 * RATE], [], 3.0).satisfied
    assert not in_chunks(SOUND, []).satisfied


def test_however_it_comes() -> None:
    """A path, bytes, a decoder, `Audio` and an array with its rate have one fingerprint."""
    path = RECORDINGS / "solo_trumpet.ogg"
    audio = decode_audio(path)
    with open_audio(path) as decoder:
        texts = {fingerprint(given).encoded for given in (path, str(path), path.read_bytes(), decoder, audio)}
    assert texts == {fingerprint(audio.samples, rate=audio.rate).encoded}


@pytest.mark.parametrize("seconds", [0.0001, 1.0, 2.7])
def test_too_short(seconds: float) -> None:
    """Less than one word's worth has no fingerprint; a session's is empty, as that of a stream of nothing."""
    sound = Audio(np.ones(max(1, round(seconds * RATE)), np.float32), RATE)
    with pytest.raises(InputError, match="no fingerprint"):
        fingerprint(sound)
    found = heard(sound)
    assert (len(found.raw), found.encoded) == (0, "AQAAAA")
    assert (FingerprintSession().finish().encoded, FingerprintSession().finish().duration) == ("AQAAAA", 0.0)


def test_silence() -> None:
    """Silence is the word for it, again and again."""
    assert set(fingerprint(Audio(np.zeros(5 * RATE, np.float32), RATE)).raw.tolist()) == {SILENCE}


@pytest.mark.parametrize("kind", ["constant", "noise", "clipped", "telephone"])
def test_any_sound(kind: str) -> None:
    """A constant, noise, clipped and telephone sound have a fingerprint like any other, of one word for each `WORD_S`."""
    noise = np.random.default_rng(1).normal(0, 0.2, 10 * 44100).astype(np.float32)
    audio = {
        "constant": Audio(np.full(len(noise), 0.5, np.float32), 44100),
        "noise": Audio(noise, 44100),
        "clipped": Audio(noise * 1000, 44100),
        "telephone": resample(Audio(noise, 44100), 8000),
    }[kind]
    assert len(fingerprint(audio).raw) == int((audio.duration - REACH_S) / WORD_S) + 1


def test_nothing_to_hear() -> None:
    """No samples at all are refused by name."""
    with pytest.raises(EmptyAudio):
        fingerprint(Audio(np.zeros(0, np.float32), RATE))


def test_too_little_is_asked_for() -> None:
    """Of a long recording, too."""
    with pytest.raises(InputError, match=r"only 2\.0 s are there or were asked for"):
        fingerprint(RECORDINGS / "vibe_ace.ogg", length=2.0)


@pytest.mark.parametrize("length", [-1.0, float("nan"), "x"])
def test_no_length(length: float) -> None:
    """A length that no recording has is refused, and the sentence says what would be right."""
    with pytest.raises(OptionError, match="0 for the whole") as refusal:
        fingerprint(RECORDINGS / "solo_trumpet.ogg", length=length)
    assert refusal.value.field == "length"


def test_a_decoder_stays_its_owner_s() -> None:
    """Of a decoder that was given only as much is decoded as is listened to, and it is not closed."""
    with open_audio(RECORDINGS / "vibe_ace.ogg", block=1.0) as decoder:
        assert fingerprint(decoder, length=20.0).duration == pytest.approx(61.46, abs=0.01)
        assert decoder.position < 25


def test_does_not_change() -> None:
    """The words are read-only, for the text was made of them."""
    with pytest.raises(ValueError, match="read-only"):
        fingerprint(RECORDINGS / "solo_trumpet.ogg").raw[0] = 1
