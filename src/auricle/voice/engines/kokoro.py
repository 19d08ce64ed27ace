"""Kokoro: 82 million parameters, 54 voices and their blends, some four times quicker than real time on two cores.

Its network (https://huggingface.co/hexgrad/Kokoro-82M; StyleTTS 2, https://arxiv.org/abs/2306.07691) decides how many frames each symbol
lasts; from that come the times of words. It is always asked to speak at its own pace: at others it changes the sounds at the ends, too, so
that a sentence of four seconds misses what was asked by 5 to 10 %, a single word by 30 %. Whoever wants another pace stretches the result.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from auricle import weights
from auricle.errors import CorruptWeights, MissingDependency, OptionError, UnknownModel
from auricle.voice.engine import Phrase, Spoken, Voice
from auricle.voice.engines.kokoro_alphabet import PAUSES, VOCABULARY
from auricle.voice.engines.kokoro_languages import phonemes
from auricle.voice.engines.kokoro_voices import Style, blend, gender, is_blend, style, tongue, voice_files
from auricle.voice.inside import natural_durations, with_outputs
from auricle.voice.silence import joined, trimmed
from auricle.voice.text.clauses import SHORT

__all__ = ["KokoroEngine", "load", "voice", "voices"]

_MOST: Final = 508  # symbols of a call: with the pads around them as many as the voices have styles for
_SPEEDS: Final = (0.5, 2.0)
# By how much words begin and end before their frames do: medians over 12 sentences in three voices, aligned by Whisper. The space between
# two words takes a frame (25 ms) at least, so they do not overlap.
_EARLIER_S: Final = (0.1, 0.075)

Symbols = Sequence[tuple[str, int]]  # each with the index of its token
Frames = npt.NDArray[np.floating[Any]]


def voices(place: str | Path | None = None) -> tuple[Voice, ...]:
    """Those that can speak here; loads nothing. None where the model, onnxruntime or a voice's language is missing.

    Args:
        place: as for `load`.
    """
    if not _present(place):
        return ()
    timed = _timed(place)
    return tuple(_described(name, timed) for name in voice_files(_home(place)) if tongue(name).able)


def voice(name: str, place: str | Path | None = None) -> Voice | None:
    """The voice or blend of that name; None if there is no such voice here.

    Raises:
        OptionError: a part of a blend is unknown, or the blend cannot be read.
        MissingDependency: the front end for the voice's language is not installed.
    """
    if not _present(place):
        return None
    known = voice_files(_home(place))
    if not is_blend(name) and name not in known:
        return None
    first = blend(name, known)[0].name
    tongue(first).require()
    return _described(name, _timed(place), first)


def _described(name: str, timed: bool, first: str | None = None) -> Voice:
    """What a voice can do; a blend is described by its first voice."""
    first = first or name
    kind = "Kokoro's blend" if is_blend(name) else "Kokoro"
    return Voice(
        name,
        "kokoro",
        (tongue(first).language,),
        "Apache-2.0",
        gender=None if is_blend(name) else gender(first),
        speeds=_SPEEDS,
        word_times=timed,
        description=f"{tongue(first).name}, {kind}",
    )


def load(voice: Voice | None = None, place: str | Path | None = None, *, threads: int = 1) -> KokoroEngine:
    """The engine, loaded once in this process.

    Args:
        voice: one that it is to speak with; one engine has them all.
        place: the catalogue's name or None, or a directory with the user's own model (an .onnx), voices (see `voice_files`) or both.
        threads: CPU threads of one call.

    Raises:
        UnknownModel: neither a model of Kokoro nor a directory with one or with voices.
        ModelUnavailable: the model is not on this machine; the message says how to get it.
        CorruptWeights: it is damaged.
        MissingDependency: onnxruntime is not installed.
    """
    del voice
    home = _home(place)
    model = (home and _model_in(home)) or _model_in(weights.locate("kokoro"))
    if model is None:
        raise UnknownModel("the model of Kokoro is incomplete: there is no .onnx file.")
    return weights.shared(("kokoro", str(model), str(home), threads), lambda: KokoroEngine(model, home, threads))


def _home(place: str | Path | None) -> Path | None:
    """The user's own directory."""
    if place is None or place == "kokoro":
        return None
    with contextlib.suppress(RuntimeError, ValueError):  # ~someone without a home; a null character
        folder = Path(place).expanduser()
        if _model_in(folder) or any(file.path.is_relative_to(folder) for file in voice_files(folder).values()):
            return folder
    raise UnknownModel(f"there is no Kokoro at {str(place)!r}: a directory with an .onnx model or with voices (.bin) is needed.")


def _model_in(folder: Path) -> Path | None:
    """The model in a directory; the quantized one where there are several."""
    named = [folder / "model.onnx", folder / "onnx" / "model_quantized.onnx"]
    return next((path for path in (*named, *sorted(folder.glob("*.onnx")), *sorted(folder.glob("onnx/*.onnx"))) if path.is_file()), None)


def _present(place: str | Path | None) -> bool:
    home = _home(place)
    here = (home is not None and _model_in(home) is not None) or weights.status("kokoro").source != "absent"
    return here and importlib.util.find_spec("onnxruntime") is not None


def _timed(place: str | Path | None) -> bool:
    """Whether the model tells how long each symbol is; that of the package, which may not be put together yet, does."""
    home = _home(place)
    model = home and _model_in(home)
    if not model and weights.status("kokoro").source != "package":
        model = _model_in(weights.folder("kokoro"))
    return model is None or natural_durations(model) is not None


