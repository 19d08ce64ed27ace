"""A hand-written stand-in for what we use of coqui-tts and PyTorch: it remembers what it was asked, and says a tone."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest

RATE = 24_000
PER_CHARACTER = 100  # samples that it speaks for each


class XttsConfig:
    """As coqui-tts has it, as far as we use it."""

    def __init__(self) -> None:
        self.gpt_cond_len, self.gpt_cond_chunk_len = 12, 4
        self.temperature, self.length_penalty, self.repetition_penalty, self.top_k, self.top_p = 0.75, 1.0, 5.0, 50, 0.85
        self.model_args = types.SimpleNamespace(output_sample_rate=RATE)

    def load_json(self, path: str) -> None:
        """From a file."""
        assert json.loads(Path(path).read_text())["model"] == "xtts"


class Xtts:
    """As coqui-tts has it: what it is told to be is in ``own`` and ``fails``."""

    own: ClassVar[dict[str, dict[str, Any]]] = {}
    fails: ClassVar[Exception | None] = None
    at_work: ClassVar[int] = 0

    def __init__(self, config: XttsConfig) -> None:
        assert isinstance(config, XttsConfig)
        self.tokenizer = types.SimpleNamespace(char_limits={"en": 40, "zh": 10})
        self.heard: list[tuple[npt.NDArray[np.float32], int, int, int]] = []
        self.asked: list[tuple[str, str, Any, Any]] = []

    def load_checkpoint(self, config: XttsConfig, checkpoint_dir: str, *, eval: bool) -> None:  # noqa: A002, its name there
        """The weights."""
        if (Path(checkpoint_dir) / "model.pth").read_bytes() != b"weights":
            raise RuntimeError("Error(s) in loading state_dict")
        assert isinstance(config, XttsConfig)
        assert eval
        self.speaker_manager = types.SimpleNamespace(speakers=self.own) if self.own else None

    def get_gpt_cond_latents(self, audio: npt.NDArray[np.float32], sr: int, length: int, chunk_length: int) -> str:
        """What tells it how to speak."""
        self.heard.append((audio, sr, length, chunk_length))
        return f"how {len(self.heard)}"

    def get_speaker_embedding(self, audio: npt.NDArray[np.float32], sr: int) -> str:
        """What tells it how to sound."""
        return f"sound {len(self.heard)} at {sr} of {audio.shape[0]}"

    def inference(self, text: str, language: str, gpt_cond_latent: Any, speaker_embedding: Any, **settings: float) -> dict[str, Any]:
        """A tone as long as the text; never two at once."""
        if self.fails:
            raise self.fails
        assert settings == {"temperature": 0.75, "length_penalty": 1.0, "repetition_penalty": 5.0, "top_k": 50, "top_p": 0.85}
        assert Xtts.at_work == 0
        Xtts.at_work += 1
        self.asked.append((text, language, gpt_cond_latent, speaker_embedding))
        tone = np.sin(np.arange(len(text) * PER_CHARACTER) + 1.0)
        Xtts.at_work -= 1
        return {"wav": tone.astype(np.float32)}


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes both importable."""
    modules: dict[str, dict[str, Any]] = {
        "torch": {"from_numpy": lambda array: array, "cuda": types.SimpleNamespace(is_available=lambda: False)},
        "TTS": {},
        "TTS.tts": {},
        "TTS.tts.configs": {},
        "TTS.tts.configs.xtts_config": {"XttsConfig": XttsConfig},
        "TTS.tts.models": {},
        "TTS.tts.models.xtts": {"Xtts": Xtts},
    }
    for name, content in modules.items():
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)


def write_model(folder: Path, **config: Any) -> Path:
    """A model's folder, with no more in it than what is checked."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model": "xtts", "languages": ["en", "zh-cn"]} | config))
    (folder / "model.pth").write_bytes(b"weights")
    (folder / "vocab.json").write_text("{}")
    return folder


def make_present(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra looks installed, and a model is where AURICLE_MODELS says, both in ``folder``."""
    info = folder / "site" / "coqui_tts-0.28.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: coqui-tts\nVersion: 0.28.0\n")
    monkeypatch.syspath_prepend(str(folder / "site"))
    monkeypatch.setenv("AURICLE_MODELS", str(folder / "models"))
    install(monkeypatch)
    write_model(folder / "models" / "xtts")
