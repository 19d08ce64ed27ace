"""The words of `auricle enhance` and `auricle loudness`; argparse only, as in `auricle.cli.parser`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from auricle.cli.grammar import FILES, add_encoding, add_input, command
from auricle.errors import OptionError

if TYPE_CHECKING:
    from auricle.cli.grammar import Commands

__all__ = ["DENOISERS", "PRESETS", "STEPS", "add_enhance", "add_loudness", "number_or_preset", "with_values"]

# These repeat what the library knows, as in `auricle.cli.grammar`.
DENOISERS = ("deepfilter", "rnnoise", "spectral")
PRESETS = ("podcast", "ebu", "atsc", "spotify", "apple", "youtube", "audiobook")
# As they are typed, in the usual order, and what the library calls them.
STEPS = {
    "declip": "declip",
    "declick": "declick",
    "hum": "dehum",
    "denoise": "denoise",
    "eq": "equalize",
    "deess": "deess",
    "level": "level",
    "trim": "trim",
    "loudness": "normalize",
    "true-peak": "limit",
}

_VALUE_OPTIONAL = frozenset({"--denoise", "--declick", "--hum", "--deess", "--trim"})


def with_values(words: Sequence[str]) -> list[str]:
    """The words with an empty value for each option of `auricle enhance` that has none: argparse would take a file for it.

    Raises:
        OptionError: what follows such an option is a value that lacks its sign.
    """
    if words[:1] != ["enhance"]:
        return list(words)
    for option, word in pairwise(words):
        if option in _VALUE_OPTIONAL and _is_value(option, word) and not Path(word).exists():
            raise OptionError(option[2:], f"there is no recording {word!r}; if it is the value of this option, write {option}={word}")
    return [f"{word}=" if word in _VALUE_OPTIONAL else word for word in words]


def _is_value(option: str, word: str) -> bool:
    if option == "--denoise":
        engine, _, limit = word.partition(":")
        return bool(word) and (engine in ("", *DENOISERS) or _is_number(engine)) and (not limit or _is_number(limit))
    return _is_number(word)


def _is_number(word: str) -> bool:
    return isinstance(number_or_preset(word), float)


def add_enhance(commands: Commands) -> None:
    """`auricle enhance`."""
    parser = command(
        commands,
        "enhance",
        "make recordings better: clean, repair, equalise and level them",
        "auricle enhance talk.mp3 -o clean.mp3 --denoise --loudness podcast --report",
        "auricle enhance interviews/ -o levelled --level --loudness -16 --true-peak -1",
        "auricle enhance record.wav -o repaired.flac --declick --hum --trim",
        "auricle enhance talk.wav -o talk.wav --denoise=spectral:12 --noise-profile 0.5-2",
        "auricle enhance voice.wav -o bright.wav --eq high_pass@80 3000:2:0.7 --deess --plot before-after.png",
        "ffmpeg -i film.mkv -f wav - | auricle enhance - -o - --declip --loudness ebu > film.wav",
    )
    parser.add_argument("files", nargs="+", metavar="IN", help=FILES)
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        required=True,
        help="the file to write, whole or not at all, whose suffix names the format; a folder, for several or a folder; or -",
    )
    _add_repairs(parser)
    _add_sound(parser)
    group = parser.add_argument_group("result")
    group.add_argument("--report", action="store_true", help="print how it sounded before and after, and what each step did")
    group.add_argument("--json", action="store_true", help="print the report as JSON: one object, or for several recordings one a line")
    group.add_argument("--plot", metavar="FILE", type=Path, help="draw waveform and spectrogram before and after (.png, .svg or .pdf)")
    add_encoding(group, "by suffix; in a folder that of IN, else wav")
    add_input(parser, "of OUT; with raw samples, of IN")


def _add_repairs(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("repair and cleaning", "A value in brackets follows its option with =, as in --denoise=12.")
    group.add_argument("--declip", action="store_true", help="put back peaks that were cut off")
    group.add_argument(
        "--declick", nargs="?", type=number, metavar="S", help="repair clicks and pops, from 0 (the worst) to 1 (default: 0.5)"
    )
    group.add_argument("--hum", nargs="?", type=number, metavar="HZ", help="take out mains hum and its harmonics (default: found)")
    group.add_argument(
        "--denoise",
        nargs="?",
        metavar="ENGINE:DB",
        help=f"take noise away, at most so many dB of it; {', '.join(DENOISERS)}, or only a number (default: deepfilter, all it can)",
    )
    group.add_argument(
        "--noise-profile",
        metavar="FILE|START-END",
        help="a recording of the noise alone, or from when to when it is heard in IN (seconds); for the engine spectral, which it implies",
    )
    group.add_argument("--no-music-guard", dest="guard_music", action="store_false", help="clean music like speech, which harms it")


def _add_sound(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("sound and loudness")
    group.add_argument(
        "--eq", nargs="+", action="extend", default=[], metavar="BAND",
        help="[KIND@]FREQUENCY[:GAIN[:Q]] in Hz and dB, such as 100:-3:1.0 or high_pass@80; kinds: peak, low_shelf, high_shelf, low_pass, "
        "high_pass, notch",
    )  # fmt: skip
    group.add_argument("--deess", nargs="?", type=number, metavar="DB", help="tame sibilants, by at most so much (default: 15)")
    group.add_argument("--level", action="store_true", help="bring quiet and loud speech gently together")
    group.add_argument("--trim", nargs="?", type=number, metavar="DBFS", help="cut off both ends what is below this level (default: found)")
    group.add_argument("--loudness", type=number_or_preset, metavar="LUFS", help=f"how loud it is to be: LUFS, or {', '.join(PRESETS)}")
    group.add_argument(
        "--true-peak", type=float, metavar="DBTP", help="the highest true peak (default: with --loudness the preset's, or -1)"
    )
    group.add_argument(
        "--most-limiting", type=float, metavar="DB", help="how far peaks may be limited; rather than more, it stays quieter (default: 15)"
    )
    group.add_argument("--order", metavar="A,B,C", help=f"the steps in another order than {', '.join(STEPS)}")


def add_loudness(commands: Commands) -> None:
    """`auricle loudness`."""
    parser = command(
        commands,
        "loudness",
        "measure how loud recordings are: the figures of EBU R 128",
        "auricle loudness talk.mp3",
        "auricle loudness music/ --json | jq -r 'select(.true_peak_dbtp > -1) | .file'",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILES)
    parser.add_argument("--salvage", action="store_true", help="measure what can be decoded of a recording that is cut off or damaged")
    parser.add_argument("--json", action="store_true", help="as JSON: one object, or for several recordings one a line")


def number(word: str) -> float | bool:
    """A number; True for an option without one."""
    return float(word) if word else True


def number_or_preset(word: str) -> float | str:
    """A number, or whatever else it is."""
    try:
        return float(word)
    except ValueError:
        return word
