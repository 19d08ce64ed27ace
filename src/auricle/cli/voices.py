"""`auricle voices`: who can speak here, what each can do, and how to get more."""

from __future__ import annotations

import importlib.util
from argparse import Namespace
from collections.abc import Iterator, Sequence

from auricle import weights
from auricle.cli import output
from auricle.errors import OptionError
from auricle.voice import DEFAULT_VOICE, Voice, voices
from auricle.voice.voices import language_of
from auricle.wire import speech as wire

__all__ = ["run"]

_HEAD = ("VOICE", "LANGUAGES", "GENDER", "SPEED", "EMOTIONS", "WORD TIMES", "ENGINE", "LICENCE", "DESCRIPTION")
_MOST_NAMES = 4  # of languages or emotions in a cell; --json has all


def run(arguments: Namespace) -> int:
    """List the voices; gives the exit code."""
    present = voices()
    shown = [voice for voice in present if arguments.language is None or _speaks(voice, arguments.language)]
    if arguments.json:
        output.say(output.json_text(wire.voices(shown, present[0].name if present else None)))
        return 0
    if present and not shown:
        known = sorted({language for voice in present for language in voice.languages})
        raise OptionError("language", f"no voice on this machine speaks {arguments.language!r}", known)
    if shown:
        output.say(_table(shown))
    for line in _missing({voice.engine for voice in present}):
        output.note(line)
    return 0


def _speaks(voice: Voice, language: str) -> bool:
    try:
        language_of(voice, language)
    except OptionError:
        return False
    return True


def _table(shown: Sequence[Voice]) -> str:
    rows = [_HEAD, *map(_row, shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _row(voice: Voice) -> tuple[str, ...]:
    remarks = [voice.description] if voice.description else []
    remarks += ["imitates a recording"] if voice.cloning else []
    remarks += ["the default"] if voice.name == DEFAULT_VOICE else []
    slowest, fastest = voice.speeds
    cells = (
        *(voice.name, _some(voice.languages), voice.gender or "-", f"{slowest:g}-{fastest:g}", _some(voice.emotions)),
        *("yes" if voice.word_times else "no", voice.engine, voice.licence, "; ".join(remarks)),
    )
    return tuple(map(output.printable, cells))


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _missing(engines: set[str]) -> Iterator[str]:
    """What could speak here too, and how to get it."""
    if "hibari" not in engines:
        yield 'no voice speaks without its packages: pip install "auricle[voice]"'
    if weights.status("kokoro").source == "absent":
        yield "more voices, of many languages (kokoro, Apache-2.0): auricle models pull kokoro"
    elif "kokoro" not in engines:
        yield "voices of Kokoro: auricle models pull kokoro-voices; or put their .bin files into the folder kokoro of AURICLE_MODELS"
    if importlib.util.find_spec("piper") is None:
        yield 'voices of Piper (GPL-3.0): pip install "auricle[piper]"; their files go into the folder piper of AURICLE_MODELS'
    elif "piper" not in engines:
        yield "voices of Piper: put their .onnx and .onnx.json files into the folder piper of AURICLE_MODELS"
    if importlib.util.find_spec("TTS") is None:
        yield 'a voice that imitates a recording (XTTS, not for commerce): pip install "auricle[xtts]"'
