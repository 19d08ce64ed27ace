"""Which language is spoken, and where in a window it changes.

Whisper detects one language for a whole window; a window that mixes two then loses the rarer one. The decoder's first step,
which is the detection, needs no more than a stretch of the encoder's output, so we run it on stretches of the window that is
encoded anyway, in one batch. Where they don't all agree it is run again on overlapping ones, and the most likely sequence of
languages is read from them: a hidden Markov model whose states are languages (Rabiner 1989, "A Tutorial on Hidden Markov Models",
section III.B).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

__all__ = ["LanguageRun", "first_run", "likeliest", "most_likely_path"]

_ENCODED_HZ = 50  # encoder frames a second
_STRETCH_S, _HOP_S = 4.0, 2.0  # long enough to be sure, and finely enough placed to find a sentence
_AGREED = 0.5  # a stretch of that probability, or more, is surely in the language
_STRETCH, _HOP = int(_STRETCH_S * _ENCODED_HZ), int(_HOP_S * _ENCODED_HZ)
_MAX_ENCODED = 1500  # a whole window
_SWITCH = math.log(0.01)  # a change must be this much likelier than none
_FLOOR = 1e-4  # of a stretch's probabilities: one odd stretch must not decide
_CANDIDATE = 0.2  # a language that is so likely somewhere is a state


@dataclass(frozen=True, slots=True)
class LanguageRun:
    """The language at the start of a window.

    Attributes:
        code: ISO 639-1 code.
        probability: how sure the detection is.
        change: between which times it changes to another (seconds in the window); None when it lasts.
    """

    code: str
    probability: float
    change: tuple[float, float] | None = None


def first_run(model: Any, encoded: Any, duration: float, current: str | None) -> LanguageRun:
    """Detect the language of an encoded window.

    Args:
        model: a `ctranslate2.models.Whisper`.
        encoded: its output for the window, shape (1, 1500, width).
        duration: audio in the window. Seconds.
        current: the language before the window, which is more likely to go on than to change; None at the start.
    """
    if duration < _STRETCH_S + _HOP_S:
        return likeliest(model, encoded)
    expected = likeliest(model, encoded) if current is None else LanguageRun(current, 0.0)
    last = min(_MAX_ENCODED, int(duration * _ENCODED_HZ)) - _STRETCH
    covering = _detected(model, _stretches(encoded, [*range(0, last, _STRETCH), last]))
    shares = [stretch[expected.code] for stretch in covering]
    if min(shares) >= _AGREED:
        return replace(expected, probability=max(expected.probability, sum(shares) / len(shares)))
    return _run_of(_detected(model, _stretches(encoded, range(0, last + 1, _HOP))), current)


def likeliest(model: Any, encoded: Any, start: int = 0) -> LanguageRun:
    """The language of an encoder's output from its frame ``start`` on."""
    whole = _detected(model, _stretches(encoded, [start], encoded.shape[1] - start) if start else encoded)[0]
    code = max(whole, key=whole.__getitem__)
    return LanguageRun(code, whole[code])


def _run_of(stretches: list[dict[str, float]], current: str | None) -> LanguageRun:
    """The first run of the most likely path through stretches that begin every `_HOP`."""
    path = most_likely_path(stretches, current)
    length = next((index for index, code in enumerate(path) if code != path[0]), len(path))
    probability = sum(stretch[path[0]] for stretch in stretches[:length]) / length
    if length == len(path):
        return LanguageRun(path[0], probability)
    # Stretch `length - 1` is mostly in this language and the next mostly in the other: the change lies between their middles.
    middle = (length - 1) * _HOP_S + _STRETCH_S / 2
    return LanguageRun(path[0], probability, (middle - _HOP_S / 4, middle + _HOP_S * 5 / 4))


def most_likely_path(stretches: list[dict[str, float]], current: str | None) -> list[str]:
    """The language of each stretch, by the Viterbi algorithm, from each stretch's probabilities of all languages."""
    codes = sorted(
        {code for stretch in stretches for code, probability in stretch.items() if probability > _CANDIDATE}
        | ({current} if current else set())
    )
    codes = codes or [max(stretches[0], key=stretches[0].__getitem__)]
    emitted = np.log([[max(stretch.get(code, 0.0), _FLOOR) for code in codes] for stretch in stretches])
    switching = np.where(np.eye(len(codes), dtype=bool), 0.0, _SWITCH)
    score = emitted[0] + (0.0 if current is None else switching[codes.index(current)])
    origins = []
    for row in emitted[1:]:
        arriving = score[:, None] + switching
        origins.append(arriving.argmax(axis=0))
        score = arriving.max(axis=0) + row
    state = int(score.argmax())
    path = [state]
    for origin in reversed(origins):
        state = int(origin[state])
        path.append(state)
    return [codes[state] for state in reversed(path)]


def _detected(model: Any, encoded: Any) -> list[dict[str, float]]:
    return [{token.strip("<|>"): probability for token, probability in result} for result in model.detect_language(encoded)]


def _stretches(encoded: Any, starts: Iterable[int], length: int = _STRETCH) -> Any:
    """The stretches of the encoder's output that begin at these frames, one a row."""
    from ctranslate2 import Device, StorageView

    frames = np.asarray(encoded.to_device(Device.cpu) if encoded.device != "cpu" else encoded)[0]
    return StorageView.from_array(np.ascontiguousarray(np.stack([frames[start : start + length] for start in starts])))
