"""Promises of auricle.music.rhythm.beatnet: what the network's authors would see and hear, for any chunking."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auricle import Audio, weights
from auricle.audio import Mono
from auricle.errors import CorruptWeights, MissingDependency
from auricle.music.part import RATE
from auricle.music.rhythm.beatnet import BANDS, FRAME_RATE, HOP, Activations, BeatFeatures, BeatNet, Floats, filter_bank
from auricle.resample import resample
from tests.music import reference_beatnet as reference

RECORDINGS = Path(__file__).parents[2] / "recordings"
NOISE = np.random.default_rng(7).normal(0, 0.1, 5 * RATE).astype(np.float32)


def music(name: str, seconds: float) -> Mono:
    """The start of a recording as the network hears it."""
    recording = resample(Audio.read(RECORDINGS / name).slice(0, seconds), RATE)
    return np.ascontiguousarray(recording.samples.mean(0))


def features(sound: Mono, sizes: Sequence[int] = ()) -> Floats:
    """All features of a sound that is fed in pieces of these sizes, and then the rest."""
    eyes = BeatFeatures()
    return np.concatenate([*map(eyes.feed, np.split(sound, np.cumsum(sizes, dtype=int))), eyes.finish()])


def activations(seen: Floats, sizes: Sequence[int] = ()) -> Floats:
    """All activations of features that are fed in pieces of these sizes, and then the rest."""
    session = Activations(BeatNet.load())
    return np.concatenate([*map(session.feed, np.split(seen, np.cumsum(sizes, dtype=int))), session.finish()])


def weights_file() -> Path:
    """The network that comes with auricle."""
    return weights.locate("beatnet") / "beatnet.onnx"


def test_filter_bank() -> None:
    """136 triangles of area 1, those of the reference."""
    bins = reference.corners()
    expected = [reference.triangle(*bins[n : n + 3]) for n in range(len(bins) - 2)]
    assert filter_bank().shape == (BANDS, 705) == (136, 705)
    np.testing.assert_allclose(filter_bank(), expected, atol=1e-12)


@pytest.mark.parametrize("sound", [music("solo_trumpet.ogg", 4), music("vibe_ace.ogg", 4), np.clip(20 * NOISE[: 2 * RATE], -1, 1)])
def test_equal_to_the_reference(sound: Mono) -> None:
    """Features and activations are within 1e-5 of those that plain numpy makes of the same weights, in float64."""
    seen, expected = features(sound), reference.features(sound)
    assert seen.dtype == np.float32
    np.testing.assert_allclose(seen, expected, rtol=0, atol=1e-5)
    heard = activations(seen)
    assert heard.dtype == np.float32
    np.testing.assert_allclose(heard, reference.activations(reference.from_onnx(weights_file()), expected), rtol=0, atol=1e-5)


@given(sizes=st.lists(st.integers(0, 2 * RATE), max_size=12))
@example(sizes=[1] * 50)
@example(sizes=[22314, 1, 22049, 1, 441, 440, 442])
@settings(deadline=None, max_examples=25)
def test_features_for_any_chunking(sizes: list[int]) -> None:
    """Are the same, bit for bit."""
    np.testing.assert_array_equal(features(NOISE, sizes), WHOLE)


@given(sizes=st.lists(st.integers(0, 120), max_size=12))
@example(sizes=[1] * 250)
@example(sizes=[49, 1, 0, 50, 51, 99])
@settings(deadline=None, max_examples=25)
def test_activations_for_any_chunking(sizes: list[int]) -> None:
    """Are the same, bit for bit."""
    np.testing.assert_array_equal(activations(WHOLE, sizes), HEARD)


@pytest.mark.parametrize("samples", [0, 1, 440, 441, 442, 22_049, 22_050, 22_051, 22_316, 44_100])
def test_how_many_frames(samples: int) -> None:
    """⌈n / 441⌉, as madmom has it: one for every hop that begins."""
    seen = features(NOISE[:samples])
    assert seen.shape == (-(-samples // HOP), 2 * BANDS)
    assert activations(seen).shape == (len(seen), 3)
    assert FRAME_RATE == 50


@pytest.mark.parametrize("frame", [0, 1, 49, 50, 120, 249])
def test_a_frame_is_centred(frame: int) -> None:
    """A click on sample 441·i is strongest in frame i, and as strong in the frame before as in the one after."""
    click = np.zeros(5 * RATE, np.float32)
    click[frame * HOP] = 1
    level = features(click)[:, :BANDS].sum(1)
    assert level.argmax() == frame
    if 0 < frame < len(level) - 1:
        assert level[frame - 1] == pytest.approx(level[frame + 1], abs=1e-4)


def test_silence() -> None:
    """Has features of 0, and neither beat nor downbeat is likely."""
    seen = features(np.zeros(10 * RATE, np.float32))
    assert not seen.any()
    heard = activations(seen)
    assert (heard.argmax(1) == 2).all()
    np.testing.assert_allclose(heard.sum(1), 1, atol=1e-6)


def test_the_sound_is_the_caller_s() -> None:
    """What was fed may be overwritten at once."""
    eyes, buffer, parts = BeatFeatures(), np.empty(1000, np.float32), []
    for start in range(0, len(NOISE) - 999, 1000):
        buffer[:] = NOISE[start : start + 1000]
        parts.append(eyes.feed(buffer))
    np.testing.assert_array_equal(np.concatenate(parts), WHOLE[: sum(map(len, parts))])
    assert sum(map(len, parts)) >= 200


def test_recordings_at_once() -> None:
    """Share one network, and none hears the others."""
    assert BeatNet.load() is BeatNet.load()
    with ThreadPoolExecutor(4) as pool:
        for heard in pool.map(activations, [WHOLE] * 8):
            np.testing.assert_array_equal(heard, HEARD)


@pytest.mark.parametrize("missing", ["scipy", "onnxruntime"])
def test_without_the_extra(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """The pip line is said."""
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(MissingDependency, match=r"auricle\[music\]"):
        BeatNet(weights_file()) if missing == "onnxruntime" else BeatFeatures()


def test_damaged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file that is not the network is refused before it is used."""
    (tmp_path / "beatnet").mkdir()
    (tmp_path / "beatnet" / "beatnet.onnx").write_bytes(b"no network")
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path))
    weights.unload("beatnet")
    with pytest.raises(CorruptWeights):
        BeatNet.load()


def test_where_the_weights_come_from() -> None:
    """Their hash, source and licence stand beside them."""
    told = (weights_file().parent / "README.md").read_text(encoding="utf-8")
    (file,) = weights.find("beatnet").files
    assert file.sha256
    assert file.sha256 in told
    assert "Creative Commons Attribution 4.0" in told
    assert "Attribution 4.0 International" in (weights_file().parent / "CC-BY-4.0.txt").read_text(encoding="utf-8")


WHOLE = features(NOISE)
HEARD = activations(WHOLE)
