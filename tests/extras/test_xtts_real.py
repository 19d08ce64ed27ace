"""XTTS for real: coqui-tts and PyTorch, with a model of the same architecture that the test makes, small and untrained.

It can say nothing but noise; that it is loaded, shown a recording, and speaks as long as its codes say, is what can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import BPE
from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
from TTS.tts.models.xtts import Xtts

from auricle import weights
from auricle.audio import Audio
from auricle.errors import ModelUnavailable
from auricle.voice.engine import Phrase, Token
from auricle.voice.engines.xtts import load, voices

CODES = 40  # at most, of a phrase: 1,024 samples at 22,050 Hz each


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as it is published: config.json, model.pth, vocab.json and speakers_xtts.pth."""
    folder = tmp_path_factory.mktemp("models") / "xtts"
    folder.mkdir()
    write_vocabulary(folder / "vocab.json")
    config = XttsConfig(model_args=small(), languages=["en", "zh-cn"], gpt_cond_len=6, gpt_cond_chunk_len=3)
    config.save_json(str(folder / "config.json"))
    torch.manual_seed(0)
    model = Xtts(config)
    model.tokenizer.tokenizer = Tokenizer.from_file(str(folder / "vocab.json"))
    model.init_models()
    torch.save({"model": model.state_dict()}, folder / "model.pth")
    speaker = {"gpt_cond_latent": torch.randn(1, 32, 64), "speaker_embedding": torch.randn(1, 512, 1)}
    torch.save({"Ana Florence": speaker}, folder / "speakers_xtts.pth")
    return folder


@pytest.fixture(autouse=True)
def _models(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Where the model is found; nothing stays loaded."""
    monkeypatch.setenv("AURICLE_MODELS", str(folder.parent))
    yield
    weights.unload_all()


def small() -> XttsArgs:
    """XTTS v2's layout with 2 thin layers."""
    return XttsArgs(
        gpt_layers=2,
        gpt_n_model_channels=64,
        gpt_n_heads=2,
        gpt_max_audio_tokens=CODES + 3,
        gpt_num_audio_tokens=1026,
        gpt_start_audio_token=1024,
        gpt_stop_audio_token=1025,
        gpt_use_perceiver_resampler=True,
        decoder_input_dim=64,
    )


def write_vocabulary(path: Path) -> None:
    """Letters, and the marks that XTTS puts in."""
    marks = ["[STOP]", "[UNK]", "[SPACE]", "[START]", "[en]", "[zh-cn]"]
    vocabulary = {token: number for number, token in enumerate([*marks, *"abcdefghijklmnopqrstuvwxyz.,!?'"])}
    tokenizer = Tokenizer(BPE(vocabulary, [], unk_token="[UNK]"))  # noqa: S106, a mark and no secret
    tokenizer.add_special_tokens(marks)
    tokenizer.save(str(path))


def recording() -> Audio:
    """Six seconds of a hum in stereo."""
    time = np.arange(6 * 44_100) / 44_100
    return Audio(np.tile(0.4 * np.sin(2 * np.pi * 180 * time) * (1 + 0.5 * np.sin(2 * np.pi * 4 * time)), (2, 1)), 44_100)


def phrase(text: str) -> Phrase:
    """A phrase of these words."""
    return Phrase(tuple(Token(word, (0, 1)) for word in text.split()), "en")


def test_the_models_own_speakers_are_listed_and_speak() -> None:
    """Their names are read without PyTorch, and are those that PyTorch reads."""
    assert [voice.name for voice in voices()] == ["xtts", "xtts#Ana Florence"]
    spoken = load().say(phrase("Hello there."), voices()[1], 1.0, "neutral")
    assert 0 < len(spoken.samples) <= (CODES + 2) * 1024 * 24_000 / 22_050
    assert spoken.samples.dtype == np.float32
    assert np.isfinite(spoken.samples).all()
    assert np.abs(spoken.samples).max() > 0


def test_a_recording_becomes_a_voice_that_speaks() -> None:
    """By its own path through the network: another recording, other latents."""
    engine = load()
    voice = engine.clone(recording(), consent=True)
    spoken = engine.say(phrase("This is a cloned voice."), voice, 1.0, "neutral")
    assert len(spoken.samples) > 0
    how, sound = engine._clones[voice.name]
    assert (tuple(how.shape), tuple(sound.shape)) == ((1, 32, 64), (1, 512, 1))
    other = engine.clone(Audio(recording().samples[:, ::-1].copy() * 0.5, 30_000), consent=True)
    assert not torch.allclose(engine._clones[other.name][0], how)


def test_a_damaged_model_is_refused(folder: Path, tmp_path: Path) -> None:
    """One sentence, whichever way it is damaged."""
    for name, content in (("model.pth", b"PK\x03\x04"), ("model.pth", (folder / "model.pth").read_bytes()[:-1000]), ("vocab.json", b"{")):
        copy = tmp_path / "xtts"
        copy.mkdir(exist_ok=True)
        for file in folder.iterdir():
            (copy / file.name).write_bytes(content if file.name == name else file.read_bytes())
        with pytest.raises(ModelUnavailable, match="damaged"):
            load(copy)
