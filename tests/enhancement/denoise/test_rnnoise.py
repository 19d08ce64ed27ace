"""Promises of auricle.enhancement.denoise.rnnoise."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from auricle import Audio
from auricle.enhancement.denoise import rnnoise
from auricle.enhancement.denoise.rnnoise import RNNoise
from auricle.errors import MissingDependency
from auricle.resample import resample

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pyrnnoise") is None, reason="needs auricle[enhance]")


def test_delay_is_as_stated(recordings: Path) -> None:
    """Clean speech comes out 960 samples late: there it is most like what went in."""
    speech = resample(Audio.read(recordings / "arctic_a0024.wav"), 48_000).samples[0, :96_000]
    model = RNNoise()
    result = np.concatenate([model.process(speech[at : at + 480]) for at in range(0, 96_000, 480)])
    cross = np.fft.rfft(result, 2**18) * np.conj(np.fft.rfft(speech, 2**18))
    alike = np.fft.irfft(cross / np.sqrt(np.abs(cross) + 1e-9))  # half whitened: its high-pass leans on the low notes
    assert np.argmax(alike) == RNNoise.delay


def test_nothing_is_quantised() -> None:
    """Sound of a hundredth of a 16-bit step comes out as more than steps."""
    model = RNNoise()
    noise = (0.01 / 32768 * np.random.default_rng(1).standard_normal(4800)).astype(np.float32)
    result = np.concatenate([model.process(noise[at : at + 480]) for at in range(0, 4800, 480)])
    assert 0 < np.abs(result).max() < 1 / 32768


def test_pyrnnoise_itself_is_not_imported() -> None:
    """It would bring much along."""
    RNNoise.check()
    assert "pyrnnoise" not in sys.modules


def test_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a platform that has none."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    rnnoise._library.cache_clear()
    with pytest.raises(MissingDependency, match=r"auricle\[enhance\]"):
        RNNoise.check()
    monkeypatch.undo()
    RNNoise.check()
