"""XTTS v2: one model, 17 languages, and voices imitated from a few seconds of a recording (https://arxiv.org/abs/2406.04904).

Behind the extra `xtts` (`coqui-tts`, MPL-2.0, on PyTorch). The published weights are under the Coqui Public Model License 1.0.0, which
allows no commercial use. A voice is imitated only for whoever states the speaker's consent, is kept in memory only, and has a name that
nobody can guess.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from auricle import weights
from auricle.audio import Audio, Mono
from auricle.errors import MissingDependency, ModelUnavailable, OptionError
from auricle.resample import resample
from auricle.voice.engine import Phrase, Spoken, Voice
from auricle.voice.engines.xtts_files import folder_of, languages, speakers
from auricle.voice.silence import joined, trimmed
from auricle.voice.text.clauses import SHORT

__all__ = ["LISTENED_S", "XttsEngine", "clone", "forget", "load", "require_consent", "voice", "voices"]

_NAME: Final = "xtts"
_LICENCE: Final = "LicenseRef-Coqui-Public-Model-License-1.0.0"
_HEARD_HZ: Final = 22_050  # what the model listens at
LISTENED_S: Final = 30.0  # of a speaker's recording: more is not listened to
_SHORTEST_S: Final = 3.0  # less is no voice
_SILENT: Final = 1e-3  # a recording whose loudest sample is below holds no speech
_CLONES: Final = 64  # kept at most, 130 KB each; the one not used for longest goes first

Latents = tuple[Any, Any]  # what tells the model how to speak, and its decoder how to sound: tensors


def voices(path: str | Path | None = None) -> tuple[Voice, ...]:
    """The one that imitates, and the model's own speakers; none without the extra `xtts` or without the model."""
    if not _installed():
        return ()
    try:
        folder = folder_of(path)
        tags = tuple(languages(folder))
    except ModelUnavailable:
        return ()
    return (_voice(_NAME, tags, cloning=True), *(_voice(f"{_NAME}#{name}", tags) for name in speakers(folder)))


def voice(name: str) -> Voice | None:
    """The voice of that name, those that were cloned in this process among them; None if there is none."""
    if name.startswith(f"{_NAME}#clone-") and _installed():
        return load().cloned(name)
    return next((one for one in voices() if one.name == name), None)


def clone(recording: Audio, *, consent: bool) -> Voice:
    """A voice that speaks like the one in the recording; see `XttsEngine.clone`."""
    require_consent(consent=consent)
    return load().clone(recording, consent=consent)


def forget(voice: Voice) -> bool:
    """Whether a cloned voice was there; now it is not."""
    return load().forget(voice)


def require_consent(*, consent: bool) -> None:
    """Nobody is imitated without it.

    Raises:
        OptionError: it is not true.
    """
    if consent is not True:
        raise OptionError(
            "consent",
            "imitating a voice needs consent to be true: by that you state that the person in the recording agrees to it, or is you",
        )


def load(source: Voice | str | Path | None = None) -> XttsEngine:
    """The engine, loaded once in this process.

    Args:
        source: the model's folder, or a voice that `voices`, `voice` or `clone` gave; for that or None the model is where it is found
            (`auricle.voice.engines.xtts_files.folder_of`).

    Raises:
        ModelUnavailable: the model is not on this machine, or damaged.
        MissingDependency: the extra `xtts` is not installed.
    """
    if not _installed():
        raise MissingDependency("speaking with XTTS", "xtts")
    folder = folder_of(None if isinstance(source, Voice) else source)
    return weights.shared(("xtts", str(folder)), lambda: XttsEngine(folder))


