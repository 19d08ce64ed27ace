"""Piper: any voice made for it, in some forty languages (https://github.com/OHF-Voice/piper1-gpl).

Behind the extra `piper`, because its runtime is GPL-3.0-or-later; of it, we use the way from text to the numbers of phonemes. The network
says how long each phoneme is to be, before rounding: from that come the times of words, and how long the phrase is at natural pace. A
network that does not say it speaks at natural pace.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate, chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from auricle import weights
from auricle.audio import Mono
from auricle.errors import MissingDependency, ModelUnavailable, OptionError
from auricle.voice.engine import Phrase, Spoken, Token, Voice
from auricle.voice.engines.piper_files import PiperFile, found, read
from auricle.voice.inside import with_outputs
from auricle.voice.silence import trimmed
from auricle.voice.text.clauses import SHORT

__all__ = ["PiperEngine", "load", "voice", "voices"]

_PACES = (0.5, 2.0)  # further from what it was trained for the network mumbles; the rest is stretched
_STOPS = " .,;:!?…¡¿'\"()«»“”–—-"  # signs among phonemes: pauses, and no part of a word
_LISTED = 64  # speakers that an error names one by one

Numbers = npt.NDArray[np.floating[Any]]


def voices() -> tuple[Voice, ...]:
    """Those that are present, every speaker one of its own; none without the extra `piper`."""
    return tuple(chain.from_iterable(map(_voices, found()))) if _installed() else ()


def voice(name: str, *, paths: bool = False) -> Voice | None:
    """The voice of that name; None if there is none.

    Args:
        name: of a voice file ("en_US-joe-medium") or of the only one made from a data set ("joe"); a certain speaker by name or number
            after a "#" ("libritts#p225", "libritts#3"), else the file's first.
        paths: whether it may be the path of a .onnx file, too: only for those who may read every file that we may.

    Raises:
        OptionError: the voice has no such speaker.
        ModelUnavailable: the path leads to no sound voice.
    """
    if not _installed():
        return None
    whole, _, speaker = name.rpartition("#")
    for named, number in ((name, ""), (whole, speaker)):
        if file := _file(named, paths=paths):
            return _speaking(file, number, named)
    return None


def load(source: Voice | str | Path, threads: int = 1) -> PiperEngine:
    """The engine of a voice that `voices` or `voice` gave, or of the voice file at a path; loaded once in this process.

    Raises:
        ModelUnavailable: there is no sound voice, or not any more.
        MissingDependency: the extra `piper` is not installed.
    """
    if isinstance(source, Voice):
        named = (_file(name, paths=True) for name in (source.name, source.name.rpartition("#")[0]))
        file = next(filter(None, named), None)
        if file is None:
            raise ModelUnavailable(f"the Piper voice {source.name} is not on this machine any more.")
        source = file.path
    path = Path(source)
    return weights.shared(("piper", str(path)), lambda: PiperEngine(read(path), threads))


class PiperEngine:
    """One voice file's network, and Piper's way from text to it.

    Args:
        file: which.
        threads: CPU threads of one call.

    Raises:
        ModelUnavailable: the network is damaged, or none of Piper's.
        MissingDependency: the extra `piper` is not installed.
    """

    longest = 400
    soon = SHORT

    def __init__(self, file: PiperFile, threads: int = 1) -> None:
        try:
            from piper import PiperConfig, PiperVoice
        except ImportError as error:
            raise MissingDependency("speaking with a Piper voice", "piper") from error
        self._file = file
        self.rate: int = file.description["audio"]["sample_rate"]
        with _border(file):
            model = with_outputs(file.path.read_bytes(), [file.rounded] if file.rounded else [])
            self._session = weights.network(model, threads)
            self._piper = PiperVoice(
                session=self._session,
                config=PiperConfig.from_dict(dict(file.description)),
                download_dir=weights.cache_directory() / "piper",
            )
        wanted = {"input", "input_lengths", "scales"} | ({"sid"} if file.ids else set())
        if {given.name for given in self._session.get_inputs()} != wanted:
            raise ModelUnavailable(f"{file.path} is no Piper voice: its network must take {', '.join(sorted(wanted))}.")
        self._outputs = [self._session.get_outputs()[0].name, *([file.rounded] if file.rounded else [])]

    def say(self, phrase: Phrase, voice: Voice, speed: float, emotion: str) -> Spoken:
        """Speak; see `auricle.voice.engine.Engine`."""
        written = [_written(token, phonemes=self._file.reads_phonemes) for token in phrase.tokens]
        heard = self._phonemes(" ".join(written))
        if not any(map(str.isalpha, "".join(heard))):
            raise OptionError("text", f"the voice {voice.name} has nothing to say in {phrase.text!r}; give some words in its language")
        speed = min(max(speed, _PACES[0]), _PACES[1]) if self._file.rounded else 1.0
        ids = self._piper.phonemes_to_ids(heard)
        samples, lengths = self._run(ids, self._speaker(voice, emotion), speed)
        if lengths is None:
            return trimmed(samples, self.rate, (), None)
        frames = np.ceil(lengths)
        edges = np.concatenate([[0.0], np.cumsum(frames)]) * (len(samples) / frames.sum() / self.rate)
        return trimmed(samples, self.rate, self._times(written, heard, edges), float(np.ceil(lengths * speed).sum() / frames.sum()))

    def _speaker(self, voice: Voice, emotion: str) -> int | None:
        ids = self._file.ids
        if self._file.emotional:
            return {name.lower(): number for name, number in ids.items()}[emotion]
        return ids.get(voice.name.rsplit("#", 1)[-1]) if ids else None

    def _phonemes(self, text: str) -> list[str]:
        """What the text sounds like, its sentences one after the other, so that they are spoken in one breath."""
        try:
            sentences = [sentence for sentence in self._piper.phonemize(text) if sentence]
        except (ImportError, OSError) as error:  # some languages need a package more, and Chinese a model
            raise ModelUnavailable(
                f"the Piper voice {self._file.name} needs more to read its language: {str(error).strip().rstrip('.')}."
            ) from error
        return list(chain.from_iterable([*([" "] if place else []), *sentence] for place, sentence in enumerate(sentences)))

    def _run(self, ids: Sequence[int], speaker: int | None, speed: float) -> tuple[Mono, Numbers | None]:
        """Samples, and how long each of ``ids`` was to be before it was rounded up to whole frames, where the network says so."""
        scales = self._file.description.get("inference") or {}
        slow = scales.get("length_scale") or 1.0
        given: dict[str, npt.NDArray[Any]] = {
            "input": np.array([ids], np.int64),
            "input_lengths": np.array([len(ids)], np.int64),
            "scales": np.array([_or(scales.get("noise_scale"), 0.667), slow / speed, _or(scales.get("noise_w"), 0.8)], np.float32),
        }
        if speaker is not None:
            given["sid"] = np.array([speaker], np.int64)
        with _border(self._file):
            samples, *lengths = self._session.run(self._outputs, given)
        return np.clip(samples.reshape(-1), -1.0, 1.0), lengths[0].reshape(-1) if lengths else None

    def _times(self, written: Sequence[str], heard: Sequence[str], edges: Numbers) -> Sequence[tuple[float, float]]:
        """When each token is said.

        Args:
            written: the tokens.
            heard: the phonemes of all of them together.
            edges: where each of the network's numbers begins, and the last ends. Seconds.
        """
        frame = len(self._piper.phonemes_to_ids([]))  # begin and end of a sentence, the latter one number
        counts = {one: len(self._piper.phonemes_to_ids([one])) - frame for one in set(heard)}
        places = list(accumulate((counts[one] for one in heard), initial=frame - 1))
        if not self._file.reads_phonemes or places[-1] + 2 != len(edges):
            return ()
        alone = ["".join(self._phonemes(one)).strip() for one in written]
        bounds = np.array(_bounds(alone, "".join(heard)))
        letters = list(accumulate(map(len, heard), initial=0))
        return [(float(begin), float(end)) for begin, end in np.interp(bounds, letters, edges[places])]


def _bounds(alone: Sequence[str], together: str) -> list[tuple[float, float]]:
    """Where each word lies among the phonemes of all: words run into one another, so each is looked for as it sounds alone.

    Args:
        alone: each word's phonemes.
        together: those of the whole.
    """
    starts = list(accumulate((len(one) + 1 for one in alone), initial=0))
    blocks = SequenceMatcher(None, " ".join(alone), together, autojunk=False).get_matching_blocks()
    pairs = [(0, 0)] + [pair for block in blocks for pair in ((block.a, block.b), (block.a + block.size, block.b + block.size))]
    ours, theirs = zip(*pairs, strict=True)
    ends = [
        (start + len(one) - len(one.lstrip(_STOPS)), start + len(one.rstrip(_STOPS))) for start, one in zip(starts, alone, strict=False)
    ]
    return [(float(np.interp(begin, ours, theirs)), float(np.interp(max(begin, end), ours, theirs))) for begin, end in ends]


def _written(token: Token, *, phonemes: bool) -> str:
    """A token as Piper reads it: what stands in double brackets it takes for phonemes, so no other brackets may be left."""
    if token.phonemes is None or not phonemes:
        return re.sub(r"[\[\]]", "", token.text)
    before, after = (re.search(pattern, token.text) for pattern in (r"^\W*", r"\W*$"))
    parts = (before[0] if before else "", token.phonemes, after[0] if after else "")
    return f"[[{re.sub(r'[][]', '', unicodedata.normalize('NFD', ''.join(parts)))}]]"


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _installed() -> bool:
    """Whether the extra is there; another package calls its module "piper", too."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return bool(importlib.metadata.version("piper-tts"))
    return False


