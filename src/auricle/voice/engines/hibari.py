"""hibari: a voice that is 8 MB small and speaks a hundred times faster than real time on one core (https://pypi.org/project/hibari-tts).

Its network says how long each phoneme is to be; from that come the times of words. It has a speed of its own, but with it the pitch
changes by up to a tenth, so it always speaks at its natural pace, and `auricle.voice.pace` does the rest.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from auricle import weights
from auricle.errors import CorruptWeights, MissingDependency, OptionError
from auricle.voice.engine import Phrase, Spoken, Token, Voice
from auricle.voice.engines.kokoro_alphabet import from_ipa
from auricle.voice.english import phonemes
from auricle.voice.inside import natural_durations, with_outputs
from auricle.voice.silence import joined, trimmed

__all__ = ["HibariEngine", "load", "voices"]

_VOICES = {  # name → BCP 47 tag, gender
    "heart": ("en-US", "female"),
    "emma": ("en-GB", "female"),
    "fenrir": ("en-US", "male"),
    "fable": ("en-GB", "male"),
    "kore": ("en-US", "female"),
}
_EARLY_S = 0.075  # sound comes three frames before its phoneme, as in Kokoro, from which the network was distilled
_PAD_FRAMES = (10, 4)  # of the spectrum, 12.5 ms each, before the first phoneme and after the last
_NOISE_FRAMES = 1024  # of noise before it is the same again: 13 seconds
_MOST = 400  # phonemes at once, as hibari itself has it


def voices() -> Iterator[Voice]:
    """Those that are present; none without the extra `voice`."""
    if importlib.util.find_spec("hibari"):
        yield from (_described(name) for name in _VOICES if weights.status(f"hibari-{name}").source != "absent")


def _described(name: str) -> Voice:
    language, gender = _VOICES[name]
    accent = "British" if language == "en-GB" else "American"
    return Voice(name, "hibari", (language,), "Apache-2.0", gender, word_times=True, description=f"{accent} English, the quickest")


def load(voice: Voice) -> HibariEngine:
    """The voice's engine, loaded once in this process.

    Raises:
        ModelError: the voice cannot be used; see the subclasses.
        MissingDependency: the extra `voice` is not installed.
    """

    def loaded() -> HibariEngine:
        name = f"hibari-{voice.name}"
        return HibariEngine(next(weights.locate(name).rglob(weights.find(name).files[0].name)))

    return weights.shared(("hibari", voice.name), loaded)


class HibariEngine:
    """The network and the synthesis around it.

    Args:
        model: the voice's network.
        threads: CPU threads of one call.

    Raises:
        MissingDependency: the extra `voice` is not installed.
        CorruptWeights: the network does not say how long its phonemes are.
    """

    rate = 24_000
    longest = 300
    soon = 150  # eight seconds of speech, made in a twentieth of one

    def __init__(self, model: Path, threads: int = 1) -> None:
        try:
            from hibari import dsp
        except ImportError as error:
            raise MissingDependency("speaking", "voice") from error
        self._dsp = dsp
        vocabulary = Path(dsp.__file__).parent / "assets" / "vocab.json"
        self._vocabulary: dict[str, int] = json.loads(vocabulary.read_text(encoding="utf-8"))
        durations = natural_durations(model)
        if durations is None:
            raise CorruptWeights(f"{model} is no network of hibari's; put an undamaged file in its place.")
        self._noise = _Noise(dsp.N_FFT // 2 + 1)
        self._session = weights.network(with_outputs(model.read_bytes(), (durations,)), threads)

    def say(self, phrase: Phrase, voice: Voice, speed: float, emotion: str) -> Spoken:
        """Speak; see `auricle.voice.engine.Engine`."""
        own = [_in_alphabet(token, phrase.language) for token in phrase.tokens]
        heard = phonemes(own, british=voice.languages[0] == "en-GB")
        if not any(map(str.isalpha, "".join(heard))):
            raise OptionError("text", f"there is nothing to say in {phrase.text!r}; give some words")
        return joined([self._part(part) for part in _parts(heard)], self.rate)

    def _part(self, heard: Sequence[str]) -> Spoken:
        """Speak what is not too long for the network."""
        known = [[self._vocabulary[one] for one in text if one in self._vocabulary] for text in heard]
        space = self._vocabulary[" "]
        ids = [0, *(one for token in known for one in (*token, space))]
        ids[-1] = 0  # instead of the last space
        given = {"ids": np.array([ids], np.int64), "speed": np.ones(1, np.float32)}
        *spectrum, natural = self._session.run(None, given)
        durations = np.maximum(np.round(natural), 1)  # as the network rounds them
        frames = spectrum[-1].shape[1] / durations.sum()  # of the spectrum, in one of the durations
        # Most of the silence at the ends would only be cut off again.
        first, left = (max(0, round(pad * frames) - kept) for pad, kept in zip(durations[[0, -1]], _PAD_FRAMES, strict=True))
        spoken = slice(first, spectrum[-1].shape[1] - left)
        samples = self._dsp.synth(*(part[0, ..., spoken] for part in spectrum), self._noise)
        ends = (np.cumsum(durations) * frames - first) * (self._dsp.HOP / self.rate)
        return trimmed(samples, self.rate, _times([len(token) for token in known], ends), None)


class _Noise:
    """Gaussian noise that is the same every time, so that a text always sounds the same, and drawn once: that was an eighth of all work.

    Args:
        bins: of a spectrum.
    """

    def __init__(self, bins: int) -> None:
        self._drawn = np.random.default_rng(0).standard_normal((bins, 2 * _NOISE_FRAMES), np.float32)

    def standard_normal(self, shape: tuple[int, int], dtype: npt.DTypeLike) -> npt.NDArray[np.float32]:
        """As `numpy.random.Generator.standard_normal`, for a real and an imaginary part of each bin and frame."""
        return self._drawn.take(range(shape[1]), axis=1, mode="wrap").astype(dtype, copy=False)


def _in_alphabet(token: Token, language: str) -> Token:
    """With its own phonemes, if it has any, as the network knows them."""
    return token if token.phonemes is None else replace(token, phonemes=from_ipa(token.phonemes, language))


def _times(lengths: Sequence[int], ends: npt.NDArray[np.floating[Any]]) -> list[tuple[float, float]]:
    """When each token is said; of the space between two words each has half.

    Args:
        lengths: of the tokens in phonemes.
        ends: of the pad before them, of each phoneme, of the space after each token but the last, and of the pad after that. Seconds.
    """
    middles = (ends + np.concatenate([[0.0], ends[:-1]])) / 2 - _EARLY_S
    first = list(accumulate(((length + 1) for length in lengths), initial=0))
    edges = [float(middles[place]) for place in first[1:-1]]
    return list(pairwise([float(ends[0]) - _EARLY_S, *edges, float(ends[-2]) - _EARLY_S]))


def _parts(heard: Sequence[str]) -> list[list[str]]:
    """Tokens' phonemes in stretches that are not too long for the network."""
    parts: list[list[str]] = [[]]
    length = 0
    for text in heard:
        length += len(text) + 1
        if length > _MOST and parts[-1]:
            parts.append([])
            length = len(text) + 1
        parts[-1].append(text[:_MOST])
    return parts
