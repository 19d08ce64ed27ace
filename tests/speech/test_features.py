"""Log-mel features against the reference implementations."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.resample import resample
from auricle.speech.features import HOP, RANGE, RATE, LogMel


def reference(samples: npt.NDArray[np.float32], mels: int) -> npt.NDArray[np.float32]:
    """What faster-whisper computes, which is tested against OpenAI's own."""
    from faster_whisper.feature_extractor import FeatureExtractor

    features: npt.NDArray[np.float32] = FeatureExtractor(mels)(samples, padding=0)
    return features


@pytest.mark.parametrize("mels", [80, 128])
@pytest.mark.parametrize("file", ["jfk.flac", "arctic_a0024.wav", "vibe_ace.ogg"])
def test_equal_to_the_reference(recordings: Path, file: str, mels: int) -> None:
    """Within 1e-4 on speech and music, for both numbers of bands that Whisper models have."""
    samples = resample(Audio.read(recordings / file).remix(1), RATE).samples[0]
    expected, found = reference(samples, mels), LogMel(mels)(samples)
    np.testing.assert_allclose(found.clip(found.max() - RANGE)[:, : expected.shape[1]], expected, atol=1e-4)


def test_a_tone_is_in_its_band() -> None:
    """1 kHz lies on the 15th of Slaney's mels, of which 80 bands have 45.245 / 81 each."""
    tone = np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE).astype(np.float32)
    assert abs(int(LogMel(80)(tone)[:, 50].argmax()) + 1 - 15 / (45.245640471924965 / 81)) <= 1


@given(st.integers(0, 2000))
def test_a_frame_for_every_hop(frames: int) -> None:
    """However short the audio is; less than a hop has none."""
    assert LogMel(80)(np.ones(frames, np.float32)).shape == (80, frames // HOP)


def test_silence_is_finite() -> None:
    """Digital silence has no logarithm; it has a floor."""
    assert np.isfinite(LogMel(80)(np.zeros(RATE, np.float32))).all()


def test_threads_do_not_change_a_bit(recordings: Path) -> None:
    """The same bytes whatever number of threads the numeric library may use."""
    script = (
        "import hashlib, sys; from auricle.audio import Audio; from auricle.speech.features import LogMel; "
        "print(hashlib.sha256(LogMel(80)(Audio.read(sys.argv[1]).samples[0]).tobytes()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script, str(recordings / "arctic_a0024.wav")],
            env={"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "4")
    }
    assert len(digests) == 1
