"""Whatever may be called a recording is opened, and what may not is refused."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.codec import Recording, as_audio, open_audio, open_isolated, open_recording
from auricle.errors import EmptyAudio, OptionError, UnreadableInput

TONE = np.sin(np.arange(8000) / 10).astype(np.float32)


def test_samples_are_audio() -> None:
    """An array at the rate that was said, `Audio` as it is."""
    audio = Audio(TONE, 8000)
    assert open_recording(audio) is audio
    opened = open_recording(TONE, 8000)
    assert isinstance(opened, Audio)
    assert opened.rate == 8000
    np.testing.assert_array_equal(opened.samples[0], TONE)


def test_encoded_recordings_are_opened(tmp_path: Path) -> None:
    """Path, bytes, file and opened decoders all give all samples, in blocks of the length that is asked for."""
    path = tmp_path / "tone.wav"
    Audio(TONE, 8000).write(path)
    whole = Audio.read(path)
    sources: list[Recording] = [path, str(path), path.read_bytes(), io.BytesIO(path.read_bytes())]
    with path.open("rb") as file:
        for source in [*sources, open_audio(path, block=0.25), open_isolated(file, block=0.25)]:
            opened = open_recording(source, block=0.25)
            assert not isinstance(opened, Audio)
            with opened:
                blocks = list(opened)
            assert len(blocks) == 4
            np.testing.assert_array_equal(Audio.join(blocks).samples, whole.samples)


def test_the_rate_belongs_to_arrays() -> None:
    """It is neither left out there nor said elsewhere."""
    with pytest.raises(OptionError, match="an array needs its sample rate"):
        open_recording(TONE)
    with pytest.raises(OptionError, match="an array needs its sample rate"):
        as_audio(TONE, None)
    for source in (Audio(TONE, 8000), b"RIFF"):
        with pytest.raises(OptionError, match="rate is for a numpy array"):
            open_recording(source, 8000)


def test_what_cannot_be_heard(tmp_path: Path) -> None:
    """No samples, and no file."""
    with pytest.raises(EmptyAudio, match="no samples"):
        open_recording(np.zeros(0, np.float32), 8000)
    with pytest.raises(UnreadableInput, match="no such file"):
        open_recording(tmp_path / "missing.wav")
