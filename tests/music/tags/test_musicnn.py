"""Promises of auricle.music.tags.musicnn: the networks of the paper, with the authors' weights."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auricle import Audio, weights
from auricle.errors import CorruptWeights, MissingDependency
from auricle.music.tags.melspectrogram import RATE, WINDOW, LogMel, log_mel
from auricle.music.tags.musicnn import FRAMES, MAGNATAGATUNE, MILLION_SONGS, Taggers
from auricle.resample import MonoResampler
from tests.music import reference_musicnn as reference

RECORDINGS = Path(__file__).parents[2] / "recordings"


def patch(name: str, seconds: float = 1.0) -> LogMel:
    """One patch of a recording."""
    resampler = MonoResampler(RATE)
    sound = np.concatenate([resampler.feed(Audio.read(RECORDINGS / name).slice(seconds, seconds + 3.5)), resampler.finish()])
    return log_mel(np.pad(sound, WINDOW // 2))[:FRAMES]


@pytest.fixture(scope="module")
def shipped() -> Mapping[str, reference.Weights]:
    """The weights in the package, read with the library `onnx`."""
    return reference.shipped_weights()


@pytest.mark.parametrize("name", ["vibe_ace.ogg", "hungarian_dance.ogg"])
def test_scores_equal_the_reference(name: str, shipped: Mapping[str, reference.Weights]) -> None:
    """Music gets the scores, within 1e-5, that the network of the paper gives it when it is written out in float64."""
    heard = patch(name)
    expected = np.concatenate([reference.scores(heard, shipped["mtt"]), reference.scores(heard, shipped["msd"])])
    np.testing.assert_allclose(Taggers()(heard), expected, atol=1e-5)
    assert expected.max() > 0.3


def test_the_words_are_in_the_networks_order() -> None:
    """Strings under a bow are "violin" and "classical"; a solo trumpet, jazz on a vibraphone: "jazz", of a hundred words."""
    assert len(set(MAGNATAGATUNE)) == len(set(MILLION_SONGS)) == 50
    words = np.array([*MAGNATAGATUNE, *MILLION_SONGS])
    strings, trumpet = (Taggers()(patch(name)) for name in ("hungarian_dance.ogg", "solo_trumpet.ogg"))
    assert {"classical", "violin", "strings"} == {str(word) for word in words[:50][np.argsort(-strings[:50])[:3]]}
    assert words[50:][trumpet[50:].argmax()] == "jazz"


def test_they_hold_as_many_numbers_as_the_catalogue_says(shipped: Mapping[str, reference.Weights]) -> None:
    """Learnt numbers are counted, signs are not."""
    assert sum(tensor.size for tensors in shipped.values() for tensor in tensors.values()) == weights.find("musicnn").parameters


def test_threads_may_share_them() -> None:
    """Four threads get what one gets."""
    taggers, heard = Taggers(), patch("vibe_ace.ogg")
    with ThreadPoolExecutor(4) as threads:
        for scores in threads.map(taggers, [heard] * 4):
            np.testing.assert_array_equal(scores, taggers(heard))


def test_damaged_weights_are_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file with another hash is refused."""
    (tmp_path / "musicnn").mkdir()
    (tmp_path / "musicnn/musicnn.onnx").write_bytes(b"not a network")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path))
    with pytest.raises(CorruptWeights, match=r"musicnn\.onnx"):
        Taggers()


def test_without_onnx_runtime_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the line to install it."""
    known, weighed = builtins.__import__, weights.locate("musicnn")

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "onnxruntime":
            raise ImportError(name)
        return known(name, *args, **kwargs)

    weights.unload(("musicnn", weighed / "musicnn.onnx"))
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingDependency, match=r"auricle\[music\]"):
        Taggers()
