"""Promises of auricle.music.tags.melspectrogram: the spectrogram that musicnn's networks learnt from."""

from __future__ import annotations

import librosa
import numpy as np
import pytest

from auricle.audio import Mono
from auricle.music.tags.melspectrogram import HOP, MELS, RATE, WINDOW, log_mel
from tests.music import reference_musicnn as reference

NOISE = np.random.default_rng(3).normal(0, 0.1, 2 * RATE).astype(np.float32)
TONE = (0.9 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)).astype(np.float32)


@pytest.mark.parametrize("sound", [NOISE, TONE, np.sign(TONE), np.full(RATE, 0.5, np.float32), np.zeros(RATE, np.float32)])
def test_it_equals_the_reference(sound: Mono) -> None:
    """Noise, a tone, clipping, DC and silence: the same within 1e-5 as frames and sums written out in float64."""
    ours = log_mel(np.pad(sound, WINDOW // 2))
    assert ours.shape == (1 + len(sound) // HOP, MELS)
    np.testing.assert_allclose(ours, reference.spectrogram(sound), atol=1e-5)


def test_librosa_is_a_second_witness() -> None:
    """The filters of librosa are the reference's, and its spectrogram is ours."""
    filters = librosa.filters.mel(sr=RATE, n_fft=WINDOW, n_mels=MELS, dtype=np.float64)
    np.testing.assert_allclose(reference.mel_filters(), filters, atol=1e-12)
    theirs = librosa.feature.melspectrogram(y=NOISE.astype(np.float64), sr=RATE, n_fft=WINDOW, hop_length=HOP, n_mels=MELS).T
    np.testing.assert_allclose(log_mel(np.pad(NOISE, WINDOW // 2)), np.log10(10_000 * theirs + 1), atol=1e-5)


def test_one_frame() -> None:
    """A window's length of sound is one frame, and one sample less than the next needs is still one."""
    assert log_mel(NOISE[:WINDOW]).shape == log_mel(NOISE[: WINDOW + HOP - 1]).shape == (1, MELS)


def test_a_frame_does_not_depend_on_others() -> None:
    """A recording cut at whole hops gives the same frames, bit for bit."""
    whole = log_mel(NOISE)
    for first in (1, 7, 40):
        np.testing.assert_array_equal(log_mel(NOISE[first * HOP :]), whole[first:])


def test_a_tone_is_in_its_band() -> None:
    """The loudest band of 440 Hz is the one whose centre is nearest to it."""
    centres = librosa.mel_frequencies(n_mels=MELS + 2, fmax=RATE / 2)[1:-1]
    assert int(log_mel(TONE).mean(axis=0).argmax()) == int(np.abs(centres - 440).argmin())