class XttsEngine:
    """The model, and the voices that it has been shown.

    It speaks at natural pace only, one phrase at a time, for a phrase leaves marks in it: threads wait for one another.

    Args:
        folder: with the model's files.

    Raises:
        ModelUnavailable: they are damaged, or the packages do not fit together.
        MissingDependency: the extra `xtts` is not installed.
    """

    longest = 250
    soon = SHORT

    def __init__(self, folder: Path) -> None:
        try:
            import torch
            from TTS.tts.configs.xtts_config import XttsConfig
            from TTS.tts.models.xtts import Xtts
        except ImportError as error:
            raise MissingDependency("speaking with XTTS", "xtts") from error
        except OSError as error:  # torchaudio's compiled part asks for the libraries of one certain build of PyTorch
            raise ModelUnavailable(
                "XTTS cannot run here: torchaudio is built for another PyTorch than the one that is installed."
            ) from error
        self._torch, self._languages = torch, languages(folder)
        self._lock = threading.Lock()
        self._clones: OrderedDict[str, Latents] = OrderedDict()
        with _border(folder):
            config = XttsConfig()
            config.load_json(str(folder / "config.json"))
            self._model: Any = Xtts(config)
            self._model.load_checkpoint(config, checkpoint_dir=str(folder), eval=True)
            if torch.cuda.is_available():
                self._model.cuda()
            own = self._model.speaker_manager.speakers if self._model.speaker_manager else {}
            self._own = {f"{_NAME}#{name}": (known["gpt_cond_latent"], known["speaker_embedding"]) for name, known in own.items()}
        self._config = config
        self.rate = int(config.model_args.output_sample_rate)

    def clone(self, recording: Audio, *, consent: bool) -> Voice:
        """A voice that speaks like the one in the recording, for as long as this process runs and no 64 others came after it.

        Args:
            recording: of one person who speaks, without noise or music: at least 3 s, best 6 to 30 s.
            consent: the caller states that this person agrees, or is the caller.

        Raises:
            OptionError: ``consent`` is not true, or the recording (the field "speaker_wav") is too short or silent.
        """
        require_consent(consent=consent)
        heard = _listened(recording)
        samples = self._torch.from_numpy(heard[None])
        with self._lock:
            how = self._model.get_gpt_cond_latents(
                samples, _HEARD_HZ, length=self._config.gpt_cond_len, chunk_length=self._config.gpt_cond_chunk_len
            )
            sound = self._model.get_speaker_embedding(samples, _HEARD_HZ)
            name = f"{_NAME}#clone-{secrets.token_hex(16)}"
            self._clones[name] = (how, sound)
            while len(self._clones) > _CLONES:
                self._clones.popitem(last=False)
        return _voice(name, tuple(self._languages), cloning=True)

    def cloned(self, name: str) -> Voice | None:
        """The voice that `clone` gave this name; None when there is none, or it is forgotten."""
        return _voice(name, tuple(self._languages), cloning=True) if name in self._clones else None

    def forget(self, voice: Voice) -> bool:
        """Whether a cloned voice was there; now it is not."""
        with self._lock:
            return self._clones.pop(voice.name, None) is not None

    def say(self, phrase: Phrase, voice: Voice, speed: float, emotion: str) -> Spoken:
        """Speak; see `auricle.voice.engine.Engine`."""
        if not any(map(str.isalpha, phrase.text)):
            raise OptionError("text", f"there is nothing to say in {phrase.text!r}; give some words")
        language = self._languages[phrase.language]
        most = self._model.tokenizer.char_limits.get(language.split("-")[0], self.longest)
        with self._lock:
            latents = self._latents(voice)
            return joined([self._part(part, language, latents) for part in _parts(phrase.text, most)], self.rate)

    def _latents(self, voice: Voice) -> Latents:
        if voice.name in self._clones:
            self._clones.move_to_end(voice.name)
            return self._clones[voice.name]
        if voice.name in self._own:
            return self._own[voice.name]
        if voice.name == _NAME:
            raise OptionError("speaker_wav", f"the voice {_NAME} speaks like a recording of somebody; give one, or name another voice")
        raise OptionError("voice", "this cloned voice is not known any more; clone it again")

    def _part(self, text: str, language: str, latents: Latents) -> Spoken:
        config = self._config
        try:
            said = self._model.inference(
                text,
                language,
                *latents,
                temperature=config.temperature,
                length_penalty=config.length_penalty,
                repetition_penalty=config.repetition_penalty,
                top_k=config.top_k,
                top_p=config.top_p,
            )
        except ImportError as error:  # Japanese and Chinese are read by packages of their own
            raise ModelUnavailable(f"XTTS needs more packages for {language}: pip install coqui-tts[{language.split('-')[0]}].") from error
        samples = np.clip(np.asarray(said["wav"], np.float32).reshape(-1), -1.0, 1.0)
        return trimmed(samples, self.rate, (), None)


def _listened(recording: Audio) -> Mono:
    """What the model hears of a speaker's recording, shape (frames,)."""
    if recording.duration < _SHORTEST_S:
        raise OptionError(
            "speaker_wav", f"the recording is {recording.duration:.1f} s long; give at least {_SHORTEST_S:g} s of one speaker"
        )
    one = resample(recording.slice(0.0, LISTENED_S).remix(1), _HEARD_HZ)
    if one.peak < _SILENT:
        raise OptionError("speaker_wav", "the recording is silent; give one of somebody who speaks")
    return np.array(np.clip(one.samples[0], -1.0, 1.0))  # a copy, for PyTorch wants memory that it may write to


def _parts(text: str, most: int) -> Sequence[str]:
    """A text in stretches of at most ``most`` characters, cut between words, or within one where it has no end."""
    parts: list[str] = []
    while len(text) > most:
        cut = text.rfind(" ", 1, most + 1)
        parts.append(text[: cut if cut > 0 else most])
        text = text[len(parts[-1]) :].lstrip()
    return [*parts, text] if text else parts


def _voice(name: str, tags: tuple[str, ...], *, cloning: bool = False) -> Voice:
    """A voice of this engine."""
    kind = "imitates the speaker of a recording, with consent" if name == _NAME else "cloned" if cloning else name.partition("#")[2]
    return Voice(name, "xtts", tags, _LICENCE, cloning=cloning, description=f"XTTS v2: {kind}; not for commercial use")


def _installed() -> bool:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return bool(importlib.metadata.version("coqui-tts"))
    return False


@contextlib.contextmanager
def _border(folder: Path) -> Iterator[None]:
    """Where the errors of loading become ours."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # PyTorch raises nearly anything for a damaged file, and tokenizers Exception itself
        raise ModelUnavailable(f"the XTTS model at {folder} cannot be used: a file of it is damaged, or made for another model.") from error