class KokoroEngine:
    """The network; see `load`.

    Args:
        model: an ONNX file.
        home: the user's own directory of voices.
        threads: CPU threads of one call.
    """

    rate = 24_000
    longest = 400
    soon = SHORT

    def __init__(self, model: Path, home: Path | None = None, threads: int = 1) -> None:
        try:
            from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf
        except ImportError as error:
            raise MissingDependency("speaking with Kokoro", "kokoro") from error
        self._home = home
        self._durations = natural_durations(model)
        content = with_outputs(model.read_bytes(), (self._durations,) if self._durations else ())
        try:
            self._session = weights.network(content, threads)
        except (Fail, InvalidGraph, InvalidProtobuf) as error:
            raise CorruptWeights(f"{model} is no model that ONNX Runtime can open; put an undamaged file in its place.") from error
        # Exports differ in what they call the symbols.
        self._symbols = next(given.name for given in self._session.get_inputs() if given.name not in ("style", "speed"))

    def say(self, phrase: Phrase, voice: Voice, speed: float, emotion: str) -> Spoken:
        """Speak; see `auricle.voice.engine.Engine`."""
        heard = phonemes(phrase.tokens, phrase.language)
        symbols = [(symbol, token) for token, text in enumerate(heard) for symbol in text]
        if not any(symbol not in PAUSES for symbol, _ in symbols):
            raise OptionError("text", f"there is nothing to say in {phrase.text!r}; give some words")
        styles = self._style(voice.name)
        parts = list(_parts(symbols))
        spoken = joined([self._part(part, styles) for part in parts], self.rate)
        if not spoken.times:
            return spoken
        owners = [token for part in parts for token in _owners(part)]
        return Spoken(spoken.samples, _merged(owners, spoken.times, len(heard)), spoken.natural)

    def _style(self, name: str) -> Style:
        """A voice's styles, or the mean of a blend's."""
        known = voice_files(self._home)
        if not is_blend(name) and name not in known:
            raise OptionError("voice", f"there is no voice {name!r}", known)
        mixed = [(part.share, style(known[part.name])) for part in blend(name, known)]
        rows = min(len(one) for _, one in mixed)
        return np.asarray(sum(share * one[:rows] for share, one in mixed), np.float32)

    def _part(self, symbols: Symbols, styles: Style) -> Spoken:
        """Speak what is not too long for the network."""
        ids = [0, *(VOCABULARY[symbol] for symbol, _ in symbols), 0]
        given = {
            self._symbols: np.array([ids], np.int64),
            "style": styles[min(len(symbols), len(styles) - 1)][None],
            "speed": np.ones(1, np.float32),
        }
        audio, *durations = self._session.run(None, given)
        samples = np.asarray(audio, np.float32).ravel()
        if not durations:
            return trimmed(samples, self.rate, (), None)
        frames = np.maximum(np.round(durations[0].ravel()), 1)  # as the network rounds them
        ends = np.cumsum(frames) * (len(samples) / frames.sum() / self.rate)
        return trimmed(samples, self.rate, _times(symbols, ends), None)


def _parts(symbols: Symbols) -> Iterator[Symbols]:
    """Stretches that are not too long for the network; what has no sound is left out."""
    while symbols:
        cut = len(symbols) if len(symbols) <= _MOST else _cut(symbols[:_MOST])
        if any(symbol not in PAUSES for symbol, _ in symbols[:cut]):
            yield symbols[:cut]
        symbols = symbols[cut:]


def _cut(symbols: Symbols) -> int:
    """Where to part what is too long: after the last pause in its second half, else after the last word, else anywhere."""
    for signs in (PAUSES - {" "}, PAUSES):
        last = max((place for place, (symbol, _) in enumerate(symbols, 1) if symbol in signs), default=0)
        if last > len(symbols) // 2:
            return last
    return len(symbols)


def _owners(symbols: Symbols) -> list[int]:
    """The tokens that are said in a stretch."""
    return list(dict.fromkeys(token for symbol, token in symbols if symbol not in PAUSES))


def _times(symbols: Symbols, ends: Frames) -> list[tuple[float, float]]:
    """When each of a stretch's tokens is said, without the pauses around it.

    Args:
        symbols: the stretch.
        ends: of the pad before it, and of each symbol. Seconds.
    """
    places: dict[int, list[int]] = {}
    for place, (symbol, token) in enumerate(symbols):
        if symbol not in PAUSES:
            places.setdefault(token, []).append(place)
    times = list[tuple[float, float]]()
    for said in places.values():
        start, end = float(ends[said[0]]) - _EARLIER_S[0], float(ends[said[-1] + 1]) - _EARLIER_S[1]
        times.append((max(start, times[-1][1]) if times else start, end))
    return times


def _merged(owners: Sequence[int], times: Sequence[tuple[float, float]], count: int) -> tuple[tuple[float, float], ...]:
    """For each token when it is said: one that was cut lasts from its first stretch to its last, one without sound not at all."""
    said: dict[int, tuple[float, float]] = {}
    for token, (start, end) in zip(owners, times, strict=True):
        said[token] = (said.get(token, (start, end))[0], end)
    merged = [said.get(0, (0.0, 0.0))]
    for token in range(1, count):
        merged.append(said.get(token, (merged[-1][1],) * 2))
    return tuple(merged)
