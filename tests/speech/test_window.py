"""The window that the model sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from auricle.speech.features import LogMel
from auricle.speech.vad import SAMPLE_RATE, SpeechPiece
from auricle.speech.window import SpeechBuffer, Window


class Encoder:
    """Keeps what it is given to encode."""

    device, device_index = "cpu", (0,)

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def encode(self, features: Any, to_cpu: bool) -> int:
        """As CTranslate2's model does."""
        assert not to_cpu
        self.seen.append(np.array(features))
        return len(self.seen)


def test_the_quietest_moment_is_found() -> None:
    """A cut falls into the pause, not into a word."""
    features = np.ones((80, 3000), np.float32)
    features[:, 840:880] = 0.0
    assert 850 <= Window(Encoder(), features, 0).quietest(700, 1000) <= 870


def test_the_buffer_reads_no_further_than_a_window() -> None:
    """However long the speech, not more than a window and the pieces' own length is read or held."""
    taken = 0

    def pieces() -> Iterator[SpeechPiece]:
        nonlocal taken
        for index in range(400):
            taken += 1
            yield SpeechPiece(index * SAMPLE_RATE, np.zeros(SAMPLE_RATE, np.float32))

    buffer = SpeechBuffer(pieces())
    for second in range(0, 371, 10):
        assert buffer.fill(second * 100) == 3000
        assert taken <= second + 32
        assert len(buffer._samples) <= 32 * SAMPLE_RATE
    assert buffer.fill(395 * 100) == 500
    assert buffer.fill(400 * 100) == 0


def test_analysis_windows_reach_over_the_edge() -> None:
    """Features of a window in the middle are those of the whole recording at that place, not those of a cut."""
    from faster_whisper.feature_extractor import FeatureExtractor

    random = np.random.default_rng(0)
    audio = random.uniform(-0.5, 0.5, 60 * SAMPLE_RATE).astype(np.float32)
    extract, own = FeatureExtractor(), LogMel(80)
    buffer = SpeechBuffer(iter([SpeechPiece(0, audio)]))
    assert buffer.fill(1234) == 3000
    samples, left = buffer.audio(1234, 3000)
    features = own(samples)[:, left : left + 3000]
    np.testing.assert_allclose(features.clip(features.max() - 2), extract(audio)[:, 1234:4234], atol=1e-4)


@pytest.mark.parametrize(("size", "margin", "length"), [(1, 200, 250), (50, 200, 250), (101, 600, 750), (2500, 600, 3000), (3000, 0, 3000)])
def test_the_encoder_sees_the_audio_and_a_margin(size: int, margin: int, length: int) -> None:
    """To a whole half second, at most 30 s; what is not audio is zero, as in training."""
    encoder = Encoder()
    window = Window(encoder, np.ones((80, size), np.float32), margin)
    assert encoder.seen[0].shape == (1, 80, length)
    assert encoder.seen[0][0, :, :size].all()
    assert not encoder.seen[0][0, :, size:].any()
    assert window.size == size
    assert window.whole is (length == 3000)


def test_a_window_can_be_widened() -> None:
    """Then the encoder sees the whole 30 s."""
    encoder = Encoder()
    window = Window(encoder, np.ones((80, 500), np.float32), 200)
    window.widen()
    assert window.whole
    assert window.encoded == 2
    assert [seen.shape[2] for seen in encoder.seen] == [700, 3000]


def test_part_of_a_window() -> None:
    """Of its first frames only; of all of them it is the window itself, which isn't encoded again."""
    encoder = Encoder()
    window = Window(encoder, np.ones((80, 500), np.float32), 200)
    assert window.only(500) is window
    assert window.only(120).size == 120
    assert len(encoder.seen) == 2
    assert not encoder.seen[1][0, :, 120:].any()


def test_silence_may_be_as_quiet_as_the_recording() -> None:
    """What is not audio is as the caller says, also after widening and in a part."""
    encoder = Encoder()
    window = Window(encoder, np.ones((80, 120), np.float32), 200, -0.75)
    window.widen()
    window.only(60)
    for seen, size in zip(encoder.seen, (120, 120, 60), strict=True):
        assert (seen[0, :, :size] == 1).all()
        assert (seen[0, :, size:] == -0.75).all()