def _file(name: str, *, paths: bool) -> PiperFile | None:
    if paths and name.endswith(".onnx"):
        return read(Path(name))
    files = found()
    named = [file for file in files if file.name == name] or [file for file in files if file.dataset == name]
    return named[0] if len(named) == 1 else None


def _voices(file: PiperFile, called: str = "") -> tuple[Voice, ...]:
    """Every speaker of a file; ``called`` is its name where that is a path."""
    called = called or file.name
    moods = sorted({name.lower() for name in file.ids} - {"neutral"}) if file.emotional else []
    names = [called] if file.emotional or not file.ids else [f"{called}#{name}" for name in file.ids]
    about = ", ".join(filter(None, (f"Piper: {file.dataset}", f"{file.quality} quality" if file.quality else "")))
    return tuple(
        Voice(
            name,
            "piper",
            (file.language,),
            file.licence,
            emotions=("neutral", *moods),
            word_times=file.reads_phonemes and file.rounded is not None,
            description=f"{about}; spoken by a runtime that is GPL-3.0-or-later",
        )
        for name in names
    )


def _speaking(file: PiperFile, speaker: str, asked: str) -> Voice:
    """The voice of one speaker of a file."""
    every = _voices(file, asked if asked.endswith(".onnx") else "")
    names = [] if file.emotional else list(file.ids)
    if not speaker:
        first = file.description.get("default_speaker_id", 0)
        return next((voice for voice, number in zip(every, file.ids.values(), strict=False) if number == first), every[0])
    if speaker not in names and speaker.isdecimal():
        speaker = next((name for name in names if file.ids[name] == int(speaker)), speaker)
    if speaker not in names:
        few = names if len(names) <= _LISTED else []
        has = f"it has {len(names)}, from #0 on" if names else "it has but one"
        raise OptionError("voice", f"the Piper voice {file.name} has no speaker {speaker!r}" + ("" if few else f"; {has}"), few)
    return every[names.index(speaker)]


@contextlib.contextmanager
def _border(file: PiperFile) -> Iterator[None]:
    """Where the errors of onnxruntime and of Piper become ours."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    network = (state.Fail, state.InvalidArgument, state.InvalidGraph, state.InvalidProtobuf, state.NotImplemented, state.RuntimeException)
    try:
        yield
    except (*network, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelUnavailable(f"the Piper voice {file.path} cannot be used: it is damaged, or made for another program.") from error
