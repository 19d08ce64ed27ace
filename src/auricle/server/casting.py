"""Who speaks: the names that a client may say, so that none of them is a path on this machine, and what they come to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from auricle.errors import OptionError, UnknownModel
from auricle.server.problems import shown
from auricle.server.speaking import Synthesis
from auricle.voice import Voice
from auricle.voice.voices import ALIASES, language_of

__all__ = ["cast", "models", "require_cloning"]

_PART = re.compile(r"\s*([^:+()]+?)\s*(?::[^:+()]*|\([^:+()]*\))?\s*")  # of a blend: a name, and its share as ":0.3" or "(3)"


def models(voices: Iterable[Voice]) -> tuple[str, ...]:
    """The engines that make these voices speak."""
    return tuple(dict.fromkeys(voice.engine for voice in voices))


def cast(wanted: Synthesis, voices: Sequence[Voice], usual: str | None) -> Synthesis:
    """``wanted`` with voices that are among these; where it names none, the ``usual`` if that can do it.

    Raises:
        OptionError: there is no such voice, or it is not of the model; names those that there are.
        UnknownModel: there is no such model.
    """
    if wanted.model is not None and wanted.model not in models(voices):
        known = ", ".join(models(voices)) or "none"
        raise UnknownModel(f"there is no model {shown(wanted.model)} that speaks on this server; use one of: {known}.")
    able = [voice for voice in voices if wanted.model in (None, voice.engine)]
    turns = tuple(replace(turn, speaker=turn.speaker and _known(turn.speaker, able, wanted.model, "turns")) for turn in wanted.turns)
    voice = _usual(wanted, able, usual) if wanted.voice is None else _known(wanted.voice, able, wanted.model)
    return replace(wanted, turns=turns, voice=voice)


def require_cloning(voices: Iterable[Voice]) -> None:
    """One of the voices must be able to imitate a recording.

    Raises:
        OptionError: none can.
    """
    if not any(voice.cloning for voice in voices):
        message = "no voice on this server imitates a recording; leave speaker_wav out"
        raise OptionError("speaker_wav", f'{message}, or have the operator install the extra (pip install "auricle[xtts]") and its model')


def _known(name: str, voices: Sequence[Voice], model: str | None, field: str = "voice") -> str:
    """The name, or of one of OpenAI's names the voice that comes nearest in this model; ``field`` is to blame if there is none."""
    present = {voice.name for voice in voices}
    meant = next((near for near in ALIASES.get(name.lower(), ()) if near in present), None)
    parts = [_PART.fullmatch(part) for part in name.split("+")]
    if name in present or all(part and part[1] in present for part in parts):
        return name
    if meant is None:
        where = f" in the model {model}" if model else ""
        raise OptionError(field, f"there is no voice {shown(name)}{where}", sorted(present))
    return meant if model else name


def _usual(wanted: Synthesis, voices: Sequence[Voice], usual: str | None) -> str | None:
    """The operator's choice, if that is one of these and speaks the language; else the first that does; None leaves it to the verbs."""
    if usual is not None and wanted.model is None and not any(voice.name == usual for voice in voices):
        return usual if wanted.language is None else None  # a voice's file
    preferred = sorted(voices, key=lambda voice: voice.name != usual)
    return next((voice.name for voice in preferred if _speaks(voice, wanted.language)), None)


def _speaks(voice: Voice, language: str | None) -> bool:
    with suppress(OptionError):
        return bool(language_of(voice, language))
    return False
