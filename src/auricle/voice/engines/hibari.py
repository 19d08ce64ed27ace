"""hibari: a voice that is 8 MB small and speaks a hundred times faster than real time on one core (https://pypi.org/project/hibari-tts).

Its network says how long each phoneme is to be; from that come the times of words. It has a speed of its own, but with it the pitch
changes by up to a tenth, so it always speaks at its natural pace, and `auricle.voice.pace` does the rest.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from auricle import weights
from auricle.errors import MissingDependency, OptionError
from auricle.voice.engine import Phrase, Spoken, Token, Voice
from auricle.voice.engines.kokoro_alphabet import from_ipa
from auricle.voice.english import phonemes
from auricle.voice.inside import with_outputs
from auricle.voice.silence import joined, trimmed

__all__ = ["HibariEngine", "load", "voices"]

_DURATIONS = "/Clip_output_0"  # frames of each phoneme
_HEART = Voice(
    "heart",
    "hibari",
    ("en-US",),
    "Apache-2.0",
    gender="female",
    speeds=(0.25, 4.0),
    word_times=True,
    description="American English, bright and calm; embedded, the quickest",
)
_EARLY_S = 0.075  # sound comes three frames before its phoneme, as in Kokoro, from which the network was distilled
_MOST = 400  # phonemes at once, as hibari itself has it


def voices() -> tuple[Voice, ...]:
    """Those that are present; none without the extra `voice`."""
    return (_HEART,) if importlib.util.find_spec("hibari") else ()


def load(voice: Voice) -> HibariEngine:
    """The voice's engine, loaded once in this process."""
    return weights.shared(("hibari", voice.name), HibariEngine)


class HibariEngine:
    """The network and the synthesis around it.

    Args:
        threads: CPU threads of one call.

    Raises:
        MissingDependency: the extra `voice` is not installed.
    """

    rate = 24_000
    longest = 300

    def __init__(self, threads: int = 1) -> None:
        try:
            from hibari import dsp
        except ImportError as error:
            raise MissingDependency("speaking", "voice") from error
        self._dsp = dsp
        assets = Path(dsp.__file__).parent / "assets"
        self._vocabulary: dict[str, int] = json.loads((assets / "vocab.json").read_text(encoding="utf-8"))
        self._session = weights.network(with_outputs((assets / "hibari.onnx").read_bytes(), (_DURATIONS,)), threads)

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
        *spectrum, durations = self._session.run(None, given)
        samples = self._dsp.synth(
            *(part[0] for part in spectrum), np.random.default_rng(0)
        )  # the same noise, so that it always sounds the same
        ends = np.cumsum(durations) * (len(samples) / durations.sum() / self.rate)
        return trimmed(samples, self.rate, _times([len(token) for token in known], ends), None)


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
